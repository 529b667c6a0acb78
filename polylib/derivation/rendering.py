"""How a derivation looks: HTML for a page, one line a step for a terminal. Works on the ledger's records.

The frame of its box, with what every box says of itself and the place that a link leads to, is that of a finding too.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from html import escape

LONG = 160
"""letters from which evidence is folded: a formula as the programs write it, for whoever checks the checker"""


def slug(title: str, kind: str = "claim") -> str:
    """An identifier for a link; with a mark of its own where letters, digits and spaces do not tell the whole title."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    whole = words.replace("-", " ").capitalize() == title
    return f"{kind}-{words}" if whole else f"{kind}-{words}-{sha256(title.encode()).hexdigest()[:6]}".replace("--", "-")


def html(record: Mapping) -> str:
    """A derivation as a fragment of a page: readable unstyled, with MathJax for the formulas."""
    steps = "".join(_step(step) for step in record["steps"])
    return frame("derivation", record, f"<ol>{steps}</ol>", record["verdict"])


def frame(kind: str, record: Mapping, content: str, verdict: str) -> str:
    """A box of a class `kind` around `content`: above it title and source, below it the verdict."""
    judged = f'<strong class="verdict {record["verdict"].split()[0]}">{escape(verdict)}</strong>'
    return (
        f'<section class="{kind}" id="{record["id"]}" aria-label="{escape(record["title"])}">'
        f"<header><strong>{escape(record['title'])}</strong> "
        f'<span class="source">{escape(record["source"])}</span></header>{content}'
        f"<footer>Verdict: {judged}</footer></section>"
    )


def _step(step: Mapping) -> str:
    shown = _formula(step["formula"]) if step["formula"] else f'<div class="formula">{_words(step["plain"])}</div>'
    if step["kind"] != "refutes":
        line = _line(step["badge"], step["scope"], step["why"], step["evidence"])
        return f'<li class="{step["kind"]}">{shown}{line}</li>'
    fails, _, proof = step["evidence"].partition("; the repair is ")
    printed = "It implies" if step["implied"] else "Printed"
    shown = f'<div class="printed">{printed}: {shown}{_line(step["badge"], "", "", fails)}</div>'
    if step["repair"]:
        badge, _, how = proof.partition(", ")
        shown += f'<div class="repair">Instead: {_formula(step["repair"])}{_line(badge, step["scope"], "", how)}</div>'
    return f'<li class="refutes">{shown}<p><span class="why">{_words(step["why"])}</span></p></li>'


def _line(badge: str, scope: str, why: str, evidence: str) -> str:
    """What a formula rests on: the kind of evidence, for which values, the reason, what was done."""
    parts = [f'<span class="badge">{badge}</span>']
    parts += [f'<span class="scope">for {_words(scope)}</span>'] * bool(scope)
    parts += [f'<span class="why">{_words(why)}</span>'] * bool(why)
    if len(evidence) > LONG:
        folded = f'<details class="evidence"><summary>The evidence</summary>{escape(evidence)}</details>'
        return f"<p>{' '.join(parts)}</p>{folded}"
    parts += [f'<span class="evidence">{escape(evidence)}</span>'] * bool(evidence)
    return f"<p>{' '.join(parts)}</p>"


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
