"""Headlines of the book, each of which leads to the claim or finding that it rests on.

    headlines.py [NOTEBOOK.ipynb ...]    says which lack a link; in executed notebooks, or on all pages of the book

A headline is an item of a list, or a paragraph that begins in bold, in the Summary of a chapter, on the page of what
remains, or under the first page's heading on how the book answers.
"""

import re
import sys
from pathlib import Path

import nbformat
from finding_pages import otherwise
from ledger import chapters, claims, findings, records

from polylib.derivation import LEDGER_MIME
from polylib.finding import FINDING_MIME

BOOK = Path(__file__).parent.parent.parent
ROLE = re.compile(r"\{(claim|finding)\}`([^`]+)`")
ADVICE = ("**What it means for reading a network.**", "**What this does not show.**")
"""paragraphs that draw conclusions from the headlines above them, or say what they leave open"""
SECTIONS = {"index": "What the paper claims, and how the book answers", "conclusions": "What remains"}


def section(text: str, heading: str) -> str:
    """What stands under a heading of the first or second level, up to the next of that level; "" if there is none."""
    found = re.search(rf"^#{{1,2}} {re.escape(heading)}\n(.*?)(?=^##? |^\(\S+\)=$|\Z)", text, re.M | re.S)
    return found[1] if found else ""


def headlines(text: str) -> list[str]:
    """Items of lists, and paragraphs that begin in bold, each in one line."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", text)
    lines = [" ".join(block.split()) for block in blocks]
    return [line for line in lines if re.match(r"(?:[-*]|\d+\.) |\*\*", line) and not line.startswith(ADVICE)]


def faults(text: str, ledger: dict[str, list[dict]]) -> list[str]:
    """For each headline that leads nowhere, or to an entry that says otherwise, its beginning and what is wrong."""
    found = []
    for line in headlines(text):
        links = ROLE.findall(line)
        wrong = [fault for kind, words in links if (fault := otherwise(words, ledger[kind]))]
        wrong += ["no {claim} and no {finding}"] * (not links)
        found += [f"{line[:70]}: {fault}" for fault in wrong]
    return found


def pages(source: Path) -> dict[str, str]:
    """Each page that has headlines, by its name, and the text in which they stand."""
    texts = {name: section((source / "book" / f"{name}.md").read_text(), title) for name, title in SECTIONS.items()}
    return texts | {notebook.stem: summary(notebook) for notebook in chapters(source)}


def summary(notebook: Path) -> str:
    """The Summary of a chapter."""
    cells = nbformat.read(notebook, as_version=4).cells
    return section("\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown"), "Summary")


def ledger_with(notebook: Path) -> dict[str, list[dict]]:
    """The ledger in which this notebook takes the place of the committed one of its name."""
    parts = {"claim": (claims, LEDGER_MIME), "finding": (findings, FINDING_MIME)}
    others = {kind: [r for r in part(BOOK) if r["notebook"] != notebook.stem] for kind, (part, _) in parts.items()}
    return {kind: others[kind] + records(notebook, mime) for kind, (_, mime) in parts.items()}


if __name__ == "__main__":
    given = {path: (summary(path), ledger_with(path)) for path in map(Path, sys.argv[1:])}
    whole = {"claim": claims(BOOK), "finding": findings(BOOK)} if not given else {}
    shown = given or {name: (text, whole) for name, text in pages(BOOK).items()}
    sys.exit("\n".join(f"{name}: {fault}" for name, (text, ledger) in shown.items() for fault in faults(text, ledger)))
