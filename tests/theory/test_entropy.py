"""Closed forms against enumeration, laws, and every refusal."""

import inspect
from itertools import product
from math import comb, log2

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from polylib.theory import entropy as ent

probabilities = st.floats(0, 1)
bits = st.floats(0.01, 64)


def law_of_sparsified(sparsity, pmf):
    """Law of one sparsified element; pmf[0] is the mass at 0."""
    law = (1 - sparsity) * np.asarray(pmf)
    return np.concatenate([[law[0] + sparsity], law[1:]])


def enumerate_entropy(sparsity, pmf, n):
    joint = [np.prod(outcome) for outcome in product(law_of_sparsified(sparsity, pmf), repeat=n)]
    return -sum(p * log2(p) for p in joint if p > 0)


def test_entropy_of_known_laws():
    assert ent.entropy([0.25] * 4) == pytest.approx(2, rel=1e-14)
    assert ent.entropy([1, 0, 0]) == 0
    np.testing.assert_allclose(ent.entropy([[0.5, 0.5], [1, 0]]), [1, 0], rtol=1e-14)


@given(probabilities)
def test_binary_entropy_is_the_entropy_of_a_coin(p):
    assert ent.binary_entropy(p) == pytest.approx(ent.entropy([p, 1 - p]), abs=1e-12)
    assert 0 <= ent.binary_entropy(p) <= 1 + 1e-15  # a last digit, where two libraries' ln 2 differ by one


@pytest.mark.parametrize("p", [1e-300, 1e-20, 1e-9])
def test_binary_entropy_keeps_its_precision_near_zero_and_one(p):
    assert ent.binary_entropy(p) == pytest.approx(p * (log2(np.e) - log2(p)), rel=1e-8)
    assert ent.binary_entropy(1.0) == ent.binary_entropy(0.0) == 0


@pytest.mark.parametrize("sparsity", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_lemma_2_against_enumeration(sparsity, n):
    pmf = [0, 1 / 2, 1 / 4, 1 / 8, 1 / 8]
    expected = enumerate_entropy(sparsity, pmf, n)
    assert ent.sparse_entropy(sparsity, ent.entropy(pmf), n) == pytest.approx(expected, abs=1e-12)


def test_lemma_2_at_the_value_of_the_print():
    assert ent.sparse_entropy(0.1, 3, 3) == pytest.approx(9.50698678, abs=1e-8)


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=6), probabilities)
def test_atom_formula_against_enumeration(weights, sparsity):
    pmf = np.array(weights) / np.sum(weights)
    exact = ent.sparse_entropy_with_atom(sparsity, ent.entropy(pmf), pmf[0], n=2)
    assert exact == pytest.approx(enumerate_entropy(sparsity, pmf, 2), abs=1e-9)
    assert exact <= ent.sparse_entropy(sparsity, ent.entropy(pmf), 2) + 1e-9


@given(st.floats(0.001, 0.999), st.floats(1e-12, 0.9))
def test_gap_of_the_lemma_is_the_entropy_of_the_hidden_mask(sparsity, p_zero):
    q = sparsity + (1 - sparsity) * p_zero
    gap = ent.sparse_entropy(sparsity, 8) - ent.sparse_entropy_with_atom(sparsity, 8, p_zero)
    assert gap == pytest.approx(q * ent.binary_entropy(sparsity / q), abs=1e-9)


@pytest.mark.parametrize("element_entropy", [0.5, 1, 2, 8])
def test_peak_of_the_ratio_against_a_search(element_entropy):
    best = minimize_scalar(
        lambda s: -ent.optimal_ratio(s, element_entropy), bounds=(0, 1), method="bounded", options={"xatol": 1e-10}
    )
    at, value = ent.optimal_ratio_peak(element_entropy)
    assert value == pytest.approx(-best.fun, rel=1e-9)
    assert at == pytest.approx(best.x, abs=1e-4)


@given(probabilities, bits)
def test_the_ratio_lies_between_the_density_and_its_peak(sparsity, element_entropy):
    ratio = ent.optimal_ratio(sparsity, element_entropy)
    assert 1 - sparsity <= ratio <= ent.optimal_ratio_peak(element_entropy)[1] + 1e-12


@pytest.mark.parametrize("density", [1e-12, 2.0**-53])
def test_the_atom_formula_keeps_its_precision_for_rare_features(density):
    """Against 50 digits, at the sparsity that the float is."""
    with mpmath.workdps(50):
        s = mpmath.mpf(1 - density)
        q = s + (1 - s) / 2
        exact = -q * mpmath.log(q, 2) - (1 - q) * mpmath.log(1 - q, 2)
    assert ent.sparse_entropy_with_atom(1 - density, 1, 0.5) == pytest.approx(float(exact), rel=1e-9)


def test_published_values_of_the_ratio():
    assert ent.optimal_ratio(0.9, 24) == pytest.approx(0.119541483, abs=1e-9)
    assert ent.optimal_ratio_peak(1) == pytest.approx((1 / 3, log2(3)))
    assert ent.optimal_ratio_peak(5000)[1] == 1


def test_a_ratio_is_achieved_by_enumeration_of_long_vectors():
    """log2 of the number of typical vectors approaches n R H."""
    n, sparsity, element_entropy = 20_000, 0.9, 8
    on = round(n * (1 - sparsity))
    needed = (log2(comb(n, on)) + on * element_entropy) / (n * element_entropy)
    assert needed == pytest.approx(ent.optimal_ratio(sparsity, element_entropy), abs=1e-4)


def test_arrays_broadcast_and_scalars_stay_scalars():
    assert ent.optimal_ratio([[0.1], [0.2]], [1, 2, 3]).shape == (2, 3)
    assert all(isinstance(f(0.5, 2), float) for f in (ent.sparse_entropy, ent.optimal_ratio))
    at, value = ent.optimal_ratio_peak(np.array([1.0, 2.0]))
    assert at.shape == value.shape == (2,)


@pytest.mark.parametrize("shape", [(100_000,), (10, 100, 100)])
def test_sparsify_zeroes_the_right_share_and_leaves_its_input_alone(shape):
    x = np.ones(shape, dtype=np.float32)
    sparse = ent.sparsify(x, 0.7, np.random.default_rng(1))
    assert x.all()
    assert sparse.shape == shape
    assert sparse.dtype == np.float32
    assert (sparse == 0).mean() == pytest.approx(0.7, abs=5 * np.sqrt(0.21 / 1e5))


@given(st.floats(1.5, 20))
def test_the_best_precision_of_a_curve_that_follows_one_is_that_one(bits_of_unit):
    sparsity = np.linspace(0.1, 0.95, 9)
    found, miss = ent.best_precision(sparsity, ent.optimal_ratio(sparsity, bits_of_unit))
    assert found == pytest.approx(bits_of_unit, rel=1e-3)
    assert miss < 1e-3


def test_the_best_precision_is_that_of_a_grid():
    sparsity, ratio = np.array([0.5, 0.7, 0.9, 0.95]), np.array([0.52, 0.5, 0.2, 0.14])
    grid = np.linspace(1, 24, 4601)
    worst = np.abs(ratio / ent.optimal_ratio(sparsity, grid[:, None]) - 1).max(axis=1)
    found, miss = ent.best_precision(sparsity, ratio)
    assert found == pytest.approx(grid[worst.argmin()], abs=0.01)
    assert miss == pytest.approx(worst.min(), abs=1e-3)


@pytest.mark.parametrize("units", [0.3, 1.0, 2.5, 3.9, 10.0])
def test_the_best_code_keeps_the_likeliest_vectors(units):
    n, sparsity, bits = 4, 0.8, 2
    law = [sparsity] + [(1 - sparsity) / 2**bits] * 2**bits
    by_chance = sorted((np.prod(outcome) for outcome in product(law, repeat=n)), reverse=True)
    states = 2 ** (units * bits)
    whole = int(states)
    part = by_chance[whole] * (states - whole) if whole < len(by_chance) else 0  # a state shared
    kept = sum(by_chance[:whole]) + part
    assert ent.best_code_error(n, units, sparsity, bits) == pytest.approx(1 - min(kept, 1), abs=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ent.entropy([0.5, 0.6]), "pmf must be of total 1 along its last axis, within 1e-9, got 1.1"),
        (lambda: ent.entropy([1.5, -0.5]), "pmf must be at least 0 everywhere, got -0.5"),
        (lambda: ent.entropy([np.nan, 1]), "pmf must be finite, got nan"),
        (lambda: ent.entropy(1.0), r"pmf must have at least one symbol on its last axis, got shape \(\)"),
        (lambda: ent.entropy("coin"), "pmf must be a real number or an array of them, got 'coin'"),
        (lambda: ent.binary_entropy(1.2), r"p must be in \[0, 1\], got 1.2"),
        (lambda: ent.sparse_entropy(-0.1, 3), r"sparsity must be in \[0, 1\], got -0.1"),
        (lambda: ent.sparse_entropy(0.1, -3), "element_entropy must be at least 0, got -3"),
        (lambda: ent.sparse_entropy(0.1, 3, 0), "n must be a whole number of at least 1, got 0"),
        (lambda: ent.sparse_entropy(0.1, 3, 1.5), "n must be a whole number of at least 1, got 1.5"),
        (lambda: ent.sparse_entropy_with_atom(0.1, 3, 2), r"p_zero must be in \[0, 1\], got 2"),
        (lambda: ent.sparse_entropy_with_atom(0.1, 0.5, 0.5), "element_entropy must be at least h2"),
        (lambda: ent.sparse_entropy_with_atom(0.1, 2, 1), "element_entropy must be at least h2"),
        (lambda: ent.optimal_ratio(0.5, 0), "element_entropy must be positive, got 0"),
        (lambda: ent.optimal_ratio([0.5, 7], 1), r"sparsity must be in \[0, 1\], got 7.0"),
        (lambda: ent.optimal_ratio_peak(np.inf), "element_entropy must be finite, got inf"),
        (lambda: inspect.unwrap(ent.sparsify)([1], 0.5, 0), "rng must be a numpy random Generator, got 0"),
        (lambda: ent.optimal_ratio([0.1, 0.2], [1, 2, 3]), "sparsity, element_entropy must broadcast, got shapes"),
        (lambda: ent.sparse_entropy([0.1, 0.2], [1, 2, 3]), "sparsity, element_entropy, n must broadcast"),
        (lambda: ent.sparse_entropy_with_atom(0.1, 3, [0.1, 0.2], [1, 2, 3]), "p_zero, n must broadcast"),
        (lambda: ent.binary_entropy(np.array([0.5j])), "p must be a real number or an array of them"),
        (lambda: ent.best_precision([0.5, 1], [0.1, 0.2]), "sparsity must be below 1, where R"),
        (lambda: ent.best_precision([0.5, 0.6], [0.1]), r"ratio must have one entry for each sparsity, got \(1,\)"),
        (lambda: ent.best_precision([0.5], [0]), "ratio must be positive, got 0"),
        (lambda: ent.best_code_error(0, 1.0, 0.9, 8.0), "n must be a whole number of at least 1, got 0"),
        (lambda: ent.best_code_error(5, 0.0, 0.9, 8.0), "units must be positive, got 0"),
        (lambda: ent.best_code_error(5, 1.0, 0.2, 1.0), "sparsity must be above 0.333, got 0.2"),
        (lambda: ent.binary_entropy("0.5"), "p must be a real number or an array of them, got '0.5'"),
        (lambda: ent.sparse_entropy(0.5, 10**400), "element_entropy must be a real number"),
        (lambda: ent.sparsify([1, 2], 2, np.random.default_rng()), r"sparsity must be in \[0, 1\], got 2"),
        (
            lambda: ent.sparsify([1, 2], [0.1] * 3, np.random.default_rng()),
            r"sparsity must broadcast to x's shape \(2,\)",
        ),
    ],
)
def test_bad_input_is_refused_by_name_rule_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
