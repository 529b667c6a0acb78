"""Sphinx directives for the pages that are made from the notebooks: chapters, claims, errata, status.

The ledger of claims and the record of each run lie in the outputs of the executed notebooks, so these pages say what
the site shows, and nothing else.
"""

import json
import re
from collections import Counter
from pathlib import Path

from claim_places import code_links
from docutils import nodes
from docutils.statemachine import StringList
from ledger import claims, notebooks, records, summary
from sphinx.util.docutils import SphinxDirective

from polylib.runs.results import RUN_MIME

BOX = re.compile(r'(<section class="derivation" id="([\w-]+)"(?:(?!<section).)*?)(</footer></section>)', re.S)


def list_table(header: list[str], rows: list[list[str]]) -> str:
    """A MyST table whose cells may hold mathematics and links."""
    lines = [":::{list-table}", ":header-rows: 1", ""]
    for row in [header, *rows]:
        lines += [f"{'* -' if i == 0 else '  -'} {cell}" for i, cell in enumerate(row)]
    return "\n".join([*lines, ":::"])


def failed(record: dict) -> list[dict]:
    """The steps of a claim that say of a printed line that it fails."""
    return [step for step in record["steps"] if step["kind"] in ("refutes", "remark")]


def anchor(kind: str, record: dict) -> str:
    """A place that a link can lead to."""
    return f'<span id="{kind}-{record["id"]}"></span>'


def link(text: str, href: str) -> str:
    return f'<a href="{href}">{text}</a>'


class Generated(SphinxDirective):
    """A directive whose content is MyST, made from the notebooks of the book that is being built."""

    has_content = True

    def text(self, source: Path) -> str:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        source = Path(self.env.srcdir)
        for notebook in notebooks(source):
            self.env.note_dependency(str(notebook))
        holder = nodes.container()
        self.state.nested_parse(StringList(self.text(source).splitlines(), "generated"), 0, holder)
        return holder.children


class Chapters(Generated):
    """Section -> chapter -> state; each line of the content is `section | notebook | title`."""

    def text(self, source: Path) -> str:
        present, ledger = {n.stem for n in notebooks(source)}, claims(source)
        rows = []
        for line in self.content:
            section, stem, title = (part.strip() for part in line.split("|"))
            own = [record for record in ledger if record["notebook"] == stem]
            state = (summary(own) or "executed") if stem in present else "not written yet"
            rows.append([section, link(title, f"../notebooks/{stem}.html") if stem in present else title, state])
        return list_table(["Supplement", "Chapter", "State"], rows)


class Claims(Generated):
    """Every derivation with its verdict and the kinds of evidence it rests on."""

    def text(self, source: Path) -> str:
        ledger, repository = claims(source), self.config.html_theme_options.get("repository_url", "")
        rows = []
        for record in ledger:
            evidence = Counter(step["badge"] for step in record["steps"])
            kinds = ", ".join(f"{kind} ({n})" if n > 1 else kind for kind, n in evidence.items())
            claim = f"{link(record['title'], record['href'])}, in {{ref}}`{record['section']}`"
            verdict = record["verdict"]
            if failed(record):
                verdict = link(verdict, f"errata.html#erratum-{record['id']}")
            code = code_links(record["modules"], repository)
            rows.append([f"{anchor('entry', record)}{claim}", record["source"], f"**{verdict}**", kinds, code])
        table = list_table(["Claim", "Where it stands", "Verdict", "Evidence, by steps", "Code (and its tests)"], rows)
        return f"{len(ledger)} claims: {summary(ledger)}.\n\n{table}"


class Errata(Generated):
    """Every printed line that fails, with its counterexample and what holds instead; by section of the supplement."""

    def text(self, source: Path) -> str:
        blocks, number, section = [], 0, ""
        for record in claims(source):
            target = anchor("erratum", record)
            for step in failed(record):
                number, place = number + 1, record["source"].removeprefix("supplement ")
                if (new := place.split(",")[0]) != section:
                    section = new
                    heading = f"Section {section}" if section[0].isdigit() else section.capitalize()
                    blocks.append(f"```{{rubric}} {heading}\n```")
                blocks.append(target + _erratum(number, record, step))
                target = ""  # the first line that fails stands for its claim
        return "\n\n".join(blocks)


def _erratum(number: int, record: dict, step: dict) -> str:
    rest = record["source"].partition(", ")[2]
    place = sentence(", ".join(part for part in (rest, step["line"]) if part)).rstrip(".")
    title = f"**{number}. {place}** ({link('in the chapter', record['href'])})"
    if step["kind"] == "remark":
        return f"{title}\n: Printed: {step['plain']}\n: Read: {sentence(step['repair'])}"
    instead = f"\n: Instead: $\\displaystyle {step['repair']}$" if step["repair"] else ""
    printed = "It implies" if step["implied"] else "Printed"
    reason = " ".join(sentence(text) for text in (step["why"], step["evidence"]) if text)
    return f"{title}\n: {printed}: $\\displaystyle {step['formula']}$\n: {reason}{instead}"


def sentence(text: str) -> str:
    """With a full stop, and a capital if it begins with a word rather than a symbol or a file's name."""
    word = text.split(" ")[0].rstrip(".,;:")
    is_word = word == "a" or (word[:2].isalpha() and len(word) > 1 and not set("._") & set(word))
    return (text[:1].upper() + text[1:] if is_word else text) + "."


class Status(Generated):
    """For each notebook: when, where and how long the outputs shown here took."""

    def text(self, source: Path) -> str:
        rows, runs = [], []
        for notebook in notebooks(source):
            for r in records(notebook, RUN_MIME):
                versions = ", ".join(f"{name} {v}" for name, v in {"python": r["python"], **r["packages"]}.items())
                name = link(notebook.stem, f"../notebooks/{notebook.stem}.html")
                row = [r["date"][:10], r["commit"], r["digest"][:8], r["device"], f"{r['seconds']:.0f} s", versions]
                rows.append([name, *row])
                runs.append(r)
        table = list_table(["Notebook", "Date", "Commit", "Library", "Device", "Time", "Versions"], rows)
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


class WholeBook(Generated):
    """Where the PDF of the whole book is, if this build makes one."""

    def text(self, source: Path) -> str:
        if not self.config.book_pdf:
            return ""
        return (
            f":::{{div}} whole-book\nThe whole book is also {link('one PDF', '../book.pdf')}, to print or to keep.\n:::"
        )


def boxes_lead_to_the_claims(_app: object, _page: str, _template: str, context: dict, _doctree: object) -> None:
    """A notebook's outputs know no other page, so the way from a derivation to its entry is laid here."""
    if "body" in context:
        way = r'<a class="entry" href="../book/claims.html#entry-\2">among all claims</a>'
        context["body"] = BOX.sub(rf"\1 {way}\3", context["body"])


def registered(app: object, uri: str) -> str | None:
    """What the link check asks about a DOI: publishers turn machines away, the register of DOIs answers them."""
    prefix = "https://doi.org/"
    return uri.replace(prefix, f"{prefix}api/handles/") if uri.startswith(f"{prefix}10.") else None


def setup(app) -> dict:
    directives = {"chapters": Chapters, "claims": Claims, "errata": Errata, "status": Status}
    directives |= {"paper-runs": PaperRuns, "whole-book": WholeBook}
    app.add_config_value("book_pdf", False, "env")
    for name, directive in directives.items():
        app.add_directive(name, directive)
    app.connect("html-page-context", boxes_lead_to_the_claims)
    app.connect("linkcheck-process-uri", registered)
    return {"parallel_read_safe": True}
