"""Closed forms against Blahut-Arimoto, laws of capacity, codes against enumeration."""

from math import comb, log2

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylib.theory import channel as ch
from polylib.theory.entropy import binary_entropy

RATES = [0.0, 0.01, 0.1, 0.2185914456, 0.3, 0.5, 0.82, 0.95, 0.99, 1.0]
ROUNDING = 1e-11
"""Bits: a sum over 256 letters of 8 bits is off by 256 times 1.1e-16 times 8 at the most, 2e-13; a few are added."""
rates, levels = st.floats(0, 1), st.integers(1, 5000)


def assert_encloses(capacity, exact):
    assert capacity.lower - ROUNDING <= exact <= capacity.upper + ROUNDING


@pytest.mark.parametrize("crossover", [0.0, 0.1, 0.2, 0.5])
def test_binary_symmetric_channel(crossover):
    capacity = ch.blahut_arimoto([[1 - crossover, crossover], [crossover, 1 - crossover]])
    assert_encloses(capacity, 1 - binary_entropy(crossover))


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 0.9])
def test_erasure_channel(rate):
    w = np.hstack([(1 - rate) * np.eye(8), np.full((8, 1), rate)])
    assert_encloses(ch.blahut_arimoto(w), ch.erasure_capacity(8, rate))
    assert ch.mutual_information(np.full(8, 1 / 8), w) == pytest.approx(3 * (1 - rate), abs=ROUNDING)


def test_mutual_information_from_the_joint_law():
    rng = np.random.default_rng(0)
    p, w = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(5), size=4)
    joint = p[:, None] * w
    direct = (joint * np.log2(joint / np.outer(p, joint.sum(0)))).sum()
    assert ch.mutual_information(p, w) == pytest.approx(direct, abs=ROUNDING)


def test_mutual_information_of_known_channels():
    assert ch.mutual_information([0.25, 0.75], np.full((2, 2), 0.5)) == pytest.approx(0, abs=ROUNDING)
    z_channel = ch.mutual_information([0.5, 0.5], [[1, 0], [0.5, 0.5]])
    assert z_channel == pytest.approx(1.5 - 0.75 * log2(3), abs=ROUNDING)


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(2, 6))
def test_the_enclosure_of_any_channel_holds_its_own_input(seed, inputs, outputs):
    w = np.random.default_rng(seed).dirichlet(np.full(outputs, 0.5), size=inputs)
    capacity = ch.blahut_arimoto(w, tol=1e-6)
    assert -ROUNDING <= capacity.upper - capacity.lower <= 1e-6
    assert ch.mutual_information(capacity.p_input, w) == pytest.approx(capacity.lower, abs=ROUNDING)
    assert capacity.upper <= min(log2(inputs), log2(outputs)) + 1e-6 + ROUNDING


@pytest.mark.parametrize("k", [2, 3, 4, 5, 8, 16, 64, 256])
@pytest.mark.parametrize("rate", RATES)
def test_exact_dropout_capacity_against_blahut_arimoto(k, rate):
    exact = ch.dropout_capacity(k, rate)
    assert_encloses(ch.blahut_arimoto(ch.dropout_transition(k, rate)), exact)
    active = ch.dropout_active_probability(k, rate)
    p = np.r_[1 - active, np.full(k - 1, active / (k - 1))]
    assert ch.mutual_information(p, ch.dropout_transition(k, rate)) == pytest.approx(exact, abs=ROUNDING)


@given(levels, rates)
def test_capacity_lies_between_the_bounds_of_theorem_3(k, rate):
    low, high = ch.dropout_capacity_bounds(k, rate)
    assert low - ROUNDING <= ch.dropout_capacity(k, rate) <= high + ROUNDING


@given(levels, rates, rates)
def test_more_dropout_never_helps(k, a, b):
    assert ch.dropout_capacity(k, max(a, b)) <= ch.dropout_capacity(k, min(a, b)) + ROUNDING


def test_a_neuron_with_two_levels_is_a_z_channel():
    d = np.array([0.1, 0.5, 0.9])
    textbook = np.log2(1 + (1 - d) * d ** (d / (1 - d)))
    np.testing.assert_allclose(ch.dropout_capacity(2, d), textbook, rtol=1e-12)
    assert ch.dropout_capacity(2, 0.5) == pytest.approx(log2(5 / 4))


def test_the_phase_line():
    expected = {4: 0.8260175601, 5: 0.5, 8: 0.2185914456, 16: 0.0836058957, 256: 0.0040096759, 4096: 0.0002446978}
    for k, critical in expected.items():
        found = ch.critical_dropout_rate(k)
        assert found == pytest.approx(critical, abs=1e-10)
        assert k - 1 == pytest.approx(found ** (-1 / (1 - found)), rel=1e-9)
        for rate, tight in [(found * 1.001, True), (found * 0.999, False)]:
            assert (ch.dropout_capacity(k, rate) == ch.dropout_capacity_bounds(k, rate)[0]) is tight
    assert np.isnan(ch.critical_dropout_rate([1, 2, 3])).all()


@pytest.mark.parametrize("rate", [1e-12, 1e-6, 1 - 1e-6, 1 - 1e-12])
def test_precision_at_the_ends(rate):
    """K = 2 against the same formula in exact arithmetic."""
    with mpmath.workdps(50):
        d = mpmath.mpf(rate)
        exact = mpmath.log(1 + (1 - d) * d ** (d / (1 - d)), 2)
    assert ch.dropout_capacity(2, rate) == pytest.approx(float(exact), rel=1e-9)


def test_layers_in_series_are_one_layer_of_their_product():
    w = ch.dropout_transition(5, 0.2)
    assert_encloses(ch.blahut_arimoto(w @ w @ w), ch.serial_dropout_capacity(5, 0.2, 3))
    assert ch.serial_dropout_capacity(256, 0.1, 8) == pytest.approx(3.441307, abs=1e-6)
    assert ch.serial_dropout_capacity(256, 1.0, 8) == 0


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0, 1), st.integers(1, 5))
def test_failure_of_an_mds_code_by_counting(m, k, rate, layers):
    k = min(k, m)
    too_few = sum(comb(m, alive) * (1 - rate) ** alive * rate ** (m - alive) for alive in range(k))
    expected = 1 - (1 - min(too_few, 1)) ** layers
    assert ch.mds_failure_probability(m, k, rate, layers) == pytest.approx(expected, abs=1e-9)


def test_large_problems():
    assert ch.blahut_arimoto(ch.dropout_transition(4096, 0.01)).lower == pytest.approx(ch.dropout_capacity(4096, 0.01))
    k, rate = np.arange(1, 1_000_001), np.linspace(0, 1, 1_000_000)
    assert np.isfinite(ch.dropout_capacity(k, rate)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ch.blahut_arimoto([[0.5, 0.6], [0.5, 0.5]]), "transition must be of total 1"),
        (lambda: ch.blahut_arimoto([0.5, 0.5]), r"transition must be a matrix \(inputs, outputs\), got shape \(2,\)"),
        (lambda: ch.blahut_arimoto(np.eye(2), tol=0), "tol must be positive, got 0"),
        (lambda: ch.blahut_arimoto(np.eye(2), iterations=0), "iterations must be a whole number of at least 1, got 0"),
        (lambda: ch.mutual_information([1.0], np.eye(2)), r"p_input must have one entry for each of 2 inputs, got"),
        (lambda: ch.dropout_transition(0, 0.1), "levels must be a whole number of at least 1, got 0"),
        (lambda: ch.dropout_capacity(2.5, 0.1), "levels must be a whole number of at least 1, got 2.5"),
        (lambda: ch.dropout_capacity(2, 1.1), r"rate must be in \[0, 1\], got 1.1"),
        (lambda: ch.dropout_capacity(2, np.nan), "rate must be finite, got nan"),
        (lambda: ch.erasure_capacity(-2, 0.1), "levels must be a whole number of at least 1, got -2"),
        (lambda: ch.serial_dropout_capacity(2, 0.1, 0), "layers must be a whole number of at least 1, got 0"),
        (lambda: ch.mds_failure_probability(4, 5, 0.1, 1), "n_data must be at most n_neurons, got 5 for 4"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_gap_that_does_not_close_is_an_error():
    with pytest.raises(RuntimeError, match=r"the capacity is still open by .* bits after 2 iterations"):
        ch.blahut_arimoto([[0.9, 0.1, 0.0], [0.3, 0.3, 0.4]], iterations=2)


def test_the_corner_where_nothing_passes_is_a_limit():
    assert ch.dropout_capacity([1, 2, 3, 256], 1.0).tolist() == [0, 0, 0, 0]
    near = ch.dropout_active_probability([1, 2, 3, 4], 1 - 1e-9)
    assert ch.dropout_active_probability([1, 2, 3, 4], 1.0) == pytest.approx(near, rel=1e-6)
    assert ch.dropout_active_probability(2, 1.0) == pytest.approx(1 / np.e, rel=1e-12)
