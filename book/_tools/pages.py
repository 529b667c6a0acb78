"""Sphinx directives for the pages that are made from the notebooks: chapters, status, kept runs.

The ledger of claims and the record of each run lie in the outputs of the executed notebooks, so these pages say what
the site shows, and nothing else.
"""

import json
import re
from itertools import takewhile
from pathlib import Path

from generated import Generated, link, list_table
from ledger import claims, notebooks, records, summary
from supplement import of_the_supplement, statements

from polylib.runs.results import RUN_MIME


class Chapters(Generated):
    """Section -> chapter -> state; each line of the content is `section | notebook | title`."""

    def text(self, source: Path) -> str:
        present, ledger = {n.stem for n in notebooks(source)}, claims(source)
        printed, rows = statements(source, ledger), []
        for line in self.content:
            section, stem, title = (part.strip() for part in line.split("|"))
            lines, boxes = ([each for each in group if each["notebook"] == stem] for group in (printed, ledger))
            state = chapter_state(lines, boxes) if stem in present else "not written yet"
            rows.append([section, link(title, f"../notebooks/{stem}.html") if stem in present else title, state])
        return list_table(["Supplement", "Chapter", "State"], rows, "cards")


def chapter_state(lines: list[dict], boxes: list[dict]) -> str:
    """What a chapter found of the supplement's statements, and apart from them what it adds."""
    own = [record for record in boxes if not of_the_supplement(record)]
    parts = [f"{who}: {summary(found)}" for who, found in (("supplement", lines), ("added", own)) if found]
    return "; ".join(parts) or "executed"


class Status(Generated):
    """For each notebook: when, where and how long the outputs shown here took."""

    def text(self, source: Path) -> str:
        rows, runs = [], []
        for notebook in notebooks(source):
            for r in records(notebook, RUN_MIME):
                versions = ", ".join(f"{name} {v}" for name, v in {"python": r["python"], **r["packages"]}.items())
                name, took = link(notebook.stem, f"../notebooks/{notebook.stem}.html"), f"{r['seconds']:.0f} s"
                rows.append(
                    [name, r["date"][:10], r["commit"], r["digest"][:8], r["device"], took + most_memory([r]), versions]
                )
                runs.append(r)
        table = list_table(["Notebook", "Date", "Commit", "Library", "Device", "Time, memory", "Versions"], rows)
        return f"{run_summary(runs)}\n\n{table}"


def run_summary(runs: list[dict]) -> str:
    """How many runs, how long they took together, on what, when, and with how many states of the library."""
    days, devices = sorted({run["date"][:10] for run in runs}), sorted({run["device"] for run in runs})
    minutes = sum(run["seconds"] for run in runs) / 60
    states = len({run["digest"] for run in runs})
    when = " to ".join(dict.fromkeys((days[0], days[-1])))
    library = "one state of the library" if states == 1 else f"{states} states of the library"
    return f"{len(runs)} notebooks, {minutes:.1f} minutes in all on {', '.join(devices)}, {when}, {library}."


class PaperRuns(Generated):
    """The saved paper-scale runs: what, where, how long."""

    def text(self, source: Path) -> str:
        rows = []
        for path in sorted((source / "book" / "results").glob("[0-9]*.json")):
            r = json.loads(path.read_text())
            rows.append([r["name"], r["date"][:10], r["device"], f"{r['seconds']:.0f} s", r["commit"]])
        return list_table(["Result", "Date", "Device", "Time", "Commit"], rows)


class ParameterFiles(Generated):
    """Each file of parameters: what it takes, in the words of its first comment, and what was kept of its runs."""

    def text(self, source: Path) -> str:
        kept = [json.loads(path.read_text()) for path in sorted((source / "book" / "results").glob("*.json"))]
        files = sorted((source / "book" / "parameters").glob("*.yml"))
        rows = []
        for path in files:
            longer = [other.stem for other in files if other.stem.startswith(path.stem) and other != path]
            runs = [r for r in kept if r["name"].startswith(path.stem) and not r["name"].startswith(tuple(longer))]
            rows.append([f"`{path.stem}`", asked(path), run_time(runs)])
        return list_table(["File in `book/parameters`", "What it takes", "Kept"], rows, "cards")


def asked(path: Path) -> str:
    """The comment that opens a file of parameters, without the command in it."""
    lines = takewhile(lambda line: line.startswith("#"), path.read_text().splitlines())
    comment = " ".join(line.removeprefix("#").strip() for line in lines)
    words = re.sub(r"^papermill -f \S+\.yml(?: -p \w+ \S+)*[,:]? ?", "", comment).replace("see book/reproduce", "")
    return words.strip(" ;:.,")


def run_time(runs: list[dict]) -> str:
    """How many runs were kept, on what, how long they took together and the most memory that one needed."""
    if not runs:
        return "nothing"
    minutes = sum(run["seconds"] for run in runs) / 60
    return f"{len(runs)} on {', '.join(sorted({run['device'] for run in runs}))}, {minutes:.0f} min{most_memory(runs)}"


def most_memory(runs: list[dict]) -> str:
    """Of each kind of memory the most that a run needed, after a comma; nothing where the runs do not say."""
    said = [run["memory"] for run in runs if isinstance(run.get("memory"), dict)]
    places = sorted({place for memory in said for place in memory}, reverse=True)
    most = {place: max(memory.get(place, 0) for memory in said) for place in places}
    return "".join(f", {size:.1f} GiB{' of the GPU' * (place == 'GPU')}" for place, size in most.items())


class WholeBook(Generated):
    """Where the PDF of the whole book is, if this build makes one."""

    def text(self, source: Path) -> str:
        if not self.config.book_pdf:
            return ""
        return (
            f":::{{div}} whole-book\nThe whole book is also {link('one PDF', '../book.pdf')}, to print or to keep.\n:::"
        )


def registered(app: object, uri: str) -> str | None:
    """What the link check asks about a DOI: publishers turn machines away, the register of DOIs answers them."""
    prefix = "https://doi.org/"
    return uri.replace(prefix, f"{prefix}api/handles/") if uri.startswith(f"{prefix}10.") else None


def setup(app) -> dict:
    directives = {"chapters": Chapters, "status": Status, "whole-book": WholeBook}
    directives |= {"paper-runs": PaperRuns, "parameter-files": ParameterFiles}
    app.add_config_value("book_pdf", False, "env")
    for name, directive in directives.items():
        app.add_directive(name, directive)
    app.connect("linkcheck-process-uri", registered)
    return {"parallel_read_safe": True}
