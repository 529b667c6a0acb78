"""The ledger's second part, what was measured, as a page; and roles that lead to an entry and show its verdict."""

import re
from pathlib import Path

from claim_places import code_links
from docutils import nodes
from generated import Generated, anchor, link, list_table
from ledger import claims, findings, kind, notebooks, summary
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from polylib.finding.box import counted


def measured(found: list[dict]) -> str:
    """How many findings have which verdict, and on how many networks they rest."""
    groups = {
        "about networks as such": [record for record in found if record["about"] == "networks"],
        "about the networks of this book": [record for record in found if "these" in record["about"]],
        "about one network": [record for record in found if record["about"] == "this network"],
        "about methods": [record for record in found if record["about"] == "methods"],
    }
    parts = [f"{len(group)} {words} ({summary(group)})" for words, group in groups.items() if group]
    return f"{len(found)}: {'; '.join(parts) or 'no chapter has one'}."


class Findings(Generated):
    """Every finding by chapters, with its verdict, what was repeated, and the settings at which it was tried."""

    def text(self, source: Path) -> str:
        header = ["Finding", "Verdict", "Repeated", "Tried at", "Code (and its tests)"]
        entries, blocks = findings(source), []
        for stem in dict.fromkeys(record["notebook"] for record in entries):
            rows = [self.row(record) for record in entries if record["notebook"] == stem]
            title = f"{{ref}}`nb-{stem.partition('-')[2]}`"
            blocks.append(f"{title}\n\n{list_table(header, rows, 'findings')}")
        return "\n\n".join(blocks)

    def row(self, record: dict) -> list[str]:
        place = f", in {{ref}}`{record['section']}`" if record["section"] else ""
        finding = f"{anchor('entry', record)}{link(record['title'], record['href'])} ({record['source']}){place}"
        code = code_links(record["modules"], self.config.html_theme_options.get("repository_url", ""))
        runs = "".join(f"; rests on the run {run['name']} ({run['changed']})" for run in record["runs"])
        return [finding, f"**{told(record)}**", counted(record) + runs, record["tried"] or "one setting", code]


def told(record: dict) -> str:
    """A finding's verdict, after the number of its networks where there are too few to speak of networks."""
    return f"{record['on']}: {record['verdict']}" if record.get("on") else record["verdict"]


class Entry(SphinxRole):
    """{claim}`Title` or {finding}`Title`: a link to the box of this title, whose text is the verdict that it has.

    {finding}`not seen <Title>` says the verdict in its source; it must be the entry's, without its condition. Where
    none is written the entry must hold, or be seen, as it stands.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        source = Path(self.env.srcdir)
        for notebook in notebooks(source):
            self.env.note_dependency(str(notebook))
        entries = findings(source) if self.name == "finding" else claims(source)
        if fault := otherwise(self.text, entries):
            message = self.inliner.reporter.error(f"{self.name}: {fault}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        record = entry(self.text, entries)
        words = told(record) if self.name == "finding" else kind(record["verdict"])
        return [nodes.reference(self.rawtext, words, refuri=record["href"], internal=True, classes=["verdict"])], []


def entry(text: str, entries: list[dict]) -> dict | None:
    """The entry that a role's text names by its title, if there is just one."""
    found = [record for record in entries if record["title"] == parts(text)[1]]
    return found[0] if len(found) == 1 else None


def otherwise(text: str, entries: list[dict]) -> str:
    """What is wrong with a role's text: no such entry, or one that says otherwise; "" if nothing is."""
    written, title = parts(text)
    record = entry(text, entries)
    if record is None:
        return f"one entry must be called {title!r}, got none or several"
    judged = kind(record["verdict"])
    if written != judged and (written or judged not in ("holds", "seen")):
        return f"{title!r} is {judged!r}, got {repr(written) if written else 'nothing, which says holds or seen'}"
    return ""


def parts(text: str) -> tuple[str, str]:
    """The verdict that a role's text writes, or "", and the title that it names."""
    found = re.fullmatch(r"(.*?)\s*<(.+)>", text, re.S)
    return (found[1], " ".join(found[2].split())) if found else ("", " ".join(text.split()))


def setup(app: Sphinx) -> dict:
    app.add_directive("findings", Findings)
    for name in ("claim", "finding"):
        app.add_role(name, Entry())
    return {"parallel_read_safe": True}
