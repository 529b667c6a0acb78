"""What the axes of a figure with sliders span, and where on them its formulas are computed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sympy

from polylib import validate
from polylib.derivation.explore_controls import Control, ends_of
from polylib.derivation.explore_marks import Channel, Formula, Mark, Symbols
from polylib.derivation.explore_svg import SHAPES, Axis, group


@dataclass(frozen=True)
class Drawn:
    """A mark as it is drawn: its kind, and the numbers behind it."""

    label: str
    kind: str
    channels: list[Channel]
    nth: int  # of the marks that look alike

    @property
    def size(self) -> str | float:
        """Shape of a marker, half the width of a bar."""
        return SHAPES[self.nth % 6] if group(self.kind) == "dots" else 0.4 if self.kind == "bars" else ""


def drawn_by(marks: Sequence[Mark], symbols: Symbols) -> tuple[Drawn, ...]:
    """The marks of a figure, each with its number among those that look alike."""
    found: list[Drawn] = []
    for mark in marks:
        kind, channels = mark.channels(symbols)
        alike = [m for m in found if group(m.kind) == group(kind)]
        found.append(Drawn(mark.label, kind, channels, len(alike)))
    return tuple(found)


def axis(name: str, low: Formula, high: Formula, log: bool, label: str) -> Axis:
    """An axis; ValueError for ends that are not finite, do not rise, or are not positive where it goes by ratios."""
    ends = [validate.scalar(name, validate.real(name, float(end))) for end in (low, high)]
    if not ends[0] < ends[1] or (log and ends[0] <= 0):
        raise ValueError(f"{name} must rise{' from above 0' if log else ''}, got {ends[0]:g} to {ends[1]:g}")
    return Axis(*ends, log, label)


def samples_of(symbol: sympy.Symbol, axis: Axis, points: int) -> list[float]:
    """Where lines are computed: `points` steps along the axis, or whole numbers, at most as many."""
    steps = validate.integer("points", points)
    if axis.log:
        found = [axis.low * (axis.high / axis.low) ** (i / steps) for i in range(steps)] + [axis.high]
    else:
        found = [axis.low + (axis.high - axis.low) * i / steps for i in range(steps)] + [axis.high]
    if symbol.is_integer and axis.high - axis.low > steps:
        return sorted({float(round(v)) for v in found})
    if symbol.is_integer:
        return [float(v) for v in range(math.ceil(axis.low), math.floor(axis.high) + 1)]
    return [float(f"{v:.9g}") for v in found]


def reach(drawn: Sequence[Drawn], controls: Sequence[Control], samples: list[float], log: bool) -> list[float]:
    """Values that are shown where the sliders are at their start or an end, and all that are kept."""
    few = samples[:: max(1, len(samples) // 24)] + samples[-1:]
    upward = [mark.channels[mark.kind != "across" :] for mark in drawn if mark.kind not in ("boxes", "upright")]
    channels = [channel for found in upward for channel in found]
    reached = [v for c in channels if c.kind == "k" for v in c.frames.ravel()]
    for values, places in ends_of(controls):
        reached += [v for c in channels if c.kind in ("f", "g") for v in c.at(few, values, places)]
    for mark in drawn:
        if mark.kind == "boxes":
            reached += mark.channels[0].frames.reshape(-1, 2)[1::2].ravel().tolist()
    return [v for v in reached if math.isfinite(v) and (v > 0 or not log)]


def ends(reached: Sequence[float], log: bool) -> tuple[float, float]:
    """An axis for what is reached, with room above, and below unless that is 0."""
    if not reached or min(reached) == max(reached):
        raise ValueError(f"y must be given where formulas reach fewer than two values, got {sorted(set(reached))}")
    low, high = min(reached), max(reached)
    if log:
        return low / 1.2, high * 1.2
    return (low - 0.04 * (high - low) if low else low), high + 0.04 * (high - low)


def around_bars(across: Axis, symbol: sympy.Symbol, drawn: Sequence[Drawn], samples: Sequence[float]) -> Axis:
    """An axis with room for the first and the last bar; ValueError if x is not whole, or bars are not one for each."""
    if not symbol.is_integer:
        raise ValueError(f"x must be a symbol for whole numbers where there are bars, got {symbol}")
    heights = [mark.channels[1].frames for mark in drawn if mark.kind == "bars"]
    for kept in heights:
        if kept is not None and kept.shape[-1] != len(samples):
            raise ValueError(f"y must have a height for each of {len(samples)} bars, got {kept.shape[-1]}")
    return replace(across, low=across.low - 0.6, high=across.high + 0.6)
