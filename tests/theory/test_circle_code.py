"""Steps of a code on a circle, and the exponent read off them, against exact arithmetic and direct sums."""

import mpmath
import numpy as np
import pytest
from flint import acb, ctx
from hypothesis import assume, given
from hypothesis import strategies as st

from polylib.theory import circle_code as circle
from polylib.theory import energy as en


def exact_circle(s, step):
    with ctx.workprec(1500):
        return float((acb(s).zeta() - acb(0, step).exp().polylog(acb(s))).real)


@pytest.mark.parametrize("s", [1 + 1e-9, 1.0001, 1.5, 2.0, 2 + 1e-7, 3.0, 3 - 1e-12, 4.0, 5.0, 7.3, 11.99])
@pytest.mark.parametrize("step", [1e-60, 1e-9, 1e-3, 1.0, np.pi, 6.28])
def test_step_energy_in_exact_arithmetic(s, step):
    assert circle.step_energy(s, step) == pytest.approx(exact_circle(s, step), rel=1e-9)


@pytest.mark.parametrize("s", [11.999, 12.0, 13.5, 40.0, 1e3])
@pytest.mark.parametrize("step", [1e-9, 0.1, 3.0])
def test_step_energy_of_steep_codes_term_by_term(s, step):
    direct = mpmath.nsum(lambda i: 2 * mpmath.mpf(i) ** -s * mpmath.sin(i * mpmath.mpf(step) / 2) ** 2, [1, 300])
    assert circle.step_energy(s, step) == pytest.approx(float(direct), rel=1e-12)


@given(st.floats(0, 2 * np.pi))
def test_step_energy_is_a_polynomial_for_even_exponents(d):
    two = d * (2 * np.pi - d) / 4  # the float for 2 pi is off by 2.4e-16, which makes 4e-16 here
    assert circle.step_energy(2, d) == pytest.approx(two, rel=1e-9, abs=1e-15)
    assert circle.step_energy(4, d) == pytest.approx(two**2 / 3, rel=1e-9, abs=1e-15)


@given(st.floats(1.1, 20), st.floats(-50, 50))
def test_step_energy_is_even_periodic_and_bounded(s, step):
    assume(abs(np.sin(step / 2)) > 0.01)
    value = circle.step_energy(s, step)
    assert value == pytest.approx(circle.step_energy(s, -step), rel=1e-12)
    assert value == pytest.approx(circle.step_energy(s, step + 2 * np.pi), rel=1e-6, abs=1e-12)
    assert 0 <= value <= 4 * en.power_law_energy_printed(s)


def test_step_energy_of_no_step_and_of_arrays():
    assert circle.step_energy(1.5, 0) == circle.step_energy(20, 0) == 0
    assert circle.step_energy([[1.5], [2.0]], [0.1, 0.2, 0.3]).shape == (2, 3)
    assert circle.step_energy(3.0, 1e-200) == 0  # below the smallest float


def test_small_steps_follow_the_power_s_minus_one_up_to_two():
    for s, power in ((1.5, 0.5), (2.2, 1.2), (4.0, 2.0)):
        one, two = circle.step_energy(s, np.array([1e-9, 2e-9]))
        assert np.log2(two / one) == pytest.approx(power, abs=1e-3)
        assert (power < 2) is (s < en.critical_exponent(1))


@given(st.floats(-3, 20), st.floats(-7, 7), st.integers(1, 40))
def test_a_finite_code_term_by_term(s, step, n):
    direct = sum(i**-s * (1 - np.cos(i * step)) for i in range(1, n + 1))
    rounding = 1e-14 * sum(i**-s * max(1, i * abs(step)) for i in range(1, n + 1))  # of the cosines and their angles
    assert circle.step_energy(s, step, n) == pytest.approx(direct, rel=1e-12, abs=rounding)


@given(st.floats(1.1, 11), st.floats(1e-6, np.pi), st.integers(1, 3000))
def test_what_a_finite_code_leaves_out_is_at_most_twice_the_tail(s, step, n):
    everything, part = circle.step_energy(s, step), circle.step_energy(s, step, n)
    slack = 1e-12 * everything
    assert -slack <= everything - part <= 2 * n ** (1 - s) / (s - 1) + slack


@pytest.mark.parametrize(("s", "reading"), [(1.2, 1.2), (2.0, 2.0), (2.5, 2.5), (4.0, 3.0), (6.0, 3.0)])
def test_the_exponent_is_read_inside_the_window_only(s, reading):
    step = np.array([1e-9, 2e-9, 4e-9])
    np.testing.assert_allclose(circle.exponent_from_steps(step, circle.step_energy(s, step)), reading, atol=1e-3)
    # all frequencies are far below 1/step
    below = circle.exponent_from_steps(step, 7 * circle.step_energy(s, step, 1000))
    np.testing.assert_allclose(below, 3, atol=1e-3)


def test_readings_of_powers_at_uneven_steps_and_of_rows():
    step, power = np.array([0.1, 0.3, 0.4, 1.0]), np.array([[0.5], [1.7]])
    np.testing.assert_allclose(circle.exponent_from_steps(step, 5 * step**power), (1 + power) * np.ones(3))
    assert circle.exponent_from_steps(step[:2], step[:2]) == pytest.approx([2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: circle.step_energy(1, 0.1), r"s must be above 1, got 1.0"),
        (lambda: circle.step_energy(2, np.nan), r"step must be finite, got nan"),
        (lambda: circle.step_energy([1.5, 2.0], [1, 2, 3]), r"s, step must broadcast"),
        (lambda: circle.step_energy(2, 0.1, 0), r"n_frequencies must be a whole number of at least 1, got 0"),
        (lambda: circle.step_energy([1.5, 2.0], 0.1, [1, 2, 3]), r"s, step, n_frequencies must broadcast"),
        (lambda: circle.step_energy(-400, 0.1, 1000), r"s must keep the sum within floating point, got -400.0"),
        (lambda: circle.exponent_from_steps([0.1, 0.0], [1, 1]), r"step must be positive, got 0.0"),
        (lambda: circle.exponent_from_steps([0.1, 0.2], [1, 0]), r"energy must be positive, got 0"),
        (lambda: circle.exponent_from_steps([0.1], [1]), r"must be arrays .* of two or more, got \(1,\), \(1,\)"),
        (lambda: circle.exponent_from_steps(0.1, 1), r"step, energy must be arrays .* got \(\), \(\)"),
        (lambda: circle.exponent_from_steps([0.1, 0.2], [1, 2, 3]), r"got \(2,\), \(3,\)"),
        (
            lambda: circle.exponent_from_steps([0.2, 0.1], [1, 2]),
            r"step must rise along its last axis, got \[0.2 0.1\]",
        ),
    ],
)
def test_what_is_not_defined_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_step_costs_of_a_polygon_and_of_its_parts():
    """On a regular polygon a step of n places is a chord: half its square is 1 - cos(2 pi n / 12)."""
    angle = 2 * np.pi * np.arange(12) / 12
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    strides = [1, 2, 6, 11]
    chords = 1 - np.cos(2 * np.pi * np.array(strides) / 12)
    np.testing.assert_allclose(circle.step_costs(ring, strides), chords, rtol=1e-12)
    several = np.stack([ring, 3 * ring + 5])
    np.testing.assert_allclose(circle.step_costs(several, strides), [chords, 9 * chords], rtol=1e-12)
    by_unit = sum(circle.step_costs(ring[:, [j]], strides) for j in (0, 1))
    np.testing.assert_allclose(by_unit, chords, rtol=1e-12)


def test_step_costs_of_a_code_are_the_theory_and_give_its_exponent_back():
    """Frequencies below half the places, so that the mean over starts is the mean over phases, to rounding."""
    places, n = 1_024, 400
    i, angle = np.arange(1, n + 1), 2 * np.pi * np.arange(places) / places
    std = i ** (-2.0 / 2)
    code = np.concatenate([std * np.cos(np.outer(angle, i)), std * np.sin(np.outer(angle, i))], axis=1)
    strides = np.array([8, 16])
    costs = circle.step_costs(code, strides)
    np.testing.assert_allclose(costs, circle.step_energy(2.0, 2 * np.pi * strides / places, n), rtol=1e-9)
    assert circle.exponent_from_steps(strides, costs)[0] == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    ("path", "strides", "message"),
    [
        (np.ones(5), [1], r"path must be an array .* got shape \(5,\)"),
        (np.ones((1, 2)), [1], r"path must be an array .* got shape \(1, 2\)"),
        (np.ones((4, 0)), [1], r"path must be an array .* got shape \(4, 0\)"),
        (np.ones((4, 2)), [4], "strides must be a vector below the 4 places of path, got"),
        (np.ones((4, 2)), 1, "strides must be a vector below the 4 places of path, got 1"),
        (np.ones((4, 2)), [], "strides must be a vector below the 4 places of path, got"),
        (np.ones((4, 2)), [1.5], "strides must be a whole number of at least 1, got"),
        ([["a"]], [1], "path must be a real number or an array of them, got"),
    ],
)
def test_step_costs_refuse_what_is_no_path_and_no_stride(path, strides, message):
    with pytest.raises(ValueError, match=message):
        circle.step_costs(path, strides)
