"""A notebook is run whole or not at all; what stops it names the cell, and its progress is seen."""

import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from committed import ROOT
from site_build import replace

import notebooks
from notebooks import Progress, figures_lost, run, whole_streams

SOURCE = "# %% [markdown]\n# # A title\n\n# %%\nprint(1 + 1)\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a run may be started."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").mkdir()
    return tmp_path


def test_a_notebook_is_run_in_the_notebooks_folder(folder):
    source = folder / "notebooks" / "01-a.py"
    source.write_text(SOURCE + "\n# %%\nfrom pathlib import Path\nprint(Path.cwd().name)\n")
    run(source, folder / "out" / "01-a.ipynb")
    text = (folder / "out" / "01-a.ipynb").read_text()
    assert '"notebooks\\n"' in text
    assert [p.name for p in (folder / "out").iterdir()] == ["01-a.ipynb"]


def test_a_failing_cell_is_named_and_the_last_good_run_stays(folder):
    source, target = folder / "notebooks" / "01-a.py", folder / "out" / "01-a.ipynb"
    target.parent.mkdir()
    target.write_text("the last good run")
    source.write_text(SOURCE + "\n# %%\nraise ValueError('steps must be positive, got -1')\n")
    with pytest.raises(SystemExit) as stopped:
        run(source, target)
    said = str(stopped.value)
    assert "notebooks/01-a.py, cell 2: ValueError: steps must be positive, got -1" in said
    assert "----> 1 raise ValueError" in said  # the way to the error, without colours
    assert "\x1b" not in said
    assert [p.name for p in target.parent.iterdir()] == ["01-a.ipynb"]
    assert target.read_text() == "the last good run"


def test_a_site_that_fails_to_build_leaves_the_last_one(folder):
    target = folder / "_build" / "html"
    target.mkdir(parents=True)
    (target / "index.html").write_text("the last good site")
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, folder)
    (folder / "book").mkdir()
    script = ROOT / "book" / "_tools" / "site_build.py"
    result = subprocess.run([sys.executable, script, "runs", target], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 1
    assert "the site was not built" in result.stderr
    assert (target / "index.html").read_text() == "the last good site"


def test_a_new_site_takes_the_place_of_the_old(folder):
    for name in ("new", "html"):
        (folder / name).mkdir()
        (folder / name / "index.html").write_text(name)
    replace(folder / "new", folder / "html")
    assert (folder / "html" / "index.html").read_text() == "new"
    assert sorted(p.name for p in folder.iterdir()) == ["html", "notebooks"]


def test_a_site_whose_swap_was_interrupted_is_put_back(folder):
    old = folder / "_build" / "html.old"
    old.mkdir(parents=True)
    (old / "index.html").write_text("the last good site")
    script = ROOT / "book" / "_tools" / "site_build.py"
    subprocess.run([sys.executable, script, "runs", folder / "_build" / "html"], cwd=folder, capture_output=True)
    assert (folder / "_build" / "html" / "index.html").read_text() == "the last good site"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("import os\nos._exit(1)", "cell 2: its kernel died, perhaps for lack of memory"),
        ("import time\ntime.sleep(600)", "cell 2: it ran for 10 s and was stopped"),
    ],
)
def test_a_cell_that_never_ends_or_kills_its_kernel_is_named(folder, monkeypatch, cell, words):
    monkeypatch.setattr(notebooks, "LIMIT", 10)
    source = folder / "notebooks" / "01-a.py"
    source.write_text(f"{SOURCE}\n# %%\n{cell}\n")
    with pytest.raises(SystemExit) as stopped:
        run(source, folder / "out" / "01-a.ipynb")
    assert f"01-a.py, {words}" in str(stopped.value)
    assert cell in str(stopped.value)
    assert not (folder / "out" / "01-a.ipynb").exists()


@pytest.mark.parametrize("how", [lambda p: run(p, p.with_suffix(".ipynb")), notebooks.sync], ids=["run", "sync"])
def test_a_source_that_is_not_utf_8_is_named_with_its_line(folder, how):
    source = folder / "notebooks" / "01-a.py"
    source.write_bytes(SOURCE.encode() + b"# na\xefve\n")
    with pytest.raises(SystemExit, match=r"01-a.py, line 6: a notebook's source must be UTF-8, got the byte 0xef"):
        how(source)


def test_a_warning_is_for_whoever_runs_and_not_for_the_page(folder, capsys):
    source, target = folder / "notebooks" / "01-a.py", folder / "out" / "01-a.ipynb"
    source.write_text(
        f"{SOURCE}\n# %%\nimport sys\nprint('told')\nprint('only you', file=sys.stderr)\nprint('again')\n"
    )
    run(source, target)
    shown = nbformat.read(target, as_version=4).cells[-1].outputs
    assert [(o.name, o.text) for o in shown] == [("stdout", "told\nagain\n")]
    assert "only you" in capsys.readouterr().out


FIGURE = """
# %% mystnb={"figure": {"name": "fig-a"}}
import matplotlib.pyplot as plt
plt.plot([1, 2]);"""


def test_a_figure_that_is_announced_and_not_shown_stops_the_run(folder):
    source, target = folder / "notebooks" / "01-a.py", folder / "out" / "01-a.ipynb"
    source.write_text(SOURCE + FIGURE + " plt.close()")
    with pytest.raises(SystemExit, match="no figure came from the cell that should show fig-a"):
        run(source, target)
    assert not target.exists()
    source.write_text(SOURCE + FIGURE)
    run(source, target)
    executed = nbformat.read(target, as_version=4)
    assert figures_lost(executed) == []
    executed.cells[-1].outputs = []
    assert figures_lost(executed) == ["fig-a"]


PARAMETERS = """# %% tags=["parameters"]
step: int = 1

# %%
from polylib import validate

validate.parameters(globals())
"""


@pytest.mark.parametrize(("given", "code"), [("step", 0), ("stepz", 1)])
def test_papermill_given_a_parameter_that_no_cell_declares_fails(folder, given, code):
    """By itself it warns, and the default runs."""
    source = folder / "notebooks" / "01-a.py"
    source.write_text(PARAMETERS)
    notebooks.sync(source)
    papermill = [sys.executable, "-m", "papermill", "--no-progress-bar", "-p", given, "5"]
    done = subprocess.run([*papermill, source.with_suffix(".ipynb"), "out.ipynb"], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert ("a parameter must be one of step, got 'stepz'" in done.stderr) == bool(code)


def test_two_at_once_do_not_hear_each_other(folder):
    runs = []
    for name in ("01-a", "02-b"):
        source = folder / "notebooks" / f"{name}.py"
        source.write_text(f"# %%\nimport time\ntime.sleep(3)\nprint('{name}')\n")
        script = [sys.executable, ROOT / "book" / "_tools" / "notebooks.py", "run", source, folder / f"{name}.ipynb"]
        runs.append((name, subprocess.Popen(script, cwd=folder, stdout=subprocess.DEVNULL)))
    for name, process in runs:
        assert process.wait(120) == 0
        assert nbformat.read(folder / f"{name}.ipynb", as_version=4).cells[0].outputs[0].text == f"{name}\n"


def test_progress_is_told_cell_by_cell_and_nothing_else_is_said(folder):
    source = folder / "notebooks" / "01-a.py"
    source.write_text(SOURCE + "\n# %%\nimport time\ntime.sleep(1.1)\n\n# %%\nprint(2)\n")
    script = [sys.executable, ROOT / "book" / "_tools" / "notebooks.py", "run", source, folder / "out" / "01-a.ipynb"]
    done = subprocess.run(script, cwd=folder, capture_output=True, text=True)
    assert done.stderr == ""  # no warning that a reader can do nothing about
    first, *between, last = done.stdout.splitlines()
    assert re.fullmatch(r"01-a: cell 1 of 3, \d+ s", first)
    assert re.sub(r"\d+ s", "_", between[-1]) == "01-a: cell 3 of 3, _"
    assert re.fullmatch(r"01-a: done in \d+ s", last)


def test_progress_says_no_more_than_a_line_a_second(capsys):
    progress = Progress("01-a")
    progress.total = 1000
    for index in range(1000):
        progress.begin(nbformat.v4.new_code_cell(str(index)), index)
    assert (progress.cell, progress.source) == (1000, "999")
    assert len(capsys.readouterr().out.splitlines()) < 5


def test_printed_text_that_came_in_pieces_is_one_output():
    output = nbformat.v4.new_output
    pieces = [
        output("stream", name="stdout", text="a"),
        output("stream", name="stdout", text="b"),
        output("stream", name="stderr", text="c"),
        output("display_data", data={"text/plain": "d"}),
        output("stream", name="stdout", text="e"),
    ]
    assert [o.get("text") for o in whole_streams(pieces)] == ["ab", "c", None, "e"]
