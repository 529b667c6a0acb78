"""What the book's notebooks hold: their order in the table of contents, records of runs, the ledger in two parts."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import yaml
from claim_places import places

from polylib.derivation import LEDGER_MIME
from polylib.finding import FINDING_MIME

VERDICTS = {
    "holds": "hold",
    "holds if": "hold under a stated condition",
    "repaired": "repaired",
    "refuted": "refuted",
    "assumed": "assumed",
    "not decided": "not decided",
    "seen": "seen",
    "seen if": "seen under a stated condition",
    "seen in": "seen in some settings",
    "not seen": "not seen",
}
"""each verdict, and how it is counted"""


def notebooks(source: Path) -> list[Path]:
    """The notebooks of the table of contents, in its order."""
    toc = yaml.safe_load((source / "_toc.yml").read_text())
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [source / file for file in files if file.startswith("notebooks/")]


def chapters(source: Path) -> list[Path]:
    """The notebooks that are chapters, numbered; the others are pages to run on data of one's own."""
    return [notebook for notebook in notebooks(source) if notebook.name[0].isdigit()]


def records(notebook: Path, mime: str) -> list[dict]:
    """The records of one kind in a notebook's outputs, in order."""
    cells = json.loads(notebook.read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [output["data"][mime] for output in outputs if mime in output.get("data", {})]


def claims(source: Path) -> list[dict]:
    """The ledger of statements: every derivation of every chapter, with the address of its place on the page."""
    return _entries(source, LEDGER_MIME)


def findings(source: Path) -> list[dict]:
    """The ledger of findings: what was measured in every chapter, with the address of its place on the page."""
    return _entries(source, FINDING_MIME)


def _entries(source: Path, mime: str) -> list[dict]:
    found = []
    for notebook in chapters(source):
        found += _of_chapter(notebook, mime, notebook.stat().st_mtime_ns)
    return found


@cache
def _of_chapter(notebook: Path, mime: str, _written: int) -> list[dict]:
    """A chapter's entries; each link asks for all, so they are read once for each state of the file."""
    where, found = places(notebook), []
    for record in records(notebook, mime):
        href = f"../notebooks/{notebook.stem}.html#{record['id']}"
        found.append(record | where[record["id"]] | {"notebook": notebook.stem, "href": href})
    return found


def sections(notebook: Path) -> list[str]:
    """The labels that a chapter gives to itself and to its sections."""
    cells = json.loads(notebook.read_text())["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return [label for text in texts for label in re.findall(r"^\(((?:sec|nb)-[\w-]+)\)=$", text, re.M)]


def kind(verdict: str) -> str:
    """A verdict without its condition, and without the settings where it holds."""
    for word in ("if", "in"):
        head, condition, _ = verdict.partition(f" {word} ")
        if condition:
            return f"{head} {word}"
    return verdict


def summary(judged: list[dict]) -> str:
    """How many claims, findings, or printed statements, have which verdict."""
    counts = Counter(kind(each["verdict"]) for each in judged)
    return ", ".join(f"{counts[verdict]} {words}" for verdict, words in VERDICTS.items() if counts[verdict])
