"""One measured row of a finding: what was compared, at which settings, and what its interval says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from polylib.derivation.names import check_title
from polylib.finding.replicates import FindingError, Interval
from polylib.finding.verdict import Setting, Settings, in_words

SAYS = {1: "seen", 0: "not decided", -1: "the opposite"}


@dataclass(frozen=True)
class Row:
    """What one row of a finding measured.

    measure: what is estimated, such as "difference". settings: where. sign: 1 if the sentence says that it lies above
    `reference`, -1 below. interval: level -> its interval. data: what it was computed from, as it was given.
    """

    measure: str
    settings: Settings
    sign: int
    reference: float
    interval: Callable[[float], Interval]
    data: tuple[Any, ...] = ()

    def record(self, level: float, digits: int) -> dict:
        """The row's entry in the ledger, with an interval of this level; `says` is -1, 0 or 1, as in `SAYS`.

        Numbers are rounded to `digits` digits of half the interval's width, which is what they are good for.
        """
        found = self.interval(level)
        means = map(np.mean, self.data) if self.measure == "difference" else ()
        half = (found.high - found.low) / 2
        decimals = digits - 1 - int(np.floor(np.log10(half)))
        estimate, low, high, *means = (round(float(x), decimals) for x in (*found[:3], *means))
        above, below = found.low > self.reference, found.high < self.reference
        return {
            "settings": dict(self.settings),
            "measure": self.measure,
            "means": means,
            "estimate": estimate,
            "low": low,
            "high": high,
            "decimals": decimals,
            "reference": float(self.reference),
            "n": found.n,
            "how": found.how,
            "says": self.sign * (int(above) - int(below)),
        }

    def fits(self, others: list["Row"]) -> None:
        """Refuse a row that does not belong to the same sentence as those before it, or repeats one of them."""
        for other in others:
            here = in_words(self.settings) or "this row"
            if (self.measure, self.sign) != (other.measure, other.sign):
                raise FindingError(
                    f"rows must claim one direction of one measure, got {_claim(other)} and {_claim(self)}"
                )
            if self.settings.keys() != other.settings.keys():
                names = [", ".join(row.settings) or "none" for row in (other, self)]
                raise FindingError(f"rows must name the same settings, got {names[0]} and {names[1]}")
            if self.settings == other.settings:
                raise FindingError(f"rows must differ in their settings, got {here} twice")
            if self.data and all(np.array_equal(a, b) for a, b in zip(self.data, other.data, strict=True)):
                raise FindingError(
                    f"rows must be measured apart, got at {here} the values of {in_words(other.settings)}"
                )


def _claim(row: Row) -> str:
    return f"a {row.measure} {'above' if row.sign > 0 else 'below'}"


def checked_settings(settings: dict[str, Any]) -> dict[str, Setting]:
    """Settings as plain numbers, words, yes or no. Raises FindingError that names the one that is none of these."""
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in settings.items()}
    for name, value in plain.items():
        if not isinstance(value, str | int | float) or value != value:
            raise FindingError(f"{name} must be a number, words, or yes or no, to be a setting, got {value!r}")
        check_title(f"{name} {value}")
    return plain


def kept(value: ArrayLike | None) -> object:
    """A copy, which nobody outside can change."""
    return None if value is None else np.array(value)
