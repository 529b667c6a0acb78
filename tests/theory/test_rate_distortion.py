"""Rate-distortion curves with closed forms, and the laws of every such curve."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from polylib.theory.entropy import binary_entropy, entropy
from polylib.theory.rate_distortion import _mean_kernel, intercept, sparse_uniform_rate

HAMMING = 1 - np.eye(2)
SLOPES = np.geomspace(0.3, 30, 12)


def bound(pmf, cost, distortion, iterations):
    """The highest of the lines."""
    lines = [intercept(pmf, np.exp2(-s * cost), iterations) - s * np.asarray(distortion) for s in SLOPES]
    return np.maximum(np.max(lines, axis=0), 0)


@pytest.mark.parametrize("p", [0.5, 0.3, 0.1])
def test_a_biased_coin_has_the_textbook_line_at_every_slope(p):
    """R = h2(p) - h2(D) has slope s at D = 1 / (1 + 2^s)."""
    for slope in (4, 6, 8):
        touch = 1 / (1 + 2.0**slope)
        line = intercept([1 - p, p], np.exp2(-slope * HAMMING), 2000) - slope * touch
        assert line == pytest.approx(binary_entropy(p) - binary_entropy(touch), abs=1e-9)


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=5))
def test_stopping_early_never_overstates_a_rate(weights):
    pmf = np.array(weights) / np.sum(weights)
    cost = np.square(np.subtract.outer(np.arange(len(pmf)), np.arange(len(pmf))))
    d = np.linspace(0, 2, 15)
    early, late = (bound(pmf, cost, d, i) for i in (3, 100))
    assert (early <= late + 1e-9).all()
    assert (late <= entropy(pmf) + 1e-9).all()
    assert (np.diff(late) <= 1e-12).all()


def test_a_uniform_feature_obeys_shannons_lower_bound_and_meets_it():
    """Squared error, uniform on [0, 1]: R >= -log2(2 pi e D) / 2, tight for small D."""
    d = np.array([1e-2, 3e-3, 1e-3])
    shannon = -np.log2(2 * np.pi * np.e * d) / 2
    np.testing.assert_allclose(sparse_uniform_rate(0.0, d), shannon, atol=0.09)
    assert sparse_uniform_rate(0.0, 1e-3, cells=256) == pytest.approx(shannon[2], abs=0.03)


@pytest.mark.parametrize(("sparsity", "error"), [(0.5, 0.05), (0.8, 0.03), (0.95, 0.01)])
def test_the_bound_lies_just_below_a_channel_that_makes_the_error(sparsity, error):
    """I(X; Y) of Blahut's channel on a fine grid of values is an upper bound, but for the grid."""
    y, levels = np.linspace(0, 1, 101), 200
    x = np.concatenate([[0], (np.arange(levels) + 0.5) / levels])
    p = np.concatenate([[sparsity], np.full(levels, (1 - sparsity) / levels)])
    made = []
    for slope in np.geomspace(0.05, 2, 40) / error:
        kernel, q = np.exp2(-slope * np.square(x[:, None] - y)), np.full(101, 1 / 101)
        for _ in range(400):
            q = q * ((p / (kernel @ q)) @ kernel)
        joint = p[:, None] * kernel * q / (kernel @ q)[:, None]
        marginal = joint.sum(0)
        made.append(
            ((joint * np.square(x[:, None] - y)).sum(), entropy(marginal) + entropy(p) - entropy(joint.ravel()))
        )
    distortion, rate = np.transpose(sorted(made))
    upper = np.interp(error, distortion, rate)
    assert 0.95 * upper < sparse_uniform_rate(sparsity, error) < upper + 1e-4


def test_the_mean_kernel_is_an_integral():
    kernel = _mean_kernel(30.0, 8)
    for cell, y in ((0, 0), (3, 5), (7, 8)):
        value, _ = quad(lambda x, y=y: 2 ** (-30 * (x - y / 8) ** 2), cell / 8, (cell + 1) / 8)
        assert kernel[1 + cell, y] == pytest.approx(8 * value, rel=1e-9)
    np.testing.assert_allclose(kernel[0], np.exp2(-30 * np.linspace(0, 1, 9) ** 2))


def test_finer_cells_and_more_rounds_raise_the_bound():
    coarse, default, fine = (
        sparse_uniform_rate(0.9, 0.02, cells=c, iterations=i) for c, i in ((8, 50), (64, 400), (128, 2000))
    )
    assert coarse < default < fine < 1.02 * default


@pytest.mark.parametrize("sparsity", [0.0, 0.5, 0.95])
def test_rates_are_zero_beyond_the_variance_and_grow_below_it(sparsity):
    density = 1 - sparsity
    variance = density / 3 - density**2 / 4
    rates = sparse_uniform_rate(sparsity, variance * np.array([1.2, 1, 0.9, 0.5, 0.1, 1e-6]))
    assert (rates[:2] == 0).all()
    assert (np.diff(rates[1:]) > 0).all()


def test_a_mask_alone_costs_its_entropy_at_most():
    assert sparse_uniform_rate(1.0, 0.0) == 0
    assert sparse_uniform_rate(0.9, 0.1 / 12) < binary_entropy(0.9)
    assert sparse_uniform_rate(0.9, 0.0) == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: intercept([0.5, 0.6], HAMMING), "pmf must be of total 1"),
        (lambda: intercept([0.5, 0.5], -HAMMING), "kernel must be at least 0"),
        (lambda: intercept([0.5, 0.5], np.ones((3, 2))), r"kernel must have a row for every symbol of pmf"),
        (lambda: intercept([0.5, 0.5], np.ones((2, 0))), "kernel must have a row for every symbol"),
        (lambda: intercept([0.5, 0.5], np.diag([1, 0])), "kernel must be positive somewhere in every row"),
        (lambda: intercept([0.5, 0.5], HAMMING, iterations=0), "iterations must be a whole number"),
        (
            lambda: inspect.unwrap(sparse_uniform_rate)([0.1, 0.2], 0.1),
            r"sparsity must be one number, got shape \(2,\)",
        ),
        (lambda: sparse_uniform_rate(1.5, 0.1), r"sparsity must be in \[0, 1\], got 1.5"),
        (lambda: sparse_uniform_rate(0.5, -0.1), "mse must be at least 0, got -0.1"),
        (lambda: sparse_uniform_rate(0.5, 0.1, cells=0), "cells must be a whole number of at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
