"""Nulls of a spectrum: shuffled columns keep variances, drawn spectra have the law of samples, order shows."""

import numpy as np
import pytest

from polylib.representation.exponent import fit_power_law
from polylib.representation.spectrum import eigenspectrum
from polylib.representation.spectrum_nulls import drawn_spectrum, law_that_gives, next_to_each_other, shuffled_columns


def rng(seed=0):
    return np.random.default_rng(seed)


def test_shuffled_columns_keep_their_values_and_share_nothing():
    x = rng().standard_normal((400, 1)) @ np.array([[1.0, 2.0, 3.0]])
    found = shuffled_columns(x, rng(1))
    np.testing.assert_array_equal(np.sort(found, axis=0), np.sort(x, axis=0))
    assert np.abs(np.corrcoef(found.T)[np.triu_indices(3, 1)]).max() < 0.15
    with pytest.raises(ValueError, match=r"x must be a matrix \(samples, units\), got shape \(3,\)"):
        shuffled_columns(np.ones(3), rng())


@pytest.mark.parametrize("samples", [20, 60])
def test_drawn_spectra_are_those_of_samples(samples):
    """By two ways, with fewer and with more samples than units, to the error of their means."""
    scale = np.arange(1, 31.0) ** -0.5
    drawn = np.array([drawn_spectrum(1.0, samples, 30, rng(seed)) for seed in range(200)])
    direct = np.array([eigenspectrum(rng([1, seed]).standard_normal((samples, 30)) * scale) for seed in range(200)])
    error = np.sqrt((drawn.var(0) + direct.var(0)) / 200)
    assert (np.abs(drawn.mean(0) - direct.mean(0)) <= 4 * error + 1e-12).all()


def test_rows_in_time_order_are_seen_and_independent_ones_are_not():
    noise = rng().standard_normal((500, 4))
    walk = np.zeros_like(noise)
    for t in range(1, 500):
        walk[t] = 0.9 * walk[t - 1] + noise[t]
    assert next_to_each_other(walk) > 0.8
    assert abs(next_to_each_other(noise)) < 3 / np.sqrt(500)


def test_in_order_columns_are_turned_around():
    x = np.arange(30.0).reshape(10, 3)
    found = shuffled_columns(x, rng(), in_order=True)
    for column, own in zip(found.T, x.T, strict=True):
        start = int(np.argmin(column))
        np.testing.assert_array_equal(np.roll(column, -start), own)


def test_the_law_behind_an_exponent_is_without_the_bias_of_samples():
    """Flat spectra of few samples look steeper than they are: the law is found from what draws of it give."""
    drawn = [fit_power_law(drawn_spectrum(0.5, 120, 60, rng([2, k])), (1, 40)).alpha for k in range(20)]
    found = [law_that_gives(alpha, (1, 40), 120, 60) for alpha in drawn]
    assert np.mean(drawn) > 0.53
    assert np.mean(found) == pytest.approx(0.5, abs=0.03)
    assert law_that_gives(0.01, (1, 40), 120, 60) == 0
