"""Nearest neighbours against scikit-learn, canonical correlations against Gaussians."""

import numpy as np
import pytest
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_regression

from polylib.information.baselines import _across, _near, cca, ksg
from polylib.information.samples import normal_scores
from polylib.information.tasks import (
    additive_uniform,
    binary_symmetric,
    cells,
    equicorrelated,
    gaussian,
    paired,
    student,
)


def draw(n, seed=0, correlation=0.75):
    return gaussian("", paired(1, [correlation]), 1).draw(n, np.random.default_rng(seed))


@pytest.mark.parametrize("correlation", [0.2, 0.75, 0.99])
def test_neighbours_agree_with_scikit_learn_in_one_dimension(correlation):
    x, y = (normal_scores(v) for v in draw(1000, correlation=correlation))
    theirs = mutual_info_regression(x, y[:, 0], n_neighbors=3, random_state=0)[0] / np.log(2)
    assert ksg(x, y).bits == pytest.approx(theirs, abs=0.003)  # they divide by the standard deviation again


def test_neighbours_in_several_dimensions():
    task = gaussian("", equicorrelated(4, 0.5), 2)
    found = ksg(*task.draw(4000, np.random.default_rng(0)))
    assert found.bits == pytest.approx(task.bits, abs=3 * found.standard_error)


def test_neighbours_do_not_depend_on_units():
    x, y = draw(500)
    assert ksg(1e6 * x + 1e9, (1e-6 * y) ** 3).bits == ksg(x, y).bits


@pytest.mark.parametrize("witness", [ksg, cca])
def test_stated_errors_are_those_of_repeats(witness):
    found = [witness(*draw(600, seed)) for seed in range(100)]  # a spread known to 7 %
    spread = np.std([f.bits for f in found])
    assert np.mean([f.standard_error for f in found]) == pytest.approx(spread, rel=0.2)


@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.5, 0.95])
@pytest.mark.parametrize(("witness", "seeds"), [(ksg, 60), (cca, 300)])
def test_intervals_cover_the_truth_as_often_as_they_say(witness, seeds, correlation):
    truth = -0.5 * np.log2(1 - correlation**2)
    found = [witness(*draw(500, seed, correlation)).interval for seed in range(seeds)]
    share = np.mean([low <= truth <= high for low, high in found])
    assert share > 0.95 - 3.5 * np.sqrt(0.95 * 0.05 / seeds)
    if witness is cca:
        assert share < 0.995


@pytest.mark.parametrize("task", [additive_uniform(0.1), cells(8)], ids=["edges", "cells"])
def test_at_steep_edges_neighbours_reach_to_where_more_samples_lead(task):
    found = [ksg(*task.draw(500, np.random.default_rng(seed))) for seed in range(30)]
    assert np.mean([f.bits for f in found]) < task.bits - 0.1
    assert np.mean([f.interval[1] >= task.bits for f in found]) > 0.5  # of errors alone: a quarter, and none


def test_the_noncentral_interval_holds_for_independent_blocks_of_columns():
    task = gaussian("", np.eye(10), 5)
    found = [cca(*task.draw(300, np.random.default_rng(seed))).interval for seed in range(300)]
    assert 0.91 < np.mean([low <= 0 <= high for low, high in found]) < 0.99


def test_neighbours_in_other_groups_only_are_those_of_a_count_by_hand():
    x, y = draw(60)
    groups = np.arange(60) % 12
    a, b = x[:, 0], y[:, 0]
    terms = []
    for i in range(60):
        other = groups != groups[i]
        gaps = np.abs(a - a[i])[other], np.abs(b - b[i])[other]
        radius = np.sort(np.maximum(*gaps))[2]
        near = [np.sum(gap < radius) + 1 for gap in gaps]
        terms.append(digamma(3) + digamma(other.sum() + 1) - digamma(near[0]) - digamma(near[1]))
    assert _across(x, y, 3, groups) == pytest.approx(np.mean(terms) / np.log(2), rel=1e-12)


def test_ties_are_noted():
    x, y = draw(300)
    assert ksg(x, y).notes == ()
    assert ksg(x.round(1), y).notes == ("x has ties, broken by noise",)


def scale_mixture(n, seed=0):
    """Two uncorrelated columns that share a scale, each brought to a normal shape: Gaussian alone, not together."""
    x, y = student("", np.eye(2), 1, 1).draw(n, np.random.default_rng(seed))
    return normal_scores(x), normal_scores(y)


@pytest.mark.parametrize(
    "pair",
    [draw(500)[0] ** [[3]], scale_mixture(2000), binary_symmetric(0.2).draw(500, np.random.default_rng(0))],
    ids=["cubes", "Gaussian alone", "bits"],
)
@pytest.mark.parametrize("grouped", [False, True])
def test_canonical_correlations_claim_nothing_of_what_is_not_gaussian(pair, grouped):
    x, y = pair if isinstance(pair, tuple) else (pair, draw(500)[1])
    found = cca(x, y, groups=np.arange(len(x)) // 2 if grouped else None)
    assert "not Gaussian" in found.notes[0]
    assert found.interval == (min(found.bits, 0), np.inf)


def test_gaussian_series_in_blocks_are_gaussian():
    """Rows that are alike have more skewness and kurtosis than independent ones."""
    rng, series = np.random.default_rng(0), np.zeros((3000, 2))
    for i in range(1, 3000):
        series[i] = 0.95 * series[i - 1] + rng.standard_normal(2)
    x, y = series[:, :1], series[:, 1:]
    assert "not Gaussian" in cca(x, y).notes[0]
    found = cca(x, y, groups=np.arange(3000) // 100)
    assert found.notes == () and found.interval[0] <= 0 <= found.interval[1] < 1


@pytest.mark.parametrize("seed", range(20))
def test_of_gaussians_they_claim_something(seed):
    task = gaussian("", equicorrelated(6, 0.5), 3)
    found = cca(*task.draw(2000, np.random.default_rng(seed)))
    assert found.notes == () and np.isfinite(found.interval[1])


@pytest.mark.parametrize("grouped", [False, True])
def test_neighbours_in_many_dimensions_give_no_end(grouped):
    task = gaussian("", paired(5, [0.8, 0.8]), 5)
    x, y = task.draw(1000, np.random.default_rng(0))
    found = ksg(x, y, groups=np.arange(1000) // 10 if grouped else None)
    assert found.interval[0] < found.bits < task.bits - 3 * found.standard_error
    assert found.interval[1] == np.inf
    assert "far in 10 dimensions, which makes KSG low" in found.notes[0]


def test_in_four_dimensions_the_interval_reaches_to_where_more_samples_lead():
    """By other halves than the estimator takes: what they lack grows to what the whole lacks as n^(-2/4) says."""
    task, reaches, lacks = gaussian("", paired(2, [0.9, 0.9]), 2), [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x, y = (normal_scores(v) for v in task.draw(500, rng))
        found = ksg(x, y)
        reaches.append(found.interval[1] + found.interval[0] - 2 * found.bits)
        halves = [half for _ in range(8) for half in np.array_split(rng.permutation(500), 2)]
        lacks.append(found.bits - np.mean([_near(x[rows], y[rows], 3) for rows in halves]))
    assert np.mean(reaches) == pytest.approx(np.mean(lacks) / (2**0.5 - 1), rel=0.25)
    assert np.mean(reaches) > 0.03


def test_canonical_correlations_are_unbiased_on_small_gaussian_samples():
    task = gaussian("", equicorrelated(10, 0.5), 5)
    found = [cca(*task.draw(40, np.random.default_rng(seed))).bits for seed in range(400)]
    assert np.mean(found) == pytest.approx(task.bits, abs=4 * np.std(found) / 20)


def test_witnesses_refuse_what_they_cannot_read():
    x, y = draw(50)
    with pytest.raises(ValueError, match="more samples than twice 3 neighbours, got 3"):
        ksg(x[:3], y[:3])
    with pytest.raises(ValueError, match="more samples than the 2 columns of x and y, plus one, got 3"):
        cca(x[:3], y[:3])
    with pytest.raises(ValueError, match="x must have no column that is a linear function of the others"):
        cca(np.hstack([x, 2 * x]), y)
    with pytest.raises(ValueError, match="x and y must share no linear combination, got a canonical correlation of"):
        cca(x, -3 * x)
