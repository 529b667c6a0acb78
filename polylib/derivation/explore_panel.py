"""What stands below the picture of a figure that moves: sliders, numbers that follow them, and the caption."""

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape

import numpy as np
import sympy
from numpy.typing import ArrayLike

from polylib.derivation.explore_controls import Choice, Control, Slider, control, ends_of
from polylib.derivation.explore_marks import Channel, Formula, Symbols
from polylib.derivation.explore_script import script, style
from polylib.derivation.notation import text

Range = Slider | Choice | tuple | list
Read = tuple[Formula | ArrayLike, str] | tuple[ArrayLike, str, Sequence[sympy.Symbol]]


@dataclass(frozen=True)
class Readout:
    """A number that follows the sliders: its words, what it is, its decimals and whether it is a share."""

    label: str
    channel: Channel
    digits: int
    is_share: bool

    def said(self, values: Sequence[float], places: Sequence[int]) -> str:
        """The number in words, as explore.js writes it."""
        (value,) = self.channel.at([], values, places)
        if not math.isfinite(value):
            return "–"
        return f"{value * (100 if self.is_share else 1):.{self.digits}f}{'%' * self.is_share}".replace("-", "−")

    def javascript(self) -> str:
        """Formula or frames, the sliders that pick a frame, and the format."""
        kind, *rest = self.channel.parts()
        return f"[{rest[0]},{rest[1] if kind == 'k' else 0},{json.dumps([self.digits, self.is_share])}]"


@dataclass(frozen=True)
class Panel:
    """Sliders, numbers, caption, and what is seen at the start in words."""

    controls: tuple[Control, ...]
    readouts: tuple[Readout, ...]
    caption: str
    alt: str

    @property
    def start(self) -> tuple[list[float], list[int]]:
        """Values of the sliders, and places in their lists."""
        return [c.start for c in self.controls], [c.place for c in self.controls]

    def lists(self) -> str:
        """What explore.js knows of the sliders."""
        return json.dumps([c.specification() for c in self.controls], ensure_ascii=False, separators=(",", ":"))

    def reads(self) -> str:
        """What explore.js knows of the numbers."""
        return f"[{','.join(r.javascript() for r in self.readouts)}]"

    def html(self, picture: str, call: str, specification: str) -> str:
        """A picture with its panel as a fragment of a page that needs nothing but itself."""
        sliders = "".join(c.html() for c in self.controls)
        numbers = "".join(
            f'<span>{escape(r.label)} <output data-readout aria-live="polite">{r.said(*self.start)}</output></span>'
            for r in self.readouts
        )
        numbers = f'<p class="readouts">{numbers}</p>' if numbers else ""
        body = (
            f"<style>{style()}</style><noscript><style>.explore input {{ display: none }}</style></noscript>{picture}"
            f'<div class="sliders">{sliders}</div>{numbers}<figcaption>{escape(self.caption)}</figcaption>'
        )
        name = sha256((body + specification).encode()).hexdigest()[:12]
        code = script(f'{call}("{name}",{specification})').replace("</", "<\\/")
        return f'<figure class="explore" data-explore="{name}">{body}<script>(()=>{{{code}}})()</script></figure>'

    def lines(self) -> list[str]:
        """The same as text: ranges, starts, and numbers at the start."""
        shown = [f"  {c}" for c in self.controls]
        for r in self.readouts:
            what = f"{in_short(r.channel.code.formula)}; " if r.channel.code else ""
            shown.append(f"  {r.label}: {what}at the start {r.said(*self.start)}")
        return shown


def panel(
    sliders: Mapping[sympy.Symbol, Range],
    names: Mapping[sympy.Symbol, str],
    readouts: Mapping[str, Read],
    caption: str,
    alt: str,
) -> Panel:
    """The panel of a figure as `explore` is given it; ValueError for what it cannot be."""
    for name, words in (("caption", caption), ("alt", alt)):
        if not words.strip():
            raise ValueError(f"{name} must say what is shown, got {words!r}")
    controls = tuple(control(s, given, names.get(s, str(s))) for s, given in sliders.items())
    symbols = symbols_of(controls)
    numbers = tuple(_readout(symbols, label, *read) for label, read in readouts.items())
    for number, (values, places) in itertools.product(numbers, ends_of(controls)):
        number.channel.at([], values, places)  # which refuses what is not real
    return Panel(controls, numbers, caption, alt)


def symbols_of(controls: Sequence[Control], x: sympy.Symbol | None = None) -> Symbols:
    """The symbols of the sliders, and that of the axis."""
    lengths = {c.symbol: len(c.values) for c in controls if c.values}
    return Symbols(x or sympy.Dummy(), tuple(c.symbol for c in controls), lengths)


def _readout(
    symbols: Symbols, label: str, value: Formula | ArrayLike, form: str, by: Sequence[sympy.Symbol] = ()
) -> Readout:
    if not (found := re.fullmatch(r"\.(\d)([f%])", form)):
        raise ValueError(f"readouts must have formats such as .2f or .0%, got {form!r} for {label!r}")
    if isinstance(value, sympy.Expr):
        channel = symbols.alone(value)
    else:
        channel = symbols.kept(label, np.asarray(value)[..., None], by, 6)
    return Readout(label, channel, int(found[1]), found[2] == "%")


def in_short(formula: sympy.Expr) -> str:
    """A formula as text, cut if it is long."""
    words = f"{float(formula):g}" if formula.is_Float else text(formula)
    return words if len(words) < 200 else f"{words[:150]} ... ({len(words):,} characters)"
