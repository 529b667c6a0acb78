"""The sliders of a figure: native range inputs that say their values in words."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import sympy

from polylib import validate

Number = sympy.Expr | float


@dataclass(frozen=True)
class Slider:
    """From `low` to `high` in steps (1 for a whole number, else about a hundredth), evenly or, if `log`, by ratios."""

    low: Number
    high: Number
    start: Number
    step: Number | None = None
    log: bool = False


@dataclass(frozen=True)
class Choice:
    """Positions one after the other: their values, the words for them (else the values), and the place of the first."""

    values: Sequence[float]
    words: Sequence[str] | None = None
    start: int = 0


@dataclass(frozen=True)
class Control:
    """One input: even steps between two ends, or places in a list of `values` with their `words`."""

    symbol: sympy.Symbol
    name: str
    low: float
    high: float
    start: float
    step: float = 1.0
    values: tuple[float, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def place(self) -> int:
        return self.place_of(self.start)

    def place_of(self, value: float) -> int:
        """Where a value stands in the list."""
        return self.values.index(value) if self.values else 0

    @property
    def digits(self) -> int:
        """Decimals that tell all steps apart."""
        return max(0, *(_decimals(v) for v in (self.low, self.step)))

    def said(self) -> str:
        """The start in words."""
        return self.words[self.place] if self.values else f"{self.start:.{self.digits}f}".replace("-", "−")

    def specification(self) -> list:
        """What explore.js knows of it."""
        return [list(self.values), list(self.words), 0] if self.values else [0, 0, [self.digits, False]]

    def html(self) -> str:
        """Label, input and value."""
        ends = (0, len(self.values) - 1, 1, self.place) if self.values else (self.low, self.high, self.step, self.start)
        low, high, step, start = (f"{v:.12g}" for v in ends)
        said = escape(self.said())
        return (
            f'<div><label><span>{escape(self.name)}</span><input type="range" min="{low}" max="{high}" step="{step}" '
            f'value="{start}" aria-valuetext="{said}" autocomplete="off"></label><output>{said}</output></div>'
        )

    def __str__(self) -> str:
        if self.values:
            return f"{self.name}: {len(self.words)} positions, {self.words[0]} to {self.words[-1]}, at {self.said()}"
        return f"{self.name}: {self.low:g} to {self.high:g} by {self.step:g}, at {self.said()}"


def ends_of(controls: Sequence[Control]) -> list[tuple[tuple[float, ...], list[int]]]:
    """Values of the sliders, and places in their lists, for every choice of start, lowest and highest."""
    ends = itertools.product(*(sorted({c.start, c.low, c.high}) for c in controls))
    return [(at, [c.place_of(v) for c, v in zip(controls, at, strict=True)]) for at in ends]


def control(symbol: sympy.Symbol, given: Slider | Choice | tuple | list, name: str) -> Control:
    """A slider as `explore` is given it."""
    if isinstance(given, tuple):
        given = Slider(*given)
    if isinstance(given, list):
        given = Choice(given)
    return _positions(symbol, given, name) if isinstance(given, Choice) else _even(symbol, given, name)


def _positions(symbol: sympy.Symbol, given: Choice, name: str) -> Control:
    values = tuple(validate.real(str(symbol), [float(v) for v in given.values]).tolist())
    words = tuple(given.words or (f"{v:,.4g}".replace("-", "−") for v in values))
    if len(values) < 2 or len(set(values)) < len(values) or len(words) != len(values):
        raise ValueError(f"{symbol} must have two or more different values, each with its words, got {values}, {words}")
    if not 0 <= given.start < len(values):
        raise ValueError(f"{symbol} must start at a place from 0 to {len(values) - 1}, got {given.start}")
    return Control(symbol, name, min(values), max(values), values[given.start], 1.0, values, words)


def _even(symbol: sympy.Symbol, given: Slider, name: str) -> Control:
    low, high, start = (
        validate.scalar(str(symbol), validate.real(str(symbol), float(v))) for v in (given.low, given.high, given.start)
    )
    if not low < high:
        raise ValueError(f"{symbol} must have a range that rises, got {low:g} to {high:g}")
    if not low <= start <= high:
        raise ValueError(f"{symbol} must start within its range {low:g} to {high:g}, got {start:g}")
    if given.log:
        return _by_ratios(symbol, low, high, start, name)
    step = float(given.step) if given.step is not None else 1.0 if symbol.is_integer else _round((high - low) / 100)
    for value in (start, high):
        if step <= 0 or abs((value - low) / step - round((value - low) / step)) > 1e-9:
            raise ValueError(
                f"{symbol} must reach start and end by steps from {low:g}, got {value:g} with step {step:g}"
            )
    return Control(symbol, name, low, high, start, step)


def _by_ratios(symbol: sympy.Symbol, low: float, high: float, start: float, name: str) -> Control:
    if low <= 0:
        raise ValueError(f"{symbol} must be positive to move by ratios, got {low:g}")
    ratios = [low * (high / low) ** (i / 60) for i in range(61)]
    rounded = (float(round(v)) if symbol.is_integer else float(f"{v:.3g}") for v in ratios[1:-1])
    values = sorted({low, *rounded, start, high})
    return _positions(symbol, Choice(values, start=values.index(start)), name)


def _round(rough: float) -> float:
    """A round number near a hundredth of the range, of which the range is a multiple."""
    size = 10.0 ** math.floor(math.log10(rough))
    return next((m * size for m in (1, 0.5, 0.2, 0.1) if abs(100 * rough / (m * size) % 1) < 1e-9), rough)


def _decimals(value: float) -> int:
    return next(d for d in range(13) if abs(round(value, d) - value) <= 1e-12 * max(1, abs(value)))
