"""What a reader of sentences hears: what it scores with a true sentence, and with another, on the same stretches."""

from collections.abc import Sequence
from dataclasses import dataclass

from polylib.explanation.explainers import TokenTable
from polylib.explanation.records import Explanation, Split
from polylib.explanation.rules import Rule
from polylib.explanation.run import explain_and_score, score
from polylib.explanation.scores import Score, Undefined
from polylib.explanation.simulators import Lookup, Oracle, Simulator


@dataclass(frozen=True)
class Subject:
    """Something to read about: a sentence, stretches to read and score, and the rule that knows, if there is one."""

    text: str
    split: Split
    rule: Rule | None = None


@dataclass(frozen=True)
class Heard:
    """Correlations of values with what is made of them; None where a correlation is undefined."""

    text: str
    oracle: float | None
    """by the rule itself: how much there was to hear"""
    own: float | None
    """by the reader, told the subject's sentence"""
    other: float | None
    """by the reader, told the sentence of the next subject that has another one"""
    table: float | None
    """by a table of tokens from the stretches for explaining, without a sentence"""
    unread: int
    """stretches that the reader gave no levels for"""


def hearing(subjects: Sequence[Subject], reader: Simulator) -> list[Heard]:
    """What a reader hears in the sentence of each subject, and in that of the next: what it gains is what it hears."""
    found = []
    for i, subject in enumerate(subjects):
        others = [s.text for s in (*subjects[i + 1 :], *subjects[:i]) if s.text != subject.text]
        told = [_told(subject.split, text, reader) for text in (subject.text, *others[:1])]
        scores = [score for score, _ in told] + [None] * (2 - len(told))
        oracle = subject.rule and _told(subject.split, subject.rule.text, Oracle(subject.rule))[0]
        table = _value(explain_and_score(subject.split, TokenTable(), Lookup()).correlation)
        found.append(Heard(subject.text, oracle, *scores, table, sum(unread for _, unread in told)))
    return found


def _told(split: Split, text: str, reader: Simulator) -> tuple[float | None, int]:
    result = score(split, Explanation(text), reader)
    return _value(result.correlation), len(result.failures)


def _value(found: Score | Undefined) -> float | None:
    return found.value if isinstance(found, Score) else None
