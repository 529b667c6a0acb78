"""Stretches to read: cut without overlap, split by passages, the highest beside others; neurons of one token."""

import numpy as np
import pytest

from polylib.explanation.records import Split
from polylib.explanation.stretches import one_token_neurons, some_of, stretches

TEXTS = [[f"{p}{i}" for i in range(7)] for p in range(6)]
VALUES = np.random.default_rng(0).standard_normal((6, 7))
TOLD = np.array([True, False, True, False, True, False])


def test_a_passage_is_cut_into_whole_stretches_of_one_side():
    split = stretches(TEXTS, VALUES, TOLD, width=3)
    for side, known in ((split.explain, True), (split.score, False)):
        assert [r.passage for r in side] == [p for p in np.flatnonzero(known == TOLD) for _ in range(2)]
    for r in split.explain + split.score:
        start = TEXTS[r.passage].index(r.tokens[0])
        assert r.tokens == TEXTS[r.passage][start : start + 3]
        np.testing.assert_array_equal(r.values, VALUES[r.passage, start : start + 3])


def test_half_are_the_highest_and_the_rest_are_drawn_from_the_others():
    split = stretches(TEXTS, VALUES, TOLD, width=1)
    few = some_of(split, 6, rng=np.random.default_rng(1))
    assert few.explain == split.explain
    peaks = [r.values.max() for r in few.score]
    everything = sorted((r.values.max() for r in split.score), reverse=True)
    assert peaks[:3] == everything[:3]
    assert len({*peaks}) == 6
    assert {*peaks} <= {*everything}
    others = [[r.values.max() for r in some_of(split, 6, rng=np.random.default_rng(s)).score] for s in range(5)]
    assert len({tuple(x) for x in others}) > 1


def test_neurons_of_one_token_are_found_the_clearest_first():
    texts = [["cat", "dog", "cow", "dog"] * 5] * 4
    is_cat, is_dog = (np.array([[w == word for w in text] for text in texts], float) for word in ("cat", "dog"))
    rng = np.random.default_rng(2)
    noise = rng.uniform(0, 1, is_cat.shape)
    both, dim, rare = is_cat + is_dog, 10 * is_dog + 4 * noise, np.zeros(is_cat.shape)
    rare[0, 2] = 1
    x = np.stack([both, is_cat, is_dog + 0.3 * noise, dim, rare, -is_cat], axis=-1)
    found = one_token_neurons(x, texts)
    assert [unit for unit, _ in found] == [1, 2]
    assert [rule.text for _, rule in found] == ['the word "cat"', 'the word "dog"']
    assert [unit for unit, _ in one_token_neurons(x, texts, least=1)].count(4) == 1
    np.testing.assert_array_equal(found[0][1](texts[0]), is_cat[0])


def test_what_it_refuses():
    with pytest.raises(ValueError, match=r"values must be one for each token of 6 texts, got shape \(6, 5\)"):
        stretches(TEXTS, VALUES[:, :5], TOLD, width=3)
    with pytest.raises(ValueError, match="n must be at most the 0 records for scoring, got 2"):
        some_of(Split([], []), 2, rng=np.random.default_rng(0))
