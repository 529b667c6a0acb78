"""The first page's picture: the links of the paper's thesis, each with what became of its statements and findings."""

from collections import Counter
from pathlib import Path

from generated import Generated
from ledger import VERDICTS, claims, findings, kind, summary
from supplement import statements

SOUND = ("holds", "seen")
PARTLY = ("holds if", "repaired", "seen if", "seen in")
"""verdicts with a condition or a repair; what is left is assumed, not decided, refuted or not seen"""


class Thesis(Generated):
    """Three links in a row; each line of the content is `link | chapters | what is said of it, in MyST`."""

    def text(self, source: Path) -> str:
        ledger, measured = claims(source), findings(source)
        printed, boxes = statements(source, ledger), []
        for number, line in enumerate(self.content, 1):
            title, stems, words = (part.strip() for part in line.split("|"))
            of = [[each for each in group if each["notebook"] in stems.split()] for group in (printed, measured)]
            counted = "\n\n".join(
                f'{bar(found)}<span class="counts">{len(found)} {name}: {summary(found)}</span>'
                for name, found in zip(("printed statements", "findings"), of, strict=True)
                if found
            )
            boxes.append(f"::::{{div}} thesis-link\n**{number}. {title}**\n\n{words}\n\n{counted}\n::::")
        return "\n".join([":::::{div} thesis", *boxes, ":::::"])


def bar(found: list[dict]) -> str:
    """A bar as wide as the box: what stands as said, what under a condition or repaired, the rest; in words below."""
    counts = Counter(kind(each["verdict"]) for each in found)
    groups = [sum(counts[v] for v in verdicts) for verdicts in (SOUND, PARTLY)]
    groups.append(sum(counts[v] for v in VERDICTS if v not in (*SOUND, *PARTLY)))
    parts = zip(("stands", "partly", "rest"), groups, strict=True)
    spans = "".join(f'<span class="{name}" style="flex-grow: {n}"></span>' for name, n in parts if n)
    return f'<span class="thesis-bar" aria-hidden="true">{spans}</span>'


def setup(app) -> dict:
    app.add_directive("thesis", Thesis)
    return {"parallel_read_safe": True}
