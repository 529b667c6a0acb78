"""Each .py has its .ipynb with the same cells, each notebook is in the table of contents, and outputs are complete."""

import shutil

import nbformat
import pytest
from committed import NOTEBOOKS, ROOT, read, source_of

from notebooks import refresh, sync


def cells(notebook):
    kept = ("tags", "mystnb")
    return [(c.cell_type, c.source, {k: c.metadata[k] for k in kept if k in c.metadata}) for c in notebook.cells]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_pair_is_in_step(notebook):
    assert cells(read(notebook)) == cells(source_of(notebook)), (
        f"{notebook.name} and {notebook.stem}.py differ: run `make sync`, and `make refresh` if code changed"
    )


def test_every_pair_is_whole_and_in_the_table_of_contents():
    folder = ROOT / "notebooks"
    stems = {suffix: {p.stem for p in folder.glob(f"*-*{suffix}")} for suffix in (".py", ".ipynb")}
    assert stems[".py"] == stems[".ipynb"] == {n.stem for n in NOTEBOOKS}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_outputs_are_of_one_complete_run(notebook):
    code = [c for c in read(notebook).cells if c.cell_type == "code"]
    assert [c.execution_count for c in code] == list(range(1, len(code) + 1)), "run `make refresh`"
    assert not [o for c in code for o in c.outputs if o.output_type == "error" or o.get("name") == "stderr"]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The first pair, alone in an empty folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").mkdir()
    for suffix in (".py", ".ipynb"):
        shutil.copy(NOTEBOOKS[0].with_suffix(suffix), tmp_path / "notebooks")
    return tmp_path / "notebooks" / NOTEBOOKS[0].name


def test_sync_carries_a_change_and_keeps_the_other_outputs(copy):
    source = copy.with_suffix(".py")
    source.write_text(source.read_text().replace("## Overview", "## What is here"))
    before = read(copy)
    assert cells(before) != cells(source_of(copy))
    sync(source)
    after = read(copy)
    assert cells(after) == cells(source_of(copy))
    outputs = [[c.outputs for c in notebook.cells if c.cell_type == "code"] for notebook in (before, after)]
    assert outputs[0] == outputs[1]


def test_refresh_takes_outputs_without_the_marks_of_papermill(copy, tmp_path):
    run = read(copy)
    run.metadata["papermill"] = {"duration": 1}
    for cell in run.cells:
        cell.metadata["papermill"] = {"status": "completed"}
    run.cells[[c.cell_type for c in run.cells].index("code")].outputs = []
    nbformat.write(run, tmp_path / copy.name)
    refresh(tmp_path / copy.name)
    refreshed = read(copy)
    assert not [m for m in [refreshed.metadata, *(c.metadata for c in refreshed.cells)] if "papermill" in m]
    assert cells(read(copy)) == cells(source_of(copy))
