"""The specification curve of a finding that was tried at several settings.

It is that of Simonsohn et al. 2020 (doi 10.1038/s41562-020-0912-z).
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from mpl_toolkits.axes_grid1 import make_axes_locatable

from polylib.finding.row import SAYS
from polylib.finding.verdict import shown

MARKS = {1: {"marker": "o"}, 0: {"marker": "o", "mfc": "white"}, -1: {"marker": "X"}}


def draw(ax: plt.Axes, record: Mapping) -> plt.Axes:
    """Estimates with their intervals in rising order on `ax`, and below it a mark at each row's settings."""
    rows = sorted(record["rows"], key=lambda row: row["estimate"])
    for says, mark in MARKS.items():
        chosen = [(i, row) for i, row in enumerate(rows) if row["says"] == says]
        if chosen:
            places, kept = zip(*chosen, strict=True)
            middle = [row["estimate"] for row in kept]
            below = [row["estimate"] - row["low"] for row in kept]
            above = [row["high"] - row["estimate"] for row in kept]
            ax.errorbar(places, middle, [below, above], fmt="none", ecolor="0.5", elinewidth=1)
            ax.plot(places, middle, linestyle="none", color="C0", label=SAYS[says], markersize=5, **mark)
    ax.plot(range(len(rows)), [row["reference"] for row in rows], color="0.2", linestyle="--", linewidth=1)
    ax.set_ylabel(f"{rows[0]['measure']}\n({record['unit']})" if record["unit"] else rows[0]["measure"])
    ax.legend()
    _settings(ax, [row["settings"] for row in rows])
    return ax


def _settings(ax: plt.Axes, settings: Sequence[Mapping]) -> None:
    """A panel below `ax` in which each level of each setting has a line, marked where a row has it."""
    levels = [(name, level) for name in settings[0] for level in _sorted({row[name]: None for row in settings})]
    ax.tick_params(labelbottom=False)
    if not levels:
        return
    panel = make_axes_locatable(ax).append_axes("bottom", size=0.17 * len(levels) + 0.1, pad=0.1, sharex=ax)
    for line, (name, level) in enumerate(levels):
        places = [i for i, row in enumerate(settings) if row[name] == level]
        panel.plot(places, [line] * len(places), linestyle="none", marker="s", color="0.2", markersize=4)
    panel.set_yticks(range(len(levels)), [f"{name} {shown(level)}" for name, level in levels])
    panel.set(ylim=(len(levels) - 0.5, -0.5), xlabel="settings, by their estimate")
    panel.tick_params(labelbottom=False)


def _sorted(levels: Mapping) -> list:
    """Numbers by size, words as they came."""
    numbers = all(isinstance(level, int | float) for level in levels)
    return sorted(levels) if numbers else list(levels)
