"""`explore_text`: a passage whose tokens are shaded by kept values, while sliders choose whose values they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

from polylib import validate
from polylib.derivation.explore_panel import Panel, Range, Read, panel, symbols_of


def explore_text(
    tokens: Sequence[str],
    rows: Mapping[str, ArrayLike],
    sliders: Mapping[sympy.Symbol, Range],
    *,
    caption: str,
    alt: str,
    top: float = 10.0,
    names: Mapping[sympy.Symbol, str] | None = None,
    readouts: Mapping[str, Read] | None = None,
) -> "Passages":
    """A passage shaded once for each of `rows`, a name and kept values (*positions of all sliders, tokens).

    Values are shown in 21 levels from -`top` to `top`: a tint and a line under the token, dashed if negative. All
    sliders have positions. `names` and `readouts` are those of `explore`; `alt` says what is seen at the start.
    ValueError for values of another shape or not finite, for sliders without positions, and for empty words.
    """
    below = panel(sliders, names or {}, readouts or {}, caption, alt)
    symbols = symbols_of(below.controls)
    if not rows or not tokens:
        raise ValueError(f"rows must shade one or more tokens, got {len(rows)} rows and {len(tokens)} tokens")
    levels = {}
    for name, values in rows.items():
        found = symbols.kept(f"rows[{name!r}]", validate.real("rows", values), symbols.sliders, 9).frames
        if found.shape[-1] != len(tokens):
            raise ValueError(f"rows must hold a value a token, got {found.shape[-1]} for {len(tokens)} in {name!r}")
        levels[name] = np.clip(np.rint(10 * found / validate.scalar("top", validate.positive("top", top))), -10, 10)
    return Passages(tuple(tokens), levels, below)


@dataclass(frozen=True)
class Passages:
    """What `explore_text` makes: HTML that moves, and text for where there is none."""

    tokens: tuple[str, ...]
    levels: Mapping[str, NDArray]
    panel: Panel

    @cached_property
    def _start(self) -> dict[str, list[int]]:
        places = tuple(self.panel.start[1])
        return {name: found[places].astype(int).tolist() for name, found in self.levels.items()}

    def _repr_html_(self) -> str:
        rows = "".join(self._row(name, levels) for name, levels in self._start.items())
        # MathJax leaves classes of these names alone, and a browser does not translate the words.
        picture = (
            f'<div class="passages tex2jax_ignore mathjax_ignore notranslate" translate="no" role="group" '
            f'aria-label="{escape(self.panel.alt)}">{rows}</div>'
        )
        by = list(range(len(self.panel.controls)))
        letters = ",".join(f'["{_letters(found)}",{by}]' for found in self.levels.values())
        specification = f"[{self.panel.lists()},[{letters}],{self.panel.reads()}]"
        return self.panel.html(picture, "exploreText", specification)

    def _row(self, name: str, levels: Sequence[int]) -> str:
        words = "".join(
            f'<i style="--v:{abs(level)}"{" class=n" if level < 0 else ""}>{escape(_visible(token))}</i>'
            for token, level in zip(self.tokens, levels, strict=True)
        )
        return f'<strong>{escape(name)}</strong><p class="passage">{words}</p>'

    def __repr__(self) -> str:
        lines = [self.panel.caption]
        for name, levels in self._start.items():
            marked = (f"{_visible(t).strip()}[{v}]" for t, v in zip(self.tokens, levels, strict=True) if v)
            lines.append(f"  {name}: {' '.join(marked)}")
        return "\n".join(lines + self.panel.lines())


def _letters(levels: NDArray) -> str:
    """A letter a level, A for -10 to U for 10."""
    return "".join(chr(75 + int(v)) for v in levels.ravel())


def _visible(token: str) -> str:
    """A token with signs for what cannot be seen: line breaks, tabs, and a token without a string of its own."""
    return token.replace("\n", "\u21b5").replace("\t", "\u21e5") or "\u00b7"
