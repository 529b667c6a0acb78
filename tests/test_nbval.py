"""nbval guards the numbers: a printed number, or a verdict, that drifts in a committed notebook makes its test fail."""

import subprocess
import sys

import nbformat
import pytest

from book import ROOT
from polylib.derivation import LEDGER_MIME

SMALL = """
from polylib.derivation import Derivation
from polylib.entropy import optimal_ratio
from sympy import symbols

print(f"R = {optimal_ratio(0.9, 24):.4f}")
"""
CLAIM = """
x = symbols("x", positive=True)
claim = Derivation("One is one", "a test")
claim.equal(x / x, x**0, "cancel")
claim
"""


@pytest.fixture
def executed(tmp_path):
    """A small notebook with its true outputs."""
    from nbclient import NotebookClient

    cells = [nbformat.v4.new_code_cell(source.strip()) for source in (SMALL, CLAIM)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(notebook, timeout=120).execute()
    return notebook


def nbval(notebook, path):
    nbformat.write(notebook, path)
    sanitize = ROOT / "tests" / "sanitize.cfg"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-sanitize-with",
        sanitize,
        "-p",
        "no:cacheprovider",
        path,
    ]
    return subprocess.run([*map(str, command), "-c", "/dev/null"], cwd=path.parent, capture_output=True, text=True)


def drift_number(notebook):
    output = notebook.cells[0].outputs[0]
    assert output.text == "R = 0.1195\n"
    output.text = "R = 0.1196\n"


def drift_formula(notebook):
    data = notebook.cells[1].outputs[0].data
    data["text/html"] = data["text/html"].replace("x", "y", 1)


def drift_verdict(notebook):
    notebook.cells[1].outputs[0].data[LEDGER_MIME]["verdict"] = "refuted"


def test_nbval_passes_what_did_not_change(executed, tmp_path):
    result = nbval(executed, tmp_path / "small.ipynb")
    assert result.returncode == 0, result.stdout
    assert "2 passed" in result.stdout


@pytest.mark.parametrize("drift", [drift_number, drift_formula, drift_verdict])
def test_nbval_fails_when_an_output_drifts(executed, tmp_path, drift):
    drift(executed)
    result = nbval(executed, tmp_path / "small.ipynb")
    assert result.returncode == 1, result.stdout
    assert "1 failed, 1 passed" in result.stdout
