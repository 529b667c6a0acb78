"""Splits and levels: what they hold, and the other end of both."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from polylib.explanation.records import Split, largest, levels
from polylib.language.activation_records import ActivationRecord

FINITE = st.floats(-1e6, 1e6)


@example([419431.3555747357], 419431.3555747357)  # ten times it, over it, is below 10
@given(st.lists(FINITE, min_size=1, max_size=20), st.floats(1e-3, 1e6))
def test_levels_follow_the_values(values, top):
    x = np.array(values)
    found = levels(x, top)
    assert found.min() >= 0 and found.max() <= 10
    assert (found[x <= 0] == 0).all()
    assert (found[x >= top] == 10).all()
    assert (np.diff(found[np.argsort(x)]) >= 0).all()
    np.testing.assert_array_equal(levels(4 * x, 4 * top), found)


def test_levels_of_a_silent_direction_are_0():
    assert levels(np.array([-1.0, 0.0]), 0.0).tolist() == [0, 0]
    assert largest([]) == 0 == largest([ActivationRecord(["a"], np.array([-3.0]))])


def test_a_split_seen_from_the_other_end():
    rng = np.random.default_rng(0)
    records = [ActivationRecord(list("abcdef"), rng.standard_normal(6), i) for i in range(4)]
    split = Split(records[:2], records[2:])
    other = split.flipped()
    assert other.top == max(-r.values.min() for r in split.explain)
