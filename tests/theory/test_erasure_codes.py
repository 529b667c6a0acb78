"""Codes against erasures: they restore what their formulas promise, and nothing more."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polylib.theory.channel import mds_failure_probability
from polylib.theory.erasure_codes import ReedSolomon, Repetition, random_code_failure, relay

CODES = [Repetition(6, 3, 7), ReedSolomon(6, 3, 7), ReedSolomon(6, 3, 7, systematic=True)]


def all_words(code):
    return np.array(list(product(range(code.field), repeat=code.n_data)))


@pytest.mark.parametrize("code", CODES, ids=repr)
def test_without_losses_every_word_comes_back(code):
    decoded, whole = code.decode(code.encode(all_words(code)))
    assert whole.all()
    assert (decoded == all_words(code)).all()


@pytest.mark.parametrize("code", CODES, ids=repr)
def test_no_activation_is_0(code):
    activations = code.encode(all_words(code))
    assert activations.min() == 1
    assert activations.max() == code.field


@pytest.mark.parametrize("systematic", [False, True])
def test_any_n_data_neurons_determine_a_reed_solomon_word(systematic):
    code = ReedSolomon(6, 3, 7, systematic)
    words = all_words(code)
    for kept in combinations(range(6), 3):
        decoded, whole = code.decode(code.encode(words) * np.isin(range(6), kept))
        assert whole.all()
        assert (decoded == words).all()


@pytest.mark.parametrize("systematic", [False, True])
def test_fewer_are_reported_as_lost(systematic):
    code = ReedSolomon(6, 3, 7, systematic)
    for kept in combinations(range(6), 2):
        decoded, whole = code.decode(code.encode(all_words(code)) * np.isin(range(6), kept))
        assert not whole.any()
        assert not decoded.any()


def test_two_reed_solomon_words_differ_in_more_than_n_neurons_minus_n_data_places():
    """The Singleton bound is met, by comparing all pairs."""
    activations = ReedSolomon(5, 2, 7).encode(all_words(ReedSolomon(5, 2, 7)))
    distances = (activations[:, None] != activations).sum(axis=2)
    assert distances[~np.eye(len(activations), dtype=bool)].min() == 5 - 2 + 1


def test_a_systematic_word_starts_with_its_data():
    code = ReedSolomon(20, 8, 251, systematic=True)
    data = np.random.default_rng(0).integers(0, 251, size=(10, 8))
    assert (code.encode(data)[:, :8] == data + 1).all()


def test_reed_solomon_agrees_with_the_polynomial():
    code, data = ReedSolomon(10, 4, 31), [3, 0, 30, 7]
    values = [sum(c * x**i for i, c in enumerate(data)) % 31 for x in range(1, 11)]
    assert code.encode([data]).tolist() == [[v + 1 for v in values]]


@pytest.mark.parametrize("code", CODES, ids=repr)
def test_no_words_give_no_words(code):
    decoded, whole = code.decode(code.encode(np.zeros((0, 3), dtype=int)))
    assert decoded.shape == (0, 3)
    assert whole.shape == (0,)


def test_repetition_needs_one_survivor_in_every_group():
    code = Repetition(4, 2, 5)
    activations = code.encode([[4, 0]])
    assert activations.tolist() == [[5, 5, 1, 1]]
    assert code.decode(activations * [0, 1, 1, 0])[0].tolist() == [[4, 0]]
    assert code.decode(activations * [0, 0, 1, 1])[1].tolist() == [False]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12), st.integers(0, 11), st.integers(0, 2**32 - 1))
def test_reed_solomon_over_a_large_field(n_data, losses, seed):
    rng = np.random.default_rng(seed)
    code = ReedSolomon(12, n_data, 65537)
    data = rng.integers(0, 65537, size=(3, n_data))
    alive = np.ones(12, dtype=int)
    alive[rng.permutation(12)[:losses]] = 0
    decoded, whole = code.decode(code.encode(data) * alive)
    assert whole.all() == (12 - losses >= n_data)
    assert (decoded == data).all() == whole.all() or not data.any()


def test_relay_fails_as_often_as_the_formula_says():
    rng = np.random.default_rng(0)
    code = ReedSolomon(16, 10, 17)
    data = rng.integers(0, 17, size=(4000, 10))
    passed = relay(code, data, lambda a: a * (rng.random(a.shape) > 0.2), 3)
    for layers in (1, 2, 3):
        lost, expected = (passed < layers).mean(), mds_failure_probability(16, 10, 0.2, layers)
        assert abs(lost - expected) < 4 * np.sqrt(expected * (1 - expected) / 4000)


def test_relay_counts_the_layers_before_the_first_failure():
    losses = iter([0, 0, 1, 0])

    def drop(activations):
        kept = activations.copy()
        kept[0] *= 1 - next(losses)
        return kept

    assert relay(Repetition(2, 1, 5), [[3], [2]], drop, 4).tolist() == [2, 4]


def test_relay_does_not_believe_a_wrong_word():
    """A layer that changes activations instead of dropping them is noticed."""
    assert relay(Repetition(2, 1, 5), [[3]], lambda a: np.full_like(a, 1), 2).tolist() == [0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Repetition(5, 2, 7), "n_neurons must be a multiple of n_data, got 5 for 2"),
        (lambda: Repetition(2, 4, 7), "n_data must be at most n_neurons, got 4 for 2"),
        (lambda: ReedSolomon(0, 1, 7), "n_neurons must be a whole number of at least 1, got 0"),
        (lambda: ReedSolomon(4, 0, 7), "n_data must be a whole number of at least 1, got 0"),
        (lambda: ReedSolomon(4, 2, 2**61 - 1), "field must be so small that n_data field.2 is below 2.63, got 23058"),
        (lambda: ReedSolomon(4, 2, 9), "field must be a prime above n_neurons, got 9 for 4"),
        (lambda: ReedSolomon(7, 2, 7), "field must be a prime above n_neurons, got 7 for 7"),
        (lambda: CODES[0].encode([[1, 2]]), r"data must have shape \(words, 3\), got \(1, 2\)"),
        (lambda: CODES[1].encode([[1, 2, 7]]), "data must be from 0 to 6, got 7"),
        (lambda: CODES[1].encode([[1, 2, 0.5]]), "data must be whole numbers, got float64"),
        (lambda: CODES[1].decode([[1, 2, 3]]), r"activations must have shape \(words, 6\), got \(1, 3\)"),
        (lambda: CODES[2].decode([[8, 0, 0, 0, 0, 0]]), "activations must be from 0 to 7, got 8"),
        (lambda: relay(CODES[0], [[1, 2, 3]], lambda a: a, 0), "layers must be a whole number of at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_failure_of_a_random_code_by_enumeration():
    """All 2 x 3 matrices over a field of two, all masks, rank by hand: two columns that differ and are not 0."""
    failed = 0.0
    for mask in product((0, 1), repeat=3):
        for columns in product(product((0, 1), repeat=2), repeat=3):
            alive = {c for c, on in zip(columns, mask, strict=True) if on and any(c)}
            failed += (len(alive) < 2) / 64 * 0.3 ** (3 - sum(mask)) * 0.7 ** sum(mask)
    assert random_code_failure(3, 2, 0.3, 2) == pytest.approx(failed, rel=1e-12)


def test_a_random_code_over_a_large_field_is_nearly_mds():
    best = mds_failure_probability(40, 20, 0.3, 1)
    assert best < random_code_failure(40, 20, 0.3, 65_521) < best * 1.001
    assert random_code_failure(40, 20, 0.3, 2) > best * 1.2
    with pytest.raises(ValueError, match="n_data must be at most n_neurons, got 3 for 2"):
        random_code_failure(2, 3, 0.3, 7)
