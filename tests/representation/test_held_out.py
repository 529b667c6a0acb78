"""Shares of variance in sample and held out lie on both sides of the truth; of noise nothing is left but chance."""

import numpy as np
import pytest

from polylib.representation.held_out import shares_of_first


def test_the_true_share_lies_between_on_average():
    variances, rng = np.arange(1, 31.0) ** -1.5, np.random.default_rng(0)
    found = [shares_of_first(rng.standard_normal((40, 30)) * np.sqrt(variances), 5) for _ in range(60)]
    inside, outside = np.mean(found, axis=0)
    truth = variances[:5].sum() / variances.sum()
    error = np.std(found, axis=0).max() / np.sqrt(60)
    assert outside + 2 * error < truth < inside - 2 * error


def test_shares_are_those_of_directions_by_another_way():
    x = np.random.default_rng(1).standard_normal((20, 4)) * [4, 3, 2, 1]
    even, odd = x[::2] - x[::2].mean(0), x[1::2] - x[1::2].mean(0)
    held = []
    for one, other in ((even, odd), (odd, even)):
        directions = np.linalg.eigh(one.T @ one)[1][:, -2:]
        held.append(np.trace(directions.T @ other.T @ other @ directions) / np.trace(other.T @ other))
    assert shares_of_first(x, 2)[1] == pytest.approx(np.mean(held))
    assert shares_of_first(x, 4) == pytest.approx((1, 1))


@pytest.mark.parametrize(
    ("x", "first", "said"),
    [
        (np.ones((3, 5)), 1, r"at least four samples, got shape \(3, 5\)"),
        (np.ones((8, 5)), 1, "x must vary in its even and in its odd rows, got constant ones"),
        (np.eye(8), 9, "first must be at most the 8 units, got 9"),
        (np.eye(8), 0, "first must be a whole number of at least 1, got 0"),
    ],
)
def test_what_has_no_shares(x, first, said):
    with pytest.raises(ValueError, match=said):
        shares_of_first(x, first)
