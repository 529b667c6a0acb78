"""What predicts a direction: each predictor finds the effect that was planted for it, and no other."""

import numpy as np
import pytest

from polylib.explanation.predictors import RIVALS, guessed, scores
from polylib.explanation.token_tables import codes

N, PASSAGES, TOKENS = 3, 120, 25
TOLD = np.arange(PASSAGES) % 2 == 0


def drawn(seed=0, words=6):
    rng = np.random.default_rng(seed)
    return [[f"w{w}" for w in rng.zipf(1.6, size=TOKENS).clip(max=words)] for _ in range(PASSAGES)]


TEXTS = drawn()
TOKEN, PAIR = codes(TEXTS, 1), codes(TEXTS, 2)


def planted(kind, noise=0.1, seed=1):
    """Values (one kind of three directions, one layer, passages, tokens), of their own effect each."""
    rng = np.random.default_rng(seed)
    effect = {
        "token": rng.standard_normal((N, TOKEN.max() + 1))[:, TOKEN],
        "before": np.sign(rng.standard_normal((N, PAIR.max() + 1)))[:, PAIR],
        "place": np.broadcast_to(rng.standard_normal((N, 1, TOKENS)), (N, PASSAGES, TOKENS)),
        "nothing": np.zeros((N, PASSAGES, TOKENS)),
    }[kind]
    return (effect + noise * rng.standard_normal(effect.shape))[:, None]


def found(kind):
    return {what: float(x[0, 0]) for what, x in scores(planted(kind), TEXTS, TOLD, N).items()}


def test_a_tokens_effect_is_found_by_its_table_and_leaves_nothing_for_the_token_before():
    score = found("token")
    assert score["own"] > 0.95
    assert score["pairs"] > 0.95
    assert abs(score["before"]) < 0.1
    assert abs(score["place"]) < 0.1


def test_an_effect_of_pairs_is_found_by_pairs():
    score = found("before")
    assert score["pairs"] > 0.9
    assert score["before"] > 0.85
    assert score["own"] < score["pairs"] - 0.1


def test_an_effect_of_the_place_is_found_by_the_place_alone():
    score = found("place")
    assert score["place"] > 0.95
    assert max(abs(score[what]) for what in RIVALS if what != "place") < 0.2


def test_nothing_predicts_noise():
    assert max(abs(x) for x in found("nothing").values()) < 0.1


def test_a_common_token_that_is_high_is_found_by_its_frequency_of_either_sign():
    count = np.log1p(np.bincount(TOKEN[TOLD].ravel(), minlength=TOKEN.max() + 1)[TOKEN])
    values = np.stack([count, -count])[:, None]
    np.testing.assert_allclose(scores(values, TEXTS, TOLD, 2)["frequency"], 1)


def test_the_other_table_is_that_of_another_direction_of_its_kind():
    values = np.concatenate([planted("token"), planted("token", seed=2)])
    pairs = guessed(values, TEXTS, TOLD, N)
    for i, other in enumerate([2, 0, 1, 5, 3, 4]):
        np.testing.assert_array_equal(pairs["other"][1][i], pairs["own"][1][other])
    signed = scores(np.concatenate([values, -values]), TEXTS, TOLD, N)["other"]
    np.testing.assert_allclose(signed[:2], signed[2:])  # of either sign


def test_what_it_refuses():
    with pytest.raises(ValueError, match=r"values must be \(kinds x 2, layers, passages, tokens\), got shape \(3, 1,"):
        guessed(planted("token"), TEXTS, TOLD, 2)
