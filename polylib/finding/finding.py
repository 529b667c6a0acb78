"""Checked findings: a sentence about what was measured is an object with its evidence, and computes its own verdict.

A `Finding` is a title, the sentence, and measured rows: one, or one for each setting at which the sentence was tried.
Shown at the end of a cell it renders as a box and leaves its record in the notebook's outputs, beside those of the
derivations. The record is made anew each time, from copies of what was measured.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import ArrayLike

from polylib.derivation.names import check_title
from polylib.derivation.rendering import slug
from polylib.finding import box, curve
from polylib.finding.replicates import FindingError, correlation, mean, rank_correlation, share
from polylib.finding.row import Row, checked_settings, kept
from polylib.finding.verdict import in_words, tried, verdict
from polylib.runs import results

FINDING_MIME = "application/vnd.polylib.finding+json"
LEVEL = 0.95
FEWEST = 3
"""networks, below which nothing is said of networks as such"""


@dataclass(frozen=True)
class Finding:
    """A sentence about what was measured, and the rows that it rests on; each row is a comparison with its interval.

    title: the sentence. source: where it is from, such as "supplement 1" or "this book". replicates: what the values of
    a row run over, as a plural: "networks", "draws of the weights", "passages". networks: how many networks, or draws
    of one, stand behind it. about: "networks", "this network" or "these networks", or "methods" such as estimators.
    null: what a row compares with, in words. unit: quantity and unit of the values. digits: of half an interval's
    width, to which numbers are shown; 1 where another processor may give others. Raises FindingError for a sentence
    about networks from fewer than 3, and for a row of it with more replicates than networks, which are then replicates
    within networks, unless each network has rows of its own, by a setting whose name holds "network", "draw" or "seed".
    """

    title: str
    source: str
    replicates: str
    networks: int = 0
    about: Literal["networks", "these networks", "this network", "methods"] = "networks"
    null: str = ""
    unit: str = ""
    digits: int = 2
    _rows: list[Row] = field(default_factory=list, init=False, repr=False)
    _runs: list[dict] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("title", "source", "replicates"):
            if not getattr(self, name).strip():
                raise FindingError(f"{name} must say something, got {getattr(self, name)!r}")
        for words in (self.title, self.source, self.replicates, self.null, self.unit):
            check_title(words)
        if self.about not in ("networks", "these networks", "this network", "methods"):
            raise FindingError(f"about must be networks, these networks, this network or methods, got {self.about!r}")
        least = {"networks": FEWEST, "these networks": 2, "this network": 1, "methods": 0}[self.about]
        if self.networks < least:
            raise FindingError(
                f"networks must be at least {least} for a sentence about {self.about}, got {self.networks}"
            )

    def more(self, values: ArrayLike, than: ArrayLike, *, paired: bool = True, how: str = "t", **settings: Any) -> None:
        """Add a row that says: the mean of `values` is above that of `than`, at these settings.

        values: (n,) replicates, in `unit`. than: (n,) replicates that belong to them one by one, (m,) others with
        paired=False, or a number. how: "t", "bootstrap", or, for values that are correlations, "fisher". Raises
        FindingError for replicates that carry no interval and for a row that does not fit those before it.
        """
        self._compare(1, values, than, paired, how, settings)

    def less(self, values: ArrayLike, than: ArrayLike, *, paired: bool = True, how: str = "t", **settings: Any) -> None:
        """Add a row that says: the mean of `values` is below that of `than`; as `more`."""
        self._compare(-1, values, than, paired, how, settings)

    def correlates(
        self, x: ArrayLike, y: ArrayLike, *, sign: Literal[1, -1] = 1, given: ArrayLike | None = None, **settings: Any
    ) -> None:
        """Add a row that says: the rank correlation of x and y, both (n,), has this sign; partial where `given` is."""
        if sign not in (1, -1):
            raise FindingError(f"sign must be 1 or -1, got {sign!r}")
        data = kept(x), kept(y), kept(given)
        measure = "rank correlation" if given is None else "partial rank correlation"
        interval = partial(rank_correlation, *data[:2], given=data[2])
        self._add(Row(measure, checked_settings(settings), sign, 0.0, interval, data))

    def share(
        self, k: int, n: int, *, more_than: float | None = None, less_than: float | None = None, **settings: Any
    ) -> None:
        """Add a row that says: of n independent cases the share k / n lies above `more_than`, or below `less_than`."""
        if (more_than is None) == (less_than is None):
            raise FindingError(f"share must have one of more_than and less_than, got {more_than} and {less_than}")
        sign, reference = (1, more_than) if more_than is not None else (-1, less_than)
        self._add(Row("share", checked_settings(settings), sign, reference, partial(share, k, n)))

    def rests_on(self, record: dict, parameters: dict | None = None) -> None:
        """Say that rows come from a kept run, a record of `results.load`, and whether it has been overtaken.

        parameters: the notebook's, if they are not those of its own parameters cell.
        """
        self._runs.append(
            {"name": record["name"], "date": record["date"][:10], "changed": results.changed(record, parameters)}
        )

    @property
    def verdict(self) -> str:
        """seen, seen if ..., seen in k of n settings, not decided, or not seen; as `verdict.verdict` has it."""
        return self.record()["verdict"]

    def record(self) -> dict:
        """The entry in the ledger; intervals hold at 95 % for all rows together (Bonferroni)."""
        if not self._rows:
            raise FindingError(f"{self.title!r} must have a row, so that something was measured, got none")
        level = 1 - (1 - LEVEL) / len(self._rows)
        rows = [row.record(level, self.digits) for row in self._rows]
        settings = [row["settings"] for row in rows]
        opposite = [in_words(row["settings"]) or "the one row" for row in rows if row["says"] < 0]
        return {
            "id": slug(self.title, "finding"),
            "title": self.title,
            "source": self.source,
            "about": self.about,
            "networks": self.networks,
            "replicates": self.replicates,
            "null": self.null,
            "unit": self.unit,
            "verdict": verdict(settings, [row["says"] for row in rows]),
            "on": {0: "", 1: "on one network", 2: "on 2 networks"}.get(self.networks, ""),
            "tried": tried(settings),
            "opposite": opposite,
            "rows": rows,
            "runs": [dict(run) for run in self._runs],
        }

    def figure(self, ax: plt.Axes) -> plt.Axes:
        """Draw the specification curve: rows by their estimates, with intervals, and the settings marked below."""
        return curve.draw(ax, self.record())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        record = self.record()
        return {"text/plain": box.plain(record), "text/html": box.html(record), FINDING_MIME: record}

    def __repr__(self) -> str:
        return box.plain(self.record()) if self._rows else f"{self.title}: nothing measured yet"

    def _compare(
        self, sign: int, values: ArrayLike, than: ArrayLike, paired: bool, how: str, settings: dict[str, Any]
    ) -> None:
        if np.ndim(than) and not self.null.strip():
            raise FindingError(f"null must say in words what {self.title!r} compares with, got {self.null!r}")
        if self.replicates == "networks" and np.shape(values) not in ((), (self.networks,)):
            raise FindingError(f"values must be one for each of the {self.networks} networks, got {np.size(values)}")
        data = kept(values), kept(than)
        interval = partial(correlation, *data) if how == "fisher" else partial(mean, *data, paired=paired, how=how)
        self._add(Row("difference", checked_settings(settings), sign, 0.0, interval, data))

    def _add(self, row: Row) -> None:
        row.fits(self._rows)
        n = row.interval(LEVEL).n  # what carries no interval is refused here rather than where it is shown
        by_network = any(word in name for name in row.settings for word in ("network", "draw", "seed"))
        if self.about == "networks" and n > self.networks and not by_network:
            rule = (
                "must run over networks, or say the network in its settings (or the sentence is about these networks)"
            )
            raise FindingError(f"a row about networks {rule}, got {n} {self.replicates} of {self.networks} networks")
        self._rows.append(row)
