"""Sphinx directives for claims and errata: the supplement line by line, every checked derivation, every failed line."""

import re
from collections import Counter
from pathlib import Path

from claim_places import code_links
from finding_pages import measured
from generated import Generated, anchor, link, list_table
from ledger import claims, findings, summary
from supplement import badges, of_the_supplement, reach, statements

BOX = re.compile(
    r'(<section class="(?:derivation|finding)" id="([\w-]+)"(?:(?!<section).)*?)(</footer></section>)', re.S
)


def failed(record: dict) -> list[dict]:
    """The steps of a claim that say of a printed line that it fails."""
    return [step for step in record["steps"] if step["kind"] in ("refutes", "remark")]


def evidence(steps: list[dict]) -> str:
    """The kinds of evidence that steps rest on, each with its number if it is not one."""
    counts = Counter(badge for step in steps for badge in badges(step))
    return ", ".join(f"{kind} ({n})" if n > 1 else kind for kind, n in counts.items())


def verdict(text: str, fails: bool, record: dict | None) -> str:
    """A verdict, which leads to the errata if a line fails."""
    return "**{}**".format(link(text, f"errata.html#erratum-{record['id']}") if fails else text)


class Headline(Generated):
    """How many statements of the supplement, derivations of this book's own, and findings, have which verdict."""

    def text(self, source: Path) -> str:
        ledger = claims(source)
        lines = statements(source, ledger)
        own = [record for record in ledger if not of_the_supplement(record)]
        return (
            f"- **The supplement**, {len(lines)} statements: {summary(lines)}. {len(ledger) - len(own)} boxes decide "
            f"{sum(line['record'] is not None for line in lines)} of them. {reach(lines)}\n"
            f"- **What this book adds**, {len(own)} boxes: {summary(own)}.\n"
            f"- **Findings**, {measured(findings(source))}"
        )


class Lines(Generated):
    """The statements of one section of the supplement, in printed order, each with its verdict."""

    required_arguments = 1

    def text(self, source: Path) -> str:
        lines = statements(source, claims(source))
        rows = [self.row(line) for line in lines if line["section"] == self.arguments[0]]
        return list_table(
            ["Where", "Its words", "Verdict, and what it rests on", "In the book"], rows, "printed-lines cards"
        )

    def row(self, line: dict) -> list[str]:
        record, steps = line["record"], line["steps"]
        fails = any(step["kind"] in ("refutes", "remark") for step in steps)
        rests = f'<span class="evidence">{evidence(steps)}</span>'
        where = link(record["title"], record["href"]) if record else f"{{ref}}`{line['label']}`"
        return [line["place"], line["words"], f"{verdict(line['verdict'], fails, record)} {rests}", where]


class Claims(Generated):
    """Every derivation, of the supplement or of this book's own, with its verdict and the evidence that it rests on."""

    required_arguments = 1

    def text(self, source: Path) -> str:
        ours = self.arguments[0] == "added"
        records = [record for record in claims(source) if of_the_supplement(record) != ours]
        header = ["Claim", "Where it stands", "Verdict", "Evidence, by steps", "Code (and its tests)"]
        return list_table(header, [self.row(record) for record in records])

    def row(self, record: dict) -> list[str]:
        claim = f"{anchor('entry', record)}{link(record['title'], record['href'])}, in {{ref}}`{record['section']}`"
        code = code_links(record["modules"], self.config.html_theme_options.get("repository_url", ""))
        judged = verdict(record["verdict"], bool(failed(record)), record)
        return [claim, record["source"], judged, evidence(record["steps"]), code]


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


def boxes_lead_to_the_claims(_app: object, page: str, _template: str, context: dict, _doctree: object) -> None:
    """A notebook's outputs know no other page, so the way from a box of a chapter to its entry is laid here."""
    if "body" in context and not page.startswith("notebooks/use-"):
        way = r'<a class="entry" href="../book/claims.html#entry-\2">among all claims</a>'
        context["body"] = BOX.sub(rf"\1 {way}\3", context["body"])


def setup(app) -> dict:
    for name, directive in {"headline": Headline, "lines": Lines, "claims": Claims, "errata": Errata}.items():
        app.add_directive(name, directive)
    app.setup_extension("finding_pages")
    app.connect("html-page-context", boxes_lead_to_the_claims)
    return {"parallel_read_safe": True}
