"""How a derivation looks: HTML for a page, one line a step for a terminal. Works on the ledger's records."""

import re
from collections.abc import Mapping
from hashlib import sha256
from html import escape


def slug(title: str) -> str:
    """An identifier for a link; with a mark of its own where letters, digits and spaces do not tell the whole title."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    whole = words.replace("-", " ").capitalize() == title
    return f"claim-{words}" if whole else f"claim-{words}-{sha256(title.encode()).hexdigest()[:6]}".replace("--", "-")


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
    shown = _formula(step["formula"]) if step["formula"] else f'<div class="formula">{_words(step["plain"])}</div>'
    if step["kind"] == "refutes":
        shown = f'<div class="printed">{"It implies" if step["implied"] else "Printed"}: {shown}</div>'
    if step["formula"] and step["repair"]:  # that of a remark is words, and stands there as its why
        shown += f'<div class="repair">Instead: {_formula(step["repair"])}</div>'
    where = f' <span class="scope">for {_words(step["scope"])}</span>' if step["scope"] else ""
    return (
        f'<li class="{step["kind"]}">{shown}'
        f'<p><span class="badge">{step["badge"]}</span>{where} <span class="why">{_words(step["why"])}</span> '
        f'<span class="evidence">{escape(step["evidence"])}</span></p></li>'
    )


def _formula(latex: str) -> str:
    math = rf'<span class="math notranslate nohighlight">\(\displaystyle {escape(latex)}\)</span>'
    return f'<div class="formula" tabindex="0">{math}</div>'


def _words(text: str) -> str:
    """Words with formulas between dollars."""
    return re.sub(r"\$([^$]+)\$", r'<span class="math notranslate nohighlight">\\(\1\\)</span>', escape(text))


def plain(record: Mapping) -> str:
    """A derivation as text."""
    lines = [f"{record['title']} ({record['source']}): {record['verdict']}"]
    lines += [f"  {s['plain']}  [{s['badge']}: {s['evidence']}] {s['why']}".rstrip() for s in record["steps"]]
    return "\n".join(lines)
