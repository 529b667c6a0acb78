"""One row: what its interval says of the sentence, and which settings it may have."""

from functools import partial

import numpy as np
import pytest

from polylib.finding.replicates import FindingError, Interval
from polylib.finding.row import Row, checked_settings


def row(sign, low, high, reference=0.0):
    return Row("share", {}, sign, reference, lambda level: Interval((low + high) / 2, low, high, 5, "by hand"))


@pytest.mark.parametrize(
    ("sign", "low", "high", "reference", "says"),
    [
        (1, 0.1, 0.3, 0.0, 1),
        (1, -0.1, 0.3, 0.0, 0),
        (1, -0.3, -0.1, 0.0, -1),
        (-1, -0.3, -0.1, 0.0, 1),
        (-1, 0.1, 0.3, 0.0, -1),
        (1, 0.1, 0.3, 0.2, 0),
        (1, 0.1, 0.3, 0.5, -1),
        (1, 0.0, 0.3, 0.0, 0),
        (1, 1e-9, 0.3, 0.0, 1),
    ],
)
def test_a_row_says_what_its_whole_interval_says(sign, low, high, reference, says):
    """Of the interval as it was computed: what is shown as 0 may lie above it."""
    assert row(sign, low, high, reference).record(0.95, 2)["says"] == says


@pytest.mark.parametrize(("half", "digits", "decimals"), [(0.15, 2, 2), (0.15, 1, 1), (15, 2, 0), (1500, 2, -2)])
def test_digits_are_of_half_the_width(half, digits, decimals):
    found = row(1, 7 - half, 7 + half).record(0.95, digits)
    assert found["decimals"] == decimals and found["high"] == round(7 + half, decimals)


def test_settings_are_plain():
    found = checked_settings({"layer": np.int64(3), "rate": np.float32(0.5), "bias": True, "kind": "a"})
    assert found == {"layer": 3, "rate": 0.5, "bias": True, "kind": "a"}
    assert [type(value) for value in found.values()] == [int, float, bool, str]
    for value in (None, [1], np.nan, 1j):
        with pytest.raises(FindingError, match="layer must be a number, words, or yes or no, to be a setting"):
            checked_settings({"layer": value})


def test_what_does_not_fit_is_refused():
    first = Row("share", {"layer": 1}, 1, 0.5, partial(Interval, 0.0, -1.0, 1.0, 3))
    Row("share", {"layer": 2}, 1, 0.7, first.interval).fits([first])
    with pytest.raises(FindingError, match="got a share above and a share below"):
        Row("share", {"layer": 2}, -1, 0.5, first.interval).fits([first])
