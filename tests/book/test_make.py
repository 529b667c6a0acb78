"""The build runs what changed and nothing else, and a failure names its cell and leaves the last site in place."""

import os
import shutil
import subprocess
import sys
import time
import tomllib

import nbformat
import pytest
from committed import ROOT
from site_build import replace

from notebooks import run, whole_streams

SOURCE = "# %% [markdown]\n# # A title\n\n# %%\nprint(1 + 1)\n"
BUILT = ["_build/run/01-a.ipynb", "_build/run/02-b.ipynb", "_build/html/index.html"]


@pytest.fixture
def tree(tmp_path):
    """A checkout with two notebooks in which everything is built."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    sources = [
        "notebooks/01-a.py",
        "notebooks/02-b.py",
        "polylib/entropy.py",
        "book/index.md",
        "_toc.yml",
        "_config.yml",
    ]
    sources += ["requirements.lock", "requirements-data.lock", "pyproject.toml", "book/results/01-a-long.json"]
    past = time.time() - 1000
    for age, names in enumerate([sources, [".venv/ready"], BUILT]):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
            os.utime(path, (past + 100 * age, past + 100 * age))
    return tmp_path


def planned(tree):
    """What make would do, by target, without doing it."""
    plan = subprocess.run(["make", "-n", "book"], cwd=tree, capture_output=True, text=True, check=True).stdout
    done = [name for name in ("01-a", "02-b") if f"_build/run/{name}.ipynb" in plan]
    return done + ["site"] * ("site_build.py" in plan) + ["setup"] * ("requirements.lock" in plan)


@pytest.mark.parametrize(
    ("touched", "expected"),
    [
        (None, []),
        ("notebooks/01-a.py", ["01-a", "site"]),
        ("polylib/entropy.py", ["01-a", "02-b", "site"]),
        ("book/results/01-a-long.json", ["01-a", "site"]),
        ("book/index.md", ["site"]),
        ("_toc.yml", ["site"]),
        ("requirements.lock", ["01-a", "02-b", "site", "setup"]),
    ],
)
def test_only_what_changed_is_made_again(tree, touched, expected):
    if touched:
        (tree / touched).touch()
    assert planned(tree) == expected


def test_recipes_are_short():
    recipes = (ROOT / "Makefile").read_text().split("\n\n")
    assert [r for r in recipes if sum(line.startswith("\t") for line in r.splitlines()) > 5] == []


def test_all_unit_tests_are_measured_and_one_file_alone_is_not():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert settings["coverage"]["report"]["fail_under"] >= 95
    assert settings["coverage"]["run"]["source"] == ["polylib"]
    assert "--cov" not in settings["pytest"]["ini_options"]["addopts"]
    plan = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    alone = "tests/test_colab.py::test_a_notebook_alone_runs_and_replaces_nothing"
    parts = [f"tests --cov --deselect {alone}", "notebooks", alone]  # what one part leaves out, another runs
    assert [line.split("pytest ")[1] for line in plan.splitlines() if "pytest" in line] == parts


@pytest.fixture
def folder(tmp_path, monkeypatch):
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
    assert "notebooks/01-a.py, cell 2: ValueError: steps must be positive, got -1" in str(stopped.value)
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


MEET = """#!/bin/sh
# Stands for python: says that it started, waits until the other notebook has started too, then makes its target.
mkdir -p started _build/run && touch "started/$(basename "$4")"
for _ in $(seq 200); do [ "$(ls started | wc -l)" -eq 2 ] && touch "$4" && exit 0; sleep 0.1; done
exit 1
"""


def test_two_notebooks_run_at_once(tree):
    """Each run waits for the other to begin, so that one after another would never end."""
    for name in ("01-a", "02-b"):
        (tree / "_build" / "run" / f"{name}.ipynb").unlink()
    python = tree / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(MEET)
    python.chmod(0o755)
    made = subprocess.run(["make", "-j2", "run"], cwd=tree, capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    assert len(list((tree / "started").iterdir())) == 2


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
