"""Sums of powers and energies against exact arithmetic, direct sums and simulation."""

import inspect

import mpmath
import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import assume, given
from hypothesis import strategies as st

from polylib.theory import energy as en

exponents, widths = st.floats(-8, 12), st.integers(1, 10**6)


def exact_sum(s, m):
    """sum of i^-s by Hurwitz's zeta function in balls, or term by term."""
    with ctx.workprec(1200):
        if m <= 300:
            return float(sum((arb(i) ** -arb(s) for i in range(1, m + 1)), arb(0)))
        if s == 1:
            return float((arb(m) + 1).digamma() + arb.const_euler())
        return float(arb(s).zeta() - arb(s).zeta(arb(m) + 1))


NEAR_ONE = [1.0, 1 + 1e-15, 1 - 1e-12, 1 + 1e-6, 0.999]
ELSEWHERE = [-100.0, -30.5, -3.5, -3.0, -1.0, -1e-9, 0.0, 0.5, 1.04, 1.5, 2.0, 3.7, 12.0, 60.0, 200.0]


@pytest.mark.parametrize("s", NEAR_ONE + ELSEWHERE)
@pytest.mark.parametrize("m", [1, 2, 17, 127, 128, 129, 130, 1000, 10**9, 10**15])
def test_partial_zeta_in_exact_arithmetic(s, m):
    if m >= 10**9 and s < -15:
        with pytest.raises(ValueError, match=r"s must keep the sum within floating point, got "):
            en.partial_zeta(s, 10.0 ** (308 / 16))
        return
    # a power e^x has the relative error of x's rounding, x 1e-16, and no float exceeds e^710
    assert en.partial_zeta(s, m) == pytest.approx(exact_sum(s, m), rel=1e-12)


def test_known_sums():
    m = np.arange(1, 400)
    for s, sums in ((0, m), (-1, m * (m + 1) / 2), (1.3, np.cumsum(m**-1.3))):
        np.testing.assert_allclose(en.partial_zeta(s, m), sums, rtol=1e-12)  # cumsum: 400 roundings, 4e-14
    assert en.partial_zeta(2, 10**12) == pytest.approx(np.pi**2 / 6 - 1e-12, rel=1e-13)  # less than the tail, 6e-13
    assert en.partial_zeta(1e300, 10**9) == 1
    assert en.partial_zeta(-1e300, 1) == 1
    assert en.partial_zeta(0.5, 1024) == pytest.approx(62.5553, abs=1e-4)


@given(exponents, widths)
def test_one_more_term_and_a_larger_exponent(s, m):
    now, more = en.partial_zeta(s, m), en.partial_zeta(s, m + 1)
    assert more == pytest.approx(now + (m + 1.0) ** -s, rel=1e-12)
    assert en.partial_zeta(s + 0.01, m) <= now
    assert 1 <= now <= m * max(1.0, m**-s) * (1 + 1e-12)


@given(st.floats(1.01, 8), widths)
def test_the_tail_lies_between_two_integrals(s, m):
    tail = 2 * en.power_law_energy_printed(s) - en.partial_zeta(s, m)
    slack = 1e-13 * en.partial_zeta(s, m)
    assert (m + 1) ** (1 - s) / (s - 1) - slack <= tail <= m ** (1 - s) / (s - 1) + slack


@given(st.floats(-6, 6), st.integers(2, 10**9), st.integers(1, 64))
def test_the_inverse_finds_the_exponent(s, m, k):
    energy = en.power_law_energy(s, m, k)
    assert en.exponent_from_energy(energy, m, k) == pytest.approx(s, rel=1e-9, abs=1e-9)


@given(st.floats(1e-9, 1e12), st.integers(2, 10**9))
def test_the_inverse_reaches_every_energy_above_the_limit(excess, m):
    energy = 3 / (2 * m) * (1 + excess)
    assert en.power_law_energy(en.exponent_from_energy(energy, m), m) == pytest.approx(energy, rel=1e-9)


def test_the_inverse_of_arrays_and_of_the_extremes():
    s = np.array([[-1.0, 0.0, 1.0], [1.04, 1.5, 3.0]])
    np.testing.assert_allclose(en.exponent_from_energy(en.power_law_energy(s, 64), 64), s, atol=1e-12)
    assert en.exponent_from_energy(1.5, 2) == pytest.approx(0, abs=1e-12)
    assert -160 < en.exponent_from_energy(1e306, 100) < -150
    assert -171 < en.exponent_from_energy(4.2e306, 64) < -170  # its sum is the largest float, nearly
    assert en.exponent_from_energy(np.nextafter(1.5, 2), 1 + 2**20, 2**20 + 1) > 0
    assert en.exponent_from_energy(0.055391, 64) == pytest.approx(1.5, abs=1e-4)


def test_the_link_and_the_print():
    assert en.power_law_energy(1.5, 64) == pytest.approx(0.055391, abs=1e-6)
    assert en.power_law_energy(2, 8) == pytest.approx(en.projected_energy(np.arange(1, 9) ** -2.0))
    assert en.power_law_energy(1.5, 64, 64) == pytest.approx(en.partial_zeta(1.5, 64) / 2)
    for s in (-2.5, -2 + 1e-10, 0.0, 0.5, 1 - 1e-12, 1 + 1e-12, 1.5, 2.0, 60.0, 1e300):
        with mpmath.workdps(60):
            assert en.power_law_energy_printed(s) == pytest.approx(float(mpmath.zeta(min(s, 1e4)) / 2), rel=1e-13)
    assert en.power_law_energy_printed(-2) == 0


def test_random_projections_have_variance_one_over_m():
    r = en.random_projection(500, 400, rng=np.random.default_rng(0))
    assert r.shape == (500, 400)
    assert r.var() * 500 == pytest.approx(1, abs=0.02)
    assert en.random_projection(7, rng=np.random.default_rng(0)).shape == (7, 3)


def test_the_mean_energy_over_projections_is_k_over_2m_of_the_trace():
    rng, lam = np.random.default_rng(1), np.arange(1, 33) ** -1.5
    levels = [(lam[:, None] * en.random_projection(32, rng=rng) ** 2).sum() / 2 for _ in range(4000)]
    mean, error = np.mean(levels), np.std(levels) / np.sqrt(4000)
    assert abs(mean - en.projected_energy(lam)) < 4 * error
    assert abs(mean - lam.sum() / 2) > 100 * error  # what the supplement prints
    assert np.std(levels) / mean == pytest.approx(np.sqrt(2 / 3 / en.participation_ratio(lam)), rel=0.1)


def test_path_energy():
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    assert en.path_energy(square) == 2
    assert en.path_energy(square[:1]) == 0
    np.testing.assert_array_equal(en.path_energy(np.stack([square, 2 * square])), [2, 8])
    turned = square @ [[0.6, 0.8], [-0.8, 0.6]] + 5
    assert en.path_energy(turned) == pytest.approx(2)


def test_projected_energy_broadcasts_and_participation_counts_dimensions():
    assert en.projected_energy([1.0, 0.5], 2) == 0.75
    np.testing.assert_allclose(en.projected_energy(np.ones((2, 4)), [1, 2]), [0.5, 1.0])
    assert en.participation_ratio(np.ones(7)) == pytest.approx(7)
    assert en.participation_ratio([1e300, 1e300, 0.0]) == pytest.approx(2)
    assert en.participation_ratio(np.arange(1, 10**6) ** -2.0) == pytest.approx(2.5, abs=1e-5)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=8), st.floats(1e-3, 1e3))
def test_participation_is_between_one_and_all_and_knows_no_scale(lam, scale):
    assume(max(lam) > 1e-290)  # or the product with `scale` may lose digits
    ratio = en.participation_ratio(lam)
    assert 1 - 1e-12 <= ratio <= len(lam) + 1e-9
    assert en.participation_ratio(np.array(lam) * scale) == pytest.approx(ratio, rel=1e-9)


def test_critical_exponents():
    np.testing.assert_allclose(en.critical_exponent([1, 2, 4]), [3, 2, 1.5])
    assert isinstance(en.critical_exponent(1), float)


RNG = np.random.default_rng(0)
projection = inspect.unwrap(en.random_projection)  # without the tests' own check of types


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: projection(0, rng=RNG), r"n_units must be a whole number of at least 1, got 0"),
        (lambda: projection(4, 1.5, rng=RNG), r"n_dims must be a whole number of at least 1, got 1.5"),
        (lambda: projection([4, 5], rng=RNG), r"n_units must be a whole number of at least 1, got \[4, 5\]"),
        (lambda: projection(4, rng=0), r"rng must be a numpy random Generator, got 0"),
        (lambda: en.path_energy([1.0, 2.0]), r"points must be an array \(..., time, dim\).*got shape \(2,\)"),
        (lambda: en.path_energy(np.ones((0, 3))), r"points must be .* at least one time, got shape \(0, 3\)"),
        (lambda: en.path_energy([[np.nan]]), r"points must be finite, got nan"),
        (lambda: en.projected_energy([1.0, -1.0]), r"eigenvalues must be at least 0, got -1.0"),
        (lambda: en.projected_energy(1.0), r"eigenvalues must be an array \(..., m\) .* got shape \(\)"),
        (lambda: en.projected_energy([]), r"eigenvalues must be an array .* got shape \(0,\)"),
        (lambda: en.projected_energy([1.0], 0), r"n_dims must be a whole number of at least 1, got 0"),
        (lambda: en.projected_energy(np.ones((2, 4)), [1, 2, 3]), r"eigenvalues, n_dims must broadcast, got shapes"),
        (lambda: en.partial_zeta(1.5, 0), r"n_terms must be a whole number of at least 1, got 0"),
        (lambda: en.partial_zeta(np.inf, 3), r"s must be finite, got inf"),
        (
            lambda: en.partial_zeta(-400, 1000),
            r"s must keep the sum within floating point, got -400.0 for n_terms 1000",
        ),
        (lambda: en.partial_zeta([1, 2], [1, 2, 3]), r"s, n_terms must broadcast"),
        (lambda: en.power_law_energy(1.5, 2.5), r"n_units must be a whole number of at least 1, got 2.5"),
        (lambda: en.power_law_energy(1.5, 64, 0), r"n_dims must be a whole number of at least 1, got 0"),
        (lambda: en.power_law_energy_printed([2.0, 1.0]), r"s must not be 1, the pole of zeta, got \[2. 1.\]"),
        (lambda: en.power_law_energy_printed(-401.5), r"s must keep zeta\(s\) within floating point, got -401.5"),
        (lambda: en.exponent_from_energy(3 / 128, 64), r"energy must be above n_dims / \(2 n_units\) = 0.0234375, got"),
        (lambda: en.exponent_from_energy(0, 64), r"energy must be positive, got 0"),
        (lambda: en.exponent_from_energy(1, 1), r"n_units must be a whole number of at least 2, got 1"),
        (lambda: en.participation_ratio([0.0, 0.0]), r"eigenvalues must have one above 0, got \[0.0, 0.0\]"),
        (lambda: en.critical_exponent(0), r"dimension must be positive, got 0"),
        (lambda: en.critical_exponent(1e-310), r"dimension must keep 1 \+ 2/d within floating point, got 1e-310"),
        (lambda: en.projected_energy([1e308] * 4), r"eigenvalues must keep their sum within floating point, got \[1e"),
        (lambda: en.path_energy([[1e200], [0]]), r"points must keep their energy within floating point, got \[\[1e"),
        (
            lambda: en.exponent_from_energy(1e308, 64),
            r"energy must keep the sum of eigenvalues within floating point, got 1e\+308",
        ),
    ],
)
def test_what_is_not_defined_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
