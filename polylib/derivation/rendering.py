"""How a derivation looks: HTML for a page, one line a step for a terminal. Works on the ledger's records."""

import re
from collections.abc import Mapping
from html import escape


def slug(title: str) -> str:
    """An identifier for a link."""
    return "claim-" + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def html(record: Mapping) -> str:
    """A derivation as a fragment of a page: readable unstyled, with MathJax for the formulas."""
    steps = "".join(_step(step) for step in record["steps"])
    kind = record["verdict"].split()[0]
    return (
        f'<section class="derivation" id="{record["id"]}" aria-label="{escape(record["title"])}">'
        f"<header><strong>{escape(record['title'])}</strong> "
        f'<span class="source">{escape(record["source"])}</span></header><ol>{steps}</ol>'
        f'<footer>Verdict: <strong class="verdict {kind}">{escape(record["verdict"])}</strong></footer></section>'
    )


def _step(step: Mapping) -> str:
    formula = f'<div class="formula" tabindex="0">{_math(step["formula"])}</div>' if step["formula"] else ""
    words = "" if step["formula"] else f'<div class="formula">{_words(step["plain"])}</div>'
    if step["kind"] == "refutes":
        formula = f'<div class="printed">{"It implies" if step["implied"] else "Printed"}: {formula}</div>'
    repair = f'<div class="repair">Instead: <div class="formula" tabindex="0">{_math(step["repair"])}</div></div>'
    return (
        f'<li class="{step["kind"]}">{formula}{words}{repair if step["repair"] and step["formula"] else ""}'
        f'<p><span class="why">{_words(step["why"])}</span> '
        f'<span class="badge">{step["badge"]}</span> <span class="evidence">{escape(step["evidence"])}</span></p></li>'
    )


def _math(formula: str) -> str:
    return rf'<span class="math notranslate nohighlight">\(\displaystyle {escape(formula)}\)</span>'


def _words(text: str) -> str:
    """Words with formulas between dollars."""
    return re.sub(r"\$([^$]+)\$", r'<span class="math notranslate nohighlight">\\(\1\\)</span>', escape(text))


def plain(record: Mapping) -> str:
    """A derivation as text."""
    lines = [f"{record['title']} ({record['source']}): {record['verdict']}"]
    lines += [f"  {s['plain']}  [{s['badge']}: {s['evidence']}] {s['why']}".rstrip() for s in record["steps"]]
    return "\n".join(lines)
