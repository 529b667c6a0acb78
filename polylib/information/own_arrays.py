"""A reader's own two arrays: every instrument that this room has on them, and the sentence that their numbers allow."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from polylib.finding import Finding
from polylib.information.dependence import HARMLESS, labels, likeness, ordered_alike, refuse_dependent
from polylib.information.estimators import estimate
from polylib.information.floor import Floor, decoder_floor, entropy_of_labels
from polylib.information.own_columns import checked_columns, one_hot
from polylib.information.own_labels import checked_words
from polylib.information.recipe import Phase, Recipe
from polylib.information.result import Estimate

NAMES = {"dv": "critic", "ksg": "neighbours (KSG)", "cca": "Gaussian (CCA)"}
PAIRED = "the same rows, paired at random"


@dataclass(frozen=True, repr=False)
class Between:
    """What is known of the information between two arrays, in bits."""

    estimates: dict[str, Estimate]
    """by estimator: "dv", a critic, and its witnesses "ksg" and "cca", which labels have not"""
    floor: Floor
    """what decoders read, on each held-out fifth"""
    entropy: float | None
    """of the labels, if a side holds some: information cannot be more"""
    finding: Finding
    """whether decoders read more than with rows paired at random"""
    notes: tuple[str, ...]
    """doubts, in words"""

    @property
    def sentence(self) -> str:
        """What may be said."""
        critic, seen = self.estimates["dv"], self.finding.verdict == "seen"
        low, high = critic.interval
        if any("infinite" in note for note in critic.notes):
            return (
                "One array gives a column of the other exactly, or in the same order: between real numbers that is "
                "infinite information, of which the numbers say nothing. Round first, to a precision of yours."
            )
        least = max(low, self.floor.interval[0] if seen else 0.0)
        told = least > max([0.0, *critic.null.tolist()])
        if not (told or seen):
            above = "" if critic.at_least else f"; what a critic of this size can see lies below {high:.2f} bits"
            return f"These samples do not show that the two have anything to do with each other{above}."
        untold = "more than rows paired at random, but how much at the least these samples do not tell"
        said = [f"The two share information: {f'at least {least:.2f} bits' if told else untold}"]
        if seen:
            said.append(f"decoders read {self.floor.bits:.2f} of {self.floor.read}")
        if self.entropy is not None:
            said.append(f"at most {self.entropy:.2f}, the entropy of the labels")
        if critic.at_least:
            said.append("how much more, neither so few samples nor a critic of this size can tell")
        else:
            said.append(f"the critic's interval ends at {high:.2f}")
        return "; ".join(said) + f".{self._dissent()}"

    def _dissent(self) -> str:
        low, high = self.estimates["dv"].interval
        others = {NAMES[k]: e.interval for k, e in self.estimates.items() if k != "dv"}
        apart = [f"{k} says {a:.2f} to {b:.2f}" for k, (a, b) in others.items() if a > high or b < low]
        return f" But {' and '.join(apart)}: the estimators disagree, report all." if apart else ""

    def columns(self) -> dict[str, list]:
        """For a table: instrument, bits, ends of the 95 % interval, and the most that rows paired at random gave."""
        rows = [(NAMES[k], e.bits, *e.interval, float(e.null.max())) for k, e in self.estimates.items()]
        floor = self.floor
        rows.append((f"decoder of {floor.read}", floor.bits, *floor.interval, float(floor.null.mean())))
        names = "instrument", "bits", "from", "to", "paired at random"
        return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}

    def figure(self, ax: plt.Axes) -> plt.Axes:
        """Intervals of all instruments, what rows paired at random gave, and the entropy of labels as a line."""
        found = self.columns()
        finite = [x for x in found["to"] if np.isfinite(x)] + found["bits"]
        right = max(finite) * 1.15 + 0.05
        for i, (bits, low, high) in enumerate(zip(found["bits"], found["from"], found["to"], strict=True)):
            ax.plot([low, min(high, right)], [i, i], color="C0", linestyle="-", linewidth=2)
            ax.plot(bits, i, "o", color="C0", markersize=6)
            ax.plot(found["paired at random"][i], i, "x", color="C1", markersize=7)
        if self.entropy is not None:
            ax.axvline(self.entropy, color="0.4", linestyle=":")
        ax.axvline(0, color="0.6", linewidth=0.8)
        ax.set(yticks=range(len(found["bits"])), xlabel="information (bits)", ylim=(-0.6, len(found["bits"]) - 0.4))
        ax.set_yticklabels(found["instrument"])
        ax.invert_yaxis()
        return ax

    def record(self) -> dict:
        """All of it as `polylib.runs.results.save` takes it; an end at infinity is null."""
        shown = {name: [_finite(value) for value in column] for name, column in self.columns().items()}
        folds = {"floor": self.floor.folds.tolist(), "floor_null": self.floor.null.tolist()}
        said = {"sentence": self.sentence, "verdict": self.finding.verdict, "notes": list(self.notes)}
        return shown | folds | said | {"entropy": self.entropy}

    def __repr__(self) -> str:
        return "\n".join([self.sentence, *self.notes])


def quick(n: int) -> Recipe:
    """A recipe for n samples, few or many: critics of half the size and a fraction of the steps of `DEFAULT`."""
    batch = min(256, max(16, 2 * n // 5))
    return Recipe(hidden=(32, 16), phases=(Phase(1500, batch, 5e-3),), every=25)


def between(
    x: ArrayLike,
    y: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    null: int = 3,
    recipe: Recipe | None = None,
    seed: int = 0,
    progress: bool = True,
) -> Between:
    """Information between two arrays of one row a sample: estimates, a floor, nulls, and what may be said.

    x, y: (n, columns) or (n,), numbers, or words as labels; tensors and data frames too. A side of few different rows
    is taken as labels. `groups`, one label a row, says which rows belong together, as in `estimate`; `blocks` makes
    them for a series in time; without it rows that are not independent are refused. `null` critics are of rows paired
    at random; the critics' `recipe` is by default `quick`. Raises ValueError for arrays of different lengths, without
    numbers, with nan, infinity or a constant column, of fewer than 60 samples, and rows that are not independent.
    """
    sides = checked_columns("x", checked_words("x", x)), checked_columns("y", checked_words("y", y))
    n = len(sides[0])
    if n != len(sides[1]):
        raise ValueError(f"x and y must have one row for each sample, got {n} and {len(sides[1])} rows")
    if n < 60:
        raise ValueError(f"x and y must have at least 60 samples, got {n}: estimates of fewer mean nothing")
    whole = None if groups is None else np.asarray(groups)
    together = labels(whole, n)
    if whole is None and not ordered_alike(*sides):
        refuse_dependent("x and y", *sides)
    entropies = [entropy_of_labels(side) for side in sides]
    coded = [one_hot(side) if h is not None else side for side, h in zip(sides, entropies, strict=True)]
    estimates, notes = {}, _alike_across(sides, together)
    how = {"groups": whole, "null": null, "seed": seed}
    double = [torch.from_numpy(side) for side in coded]  # repeats on another processor what single does not
    estimates["dv"] = estimate(*double, "dv", recipe=recipe or quick(n), progress=progress, **how)
    for kind in ("ksg", "cca") if entropies == [None, None] else ():
        try:
            estimates[kind] = estimate(*sides, kind, **how)
        except ValueError as error:  # columns that are functions of one another
            notes.append(f"no {NAMES[kind]}: {error}")
    floor = decoder_floor(*sides, groups=together, seed=seed)
    known = [h for h in entropies if h is not None]
    notes += [f"{NAMES[k]}: {note}" for k, e in estimates.items() for note in e.notes]
    notes += _unused(estimates["dv"], entropies)
    return Between(estimates, floor, min(known, default=None), _finding(floor), tuple(notes))


def _finding(floor: Floor) -> Finding:
    finding = Finding(
        "A decoder reads something of one array from the other",
        "a reader's own arrays",
        "held-out fifths of the samples",
        about="methods",
        null=PAIRED,
        unit="bits",
        digits=1,
    )
    finding.more(floor.folds, floor.null)
    return finding


def _alike_across(sides: tuple[NDArray, NDArray], groups: NDArray | None) -> list[str]:
    """A doubt where the first row of a group is like that of the next in x and in y, as in a series cut too short."""
    if groups is None:
        return []
    first = np.sort(np.unique(groups, return_index=True)[1])
    each = [side[first] for side in sides]
    varied = [side[:, np.ptp(side, axis=0) > 0] for side in each]
    if min(side.shape[1] for side in varied) == 0 or likeness(*varied)[0] <= HARMLESS:
        return []
    return ["groups: one is like the next in x and in y, so that blocks of a series are too short; sorted ones may be"]


def _unused(critic: Estimate, entropies: Sequence[float | None]) -> list[str]:
    sides = zip("xy", critic.unused, entropies, strict=True)
    return [f"the critic does not use columns {columns} of {v}" for v, columns, h in sides if columns and h is None]


def _finite(value: str | float) -> str | float | None:
    return value if isinstance(value, str) or np.isfinite(value) else None
