"""Formulas of theorems and definitions, each printed from an object that a derivation of its chapter checked.

    stated_formulas.py NOTEBOOK.ipynb ...    says which stand in no box

A displayed formula in such a block is the LaTeX of a step, as the ledger has it, up to spaces and a full stop or comma
at its end. So it is copied from a run, not written by hand, and a step that changes makes the test fail.
"""

import re
import sys
from pathlib import Path

import nbformat
from ledger import records

from polylib.derivation import LEDGER_MIME

BLOCK = re.compile(
    r"^(`{3,}|:{3,})\{prf:(?:theorem|definition|lemma|corollary|proposition)\} ?(.*?)\n(.*?)^\1\s*$", re.M | re.S
)
DISPLAYED = re.compile(r"\$\$(.*?)\$\$", re.S)


def stated(notebook: Path) -> dict[str, list[str]]:
    """The displayed formulas of each theorem, definition and the like of a chapter, by its title."""
    cells = nbformat.read(notebook, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return {title: DISPLAYED.findall(body) for _, title, body in BLOCK.findall(text)}


def checked(notebook: Path) -> set[str]:
    """The formulas of all steps of a chapter's derivations, without spaces."""
    return {bare(step["formula"]) for record in records(notebook, LEDGER_MIME) for step in record["steps"]}


def bare(formula: str) -> str:
    """A formula without spaces, and without the full stop or comma of the sentence in which it stands."""
    return re.sub(r"\s|\\displaystyle", "", formula).rstrip(".,;")


def unchecked(notebook: Path) -> list[str]:
    """Displayed formulas of theorems and definitions that are no step of the chapter, each behind its title."""
    known = checked(notebook)
    pairs = [(title, formula) for title, formulas in stated(notebook).items() for formula in formulas]
    return [f"{title}: {formula.strip()}" for title, formula in pairs if bare(formula) not in known]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(*unchecked(Path(name)), sep="\n")
