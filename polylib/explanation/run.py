"""One direction from records to score: explain, simulate other records from the words alone, compare."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from polylib import validate
from polylib.completions.local import CompletionError
from polylib.completions.many import tried
from polylib.explanation import calibration as calibrations
from polylib.explanation import scores
from polylib.explanation.calibration import Calibration
from polylib.explanation.explainers import Explainer
from polylib.explanation.records import Explanation, Simulation, Split
from polylib.explanation.scores import Score, Undefined
from polylib.explanation.simulators import Simulator
from polylib.language.activation_records import ActivationRecord


@dataclass(frozen=True)
class Failure:
    """Something that got no answer."""

    stage: Literal["explain", "calibrate", "score"]
    record: int | None
    """place among the records of that stage"""
    error: CompletionError


@dataclass(frozen=True, eq=False)
class Result:
    """One direction, explained and scored."""

    split: Split
    explanation: Explanation | None
    """None if the explainer failed"""
    simulations: list[Simulation | None]
    """of the score records, levels; None where the simulator failed"""
    calibration: Calibration | None
    """from levels to values; None if it had nothing to be fitted on"""
    correlation: Score | Undefined
    """of simulated levels with values, over the score records that were simulated"""
    explained_variance: Score | Undefined
    """of calibrated simulations, about the mean"""
    absolute_deviation: Score | Undefined
    failures: list[Failure]
    prompt_tokens: int
    """of explainer and simulators together"""
    completion_tokens: int
    seconds: float
    """of explainer and simulators, one after the other; a cached answer counts what it once took"""

    @property
    def values(self) -> list[NDArray[np.float64] | None]:
        """Simulated values, in units of activity; None where there are none."""
        f = self.calibration
        return [None if s is None or f is None else f(s.expected) for s in self.simulations]


def explain_and_score(
    split: Split,
    explainer: Explainer,
    simulator: Simulator,
    *,
    calibration: calibrations.Kind = "scale",
    rng: np.random.Generator | None = None,
    at_once: int = 1,
) -> Result:
    """Explain the explain records, and score the words on the score records; arguments as in `score`."""
    try:
        explanation = explainer.explain(split.explain)
    except CompletionError as error:
        return _unexplained(split, error)
    found = score(split, explanation, simulator, calibration=calibration, rng=rng, at_once=at_once)
    return replace(
        found,
        prompt_tokens=found.prompt_tokens + explanation.prompt_tokens,
        completion_tokens=found.completion_tokens + explanation.completion_tokens,
        seconds=found.seconds + explanation.seconds,
    )


def score(
    split: Split,
    explanation: Explanation,
    simulator: Simulator,
    *,
    calibration: calibrations.Kind = "scale",
    rng: np.random.Generator | None = None,
    at_once: int = 1,
) -> Result:
    """How well a given explanation, such as another direction's, predicts the score records of a split.

    "linear" and "percentile" calibrations simulate the explain records, too, and are fitted there. `rng` draws the
    bootstrap of the correlation over records; without it the interval takes tokens to be independent. `at_once` records
    are simulated at a time, which pays for a server alone. Raises ValueError for another kind of calibration.
    """
    validate.one_of("calibration", calibration, calibrations.KINDS)
    fitted_on = split.explain if calibration in calibrations.FITTED else []
    first, found = (
        tried(partial(simulator.simulate, explanation), [r.tokens for r in part], at_once=at_once)
        for part in (fitted_on, split.score)
    )
    made, simulations = ([s if isinstance(s, Simulation) else None for s in part] for part in (first, found))
    failures = [
        Failure(stage, i, s)
        for stage, part in (("calibrate", first), ("score", found))
        for i, s in enumerate(part)
        if isinstance(s, CompletionError)
    ]
    f = _calibration(calibration, split, made)
    return Result(
        split,
        explanation,
        simulations,
        f,
        *_scores(split.score, simulations, f, rng),
        failures,
        *_cost([s for s in made + simulations if s is not None], [failure.error for failure in failures]),
    )


def both_ends(up: Result, down: Result, *, rng: np.random.Generator | None = None) -> Score | Undefined:
    """Correlation of a direction's values, of both signs, with what the explanations of its two ends say together.

    The simulated value is that of the one end less that of the other, so both must be calibrated to values: "identity"
    will not do. Raises ValueError if it was used, or if `down` was not scored on the records of `up` flipped (see
    `Split.flipped`).
    """
    pairs = list(zip(up.split.score, down.split.score, strict=False))
    same = len(up.split.score) == len(down.split.score) and all(
        a.tokens == b.tokens and np.array_equal(a.values, -b.values) for a, b in pairs
    )
    if any(r.calibration is not None and r.calibration.kind == "identity" for r in (up, down)):
        raise ValueError('up and down must be calibrated to values, got levels as they are, by "identity"')
    if not same:
        raise ValueError("down must be scored on the records of up with their values negated, got others")
    ends = [(r.values, a, b) for (r, _), a, b in zip(pairs, up.values, down.values, strict=True)]
    known = [(truth, a - b) for truth, a, b in ends if a is not None and b is not None]
    if not known:
        return Undefined("no record was simulated from both ends")
    return scores.correlation(*map(list, zip(*known, strict=True)), rng=rng)


def _calibration(kind: calibrations.Kind, split: Split, made: list[Simulation | None]) -> Calibration | None:
    if kind == "identity":
        return Calibration("identity")
    if kind == "scale":
        return calibrations.scale(split.top)
    known = [(s.expected, r.values) for s, r in zip(made, split.explain, strict=True) if s is not None]
    if not known:
        return None
    return calibrations.fit(kind, *(np.concatenate(part) for part in zip(*known, strict=True)))


def _scores(
    records: list[ActivationRecord],
    simulations: list[Simulation | None],
    f: Calibration | None,
    rng: np.random.Generator | None,
) -> tuple[Score | Undefined, ...]:
    known = [(r.values, s.expected) for r, s in zip(records, simulations, strict=True) if s is not None]
    if not known:
        return (Undefined("no score record was simulated"),) * 3
    truth, expected = map(list, zip(*known, strict=True))
    follows = scores.correlation(truth, expected, rng=rng)
    if f is None:
        return follows, *(Undefined("no record to calibrate on was simulated"),) * 2
    values = [f(x) for x in expected]
    return follows, scores.explained_variance(truth, values), scores.absolute_deviation(truth, values)


def _unexplained(split: Split, error: CompletionError) -> Result:
    none = Undefined("the explainer failed")
    simulations = [None] * len(split.score)
    failures = [Failure("explain", None, error)]
    return Result(split, None, simulations, None, none, none, none, failures, *_cost([], [error]))


def _cost(done: list[Simulation], failed: list[CompletionError]) -> tuple[int, int, float]:
    """Tokens and seconds of what succeeded and what did not: a malformed answer was written and read, too."""
    paid = [*done, *failed]
    tokens = sum(p.prompt_tokens for p in paid), sum(p.completion_tokens for p in paid)
    return *tokens, float(sum(p.seconds for p in paid))
