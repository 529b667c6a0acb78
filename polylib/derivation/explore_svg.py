"""The still picture of a figure with sliders: axes, and the paths that explore.js draws again when a slider moves."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 460, 300
AREA = (48, 24, 400, 232)  # left, top, width and height of what the axes span
COLOURS = ["#0b7bc0", "#c87800", "#029e73", "#d55e00", "#c06ab0", "#808080"]  # 3 to 1 on white and on black
DASHES = ["none", "7 3", "7 3 2 3", "2 3", "12 3", "6 2 2 2 2 2"]
SHAPES = [
    "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
    "m-3-3h6v6h-6z",
    "m0-4l4 7h-8z",
    "m0-4.5l4.5 4.5l-4.5 4.5l-4.5-4.5z",
    "m0 4l4-7h-8z",
    "m-4-1h3v-3h2v3h3v2h-3v3h-2v-3h-3z",
]

Place = Callable[[float], str]


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, by ratios if `log`, and what it shows."""

    low: float
    high: float
    log: bool
    label: str
    words: Mapping[float, str] | None = None

    def share(self, value: float) -> float:
        """How far along the axis a value lies, 0 to 1 within it."""
        if self.log and value <= 0:
            return math.nan if math.isnan(value) or value < 0 else -math.inf
        at = math.log if self.log else float
        return (at(value) - at(self.low)) / (at(self.high) - at(self.low))

    def ticks(self) -> list[tuple[float, str]]:
        """Round numbers along it and how they are written, unless it has words of its own."""
        if self.words is not None:
            return list(self.words.items())
        found = self._decades() if self.log else _even(self.low, self.high)
        return [(v, _number(v)) for v in found]

    def _decades(self) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        steps = (1, 2, 5) if self.high / self.low < 200 else (1,)
        every = max(1, math.ceil((last - first) / 7))
        decades = range(first - first % every, last + 1, every)
        found = [float(f"{step}e{k}") for k in decades for step in steps]
        return [v for v in found if self.low * (1 - 1e-9) <= v <= self.high * (1 + 1e-9)]


def _even(low: float, high: float) -> list[float]:
    rough = (high - low) / 5
    size = 10.0 ** math.floor(math.log10(rough))
    step = size * next(m for m in (1, 2, 2.5, 5, 10) if m * size >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def _number(value: float) -> str:
    power = math.floor(math.log10(abs(value))) if value else 0
    if -4 < power < 6:
        return f"{value:,.10g}".replace("-", "−")
    mantissa = f"{value / 10.0**power:.3g}"
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{'' if mantissa == '1' else mantissa + '·'}10{raised}".replace("-", "−")


class Canvas:
    """Paths between two axes, in pixels to one decimal."""

    def __init__(self, x: Axis, y: Axis) -> None:
        self.x, self.y = x, y

    def px(self, value: float) -> str:
        return _bounded(AREA[0] + AREA[2] * self.x.share(value))

    def py(self, value: float) -> str:
        return _bounded(AREA[1] + AREA[3] - AREA[3] * self.y.share(value))

    def path(self, kind: str, data: Sequence[Sequence[float]], size: str | float = "") -> str:
        """What explore.js draws for a mark of this kind."""
        if kind == "across":
            kind, data = "line", [[self.x.low, self.x.high], data[0] * 2]
        if kind == "upright":
            kind, data = "line", [data[0] * 2, [self.y.low, self.y.high]]
        if kind == "bars":
            half = float(size)
            boxes = [(x - half, x + half, self.y.low, y) for x, y in zip(*data, strict=True)]
            return "".join(self.block(*box) for box in boxes)
        return {"line": self._chain, "dots": self._stamps, "dot": self._stamps, "area": self._band}[kind](*data, size)

    def _chain(self, x: Sequence[float], y: Sequence[float], _size: str | float) -> str:
        path, pen = "", "M"
        for v, w in zip(x, y, strict=True):
            if not math.isfinite(w) or "nan" in (to := f"{self.px(v)} {self.py(w)}"):
                pen = "M"
            else:
                path, pen = path + pen + to, "L"
        return path

    def _stamps(self, x: Sequence[float], y: Sequence[float], shape: str | float) -> str:
        found = [(self.px(v), self.py(w)) for v, w in zip(x, y, strict=True)]
        return "".join(f"M{v} {w}{shape}" for v, w in found if "nan" not in (v, w))

    def _band(self, x: Sequence[float], low: Sequence[float], high: Sequence[float], _size: str | float) -> str:
        kept = [p for p in zip(x, low, high, strict=True) if all(map(math.isfinite, p))]
        there = "L".join(f"{self.px(v)} {self.py(w)}" for v, w, _ in kept)
        back = "L".join(f"{self.px(v)} {self.py(w)}" for v, _, w in reversed(kept))
        return f"M{there}L{back}Z" if kept else ""

    def block(self, x0: float, x1: float, y0: float, y1: float) -> str:
        """A rectangle, empty if its height is not a number."""
        if not math.isfinite(y1):
            return ""
        return f"M{self.px(x0)} {self.py(y0)}V{self.py(y1)}H{self.px(x1)}V{self.py(y0)}Z"

    def axes(self) -> str:
        """Grid, ticks and labels; to be drawn below the marks."""
        left, top, width, height = AREA
        parts = []
        for value, words in self.x.ticks():
            at = self.px(value)
            parts.append(f'<path class="grid" d="M{at} {top}v{height}"/>')
            parts.append(f'<text x="{at}" y="{top + height + 15}" text-anchor="middle">{words}</text>')
        for value, words in self.y.ticks():
            at = self.py(value)
            parts.append(f'<path class="grid" d="M{left} {at}h{width}"/>')
            parts.append(f'<text x="{left - 5}" y="{at}" dy=".35em" text-anchor="end">{words}</text>')
        middle = left + width / 2
        parts.append(f'<path class="axis" d="M{left} {top}v{height}h{width}"/>')
        parts.append(f'<text x="{middle:g}" y="{HEIGHT - 8}" text-anchor="middle">{escape(self.x.label)}</text>')
        parts.append(f'<text x="4" y="13">{escape(self.y.label)}</text>')
        return "".join(parts)

    def note(self, x: float, y: float, words: str) -> str:
        """Words that begin at a point."""
        lines = words.split("\n")
        spans = "".join(
            f'<tspan x="{self.px(x)}" dy="{"1.15em" if i else 0}">{escape(w)}</tspan>' for i, w in enumerate(lines)
        )
        return f'<text class="note" x="{self.px(x)}" y="{self.py(y)}">{spans}</text>'


def _bounded(value: float) -> str:
    return "nan" if math.isnan(value) else f"{max(-9999.0, min(9999.0, value)):.1f}"


def group(kind: str) -> str:
    """Marks that dashes, or shapes, tell apart."""
    return {"across": "line", "upright": "line", "dot": "dots"}.get(kind, kind)


def look(kind: str, index: int, nth: int) -> str:
    """Attributes by which the marks of a figure are told apart: a colour for each, and dashes for the `nth` line."""
    colour = COLOURS[index % 6]
    if kind in ("area", "bars"):
        return f'fill="{colour}" fill-opacity="{0.2 if kind == "area" else 0.65}" stroke="none"'
    if kind == "boxes":
        return f'fill="{colour}" stroke="currentColor" stroke-width=".5" fill-opacity="0"'
    if kind in ("dot", "dots"):
        return f'fill="{colour}" stroke="{"currentColor" if kind == "dot" else colour}" stroke-width="2"'
    return f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{DASHES[nth % 6]}"'


def swatch(kind: str, index: int, nth: int) -> str:
    """The same look in small, for the legend."""
    shape = "M1 6h28" if group(kind) == "line" else "M5 1h20v10h-20z"
    if kind in ("dot", "dots"):
        shape = f"M15 6{SHAPES[nth % 6]}"
    shown = look(kind, index, nth).replace('fill-opacity="0"', 'fill-opacity="0.8"')
    return f'<svg class="swatch" viewBox="0 0 30 12" aria-hidden="true"><path d="{shape}" {shown}/></svg>'
