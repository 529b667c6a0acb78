"""Answers to yes or no from simulated levels: all right where words say all, half where they say nothing."""

from functools import partial
from zlib import crc32

import numpy as np
import pytest

from polylib.explanation import questions
from polylib.explanation.explainers import TokenTable
from polylib.explanation.records import Explanation, Simulation, Split
from polylib.explanation.simulators import Lookup
from polylib.explanation.yes_or_no import accuracy, mean_accuracies
from polylib.language.activation_records import ActivationRecord


def made(n=40, seed=0):
    """Stretches of letters; the value is 1 on a and 0 elsewhere, and half of the stretches have no a."""
    rng = np.random.default_rng(seed)
    found = []
    for p in range(n):
        letters = [str(x) for x in rng.choice(list("abcdefgh" if p % 2 else "bcdefgh"), 12)]
        if p % 2:
            letters[3] = "a"
        found.append(ActivationRecord(letters, np.array([float(x == "a") for x in letters]), p))
    return Split(found[: n // 2], found[n // 2 :])


class Guess:
    """Levels at random, always the same for the same tokens."""

    name = "guess"

    def simulate(self, explanation, tokens):
        return Simulation(np.random.default_rng(crc32("".join(tokens).encode())).uniform(0, 10, len(tokens)))


@pytest.mark.parametrize("ask", [questions.detection, partial(questions.fuzzing, rng=np.random.default_rng(1))])
def test_a_table_that_knows_the_token_answers_all(ask):
    assert accuracy(ask, made(), TokenTable(), Lookup()) == 1


def test_a_guess_answers_half():
    found = [accuracy(questions.detection, made(seed=seed), TokenTable(), Guess()) for seed in range(60)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)


def test_the_threshold_is_fitted_where_the_words_come_from():
    """Levels twice as high on the other side would pass a threshold that was fitted there."""
    split = made()

    class Shifted:
        name = "shifted"

        def simulate(self, explanation, tokens):
            own = list(tokens) in [r.tokens for r in split.explain]
            return Simulation(np.array([float(t == "a") + (0.0 if own else 2.0) for t in tokens]))

    assert accuracy(questions.detection, split, TokenTable(), Shifted()) == 0.5


def test_questions_with_one_answer_have_no_accuracy():
    always = Split(*([r for r in side if r.values.any()] for side in (made().explain, made().score)))
    assert accuracy(questions.detection, always, TokenTable(), Lookup()) is None
    half = Split(made().explain, always.score)
    assert accuracy(questions.detection, half, TokenTable(), Lookup()) is None


def test_means_leave_out_what_has_no_accuracy():
    split = made()
    always = Split(*([r for r in side if r.values.any()] for side in (split.explain, split.score)))
    rngs = [np.random.default_rng(s) for s in range(2)]
    assert mean_accuracies([split, always], TokenTable(), Lookup(), rngs=rngs) == (1.0, 1.0)
    alone = mean_accuracies([always], TokenTable(), Lookup(), rngs=rngs[:1])
    assert np.isnan(alone[0])
    assert alone[1] == 1.0


def test_the_words_are_those_of_the_explainer():
    class Mute:
        name = "mute"

        def explain(self, records):
            return Explanation("nothing", {}, 0.0)

    assert accuracy(questions.detection, made(), Mute(), Lookup()) == 0.5
