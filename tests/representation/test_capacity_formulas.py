"""Bits by each formula, on a law for which they can be counted, and on samples whose bounds hold."""

import numpy as np
import pytest

from polylib.representation.capacity_formulas import bits_by_formula
from polylib.theory import entropy

LAM = np.arange(1, 65.0) ** -2


def test_formulas_are_those_of_the_chapter():
    """64 neurons of 4 bits with variances i^-2: what chapter 4 prints, and levels beyond which no formula goes."""
    found = bits_by_formula(LAM, 4, [2.0])
    told = {name: round(ends[0], 2) for name, ends in found.items() if ends}
    expected = {
        "Theorem 4, printed": 256 - 128 * (6 - 1 / np.log(2)),
        "repaired": -40.0,
        "clipped": 19.75,
        "Gaussian rate": 19.75,
    }
    assert {name: told[name] for name in expected} == {k: pytest.approx(v, abs=0.01) for k, v in expected.items()}
    assert told["repaired, Stirling's bound"] > told["repaired"] and told["units times precision"] == 256
    assert found["lattice bound"] is found["sum over units"] is None


def test_several_exponents_are_a_range():
    low, high = bits_by_formula(LAM, 8, [1.0, 2.0])["repaired"]
    assert (low, high) == (bits_by_formula(LAM, 8, [2.0])["repaired"][0], bits_by_formula(LAM, 8, [1.0])["repaired"][0])


def test_without_an_exponent_no_law_is_counted():
    found = bits_by_formula(LAM, 4, [])
    assert found["repaired"] is found["clipped"] is None and found["Gaussian rate"][0] == pytest.approx(19.75, abs=0.01)


def test_negative_eigenvalues_of_cross_validated_pca_add_nothing():
    noisy = np.r_[LAM, -1e-3, -1e-4]
    assert bits_by_formula(noisy, 4, [])["Gaussian rate"] == bits_by_formula(LAM, 4, [])["Gaussian rate"]


def test_bounds_hold_for_a_law_that_can_be_counted():
    """Two coins, one copied: rounded to any step they hold at most two bits, and both bounds are above."""
    coins = np.random.default_rng(0).integers(0, 2, (4_000, 2)).astype(float)
    x = np.column_stack([coins, coins[:, 0]])
    lam = np.linalg.eigvalsh(np.cov(x.T))[::-1].clip(0)
    held = entropy.entropy(np.unique(x, axis=0, return_counts=True)[1] / len(x))
    found = bits_by_formula(lam, 4, [1.0], x)
    assert held <= found["lattice bound"][0]
    assert held < found["sum over units"][0] == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize(
    ("lam", "b", "alphas", "said"),
    [
        ([0.0, 0.0], 4, [1.0], "a vector that begins above 0"),
        ([-1.0, 0.5], 4, [1.0], "a vector that begins above 0"),
        ([1.0, np.nan], 4, [1.0], "eigenvalues must be finite"),
        ([1.0, 0.5], 0, [1.0], "precision must be positive"),
        ([1.0, 0.5], 4, [-1.0], "exponents must be positive, got -1"),
    ],
)
def test_what_has_no_bits(lam, b, alphas, said):
    with pytest.raises(ValueError, match=said):
        bits_by_formula(lam, b, alphas)
