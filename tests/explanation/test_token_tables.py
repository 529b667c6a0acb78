"""Tables for many directions at once: an independent algorithm, planted effects, closed forms, and what is refused."""

import inspect

import numpy as np
import pytest

from polylib import explanation as ex
from polylib.explanation.run import both_ends
from polylib.explanation.token_tables import codes, correlations, guesses
from polylib.language.activation_records import ActivationRecord

TEXTS = [["a", "b", "a", "c"], ["b", "b", "c", "a"], ["a", "c", "c", "d"]]
TOLD = np.array([True, True, False])


def drawn(n_passages=40, n_tokens=30, n_words=12, seed=0):
    rng = np.random.default_rng(seed)
    return [[str(w) for w in rng.integers(n_words, size=n_tokens)] for _ in range(n_passages)]


def by_hand(values, texts, told, prior):
    """One token at a time, with lists."""
    found = np.zeros_like(values)
    everything = [values[p, i] for p in np.flatnonzero(told) for i in range(values.shape[1])]
    mean = np.mean(everything)
    for p, text in enumerate(texts):
        for i, token in enumerate(text):
            like = [
                values[q, j]
                for q in np.flatnonzero(told)
                for j in range(len(text))
                if texts[q][j] == token and (q, j) != (p, i)
            ]
            weight = len(like) + prior
            found[p, i] = (sum(like) + prior * mean) / weight if like else mean
    return found


@pytest.mark.parametrize("n", [1, 2, 3])
def test_equal_codes_are_equal_tokens(n):
    texts = drawn(6, 9, 3)
    code = codes(texts, n)
    grams = {(p, i): tuple(([""] * n + t)[i + 1 : i + n + 1]) for p, t in enumerate(texts) for i in range(9)}
    for a, x in grams.items():
        assert all((code[a] == code[b]) == (x == y) for b, y in grams.items())


@pytest.mark.parametrize("prior", [0.0, 1.5])
def test_guesses_are_those_of_a_loop_over_tokens(prior):
    texts = drawn(8, 10, 5, seed=1)
    values = np.random.default_rng(2).standard_normal((3, 8, 10))
    told = np.arange(8) % 2 == 0
    found = guesses(values, codes(texts), told, prior=prior)
    for x, guess in zip(values, found, strict=True):
        np.testing.assert_allclose(guess, by_hand(x, texts, told, prior), atol=1e-12)


def test_a_table_follows_both_ends_of_levels():
    """Levels are cut off below 0 and rounded down; the difference of two tables of them is nearly a table of values."""
    texts, told = drawn(seed=3), np.arange(40) < 20
    rng = np.random.default_rng(4)
    effect = rng.standard_normal(12)
    values = np.array([[effect[int(t)] for t in text] for text in texts]) + rng.standard_normal((40, 30))
    made = [ActivationRecord(t, x, p) for p, (t, x) in enumerate(zip(texts, values, strict=True))]
    split = ex.Split(made[:20], made[20:])
    ends = [ex.explain_and_score(s, ex.TokenTable(), ex.Lookup()) for s in (split, split.flipped())]
    both = both_ends(*ends)
    one = correlations(values[~told], guesses(values, codes(texts), told)[~told])
    assert isinstance(both, ex.Score)
    assert float(one) == pytest.approx(both.value, abs=0.02)


@pytest.mark.parametrize("share", [0.0, 0.8])
def test_the_score_of_a_planted_effect_is_the_root_of_its_share(share):
    texts, told = drawn(200, 60, 10, seed=5), np.arange(200) < 100
    rng = np.random.default_rng(6)
    effect = rng.standard_normal((50, 10))
    effect = (effect - effect.mean(1, keepdims=True)) / effect.std(1, keepdims=True)
    words = np.array(texts).astype(int)
    values = np.sqrt(share) * effect[:, words] + np.sqrt(1 - share) * rng.standard_normal((50, 200, 60))
    found = correlations(values[:, ~told], guesses(values, codes(texts), told)[:, ~told])
    assert found.mean() == pytest.approx(np.sqrt(share), abs=0.01)


def test_what_the_token_before_adds_is_found_only_where_it_is_planted():
    """The second table is filled with what the first leaves; in-sample means would leave nothing of rare tokens."""
    texts, told = drawn(100, 60, 10, seed=7), np.arange(100) < 50
    rng = np.random.default_rng(8)
    words = np.array(texts).astype(int)
    before = np.roll(words, 1, axis=1)
    own, other = rng.standard_normal((2, 30, 10))
    noise = rng.standard_normal((30, 100, 60))
    gains = []
    for values in (own[:, words] + noise, own[:, words] + other[:, before] + noise):
        left = values - guesses(values, codes(texts), told)
        pairs = guesses(left, codes(texts, 2), told, prior=1.0)
        gains.append(correlations(left[:, ~told], pairs[:, ~told]))
    assert abs(gains[0].mean()) < 4 * gains[0].std(ddof=1) / np.sqrt(30) + 0.01
    assert gains[1].min() > 0.2


def test_a_told_token_met_once_is_guessed_by_the_mean_of_all():
    values = np.array([[1.0, 2, 3, 10], [2, 2, 4, 0], [0, 0, 0, 0]])
    found = guesses(values, codes(TEXTS), TOLD)
    assert found[2, 3] == values[:2].mean()  # "d" is not met
    assert found[2, 0] == pytest.approx((1 + 3 + 0) / 3)
    assert found[0, 0] == pytest.approx((3 + 0) / 2)


def test_a_constant_has_no_correlation():
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    constant = x.copy()
    constant[1] = 7.1
    assert np.isnan(correlations(x, constant)).tolist() == [False, True]
    np.testing.assert_allclose(correlations(x, -2 * x + 1), -1)
    assert float(correlations(x[0], x[1])) == pytest.approx(np.corrcoef(x[0].ravel(), x[1].ravel())[0, 1])


def test_bad_arguments_are_refused():
    plain, code = inspect.unwrap(guesses), codes(TEXTS)
    values = np.zeros((3, 4))
    with pytest.raises(ValueError, match=r"texts must hold equally many tokens, got \[1, 2\]"):
        codes([["a"], ["a", "b"]])
    with pytest.raises(ValueError, match="n must be a whole number of at least 1, got 0"):
        codes(TEXTS, 0)
    with pytest.raises(ValueError, match=r"code must have the shape of values' last two axes, got \(3, 4\)"):
        plain(np.zeros((4, 3)), code, TOLD)
    with pytest.raises(ValueError, match="told must hold a truth value for each of 3 passages"):
        plain(values, code, np.array([1, 0, 0]))
    with pytest.raises(ValueError, match="told must hold at least two tokens and leave some out, got 3 of 3"):
        plain(values, code, np.ones(3, dtype=bool))
    with pytest.raises(ValueError, match="prior must be at least 0, got -1"):
        plain(values, code, TOLD, prior=-1.0)
    with pytest.raises(ValueError, match="truth and guess must have one shape"):
        inspect.unwrap(correlations)(values, values[:2])
