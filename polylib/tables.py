"""Tables of results: HTML with a caption on a page, aligned text where there is none, from the same strings."""

from collections.abc import Iterable, Mapping
from html import escape

import pandas as pd


class Table:
    """Columns of equal length under their headings; the first column heads the rows. Shown by ending a cell with it."""

    def __init__(self, columns: Mapping[str, list[str]], caption: str) -> None:
        self.columns, self.caption = columns, caption

    def __repr__(self) -> str:
        return f"{self.caption}\n{pd.DataFrame(self.columns).to_string(index=False)}"

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.columns)
        body = "\n".join(_row(*cells) for cells in zip(*self.columns.values(), strict=True))
        return (
            f'<table class="results"><caption>{escape(self.caption)}</caption>\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
        )


def table(columns: Mapping[str, Iterable], caption: str, formats: Mapping[str, str] | None = None) -> Table:
    """A `Table` of `columns` (heading: values, all of one length), each value in its column's format.

    `formats` gives a column's format specification, such as ".2f" or "+.1%"; others are shown by str. Round to what
    another processor gives again, since tests compare what is shown. ValueError for no columns, columns of different
    lengths, a format of a column that is not there or of values that it does not fit, and a caption without words.
    """
    formats = formats or {}
    if unknown := [name for name in formats if name not in columns]:
        raise ValueError(f"formats must name columns among {', '.join(columns)}, got {unknown[0]!r}")
    if not caption.strip():
        raise ValueError(f"caption must say what the table shows, got {caption!r}")
    shown = {name: [_shown(name, v, formats.get(name, "")) for v in values] for name, values in columns.items()}
    lengths = {name: len(cells) for name, cells in shown.items()}
    if not shown or len(set(lengths.values())) > 1:
        raise ValueError(f"columns must be one or more of equal length, got lengths {lengths}")
    return Table(shown, caption)


def _shown(name: str, value: object, specification: str) -> str:
    try:
        return format(value, specification)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"formats[{name!r}] must fit its values, got {specification!r} for {value!r}: {error}"
        ) from error


def _row(head: str, *cells: str) -> str:
    return f'<tr><th scope="row">{escape(head)}</th>{"".join(f"<td>{escape(c)}</td>" for c in cells)}</tr>'
