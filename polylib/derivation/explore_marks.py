"""What a figure with sliders shows: formulas drawn over x, and kept data that a slider's position picks a frame of."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy
from numpy.typing import ArrayLike

from polylib import validate
from polylib.derivation.explore_code import Code

Formula = sympy.Expr | float


@dataclass(frozen=True)
class Channel:
    """Numbers that a mark is drawn from: `code` at every x ("f") or at none ("g"), frames ("k"), or x itself ("x")."""

    kind: str
    code: Code | None = None
    frames: np.ndarray | None = None
    by: tuple[int, ...] = ()

    def at(self, xs: Sequence[float], values: Sequence[float], places: Sequence[int]) -> list[float]:
        """The numbers where the sliders have these values, at these places in their lists."""
        if self.kind == "x":
            return list(xs)
        if self.kind == "f":
            return [self.code(x, *values) for x in xs]
        if self.kind == "g":
            return [self.code(*values)]
        return self.frames[tuple(places[i] for i in self.by)].tolist()

    def parts(self) -> list[str]:
        """What explore.js knows of it: its kind, then its code, or its frames, their sliders and length."""
        if self.kind != "k":
            return [self.kind, *([self.code.javascript] if self.code else [])]
        numbers = ",".join("null" if math.isnan(v) else f"{v:.12g}" for v in self.frames.ravel())
        return ["k", f"[{numbers}]", f"{list(self.by)}", f"{self.frames.shape[-1]}"]

    def javascript(self) -> str:
        """The same as an array."""
        kind, *rest = self.parts()
        return f"[{','.join([f'{kind!r}', *rest])}]"


@dataclass(frozen=True)
class Symbols:
    """The symbols of a figure, and the sliders among them that have positions."""

    x: sympy.Symbol
    sliders: tuple[sympy.Symbol, ...]
    lengths: Mapping[sympy.Symbol, int]

    def over_x(self, formula: Formula) -> Channel:
        """A formula at every x, which hides a slider of the same symbol."""
        others = [sympy.Dummy() if s == self.x else s for s in self.sliders]
        return Channel("f", Code(formula, [self.x, *others]))

    def alone(self, formula: Formula) -> Channel:
        """A formula of the sliders."""
        return Channel("g", Code(formula, self.sliders))

    def kept(self, name: str, data: ArrayLike, by: Sequence[sympy.Symbol], digits: int) -> Channel:
        """Arrays whose leading axes are the positions of `by`; ValueError for other shapes. NaN is a gap."""
        array = np.asarray(data, dtype=np.float64)
        for symbol in by:
            validate.one_of("by", symbol, self.lengths)
        shape = tuple(self.lengths[s] for s in by)
        if array.ndim != len(shape) + 1 or array.shape[:-1] != shape or not array.size:
            raise ValueError(f"{name} must have shape (*{shape}, points), got {array.shape}")
        rounded = np.reshape([float(f"{v:.{digits}g}") for v in array.ravel()], array.shape)
        return Channel("k", frames=rounded, by=tuple(self.sliders.index(s) for s in by))


@dataclass(frozen=True)
class Line:
    """A formula over x."""

    y: Formula
    label: str

    def channels(self, symbols: Symbols) -> tuple[str, list[Channel]]:
        return "line", [Channel("x"), symbols.over_x(self.y)]


@dataclass(frozen=True)
class Area:
    """What lies between two formulas over x."""

    low: Formula
    high: Formula
    label: str

    def channels(self, symbols: Symbols) -> tuple[str, list[Channel]]:
        return "area", [Channel("x"), symbols.over_x(self.low), symbols.over_x(self.high)]


@dataclass(frozen=True)
class Kept:
    """Measured points: dots, or `joined` a line.

    `y` is (*positions of `by`, points), rounded to `digits`; `x` has this shape too, or is (points,) for all positions.
    """

    x: ArrayLike
    y: ArrayLike
    label: str
    by: Sequence[sympy.Symbol] = ()
    joined: bool = False
    digits: int = 4

    def channels(self, symbols: Symbols) -> tuple[str, list[Channel]]:
        x = symbols.kept("x", self.x, self.by if np.ndim(self.x) > 1 else (), self.digits)
        y = symbols.kept("y", self.y, self.by, self.digits)
        if x.frames.shape[-1] != y.frames.shape[-1]:
            raise ValueError(
                f"x and y must have equally many points, got {x.frames.shape[-1]} and {y.frames.shape[-1]}"
            )
        return "line" if self.joined else "dots", [x, y]


@dataclass(frozen=True)
class Bars:
    """Bars from the bottom: a formula at every whole x, or kept heights (*positions of `by`, bars)."""

    y: Formula | ArrayLike
    label: str
    by: Sequence[sympy.Symbol] = ()
    digits: int = 4

    def channels(self, symbols: Symbols) -> tuple[str, list[Channel]]:
        if isinstance(self.y, sympy.Expr):
            return "bars", [Channel("x"), symbols.over_x(self.y)]
        return "bars", [Channel("x"), symbols.kept("y", self.y, self.by, self.digits)]


@dataclass(frozen=True)
class Dot:
    """One point that the sliders move."""

    x: Formula
    y: Formula
    label: str

    def channels(self, symbols: Symbols) -> tuple[str, list[Channel]]:
        return "dot", [symbols.alone(self.x), symbols.alone(self.y)]


@dataclass(frozen=True)
class Level:
    """A line across the figure at a `y` that the sliders move, or if `upright` at an x."""

    at: Formula
    label: str
    upright: bool = False

    def channels(self, symbols: Symbols) -> tuple[str, list[Channel]]:
        return "upright" if self.upright else "across", [symbols.alone(self.at)]


@dataclass(frozen=True)
class Boxes:
    """Rectangles filled from 0 (not) to 1: bits that are on, cells of a map.

    `edges` (*positions of `by`, boxes, 4) are left, right, bottom and top; `fill` is (*positions of `fill_by`, boxes).
    """

    edges: ArrayLike
    fill: ArrayLike
    label: str
    by: Sequence[sympy.Symbol] = ()
    fill_by: Sequence[sympy.Symbol] = ()
    digits: int = 4

    def channels(self, symbols: Symbols) -> tuple[str, list[Channel]]:
        edges = np.asarray(self.edges, dtype=np.float64)
        kept = symbols.kept("edges", edges.reshape(*edges.shape[:-2], -1), self.by, 6)
        return "boxes", [kept, symbols.kept("fill", self.fill, self.fill_by, 2)]


Mark = Line | Area | Kept | Bars | Dot | Level | Boxes
