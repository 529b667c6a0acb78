"""What the tests of the book share: where it is, and which notebooks and chapters it has."""

from pathlib import Path

import nbformat
from ledger import chapters, notebooks

from notebooks import pair

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = notebooks(ROOT)
CHAPTERS = chapters(ROOT)


def read(notebook: Path) -> nbformat.NotebookNode:
    return nbformat.read(notebook, as_version=4)


def source_of(notebook: Path) -> nbformat.NotebookNode:
    """The cells of a notebook's percent script."""
    return pair(notebook.with_suffix(".py"))
