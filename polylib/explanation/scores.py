"""Scores of an explanation: how well values simulated from words follow the true ones, with an interval or a reason.

All take one array a record, `truth` and `simulated`, and put the tokens of all records together, as Bills et al. (2023)
do: a mean of each record's own score would be another quantity. A score that is not defined is `Undefined`, with its
reason: never 0, and never a NaN in a mean.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from polylib import validate

LEVEL = 0.95
Values = Sequence[NDArray]


@dataclass(frozen=True)
class Score:
    """A score and its 95 % interval."""

    value: float
    interval: tuple[float, float]
    over: Literal["tokens", "records", "none"]
    """what the interval takes to be independent draws: tokens, which they are not, so that it is too narrow; or
    records. "none" is a score without an interval: it is (-inf, inf)"""
    n: int
    """tokens"""


@dataclass(frozen=True)
class Undefined:
    """No score, and why."""

    reason: str


@dataclass(frozen=True)
class MeanScore:
    """Mean of the scores that are defined, and how many are not."""

    value: float
    interval: tuple[float, float]
    """95 %, by Student's t over the scores, such as those of different directions; infinite for a single score"""
    n: int
    undefined: int
    reasons: dict[str, int]
    """of the undefined ones"""


def correlation(
    truth: Values, simulated: Values, *, rng: np.random.Generator | None = None, n_draws: int = 1000
) -> Score | Undefined:
    """Pearson correlation over the tokens of all records.

    Without `rng` the interval is Fisher's, which takes tokens to be independent; along a passage they are not, so it is
    too narrow. With `rng` records are drawn again, `n_draws` times with replacement (percentile bootstrap): that takes
    records alone to be independent, but with ten or fewer its coverage stays below 95 %, too. Draws on which the
    correlation is undefined are left out; if they are more than a tenth, or if there is one record, it is (-1, 1).
    """
    x, y = _together(truth, simulated)
    reason = _constant("truth", x) or _constant("simulation", y)
    if reason:
        return Undefined(reason)
    r = float(np.corrcoef(x, y)[0, 1])
    if rng is None:
        low, high = map(float, stats.pearsonr(x, y).confidence_interval(LEVEL))
        return Score(r, (low, high), "tokens", len(x))
    return Score(r, _bootstrap(truth, simulated, rng, validate.integer("n_draws", n_draws)), "records", len(x))


def explained_variance(
    truth: Values, simulated: Values, *, about: Literal["mean", "zero"] = "mean"
) -> Score | Undefined:
    """1 less the mean squared error over the mean square of the truth, about its mean or, as neuron_explainer, about 0.

    At most 1; negative if the mean, or 0, were the better guess. It needs simulations in units of the values.
    """
    x, y = _together(truth, simulated)
    validate.one_of("about", about, ("mean", "zero"))
    reason = _constant("truth", x) if about == "mean" else _zero(x)
    if reason:
        return Undefined(reason)
    centre = x.mean() if about == "mean" else 0.0
    return _point(1 - np.mean(np.square(x - y)) / np.mean(np.square(x - centre)), len(x))


def absolute_deviation(truth: Values, simulated: Values) -> Score | Undefined:
    """1 less the mean absolute error over the mean absolute value of the truth; the same remarks."""
    x, y = _together(truth, simulated)
    reason = _zero(x)
    return Undefined(reason) if reason else _point(1 - np.mean(np.abs(x - y)) / np.mean(np.abs(x)), len(x))


def mean_score(scores: Sequence[Score | Undefined]) -> MeanScore | Undefined:
    """Mean over scores that are independent draws, such as those of random directions; undefined ones are counted."""
    values = np.array([s.value for s in scores if isinstance(s, Score)])
    reasons = Counter(s.reason for s in scores if isinstance(s, Undefined))
    if not len(values):
        return Undefined(f"none of {len(scores)} scores is defined")
    half = np.inf
    if len(values) > 1:  # not scipy's ttest_1samp, which warns where the scores are all the same
        half = stats.t.ppf(0.5 + LEVEL / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    mean = float(values.mean())
    return MeanScore(mean, (float(mean - half), float(mean + half)), len(values), reasons.total(), dict(reasons))


def _together(truth: Values, simulated: Values) -> tuple[NDArray, NDArray]:
    parts = [[validate.real(n, r) for r in rs] for n, rs in (("truth", truth), ("simulated", simulated))]
    shapes = [[r.shape for r in part] for part in parts]
    if shapes[0] != shapes[1] or any(len(shape) != 1 for shape in shapes[0]):
        raise ValueError(f"truth and simulated must hold one value a token, got shapes {shapes[0]} and {shapes[1]}")
    return tuple(np.concatenate(part) if part else np.zeros(0) for part in parts)


def _constant(what: str, x: NDArray) -> str:
    if x.size < 2:
        return "fewer than two tokens"
    return f"the {what} is constant" if np.ptp(x) <= 1e-12 * np.abs(x).max() else ""


def _zero(x: NDArray) -> str:
    return "" if np.any(x != 0) else "the truth is 0 everywhere" if x.size else "no tokens"


def _point(value: float, n: int) -> Score:
    return Score(float(value), (-np.inf, np.inf), "none", n)


def _bootstrap(truth: Values, simulated: Values, rng: np.random.Generator, n_draws: int) -> tuple[float, float]:
    """Sums of products a record are enough: a draw is a product of counts with them."""
    validate.generator("rng", rng)
    x, y = _together(truth, simulated)
    ends = np.cumsum([len(r) for r in truth])[:-1]
    x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    sums = np.array([[len(a), a.sum(), b.sum(), a @ a, b @ b, a @ b] for a, b in _pairs(x, y, ends)])
    if len(sums) < 2:
        return -1.0, 1.0
    counts = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=n_draws)
    n, sx, sy, xx, yy, xy = (counts @ sums).T
    vx, vy = xx / n - (sx / n) ** 2, yy / n - (sy / n) ** 2
    fine = (vx > 1e-12) & (vy > 1e-12)
    if fine.mean() < 0.9:
        return -1.0, 1.0
    r = ((xy / n - sx * sy / n**2)[fine] / np.sqrt(vx[fine] * vy[fine])).clip(-1, 1)
    low, high = np.quantile(r, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return float(low), float(high)


def _pairs(x: NDArray, y: NDArray, ends: NDArray) -> list[tuple[NDArray, NDArray]]:
    return [(a, b) for a, b in zip(np.split(x, ends), np.split(y, ends), strict=True) if len(a)]
