"""What a reader hears: one that listens gains by a true sentence, one that is deaf does not."""

from dataclasses import replace

import numpy as np
import pytest

from polylib.completions.local import CompletionError
from polylib.explanation.hearing import Subject, hearing
from polylib.explanation.records import Simulation, Split
from polylib.explanation.rules import RULES, records

TEXTS = [[str(w) for w in ("The", "cat", ",", "of", "1999", "is", "extraordinary")] for _ in range(6)]
BY_TEXT = {rule.text: rule for rule in RULES}


class Listener:
    name = "listener"

    def simulate(self, explanation, tokens):
        return Simulation(10.0 * BY_TEXT[explanation.text](tokens))


class Deaf:
    name = "deaf"

    def simulate(self, explanation, tokens):
        return Simulation(10.0 * BY_TEXT["digits and numbers"](tokens))


class Broken(Listener):
    def simulate(self, explanation, tokens):
        raise CompletionError("connection", "gone", attempts=1, seconds=0.0)


def subjects(*names):
    rules = [rule for rule in RULES if rule.name in names]
    made = [records(rule, TEXTS) for rule in rules]
    return [Subject(rule.text, Split(m[:3], m[3:]), rule) for rule, m in zip(rules, made, strict=True)]


def test_a_listener_gains_all_and_the_deaf_nothing():
    some = subjects("digits", "punctuation", "long words")
    for heard in hearing(some, Listener()):
        assert (heard.own, heard.oracle, heard.unread) == (pytest.approx(1), pytest.approx(1), 0)
        assert heard.other < 0
        assert heard.table == pytest.approx(1)
    deaf = hearing(some, Deaf())
    assert [one.own for one in deaf] == [one.other for one in deaf]


def test_the_other_sentence_is_the_next_that_differs_and_the_last_has_the_first():
    one, two = subjects("digits", "punctuation")
    asked = []

    class Noting(Listener):
        def simulate(self, explanation, tokens):
            asked.append(explanation.text)
            return super().simulate(explanation, tokens)

    hearing([one, one, two], Noting())
    assert list(dict.fromkeys(zip(asked[::3], asked[::3], strict=True)))  # every sentence thrice, a record each
    assert asked[::3] == [one.text, two.text, one.text, two.text, two.text, one.text]


def test_what_is_undefined_or_unread_is_none_and_counted():
    (only,) = subjects("digits")
    (heard,) = hearing([Subject(only.text, only.split)], Listener())
    assert (heard.oracle, heard.other) == (None, None)
    (lost,) = hearing([only], Broken())
    assert (lost.own, lost.unread) == (None, 3)
    sides = [[replace(r, values=np.zeros(7)) for r in side] for side in (only.split.explain, only.split.score)]
    silent = Subject(only.text, Split(*sides))
    assert hearing([silent], Listener())[0].own is None
