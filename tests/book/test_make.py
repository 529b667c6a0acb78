"""make builds what changed and nothing else, two notebooks at once, and never loses a good site."""

import os
import subprocess
import sys
import time
import tomllib

import pytest
from committed import ROOT

BUILT = ["_build/run/01-a.ipynb", "_build/run/02-b.ipynb", "_build/html/.whole"]
COPIED = {"Makefile", "book/_tools/foreman.py"}


@pytest.fixture
def tree(tmp_path):
    """A checkout with two notebooks in which everything is built."""
    sources = ["notebooks/01-a.py", "notebooks/02-b.py", "polylib/theory/entropy.py", "book/index.md"]
    sources += ["_toc.yml", "_config.yml", "Makefile", "book/_tools/foreman.py"]
    sources += [
        "requirements.lock",
        "requirements-data.lock",
        "requirements-tools.lock",
        "pyproject.toml",
        "book/results/01-a-long.json",
    ]
    past = time.time() - 1000
    for age, names in enumerate([sources, [".venv/ready"], BUILT]):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((ROOT / name).read_text() if name in COPIED else "")
            os.utime(path, (past + 100 * age, past + 100 * age))
    return tmp_path


@pytest.fixture
def python(tree):
    """Puts a shell script where the environment's python is; it is called as python is, with a tool and its words."""

    def put(script):
        path = tree / ".venv" / "bin" / "python"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)

    return put


PERSON = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
"""the environment of a person who calls make, though a make may be running these tests"""


def make(tree, *words):
    return subprocess.run(["make", *words], cwd=tree, capture_output=True, text=True, timeout=120, env=PERSON)


def planned(tree):
    """What make would do, by target, without doing it."""
    plan = make(tree, "-n", "book").stdout
    done = [name for name in ("01-a", "02-b") if f"_build/run/{name}.ipynb" in plan]
    return done + ["site"] * ("site_build.py" in plan) + ["setup"] * ("packages.py install" in plan)


@pytest.mark.parametrize(
    ("touched", "expected"),
    [
        (None, []),
        ("notebooks/01-a.py", ["01-a", "site"]),
        ("polylib/theory/entropy.py", ["01-a", "02-b", "site"]),
        ("book/results/01-a-long.json", ["01-a", "site"]),
        ("book/index.md", ["site"]),
        ("_toc.yml", ["site"]),
        ("_build/html/index.html", []),
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
    plan = make(ROOT, "-n", "test").stdout
    alone = "tests/test_colab.py::test_a_notebook_runs_alone"
    at_once = "-n auto --maxprocesses 2"
    parts = [f"tests --cov --deselect {alone} {at_once} --dist loadfile", f"notebooks {at_once} --dist loadfile"]
    parts.append(f"{alone} {at_once} --maxschedchunk 1")  # what one part leaves out, another runs
    assert [line.split("pytest ")[1] for line in plan.splitlines() if "pytest" in line] == parts


MEET = """
# Says that it started, waits until the other notebook has started too, then makes its target.
mkdir -p started _build/run && touch "started/$(basename "$4")"
for _ in $(seq 200); do [ "$(ls started | wc -l)" -eq 2 ] && touch "$4" && exit 0; sleep 0.1; done
exit 1
"""


def test_two_notebooks_run_at_once(tree, python):
    """Each run waits for the other to begin, so that one after another would never end."""
    for name in ("01-a", "02-b"):
        (tree / "_build" / "run" / f"{name}.ipynb").unlink()
    python(MEET)
    made = make(tree, "-j2", "run")
    assert made.returncode == 0, made.stderr
    assert len(list((tree / "started").iterdir())) == 2
    assert "make run will run 2 notebooks (about 1 min" in made.stdout


def test_nothing_is_made_where_nothing_changed(tree, python):
    python("exit 1")
    made = make(tree, "book")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == "Nothing has changed. It is in _build/html/index.html: open it in a browser.\n"


BUILD = """
# Takes a while, swaps in a page with its number, and fails if another one is at work.
[ -e working ] && { echo two at once; exit 1; }
touch working
for _ in $(seq 200); do grep -q waiting said && break; sleep 0.1; done
echo one >> calls && cp calls _build/html/index.html
rm working
"""


def test_of_two_makes_the_second_waits_and_finds_nothing_to_do(tree, python):
    page = tree / "_build" / "html" / "index.html"
    page.write_text("the last good site")
    (tree / "book" / "index.md").touch()
    python(BUILD)
    with (tree / "said").open("w") as said:
        both = [subprocess.Popen(["make", "book"], cwd=tree, stdout=said, env=PERSON) for _ in range(2)]
        assert [process.wait(60) for process in both] == [0, 0]
    told = (tree / "said").read_text()
    assert told.count("Another make is at work in this checkout; waiting for it.") == 1
    assert told.count("Nothing has changed.") == 1
    assert page.read_text() == "one\n"


def test_the_lock_is_held_until_all_of_the_work_has_ended(tree, python):
    """Also where the foreman alone was killed."""
    (tree / "book" / "index.md").touch()
    python("touch begun; while [ ! -e go ]; do sleep 0.1; done; rm begun")
    first = subprocess.Popen([sys.executable, "book/_tools/foreman.py", "book", "make"], cwd=tree, env=PERSON)
    while not (tree / "begun").exists():
        time.sleep(0.05)
    first.kill()
    first.wait()
    waiting = {"stdout": subprocess.PIPE, "text": True, "env": PERSON}
    with subprocess.Popen(["make", "book"], cwd=tree, **waiting) as second:
        assert second.stdout.readline() == "Another make is at work in this checkout; waiting for it.\n"
        (tree / "go").touch()
        assert second.wait(60) == 0


def test_a_site_that_cannot_be_built_leaves_the_last_one(tree, python):
    page = tree / "_build" / "html" / "index.html"
    page.write_text("the last good site")
    (tree / "book" / "index.md").touch()
    python("echo new > _build/html/index.html; echo it is broken; exit 3")
    made = make(tree, "book")
    assert made.returncode == 2
    assert "it is broken" in made.stdout
    assert "Done" not in made.stdout
    assert page.is_file()
    assert planned(tree) == ["site"]


def test_make_alone_lists_its_targets(tree):
    targets = {line.split()[1] for line in make(tree).stdout.splitlines()}
    assert {"book", "test", "setup", "run", "refresh", "lint"} <= targets
    assert [t for t in targets if make(tree, "-n", t).returncode] == []
