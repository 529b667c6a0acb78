"""A passage with its tokens shaded by a value, several readings side by side: real activations and simulated ones.

HTML that needs nothing but itself. Everything of the text is escaped. A value shows three times: as a tint, as the
thickness of the line under the token, which is there in grey, too, and as a number in a table that unfolds.
"""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polylib import validate

# Tints follow the theme of the page: this book's, Jupyter's, or the system's where the page says nothing.
_DARK = ".shaded{--up:40 120 210;--down:150 75 0}"
_STYLE = (
    "<style>.shaded{--up:255 150 30;--down:90 160 255;margin:.8em 0;text-align:start}"
    ".shaded .rows{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(19em,100%),1fr));gap:.4em 1.6em}"
    ".shaded .row>strong{font-size:.85em}"
    ".shaded .words{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.9;margin:0}"
    ".shaded i{font-style:normal;background:rgb(var(--up)/calc(var(--v)*.06));padding:.05em 0;"
    "border-bottom:calc(var(--v)*.5px) solid}"
    ".shaded i.n{background:rgb(var(--down)/calc(var(--v)*.06));border-bottom-style:dashed}"
    ".shaded summary{font-size:.85em}.shaded .scroll{max-height:16em;overflow:auto}"
    f"html[data-theme=dark] {_DARK}body[data-jp-theme-light=false] {_DARK}"
    f"@media(prefers-color-scheme:dark){{html:not([data-theme]) body:not([data-jp-theme-light]) {_DARK}}}</style>"
)


class ShadedText:
    """One passage, shaded once for each of `rows`, a name and one value a token; shows itself at the end of a cell.

    A value is drawn on a scale of whole numbers, `top` being 10 by default: what lies above is drawn as 10, a negative
    value, the other end of a direction, in a second tint with a dashed line. `top` is one number for all rows or one
    for each name. Raises ValueError for no row, rows of other lengths than the tokens, or a top that is not positive.
    """

    def __init__(
        self,
        tokens: Sequence[str],
        rows: Mapping[str, ArrayLike],
        *,
        top: float | Mapping[str, float] = 10.0,
        caption: str = "",
    ) -> None:
        if not rows:
            raise ValueError("rows must hold at least one name with its values, got none")
        self.tokens = list(tokens)
        self.caption = caption
        tops = top if isinstance(top, Mapping) else dict.fromkeys(rows, top)
        self.rows = {name: self._shades(name, values, tops.get(name)) for name, values in rows.items()}

    def _shades(self, name: str, values: ArrayLike, top: float | None) -> NDArray[np.int64]:
        if top is None or not (np.isfinite(top) and top > 0):
            raise ValueError(f"top must be a positive number for {name!r}, got {top}")
        found = validate.real("rows", values)
        if found.shape != (len(self.tokens),):
            raise ValueError(f"rows must hold {len(self.tokens)} values each, one a token, got {name!r}: {found.shape}")
        return np.clip(np.rint(10 * found / top), -10, 10).astype(np.int64)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def __repr__(self) -> str:
        marks = (f"{visible(t)}[{'|'.join(str(row[i]) for row in self.rows.values())}]" for i, t in self._marked())
        return f"{' | '.join(self.rows)}, tokens that are not 0 everywhere: {' '.join(marks)}"

    def html(self) -> str:
        """The fragment of a page, under 15 kB for 64 tokens and two rows; it brings its own style."""
        caption = f"<figcaption>{escape(self.caption)}</figcaption>" if self.caption else ""
        # MathJax leaves classes of this name alone, and a browser does not translate the words.
        return (
            f'{_STYLE}<figure class="shaded tex2jax_ignore mathjax_ignore notranslate" translate="no">{caption}'
            f'<div class="rows">{"".join(map(self._row, self.rows))}</div>{self._table()}</figure>'
        )

    def _row(self, name: str) -> str:
        words = "".join(_word(token, shade) for token, shade in zip(self.tokens, self.rows[name].tolist(), strict=True))
        label = escape(f"{name}: {self._highest(name)}")
        title = f"<strong>{escape(name)}</strong>"
        return f'<div class="row" role="group" aria-label="{label}">{title}<p class="words">{words}</p></div>'

    def _highest(self, name: str) -> str:
        """The strongest tokens in words, for whoever does not see the tints."""
        row = self.rows[name]
        order = [i for i in np.argsort(-np.abs(row), kind="stable")[:5] if row[i]]
        return ", ".join(f"{visible(self.tokens[i]).strip()} {row[i]}" for i in order) or "all tokens 0"

    def _marked(self) -> list[tuple[int, str]]:
        return [(i, t) for i, t in enumerate(self.tokens) if any(row[i] for row in self.rows.values())]

    def _table(self) -> str:
        head = "".join(f"<th scope=col>{escape(name)}</th>" for name in self.rows)
        lines = "".join(
            f"<tr><td>{escape(visible(token))}</td>{''.join(f'<td>{row[i]}</td>' for row in self.rows.values())}</tr>"
            for i, token in enumerate(self.tokens)
        )
        return (
            '<details><summary>every token with its values, 0 to 10</summary><div class="scroll" tabindex="0" '
            f'role="group" aria-label="table of values"><table><thead><tr><th scope=col>token</th>{head}</tr></thead>'
            f"<tbody>{lines}</tbody></table></div></details>"
        )


def visible(token: str) -> str:
    """A token with signs for what cannot be seen: line breaks, tabs, and a token without a string of its own."""
    return token.replace("\n", "\u21b5").replace("\t", "\u21e5") or "\u00b7"


def _word(token: str, shade: int) -> str:
    text = escape(visible(token))
    kind = " class=n" if shade < 0 else ""
    return f"<i{kind} style=--v:{abs(shade)}>{text}</i>" if shade else text
