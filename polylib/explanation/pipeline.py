"""The pipeline as a picture: what passes from hand to hand, and what each part did when it was tested alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt

PLACES = ((1, 1.5), (5, 2.4), (3.7, 0.6), (6.4, 0.6), (9, 1.5))
"""of the five parts: passages, a table, a writer, a reader, the score"""
ARROWS = ((0, 1), (1, 4), (0, 2), (2, 3), (3, 4))


@dataclass(frozen=True)
class Part:
    """A part of the pipeline, what a test of it alone measured, and whether it passed; None for what needs no test."""

    words: str
    measured: str = ""
    passed: bool | None = None

    @property
    def verdict(self) -> str:
        """What was measured, with a tick or a cross before it: not colour alone."""
        mark = {True: "\u2713 ", False: "\u2717 ", None: ""}[self.passed]
        return f"{mark}{self.measured}"


def draw(ax: plt.Axes, parts: Sequence[Part]) -> plt.Axes:
    """Draw the parts, in the order of `PLACES`, with arrows and verdicts. Raises ValueError for another number."""
    if len(parts) != len(PLACES):
        raise ValueError(f"parts must be the {len(PLACES)} of the pipeline, got {len(parts)}")
    ax.set(xlim=(-0.2, 10.2), ylim=(0, 3))
    ax.axis("off")
    style = {"boxstyle": "round", "facecolor": "0.95", "edgecolor": "0.4"}
    for start, end in ARROWS:
        gap = {"arrowstyle": "->", "color": "0.4", "shrinkA": 34, "shrinkB": 42}
        ax.annotate("", PLACES[end], PLACES[start], arrowprops=gap)
    for part, (x, y) in zip(parts, PLACES, strict=True):
        ax.text(x, y, part.words, ha="center", va="center", fontsize=9, bbox=style)
        colour = {True: "C2", False: "C3", None: "0.3"}[part.passed]
        ax.text(x, y - 0.5, part.verdict, ha="center", va="center", fontsize=9, color=colour, weight="bold")
    return ax
