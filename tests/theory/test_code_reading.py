"""What neurons of codes tell, against counts that can be made by hand."""

from itertools import product

import numpy as np
import pytest

from polylib.theory.code_reading import bits_told, group_bits, losses_survived
from polylib.theory.erasure_codes import ReedSolomon, Repetition

WORDS = np.array(list(product(range(7), repeat=3)))
COPIES, PLAIN, IN_CLEAR = Repetition(6, 3, 7), ReedSolomon(6, 3, 7), ReedSolomon(6, 3, 7, systematic=True)
FEATURE = np.log2(7)


def test_bits_of_one_feature():
    assert bits_told(WORDS[:, 0], WORDS[:, 0]) == pytest.approx(FEATURE)
    assert bits_told(WORDS[:, 0], WORDS[:, 1:]) == pytest.approx(0, abs=1e-12)
    assert bits_told(WORDS, WORDS.sum(axis=1) % 7) == pytest.approx(FEATURE)
    assert bits_told(WORDS[:, 0], WORDS[:, 0] > 2) == pytest.approx(np.log2(7) - (3 * np.log2(3) + 4 * 2) / 7)


def test_groups_of_copies_tell_what_different_features_they_hold():
    together, apart = group_bits(WORDS, COPIES.encode(WORDS))
    np.testing.assert_allclose(together, apart, atol=1e-9)
    np.testing.assert_allclose(together[:2], [FEATURE, FEATURE * (1 + 12 / 15)])  # 12 pairs of 15 hold two features
    np.testing.assert_allclose(together[4:], 3 * FEATURE)


@pytest.mark.parametrize(("code", "alone"), [(PLAIN, 0), (IN_CLEAR, FEATURE / 2)])
def test_reed_solomon_tells_nothing_twice(code, alone):
    together, apart = group_bits(WORDS, code.encode(WORDS))
    np.testing.assert_allclose(together, FEATURE * np.minimum(np.arange(1, 7), 3))
    assert apart[0] == pytest.approx(alone, abs=1e-9)
    np.testing.assert_allclose(apart[2:], 3 * FEATURE)


@pytest.mark.parametrize(
    ("code", "losses"),
    [
        (COPIES, 1),
        (PLAIN, 3),
        (IN_CLEAR, 3),
        (Repetition(6, 1, 7), 5),
        (Repetition(4, 4, 7), 0),
        (ReedSolomon(6, 5, 7), 1),
    ],
)
def test_losses_that_do_no_harm(code, losses):
    assert losses_survived(code) == losses


@pytest.mark.parametrize(
    ("features", "seen", "said"),
    [
        ([0, 1], [0, 1, 2], "seen must have one row a word as features, 2, got 3"),
        ([], [], r"features must have shape \(words,\) or \(words, columns\), got \(0,\)"),
        ([0], 0, r"seen must have shape \(words,\) or \(words, columns\), got \(\)"),
        (["a"], [0], "features must be a real number"),
    ],
)
def test_bad_input_is_named(features, seen, said):
    with pytest.raises(ValueError, match=said):
        bits_told(features, seen)
