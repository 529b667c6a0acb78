"""Intervals that may be stated: to the end of KSG's, without end where it says more or a ceiling is near."""

import math

import numpy as np
import pytest
import torch

from polylib.information import Estimate, coverage, estimate
from polylib.information.baselines import ksg
from polylib.information.intervals import beside_neighbours, reported
from polylib.information.recipe import Phase, Recipe
from polylib.information.tasks import cells, gaussian, paired

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = Recipe(hidden=(16, 16), phases=(Phase(400, 128, 1e-2),), weight_decay=0.1, folds=2, every=25, patience=6)
STRONG = gaussian("strong", paired(1, [0.95]), 1)


def said(low, high, ceiling=9.0):
    return Estimate((low + high) / 2, (low, high), 0.05, ceiling, np.empty((0, 0)), 0, 0.0, 100, "mine")


@pytest.mark.parametrize(
    ("interval", "stated"),
    [((0.1, 0.2), (0.1, 0.2)), ((-0.3, -0.1), (-0.3, 0.0)), ((7, 8.1), (7, math.inf)), ((7, math.inf), (7, math.inf))],
)
def test_an_interval_reaches_zero_and_ends_below_the_ceiling(interval, stated):
    found = reported(said(*interval))
    assert found.interval == stated
    assert bool(found.notes) == (interval == (7, 8.1))  # said once, with the reason


def pair(n=600, columns=1):
    x, y = gaussian("", paired(columns, [0.75]), columns).draw(n, np.random.default_rng(0))
    return torch.from_numpy(x), torch.from_numpy(y)


def test_neighbours_lengthen_an_interval_and_open_it_where_they_disagree():
    x, y = pair()
    low, high = ksg(x.numpy(), y.numpy()).interval
    assert beside_neighbours(said(0.3, (low + high) / 2), x, y, None).interval == (0.3, high)
    assert beside_neighbours(said(0.3, high + 1), x, y, None).interval == (0.3, high + 1)
    far = beside_neighbours(said(0.1, low - 0.1), x, y, None)
    assert far.interval == (0.1, math.inf)
    assert far.notes == (f"neighbours (KSG) read {low:.2f} bits or more, which this critic does not see",)


def test_neighbours_are_not_asked_of_many_columns_and_of_many_samples_only_some():
    few = said(0.1, 0.2)
    assert beside_neighbours(few, *pair(columns=3), None) is few
    x, y = pair(20_000)
    assert beside_neighbours(few, x, y, None).notes == beside_neighbours(few, x[::4], y[::4], None).notes


def test_a_critic_that_cannot_see_steep_edges_says_at_least():
    task = cells(8)
    found = estimate(*task.draw(1000, np.random.default_rng(0)), recipe=SMALL)
    assert found.bits < task.bits - 1
    assert found.at_least and "neighbours (KSG) read 2" in repr(found)


def test_intervals_of_small_critics_cover_a_strong_dependence():
    """Of 20, 17 or fewer has a probability of 7 % at .95; of the critic alone it held 28 of 40."""
    found = coverage(STRONG, "mine", 600, 20, recipe=SMALL)
    assert found.bias < -0.03
    assert found.held >= 18
