"""Questions with yes or no about an explanation: does the neuron fire in this text, and on these tokens?

The first is called detection, the second fuzzing. They are coarser than a simulation, and more models can answer them:
{cite:t}`paulo2024` let a language model do so. Simulated levels and a threshold answer them, too, without a model. The
score is the balanced accuracy: one half for whoever knows nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from polylib import validate
from polylib.completions.local import Completer, CompletionError
from polylib.completions.many import tried
from polylib.explanation.records import Explanation, MalformedAnswerError, levels
from polylib.explanation.scores import LEVEL, Undefined
from polylib.language.activation_records import ActivationRecord


@dataclass(frozen=True)
class Question:
    """A record, which of its tokens are marked (none: the whole text is meant), and the right answer."""

    record: int
    tokens: list[str]
    marked: tuple[int, ...]
    answer: bool


@dataclass(frozen=True)
class BalancedAccuracy:
    """Mean of the shares of right answers among the questions to be answered by yes, and by no."""

    value: float
    interval: tuple[float, float]
    """95 %: Wilson's for each share, joined by the squares of their arms; takes questions to be independent"""
    n_yes: int
    n_no: int
    unanswered: int
    """not counted in either share"""


def detection(records: Sequence[ActivationRecord], top: float, *, cut: int = 5) -> list[Question]:
    """Does the neuron fire in this text, with a level of at least `cut`, 10 being `top`?"""
    return [Question(i, r.tokens, (), bool(_fires(r, top, cut).any())) for i, r in enumerate(records)]


def fuzzing(
    records: Sequence[ActivationRecord], top: float, *, cut: int = 5, rng: np.random.Generator
) -> list[Question]:
    """Are the marked tokens those that it fires on? One question for each record where some fire: half of them, at
    random, mark these tokens, and the others as many of level 0.

    A record is asked about once, for two questions about one record would not be independent. Records with too few
    tokens of level 0 ask nothing.
    """
    validate.generator("rng", rng)
    marks = []
    for i, r in enumerate(records):
        fires, silent = np.flatnonzero(_fires(r, top, cut)), np.flatnonzero(levels(r.values, top) == 0)
        if 0 < len(fires) <= len(silent):
            marks.append((i, fires, np.sort(rng.choice(silent, len(fires), replace=False))))
    right = rng.permutation(len(marks)) < (len(marks) + 1) // 2
    return [
        Question(i, records[i].tokens, tuple((fires if yes else others).tolist()), bool(yes))
        for (i, fires, others), yes in zip(marks, right, strict=True)
    ]


def evidence(questions: Sequence[Question], simulated: Sequence[NDArray]) -> NDArray[np.float64]:
    """What simulated levels, one array a record, say to each question: the higher, the more it is a yes.

    For a text its highest level; for marked tokens their mean level less that of the others.
    """
    return np.array([_evidence(q, np.asarray(simulated[q.record], dtype=np.float64)) for q in questions])


def threshold(found: NDArray, answers: Sequence[bool]) -> float:
    """The evidence from which to answer yes, with the highest balanced accuracy on these questions.

    To be fitted on explain records. Raises ValueError if all answers are the same.
    """
    x, yes = validate.real("found", found), np.asarray(answers, dtype=bool)
    if yes.all() or not yes.any():
        raise ValueError(f"answers must hold both yes and no, got {len(yes)} alike")
    edges = np.unique(x)
    candidates = np.concatenate(([edges[0]], (edges[1:] + edges[:-1]) / 2, [np.inf]))
    scores = [(x[yes] >= t).mean() + (x[~yes] < t).mean() for t in candidates]
    return float(candidates[int(np.argmax(scores))])


def ask(
    completer: Completer, explanation: Explanation, questions: Sequence[Question], *, at_once: int = 1
) -> list[bool | CompletionError]:
    """A language model's answers from the words alone; what is neither yes nor no is a CompletionError, as an entry."""
    return tried(partial(_ask, completer, explanation), questions, at_once=at_once)


def balanced_accuracy(
    questions: Sequence[Question], answers: Sequence[bool | np.bool_ | CompletionError]
) -> BalancedAccuracy | Undefined:
    """Score of answers, in order. Undefined unless questions of both kinds were answered."""
    if len(questions) != len(answers):
        raise ValueError(f"answers must be one a question, got {len(answers)} for {len(questions)}")
    known = [(q.answer, bool(a)) for q, a in zip(questions, answers, strict=True) if not isinstance(a, CompletionError)]
    kinds = [[said == right for right, said in known if right == kind] for kind in (True, False)]
    if not all(kinds):
        return Undefined(f"no answered question whose answer is {'no' if kinds[0] else 'yes'}")
    shares = [float(np.mean(kind)) for kind in kinds]
    ends = [stats.binomtest(sum(kind), len(kind)).proportion_ci(LEVEL, method="wilson") for kind in kinds]
    value = sum(shares) / 2
    below, above = (float(np.hypot(*(s - e[k] for s, e in zip(shares, ends, strict=True)))) / 2 for k in (0, 1))
    interval = (value - below, value + above)
    return BalancedAccuracy(value, interval, len(kinds[0]), len(kinds[1]), len(questions) - len(known))


_TASK = (
    "You are told what a neuron of a neural network looks for, and a text. Answer with one word, yes or no: does the "
    "neuron fire {where}?"
)


def _ask(completer: Completer, explanation: Explanation, question: Question) -> bool:
    where = "on all the words between << and >>" if question.marked else "anywhere in the text"
    text = "".join(f"<<{t}>>" if i in question.marked else t for i, t in enumerate(question.tokens))
    messages = [
        {"role": "system", "content": _TASK.format(where=where)},
        {"role": "user", "content": f"It looks for: {explanation.text}\nText: {text}"},
    ]
    answer = completer.complete(messages, max_tokens=4)
    word = "".join(c if c.isalpha() else " " for c in answer.text.lower()).split()[:1]
    if word not in (["yes"], ["no"]):
        raise MalformedAnswerError(f"neither yes nor no, but {answer.text[:40]!r}", answer)
    return word == ["yes"]


def _fires(record: ActivationRecord, top: float, cut: int) -> NDArray[np.bool_]:
    return levels(record.values, top) >= validate.integer("cut", cut)


def _evidence(question: Question, level: NDArray[np.float64]) -> float:
    if not question.marked:
        return float(level.max())
    marked = np.isin(np.arange(len(level)), question.marked)
    return float(level[marked].mean() - level[~marked].mean())
