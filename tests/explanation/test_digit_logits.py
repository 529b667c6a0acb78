"""Levels from the mass on digits."""

import numpy as np
import pytest
import torch

from polylib.explanation.digit_logits import expected_levels


def test_levels_are_the_mean_over_digits():
    logits = torch.full((2, 20), -1e9, dtype=torch.float64)
    logits[0, 3:14] = torch.log(torch.arange(1, 12, dtype=torch.float64) / 100)
    logits[0, 0] = np.log(0.34)
    logits[1, 5] = 0.0
    expected, mass = expected_levels(logits, range(3, 14))
    assert expected[0] == pytest.approx(np.arange(11) @ np.arange(1, 12) / 66, rel=1e-12)
    assert mass[0] == pytest.approx(0.66, rel=1e-12)
    assert (expected[1], mass[1]) == (2, 1)


def test_ten_digits_are_stretched_to_ten_levels():
    expected, _ = expected_levels(torch.tensor([[-1e9] * 9 + [0.0, 0.0]]), range(10))
    assert expected.tolist() == [10]


def test_a_mass_that_underflows_still_has_levels():
    expected, mass = expected_levels(torch.tensor([[-900.0, -900.0, 0.0]], dtype=torch.float64), [0, 1])
    assert (expected.tolist(), mass.tolist()) == ([5.0], [0.0])
