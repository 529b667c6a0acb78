"""What the book's notebooks hold: their order in the table of contents, records of runs, and the ledger of claims."""

import json
from collections import Counter
from pathlib import Path

import yaml
from claim_places import places

from polylib.derivation import LEDGER_MIME


def notebooks(source: Path) -> list[Path]:
    """The notebooks of the table of contents, in its order."""
    toc = yaml.safe_load((source / "_toc.yml").read_text())
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [source / file for file in files if file.startswith("notebooks/")]


def records(notebook: Path, mime: str) -> list[dict]:
    """The records of one kind in a notebook's outputs, in order."""
    cells = json.loads(notebook.read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [output["data"][mime] for output in outputs if mime in output.get("data", {})]


def claims(source: Path) -> list[dict]:
    """The ledger: every derivation of every chapter, with the address of its place on the page."""
    found = []
    for notebook in notebooks(source):
        where = places(notebook)
        for record in records(notebook, LEDGER_MIME):
            href = f"../notebooks/{notebook.stem}.html#{record['id']}"
            found.append(record | where[record["id"]] | {"notebook": notebook.stem, "href": href})
    return found


def summary(ledger: list[dict]) -> str:
    """How many claims have which verdict."""
    counts = Counter(record["verdict"].split(" if ")[0] for record in ledger)
    conditional = sum(" if " in record["verdict"] for record in ledger)
    words = [f"{counts['holds'] - conditional} hold", f"{conditional} hold under a stated condition"]
    words += [f"{counts['repaired']} repaired", f"{counts['refuted']} refuted"]
    return ", ".join(w for w in words if not w.startswith("0 "))
