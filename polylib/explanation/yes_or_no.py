"""A table's answers to questions with yes or no: its levels, and a threshold that is fitted where it was filled."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from polylib.explanation.explainers import Explainer
from polylib.explanation.questions import (
    BalancedAccuracy,
    Question,
    balanced_accuracy,
    detection,
    evidence,
    fuzzing,
    threshold,
)
from polylib.explanation.records import Split
from polylib.explanation.simulators import Simulator
from polylib.language.activation_records import ActivationRecord

Ask = Callable[[Sequence[ActivationRecord], float], list[Question]]


def accuracy(ask: Ask, split: Split, explainer: Explainer, simulator: Simulator) -> float | None:
    """Balanced accuracy on the score records of a split, 1/2 for who knows nothing.

    `ask` makes the questions from records and their largest value, as `questions.detection` does. The explanation and
    the threshold from which the answer is yes come from the explain records. None where the questions about one of the
    two sides do not have both answers.
    """
    explanation = explainer.explain(split.explain)
    asked, found = [], []
    for side in (split.explain, split.score):
        asked.append(ask(side, split.top))
        levels = [simulator.simulate(explanation, r.tokens).expected for r in side]
        found.append(evidence(asked[-1], levels))
    answers = [question.answer for question in asked[0]]
    if len({*answers}) < 2:
        return None
    cut = threshold(found[0], answers)
    score = balanced_accuracy(asked[1], [bool(x >= cut) for x in found[1]])
    return score.value if isinstance(score, BalancedAccuracy) else None


def mean_accuracies(
    splits: Sequence[Split], explainer: Explainer, simulator: Simulator, *, rngs: Sequence[np.random.Generator]
) -> tuple[float, float]:
    """Mean accuracies of detection and of fuzzing over splits, those left out that have none; nan if none has.

    `rngs` draw what is marked, one a split.
    """
    found = np.full((2, len(splits)), np.nan)
    for i, (split, rng) in enumerate(zip(splits, rngs, strict=True)):
        for q, ask in enumerate((detection, partial(fuzzing, rng=rng))):
            value = accuracy(ask, split, explainer, simulator)
            found[q, i] = np.nan if value is None else value
    known = np.isfinite(found)
    return tuple(float(row[k].mean()) if k.any() else float("nan") for row, k in zip(found, known, strict=True))
