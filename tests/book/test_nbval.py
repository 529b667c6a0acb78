"""`pytest notebooks` guards the numbers: one that drifts in a committed notebook makes its cell fail, and no other."""

import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from committed import NOTEBOOKS, ROOT, read

from notebooks import LIMIT
from polylib.derivation.derivation import LEDGER_MIME


def drift_number(output):
    place = re.search(r"\d(?=\D*$)", output.text)
    output.text = output.text[: place.start()] + str((int(place[0]) + 1) % 10) + output.text[place.end() :]


def drift_formula(output):
    before = output.data["text/html"]
    output.data["text/html"] = before.replace(r"\(\displaystyle ", r"\(\displaystyle 2 ", 1)
    assert output.data["text/html"] != before


def drift_verdict(output):
    output.data[LEDGER_MIME]["verdict"] = "refuted" if output.data[LEDGER_MIME]["verdict"] != "refuted" else "holds"


def beginning(notebook):
    """A notebook up to its first derivation, with the numbers of its cells that print and that derive."""
    whole = read(notebook)
    code = [cell for cell in whole.cells if cell.cell_type == "code"]
    prints = next(i for i, cell in enumerate(code) if any(o.get("name") == "stdout" for o in cell.outputs))
    derives = next(i for i, cell in enumerate(code) if any(LEDGER_MIME in o.get("data", {}) for o in cell.outputs))
    whole.cells = code[: max(prints, derives) + 1]
    return whole, prints, derives


def validated(tree, *options):
    """What `pytest notebooks` says in a tree: all of it, and the outcome of every cell."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "--color=no", *options, "notebooks"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=300)
    told = done.stdout.replace("::ipynb::", ".ipynb::")
    return done, dict(re.findall(r"^notebooks/(\S+::Cell \d+) (PASSED|FAILED|XFAIL) ", told, re.M))


def copied(tree):
    """What nbval is told, in a tree without notebooks."""
    (tree / "notebooks").mkdir()
    for name in ("pyproject.toml", "notebooks/conftest.py"):
        shutil.copy(ROOT / name, tree / name)


@pytest.fixture(scope="module")
def altered(tmp_path_factory):
    """The outcome of every cell of three chapters' beginnings, and what should fail: a tree altered in six places."""
    tree = tmp_path_factory.mktemp("tree")
    copied(tree)
    wrong = set()
    for notebook, drift in zip(NOTEBOOKS, (drift_verdict, drift_formula, drift_verdict), strict=False):
        cells, prints, derives = beginning(notebook)
        drift_number(next(o for o in cells.cells[prints].outputs if o.get("name") == "stdout"))
        drift(next(o for o in cells.cells[derives].outputs if LEDGER_MIME in o.get("data", {})))
        nbformat.write(cells, tree / "notebooks" / notebook.name)
        wrong |= {f"{notebook.name}::Cell {i}" for i in (prints, derives)}
    done, outcomes = validated(tree)
    return done, outcomes, wrong


def test_nbval_fails_where_an_output_drifted_and_nowhere_else(altered):
    done, outcomes, wrong = altered
    assert len(wrong) == 6
    assert {cell for cell, outcome in outcomes.items() if outcome == "FAILED"} == wrong, done.stdout
    assert done.returncode == 1


def test_nbval_passes_what_did_not_change(altered):
    _, outcomes, wrong = altered
    assert len(outcomes) > len(wrong) + 6
    assert {outcomes[cell] for cell in set(outcomes) - wrong} == {"PASSED"}


def outcomes_of(tree, sources, *options):
    """What nbval says of a notebook with these cells, none of which prints."""
    copied(tree)
    cells = [nbformat.v4.new_code_cell(source, execution_count=1) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tree / "notebooks" / "01-a.ipynb")
    return validated(tree, *options)


def test_a_cell_that_kills_its_kernel_is_named_at_once(tmp_path):
    done, outcomes = outcomes_of(tmp_path, ["x = 1", "import os; os._exit(1)"])
    assert outcomes == {"01-a.ipynb::Cell 0": "PASSED", "01-a.ipynb::Cell 1": "FAILED"}, done.stdout
    assert "Cell 1: Its kernel died" in done.stdout


def test_a_cell_that_never_ends_is_stopped_and_named(tmp_path):
    done, outcomes = outcomes_of(tmp_path, ["x = 1", "import time; time.sleep(600)"], "--nbval-cell-timeout=10")
    assert outcomes["01-a.ipynb::Cell 1"] == "FAILED", done.stdout
    assert "Cell 1: Timeout of 10 seconds exceeded executing cell" in done.stdout


def test_a_cell_has_the_same_limit_in_a_run_and_in_its_test(pytestconfig):
    assert float(pytestconfig.getoption("nbval_cell_timeout")) == LIMIT
