"""Which records explain and which score: cut from passages, split without leaks, from both ends."""

import inspect

import numpy as np
import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

from polylib.explanation.selection import record_windows, select, select_even_odd
from polylib.language import trajectory
from polylib.language.activation_records import ActivationRecord, record
from polylib.language.passages import tokenize

TEXTS = ["A passage of text", "shorter than it", "of middling length", "and one more of them, the longest"]


def made(n=12, size=6, seed=0, passages=None):
    rng = np.random.default_rng(seed)
    passages = range(n) if passages is None else passages
    return [
        ActivationRecord([f"{i}{c}" for c in "abcdef"[:size]], rng.standard_normal(size), p)
        for i, p in enumerate(passages)
    ]


@pytest.fixture(scope="module")
def recorded():
    u = trajectory.random_directions(4, 12, 2, rng=np.random.default_rng(0))
    return record(tiny.model(), tokenize(TEXTS, tiny.tokenizer()), u)


def test_a_window_holds_what_the_trajectory_does(recorded):
    found = record_windows(recorded, 1, 2, skip=4)
    assert [r.passage for r in found] == [0, 1, 2, 3]
    for p, r in enumerate(found):
        assert r.tokens == list(TEXTS[p])[4:]
        np.testing.assert_array_equal(r.values, recorded[1, 2, p].values[4:])


def test_windows_do_not_overlap_and_short_rests_are_left_out(recorded):
    found = record_windows(recorded, 0, 0, skip=2, width=7)
    assert [r.passage for r in found] == [0, 0, 1, 2, 2, 3, 3, 3, 3]
    assert ["".join(r.tokens) for r in found[:2]] == [TEXTS[0][2:9], TEXTS[0][9:16]]


def test_the_other_end_has_the_values_negated(recorded):
    up, down = (record_windows(recorded, 0, 1, sign=sign) for sign in (1, -1))
    for a, b in zip(up, down, strict=True):
        np.testing.assert_array_equal(a.values, -b.values)
        np.testing.assert_array_equal(a.flipped().values, b.values)


def test_windows_that_cannot_be_are_refused(recorded):
    with pytest.raises(ValueError, match="sign must be one of 1, -1, got 0"):
        record_windows(recorded, 0, 0, sign=0)
    with pytest.raises(ValueError, match=r"records must hold passages of at least skip \+ width = 4 \+ 99 tokens"):
        record_windows(recorded, 0, 0, width=99)
    with pytest.raises(ValueError, match="skip must be a whole number of at least 0"):
        record_windows(recorded, 0, 0, skip=-1)


@given(st.integers(0, 1000), st.integers(0, 3), st.integers(0, 3), st.integers(0, 2))
def test_a_split_is_disjoint_by_passage(seed, n_explain, n_score, n_random):
    records = made(24, passages=[p for p in range(12) for _ in range(2)])
    split = select(records, n_explain=n_explain, n_score=n_score, n_random=n_random, rng=np.random.default_rng(seed))
    assert len(split.explain) == n_explain + n_random and len(split.score) == n_score + n_random
    assert not {r.passage for r in split.explain} & {r.passage for r in split.score}
    assert len({id(r) for r in split.explain + split.score}) == len(split.explain + split.score)


def test_top_records_come_first_and_are_those_of_their_half():
    records = made(20)
    split = select(records, n_explain=3, n_score=4, n_random=2, rng=np.random.default_rng(1))
    whole = select(records, n_explain=10, n_score=10, n_random=0, rng=np.random.default_rng(1))
    assert split.explain[:3] == whole.explain[:3] and split.score[:4] == whole.score[:4]
    peaks = [r.values.max() for r in whole.explain]
    assert peaks == sorted(peaks, reverse=True)


def test_the_halves_do_not_depend_on_the_values():
    ups = made(10)
    downs = [r.flipped() for r in ups]
    wanted = dict(n_explain=0, n_score=0, n_random=5)
    one, other = (select(r, **wanted, rng=np.random.default_rng(3)) for r in (ups, downs))
    assert {r.passage for r in one.score} == {r.passage for r in other.score}


def test_every_record_has_the_same_chance_to_be_scored():
    counts = np.zeros(8)
    for seed in range(400):
        split = select(made(8), n_explain=1, n_score=1, n_random=3, rng=np.random.default_rng(seed))
        counts[[r.passage for r in split.score]] += 1
    assert np.abs(counts - 200).max() < 5 * np.sqrt(100)


def test_records_without_a_passage_are_passages_of_their_own():
    records = [ActivationRecord([str(i)], np.array([float(i)])) for i in range(6)]
    split = select(records, n_explain=1, n_score=1, n_random=2, rng=np.random.default_rng(0))
    assert len({id(r) for r in split.explain + split.score}) == 6


ONE_TEXT = {"a b": 0, "c d": 0, "e f": 0, "g h": 0, "i j": 1, "k l": 1, "m n": 2, "o p": 3, "q r": 4, "s t": 5}


@given(st.integers(0, 1000))
def test_a_text_that_was_collected_twice_stands_on_one_side(seed):
    """Passages 0, 1 and 2 hang together by shared windows, 3 and 4 but for their order; "m n" has no passage."""
    windows = ["a b", "c d", "c d", "e f", "e f", "g h", "i j", "k l", "k l", "i j", "m n", "m n", "o p", "q r", "s t"]
    passages = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, None, None, 5, 6, 7]
    records = [
        ActivationRecord(window.split(), np.array([i, -1.0]), p)
        for i, (window, p) in enumerate(zip(windows, passages, strict=True))
    ]
    split = select(records, n_explain=1, n_score=1, n_random=2, rng=np.random.default_rng(seed))
    explain, score = ({ONE_TEXT[" ".join(r.tokens)] for r in part} for part in (split.explain, split.score))
    assert not explain & score


@given(st.integers(0, 1000))
def test_texts_collected_twice_leave_the_halves_even(seed):
    records = made(20, passages=range(20))
    records[3:12:4] = [ActivationRecord(records[i].tokens, records[i + 3].values, i + 3) for i in (0, 4, 8)]
    split = select(records, n_explain=0, n_score=0, n_random=10, rng=np.random.default_rng(seed))
    explain, score = ({r.tokens[0] for r in part} for part in (split.explain, split.score))
    assert len(explain | score) == 17 and not explain & score


@pytest.mark.parametrize("n", [12, 13])
def test_passages_that_share_nothing_are_drawn_by_their_order(n):
    """So that a split stays what it was: records without a passage come first, then passages by their numbers."""
    passages = [*range(30, 30 - n + 3, -1), None, None, None]
    records, order = made(passages=passages), [*range(n - 3, n), *range(n - 4, -1, -1)]
    drawn = np.random.default_rng(7).permutation(n)
    split = select(records, n_explain=n // 2, n_score=(n + 1) // 2, n_random=0, rng=np.random.default_rng(7))
    for part, places in ((split.explain, drawn[: n // 2]), (split.score, drawn[n // 2 :])):
        assert {r.tokens[0] for r in part} == {f"{order[i]}a" for i in places}


def test_too_few_records_are_refused():
    with pytest.raises(ValueError, match="records must leave room for 5 top and 5 random ones in each half, got 6"):
        select(made(12), rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="records must be at least n = 13, got 12"):
        select_even_odd(made(12), 13)
    with pytest.raises(ValueError, match="rng must be a numpy random Generator, got 0"):
        inspect.unwrap(select)(made(12), rng=0)


def test_the_supplement_takes_the_top_ten_in_turns():
    records = made(30)
    split = select_even_odd(records)
    ranked = sorted((r.values.max() for r in records), reverse=True)[:10]
    assert [r.values.max() for r in split.explain] == ranked[::2]
    assert [r.values.max() for r in split.score] == ranked[1::2]
    assert split.top == ranked[0]
