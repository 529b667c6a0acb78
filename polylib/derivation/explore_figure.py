"""`explore`: a figure with sliders over formulas that a derivation checks, and a still picture where nothing moves."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape

import sympy

from polylib.derivation.explore_marks import Formula, Line, Mark
from polylib.derivation.explore_panel import Panel, Range, Read, in_short, panel, symbols_of
from polylib.derivation.explore_ranges import Drawn, around_bars, axis, drawn_by, ends, reach, samples_of
from polylib.derivation.explore_svg import AREA, HEIGHT, WIDTH, Canvas, look, swatch


def explore(
    shown: Formula | Mapping[str, Formula] | Sequence[Mark],
    x: tuple,
    sliders: Mapping[sympy.Symbol, Range],
    *,
    labels: tuple[str, str],
    caption: str,
    alt: str,
    y: tuple | None = None,
    log: str = "",
    names: Mapping[sympy.Symbol, str] | None = None,
    readouts: Mapping[str, Read] | None = None,
    notes: Sequence[tuple[float, float, str]] = (),
    ticks: Mapping[str, Mapping[float, str]] | None = None,
    points: int = 160,
) -> "Figure":
    """A figure with sliders, to end a cell with; formulas are drawn by code that is printed from the very objects.

    `shown` is a formula over x, formulas by label, or marks. `x` is (symbol, low, high), `y` (low, high), by default
    what the formulas reach; `log` names the axes with ratios. A slider is (low, high, start), also with a step, or
    `Slider`; positions are a list, or `Choice`. `labels` are the axes' words with units, `names` the sliders' words,
    `readouts` (formula of the sliders, a format such as ".2f" or ".0%") by label, or (kept array, format, its sliders);
    `notes` are (x, y, words), `ticks` an axis' own, {"y": {value: words}}. `alt` says what is seen at the start. A line
    has `points` steps, or one a whole number.
    ValueError for symbols without a range, ranges reversed or not of numbers, starts outside, functions without
    JavaScript, formulas that are not real over the ranges, and empty words. Poles are gaps.
    """
    if not all(words.strip() for words in labels):
        raise ValueError(f"labels must say what both axes show, got {labels!r}")
    symbol, low, high = x
    below = panel(sliders, names or {}, readouts or {}, caption, alt)
    symbols = symbols_of(below.controls, symbol)
    across = axis("x", low, high, "x" in log, labels[0])
    drawn = drawn_by(_marks(shown), symbols)
    samples = samples_of(symbol, across, points)
    if any(mark.kind == "bars" for mark in drawn):
        across = around_bars(across, symbol, drawn, samples)
    reached = reach(drawn, below.controls, samples, "y" in log)
    upward = axis("y", *(y or ends(reached, "y" in log)), "y" in log, labels[1])
    own = ticks or {}
    across, upward = replace(across, words=own.get("x")), replace(upward, words=own.get("y"))
    return Figure(Canvas(across, upward), symbol, samples, drawn, tuple(notes), below)


@dataclass(frozen=True)
class Figure:
    """What `explore` makes: HTML that moves, and text for where there is none."""

    canvas: Canvas
    symbol: sympy.Symbol
    samples: list[float]
    drawn: tuple[Drawn, ...]
    notes: tuple[tuple[float, float, str], ...]
    panel: Panel

    def _repr_html_(self) -> str:
        legend = "".join(
            f"<li>{swatch(m.kind, i, m.nth)}{escape(m.label)}</li>" for i, m in enumerate(self.drawn) if m.label
        )
        notes = "".join(self.canvas.note(*note) for note in self.notes)
        picture = (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(self.panel.alt)}">'
            f"{self.canvas.axes()}{self._clipped()}{notes}</svg>"
            + (f'<ul class="legend">{legend}</ul>' if legend else "")
        )
        return self.panel.html(picture, "explore", self._specification)

    def _clipped(self) -> str:
        left, top, width, height = AREA
        paths = "".join(self._paths(i, mark) for i, mark in enumerate(self.drawn))
        box = f'x="{left - 4}" y="{top - 4}" width="{width + 8}" height="{height + 8}"'
        return f'<svg {box} viewBox="{left - 4} {top - 4} {width + 8} {height + 8}">{paths}</svg>'

    def _paths(self, index: int, mark: Drawn) -> str:
        data = [channel.at(self.samples, *self.panel.start) for channel in mark.channels]
        if mark.kind != "boxes":
            d = self.canvas.path(mark.kind, data, mark.size)
            return f'<path data-mark="{index}" d="{d}" {look(mark.kind, index, mark.nth)}/>'
        edges = [data[0][i : i + 4] for i in range(0, len(data[0]), 4)]
        shown = look("boxes", index, 0).replace(' fill-opacity="0"', "")
        return "".join(
            f'<path data-mark="{index} {i}" d="{self.canvas.block(*edge)}" fill-opacity="{fill:g}" {shown}/>'
            for i, (edge, fill) in enumerate(zip(edges, data[1], strict=True))
        )

    @cached_property
    def _specification(self) -> str:
        x, y = self.canvas.x, self.canvas.y
        whole = self.symbol.is_integer
        steps = self.samples if whole else [x.low, x.high, len(self.samples) - 1]
        axes = [[x.low, x.high, x.log, not whole], [y.low, y.high, y.log]]
        marks = ",".join(
            f'["{m.kind}",[{",".join(c.javascript() for c in m.channels)}],{json.dumps(m.size)}]' for m in self.drawn
        )
        return (
            f"[{list(AREA)},{json.dumps(axes)},{json.dumps(steps)},{self.panel.lists()},[{marks}],{self.panel.reads()}]"
        )

    def __repr__(self) -> str:
        ends = f"{self.symbol} from {self.samples[0]:g} to {self.samples[-1]:g}"
        lines = [self.panel.caption, f"  {self.canvas.x.label}: {ends}"]
        lines += [f"  {m.label or self.canvas.y.label}: {_described(m)}" for m in self.drawn]
        return "\n".join(lines + self.panel.lines())


def _marks(shown: Formula | Mapping[str, Formula] | Sequence[Mark]) -> Sequence[Mark]:
    if isinstance(shown, Mapping):
        return [Line(formula, label) for label, formula in shown.items()]
    return [Line(shown, "")] if isinstance(shown, sympy.Expr) else shown


def _described(drawn: Drawn) -> str:
    formulas = [in_short(c.code.formula) for c in drawn.channels if c.code]
    sizes = [" by ".join(map(str, c.frames.shape)) for c in drawn.channels if c.kind == "k"]
    return ", ".join(formulas + [f"kept data of shape {size}" for size in sizes])
