"""Nearest neighbours against scikit-learn, canonical correlations against Gaussians."""

import numpy as np
import pytest
from sklearn.feature_selection import mutual_info_regression

from polylib.information.baselines import cca, ksg
from polylib.information.tasks import equicorrelated, gaussian, paired


def draw(n, seed=0, correlation=0.75):
    return gaussian("", paired(1, [correlation]), 1).draw(n, np.random.default_rng(seed))


@pytest.mark.parametrize("correlation", [0.2, 0.75, 0.99])
def test_neighbours_agree_with_scikit_learn_in_one_dimension(correlation):
    x, y = draw(1000, correlation=correlation)
    theirs = mutual_info_regression(x, y[:, 0], n_neighbors=3, random_state=0)[0] / np.log(2)
    assert ksg(x, y)[0] == pytest.approx(theirs, abs=1e-6)


def test_neighbours_in_several_dimensions():
    task = gaussian("", equicorrelated(4, 0.5), 2)
    bits, error = ksg(*task.draw(4000, np.random.default_rng(0)))
    assert bits == pytest.approx(task.bits, abs=3 * error)


def test_neighbours_do_not_depend_on_units():
    x, y = draw(500)
    assert ksg(1e6 * x, 1e-6 * y)[0] == pytest.approx(ksg(x, y)[0], abs=1e-9)


@pytest.mark.parametrize("witness", [ksg, cca])
def test_stated_errors_are_those_of_repeats(witness):
    found = np.array([witness(*draw(400, seed)) for seed in range(150)])  # a spread known to 6 %
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.25)


def test_canonical_correlations_are_unbiased_on_small_gaussian_samples():
    task = gaussian("", equicorrelated(10, 0.5), 5)
    found = [cca(*task.draw(40, np.random.default_rng(seed)))[0] for seed in range(400)]
    assert np.mean(found) == pytest.approx(task.bits, abs=4 * np.std(found) / 20)


def test_witnesses_refuse_what_they_cannot_read():
    x, y = draw(50)
    with pytest.raises(ValueError, match="more samples than 3 neighbours, got 3"):
        ksg(x[:3], y[:3])
    with pytest.raises(ValueError, match="more samples than the 2 columns of x and y, plus one, got 3"):
        cca(x[:3], y[:3])
    with pytest.raises(ValueError, match="x must have no column that is a linear function of the others"):
        cca(np.hstack([x, 2 * x]), y)
    with pytest.raises(ValueError, match="x and y must share no linear combination, got a canonical correlation of"):
        cca(x, -3 * x)
