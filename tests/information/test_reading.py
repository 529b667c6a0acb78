"""Columns that a critic does without, and the sentence that an estimate says of itself."""

import numpy as np
import pytest

from polylib.information import Estimate, estimate_many
from polylib.information.recipe import Phase, Recipe

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = Recipe(hidden=(16, 16), phases=(Phase(400, 128, 1e-2),), weight_decay=0.1, every=25, patience=6)


def test_columns_that_tell_nothing_are_told_of_and_the_interval_covers():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2000, 6))
    y = np.hstack([rng.standard_normal((2000, 1)), 0.8 * x[:, 2:3] + 0.6 * rng.standard_normal((2000, 1))])
    mixed, plain = estimate_many([x, x[:, 2:3]], [y, y[:, 1:]], recipe=SMALL)
    assert mixed.unused == ([0, 1, 3, 4, 5], [0])
    assert plain.unused == ([], [])
    assert "does not use columns [0, 1, 3, 4, 5] of x" in repr(mixed)
    assert mixed.interval[0] < 0.737 < mixed.interval[1]


def test_a_column_that_tells_only_with_another_is_used():
    """y is the product of two signs, and noise."""
    rng = np.random.default_rng(1)
    x = np.sign(rng.standard_normal((2000, 3)))
    y = x[:, :1] * x[:, 1:2] + 0.3 * rng.standard_normal((2000, 1))
    (found,) = estimate_many([x], [y], recipe=SMALL)
    assert found.bits > 0.8
    assert found.unused == ([2], [])


def test_an_estimate_says_what_may_be_said():
    empty, null = np.empty((0, 0)), np.array([-0.1, 0.2])
    said = Estimate(1.0, (0.9, float("inf")), 0.05, 1.5, empty, 0, 0.0, 20, "dv", null=null, notes=("doubted",))
    assert said.at_least
    assert repr(said) == (
        "Estimate(dv: 1.000 bits, 95 % at least 0.900; paired at random -0.100 to 0.200; doubted; 20 samples read)"
    )
