"""Bits of layers whose law is known: lattice points that are drawn evenly, Gaussians, dead units."""

import numpy as np
import pytest

from polylib.representation.layer_bits import component_bits, layer_bits
from polylib.theory.power_law import reverse_water_filling


def test_component_bits_are_those_of_water_filling():
    values = np.arange(1, 30.0) ** -1.7
    bits = component_bits(values, 4)
    assert bits[0] == 4 and bits[-1] == 0
    assert bits.sum() == pytest.approx(reverse_water_filling(values, 4.0**-4)[0])
    np.testing.assert_allclose(component_bits(9 * values, 4), bits)


def layer(seed=0, samples=4_000, units=24):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((samples, units)) * np.arange(1, units + 1.0) ** -0.6


def test_bounds_hold_and_stand_in_order_for_independent_gaussian_units():
    bits = layer_bits(layer(), 5)
    assert bits["Gaussian rate"] < bits["lattice bound"]
    assert bits["sum over units"] <= bits["lattice bound"]  # no dependence: single units hold all there is
    assert bits["clipped"] == pytest.approx(bits["Gaussian rate"], rel=0.03)
    assert bits["printed"] < bits["repaired"] < bits["room"] == 24 * 5


def test_units_that_repeat_each_other_are_seen_by_the_covariance_alone():
    once = layer()
    twice = np.hstack([once, once])
    alone, both = layer_bits(once, 5), layer_bits(twice, 5)
    assert both["sum over units"] > 1.5 * alone["sum over units"]
    assert both["lattice bound"] < both["sum over units"]


def test_dead_units_change_nothing():
    x = layer()
    assert layer_bits(np.hstack([x, np.zeros((len(x), 7))]), 6) == pytest.approx(layer_bits(x, 6))


def test_counted_entropy_of_a_coin():
    rng = np.random.default_rng(1)
    x = layer()
    x[:, -1] = 50 * (rng.random(len(x)) < 0.25)  # far apart at any precision, the loudest of all
    bits = layer_bits(x, 3)
    share = (x[:, -1] > 0).mean()
    coin = -share * np.log2(share) - (1 - share) * np.log2(1 - share)
    assert bits["sum over units"] == pytest.approx(coin, abs=1e-9)  # the others are narrower than a level
    assert bits["levels"] == 2


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: component_bits([1.0, -1.0], 4), "eigenvalues must be at least 0"),
        (lambda: component_bits([0.0, 0.0], 4), "eigenvalues must be a vector with a positive one"),
        (lambda: component_bits(np.eye(2), 4), "eigenvalues must be a vector with a positive one"),
        (lambda: component_bits([1.0], -1), "precision must be at least 0, got -1"),
        (lambda: layer_bits(np.zeros((9, 2)), 4), r"activity must be a matrix .*got shape \(9, 2\)"),
        (lambda: layer_bits(np.ones(9), 4), r"activity must be a matrix .*got shape \(9,\)"),
    ],
)
def test_bad_input_is_named(call, said):
    with pytest.raises(ValueError, match=said):
        call()
