"""Rate-distortion curves with closed forms, and the laws of every such curve."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylib.theory.entropy import binary_entropy, entropy
from polylib.theory.rate_distortion import rate_distortion, sparse_uniform_rate

HAMMING = 1 - np.eye(2)


@pytest.mark.parametrize("p", [0.5, 0.3, 0.1])
def test_a_biased_coin_has_the_textbook_curve(p):
    curve = rate_distortion([1 - p, p], HAMMING, [4, 6, 8], iterations=3000)
    np.testing.assert_allclose(curve.rate, binary_entropy(p) - binary_entropy(curve.distortion), atol=1e-9)
    d = np.linspace(0.001, p, 20)
    assert (curve.at(d) <= binary_entropy(p) - binary_entropy(d) + 1e-9).all()


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=5))
def test_stopping_early_never_overstates_a_rate(weights):
    pmf = np.array(weights) / np.sum(weights)
    cost = np.square(np.subtract.outer(np.arange(len(pmf)), np.arange(len(pmf))))
    early, late = (rate_distortion(pmf, cost, [0.5, 2, 8], iterations=i) for i in (3, 2000))
    d = np.linspace(0, 2, 15)
    assert (early.at(d) <= late.at(d) + 1e-9).all()
    assert (late.at(d) <= entropy(pmf) + 1e-9).all()
    assert (np.diff(late.at(d)) <= 1e-12).all()


def test_a_uniform_feature_obeys_shannons_lower_bound_and_meets_it():
    """Squared error, uniform on [0, 1]: R >= -log2(2 pi e D) / 2, tight for small D."""
    d = np.array([1e-2, 3e-3, 1e-3])
    shannon = -np.log2(2 * np.pi * np.e * d) / 2
    ours = sparse_uniform_rate(0.0, d, levels=600)
    assert (ours < shannon + 0.1).all()
    np.testing.assert_allclose(ours, shannon, atol=0.15)


@pytest.mark.parametrize("sparsity", [0.0, 0.5, 0.95])
def test_rates_are_zero_beyond_the_variance_and_grow_below_it(sparsity):
    density = 1 - sparsity
    variance = density / 3 - density**2 / 4
    rates = sparse_uniform_rate(sparsity, variance * np.array([1.2, 0.9, 0.5, 0.1]))
    assert rates[0] == 0
    assert (np.diff(rates) > 0).all()


def test_a_mask_alone_costs_its_entropy_at_most():
    assert sparse_uniform_rate(1.0, 0.0) == 0
    assert sparse_uniform_rate(0.9, 0.1 / 12) < binary_entropy(0.9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rate_distortion([0.5, 0.6], HAMMING, [1]), "pmf must be of total 1"),
        (lambda: rate_distortion([0.5, 0.5], -HAMMING, [1]), "cost must be at least 0"),
        (lambda: rate_distortion([0.5, 0.5], np.ones((3, 2)), [1]), r"cost must have a row for every symbol of pmf"),
        (lambda: rate_distortion([0.5, 0.5], HAMMING, []), "slopes must be a vector with at least one entry"),
        (lambda: rate_distortion([0.5, 0.5], np.ones((2, 0)), [1]), "cost must have a row for every symbol"),
        (
            lambda: inspect.unwrap(sparse_uniform_rate)([0.1, 0.2], 0.1),
            r"sparsity must be one number, got shape \(2,\)",
        ),
        (lambda: rate_distortion([0.5, 0.5], HAMMING, [0]), "slopes must be positive, got 0"),
        (lambda: rate_distortion([0.5, 0.5], HAMMING, [1], iterations=0), "iterations must be a whole number"),
        (lambda: rate_distortion([0.5, 0.5], HAMMING, [1]).at(-1), "distortion must be at least 0, got -1"),
        (lambda: sparse_uniform_rate(1.5, 0.1), r"sparsity must be in \[0, 1\], got 1.5"),
        (lambda: sparse_uniform_rate(0.5, -0.1), "mse must be at least 0, got -0.1"),
        (lambda: sparse_uniform_rate(0.5, 0.1, levels=0), "levels must be a whole number of at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_every_reproduction_costs_shifts_the_distortion_only():
    plain, shifted = (rate_distortion([0.5, 0.5], HAMMING + c, [2, 4]) for c in (0, 1e6))
    np.testing.assert_allclose(shifted.distortion - 1e6, plain.distortion, atol=1e-8)  # eight roundings of a million
    np.testing.assert_allclose(shifted.rate, plain.rate, atol=4e-8)  # times the slope
