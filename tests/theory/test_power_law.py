"""Theorem 4 and its repairs against counting and exact arithmetic; entropies on a lattice against mpmath; the bound."""

from math import comb, log2

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from polylib.theory import power_law as pl
from polylib.theory.entropy import entropy

counts, bits, exponents = st.integers(1, 300), st.floats(0, 40), st.floats(0.05, 4)


def exact(m, b, alpha, factor):
    """m b - factor alpha log2 m!, with 60 digits."""
    with mpmath.workdps(60):
        return float(mpmath.mpf(m) * b - factor * mpmath.mpf(alpha) * mpmath.loggamma(mpmath.mpf(m) + 1) / mpmath.ln(2))


@pytest.mark.parametrize("m", [1, 2, 16, 1000, 10**6, 10**12])
@pytest.mark.parametrize(("b", "alpha"), [(0, 0.5), (16, 1.04), (24, 2.0)])
def test_the_sum_of_logarithms(m, b, alpha):
    assert pl.power_law_entropy(m, b, alpha) == pytest.approx(exact(m, b, alpha, 0.5), rel=1e-9, abs=1e-12)
    with mpmath.workdps(60):
        stirling = mpmath.mpf(m) * mpmath.log(mpmath.mpf(m) / mpmath.e, 2)
        bound, printed = float(m * b - alpha * stirling / 2), float(m * b - alpha * stirling)
    assert pl.power_law_entropy_bound(m, b, alpha) == pytest.approx(bound, rel=1e-9)
    assert pl.power_law_entropy_printed(m, b, alpha) == pytest.approx(printed, rel=1e-9)


def test_numbers_of_the_chapter():
    assert pl.power_law_entropy_printed(16, 16, 2) == pytest.approx(174.16624131)
    assert pl.power_law_entropy(16, 16, 2) == pytest.approx(211.74985953)
    assert pl.power_law_entropy_bound(16, 16, 2) == pytest.approx(215.08312065)
    assert pl.power_law_entropy_saturated(64, 4, 2) == pytest.approx(19.74985953)
    assert pl.power_law_entropy_saturated(10**6, 8, 2) == pytest.approx(364.0037, abs=1e-4)
    assert pl.saturation_rank([10, 64], 4, 2).tolist() == [10, 16]


@given(counts, bits, exponents)
def test_the_bound_is_one_and_clipping_never_hurts(m, b, alpha):
    plain, clipped = pl.power_law_entropy(m, b, alpha), pl.power_law_entropy_saturated(m, b, alpha)
    tolerance = 1e-9 * (1 + m * b)
    assert plain <= pl.power_law_entropy_bound(m, b, alpha) + tolerance
    assert plain - tolerance <= clipped <= m * b + tolerance
    assert clipped >= -tolerance
    each = np.maximum(b - alpha / 2 * np.log2(np.arange(1, m + 1)), 0)
    assert clipped == pytest.approx(each.sum(), abs=tolerance)


@given(st.integers(5, 10**9), bits, exponents)
def test_the_printed_bound_lies_below_what_it_should_bound_from_five_neurons_on(m, b, alpha):
    assert pl.power_law_entropy_printed(m, b, alpha) < pl.power_law_entropy(m, b, alpha)
    assert pl.power_law_entropy_printed(4, b, alpha) > pl.power_law_entropy(4, b, alpha) - 1e-12 * b


@given(counts, st.integers(1, 20), exponents)
def test_levels_counted_neuron_by_neuron_hold_no_more(m, b, alpha):
    levels = np.maximum(np.floor(2.0**b * np.arange(1, m + 1.0) ** (-alpha / 2)), 1)
    assert np.log2(levels).sum() <= pl.power_law_entropy_saturated(m, b, alpha) + 1e-9 * (1 + m * b)


def test_saturation_does_not_overflow():
    assert pl.power_law_entropy_saturated(10, 1000, 1e-300) == pytest.approx(10_000)
    assert pl.power_law_entropy_saturated(10**15, 1000, 1e-3) == pytest.approx(exact(10**15, 1000, 1e-3, 0.5), rel=1e-9)
    assert pl.power_law_entropy_saturated(10**300, 4, 2) == pytest.approx(19.74985953)
    assert pl.power_law_entropy_saturated(5, 0, 2) == 0


def test_arrays_broadcast_and_scalars_stay_scalars():
    grid = pl.power_law_entropy(np.arange(1, 4), np.array([[4.0], [8.0]]), 1.0)
    assert grid.shape == (2, 3)
    for function in (pl.power_law_entropy, pl.power_law_entropy_bound, pl.power_law_entropy_printed):
        assert isinstance(function(3, 4, 1), float)
    assert isinstance(pl.quantized_gaussian_entropy(1), float)
    assert pl.quantized_gaussian_entropy(np.ones((2, 1)), np.ones(3)).shape == (2, 3)
    assert pl.lattice_entropy_bound(np.ones((5, 2, 3)), np.ones(2)).shape == (5, 2)
    assert isinstance(pl.lattice_entropy_bound(2.0), float)


@pytest.mark.parametrize("ratio", [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 9.99, 10.01, 20])
def test_rounded_gaussian_against_mpmath(ratio):
    with mpmath.workdps(400):
        r, total = mpmath.mpf(ratio), mpmath.mpf(0)

        def tail(k):
            return mpmath.erfc((k + mpmath.mpf(1) / 2) / r / mpmath.sqrt(2)) / 2

        total -= (1 - 2 * tail(0)) * mpmath.log(1 - 2 * tail(0), 2)
        for k in range(1, int(12 * ratio) + 4):
            p = tail(k - 1) - tail(k)
            total -= 2 * p * mpmath.log(p, 2)
    assert pl.quantized_gaussian_entropy(ratio) == pytest.approx(float(total), rel=1e-9, abs=0)
    assert pl.quantized_gaussian_entropy(3 * ratio, 3) == pytest.approx(float(total), rel=1e-9, abs=0)


def test_rounded_gaussian_at_the_ends():
    assert pl.quantized_gaussian_entropy(0) == 0
    assert pl.quantized_gaussian_entropy(1e-3) == 0
    huge = 0.5 * log2(2 * np.pi * np.e) + log2(1e6)
    assert pl.quantized_gaussian_entropy(1e6) == pytest.approx(huge, rel=1e-12)
    assert np.isfinite(pl.quantized_gaussian_entropy(1e300, 1e-300))
    std = np.linspace(0.01, 30, 2000)
    assert (np.diff(pl.quantized_gaussian_entropy(std)) > 0).all()


@given(st.integers(0, 10_000))
def test_no_law_on_a_lattice_breaks_the_bound(seed):
    """One to three dimensions, any orientation, any step."""
    rng = np.random.default_rng(seed)
    d, step = rng.integers(1, 4), rng.uniform(0.1, 10)
    points = np.unique(rng.integers(-4, 5, size=(rng.integers(1, 40), d)), axis=0)
    pmf = rng.dirichlet(np.full(len(points), rng.choice([0.05, 1.0, 20.0])))
    turned = step * points @ np.linalg.qr(rng.standard_normal((d, d)))[0]
    centred = turned - pmf @ turned
    eigenvalues = np.linalg.eigvalsh((pmf[:, None] * centred).T @ centred).clip(0)
    assert entropy(pmf) <= pl.lattice_entropy_bound(eigenvalues, step) + 1e-9


def test_the_bound_is_tight_for_wide_binomials():
    n = 400
    pmf = np.array([comb(n, k) / 2**n for k in range(n + 1)])
    assert 0 < pl.lattice_entropy_bound(n / 4) - entropy(pmf) < 1e-3


def test_without_the_twelfth_it_is_no_bound():
    """A planted error: a loaded coin has more entropy than a Gaussian of its variance."""
    pmf, variance = [0.99, 0.01], 0.99 * 0.01
    assert 0.5 * log2(2 * np.pi * np.e * variance) < entropy(pmf) < pl.lattice_entropy_bound(variance)


@pytest.mark.parametrize(("m", "b", "alpha"), [(1000, 3, 1), (1000, 8, 2), (64, 4, 2), (40, 2, 1.3), (10, 16, 0.5)])
def test_the_clipped_bound_is_reverse_water_filling(m, b, alpha):
    variances = np.arange(1, m + 1.0) ** -alpha
    rate, error = pl.reverse_water_filling(variances, 4.0**-b)
    assert rate == pytest.approx(pl.power_law_entropy_saturated(m, b, alpha), rel=1e-12)
    wide = int(pl.saturation_rank(m, b, alpha))
    assert error == pytest.approx(wide * 4.0**-b + variances[wide:].sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pl.power_law_entropy(0, 4, 1), "n_neurons must be a whole number of at least 1, got 0"),
        (lambda: pl.power_law_entropy(2.5, 4, 1), "n_neurons must be a whole number of at least 1, got 2.5"),
        (lambda: pl.power_law_entropy_bound(2, -1, 1), "precision must be at least 0, got -1"),
        (lambda: pl.power_law_entropy_printed(2, 4, 0), "alpha must be positive, got 0"),
        (lambda: pl.power_law_entropy_saturated(2, 4, -2), "alpha must be positive, got -2"),
        (lambda: pl.saturation_rank(2, np.inf, 2), "precision must be finite, got inf"),
        (lambda: pl.power_law_entropy([1, 2], [1, 2, 3], 1), "n_neurons, precision, alpha must broadcast"),
        (lambda: pl.quantized_gaussian_entropy(-1), "std must be at least 0, got -1"),
        (lambda: pl.quantized_gaussian_entropy(1, 0), "step must be positive, got 0"),
        (lambda: pl.quantized_gaussian_entropy([1, 2], [1, 2, 3]), "std, step must broadcast"),
        (lambda: pl.lattice_entropy_bound([1, -1]), "eigenvalues must be at least 0, got -1"),
        (
            lambda: pl.lattice_entropy_bound([]),
            r"eigenvalues must have at least one on its last axis, got shape \(0,\)",
        ),
        (lambda: pl.lattice_entropy_bound([1], 0), "step must be positive, got 0"),
        (lambda: pl.lattice_entropy_bound(np.ones((3, 2)), np.ones(2)), "eigenvalues, step must broadcast"),
        (lambda: pl.reverse_water_filling([1, -1], 1), "eigenvalues must be at least 0, got -1"),
        (lambda: pl.reverse_water_filling([[1, 2]], 1), r"eigenvalues must be a vector, got shape \(1, 2\)"),
        (lambda: pl.reverse_water_filling([1], 0), "level must be positive, got 0"),
        (lambda: pl.reverse_water_filling([1], [1, 2]), r"level must be one number, got shape \(2,\)"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("step", [1e-150, 1e150])
def test_the_lattice_bound_does_not_depend_on_the_unit(step):
    values = np.array([4.0, 1.0])
    assert pl.lattice_entropy_bound(values * step**2, step) == pytest.approx(pl.lattice_entropy_bound(values))


@pytest.mark.parametrize("std", [0.0, 0.05, 0.3, 1.0, 4.0, 9.99, 10.0, 300.0])
def test_the_variance_of_a_rounded_gaussian(std):
    at = np.arange(-3100, 3101)
    cells = np.diff(norm.cdf((np.r_[at, at[-1] + 1] - 0.5) / max(std, 1e-3)))
    assert pl.quantized_gaussian_variance(std) == pytest.approx(cells @ at**2, rel=1e-9, abs=1e-15)
    assert pl.quantized_gaussian_variance(3 * std, 3.0) == pytest.approx(
        9 * pl.quantized_gaussian_variance(std), rel=1e-12
    )
    assert pl.quantized_gaussian_variance([std, std]).shape == (2,)


def test_the_variance_of_a_rounded_gaussian_refuses_what_has_no_width():
    with pytest.raises(ValueError, match="std must be at least 0, got -1"):
        pl.quantized_gaussian_variance(-1)
    with pytest.raises(ValueError, match="step must be positive, got 0"):
        pl.quantized_gaussian_variance(1.0, 0)
