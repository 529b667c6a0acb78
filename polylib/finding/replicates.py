"""Intervals over replicates, whose only home this is: means and their differences, shares, rank correlations.

What was repeated, such as networks or passages, makes an interval; what was measured once does not. Replicates that are
copies of one another are refused, since an interval over copies is too short.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from polylib import validate

Values = NDArray[np.float64]
LEAST_FOR_BOOTSTRAP = 10
SAME = 1e-12
"""what differs by less, relative to its size, differs by rounding"""


class FindingError(ValueError):
    """A sentence about what was measured that its measurements cannot carry."""


class Interval(NamedTuple):
    """An estimate with its two-sided interval, in the unit of the values.

    n: number of replicates, of the smaller group where there are two. how: what was done, in words.
    """

    estimate: float
    low: float
    high: float
    n: int
    how: str


def replicates(name: str, values: ArrayLike, *, counts: bool = False) -> Values:
    """`values` of shape (n,), checked: finite, at least 2, and neither all the same nor one block again and again.

    counts: the same whole number everywhere is no sign of copies, and allowed. Raises FindingError that names `name`,
    the rule and what was found.
    """
    try:
        found = validate.real(name, values)
    except ValueError as error:
        raise FindingError(str(error)) from None
    if found.ndim == 0:
        raise FindingError(f"{name} must be replicates, since one number has no interval, got {found:g}")
    if found.ndim != 1 or len(found) < 2:
        raise FindingError(f"{name} must be a line of at least 2 replicates, got shape {found.shape}")
    if not (counts and (found == found.round()).all()):
        refuse_copies(name, found)
    return found.copy()


def refuse_copies(name: str, values: Values) -> None:
    """Refuse replicates that are all the same, or a block of 3 or more different ones that comes again and again."""
    if np.ptp(values) <= SAME * np.abs(values).max():
        raise FindingError(f"{name} must differ from replicate to replicate, got {len(values)} times {values[0]:g}")
    n = len(values)
    for size in range(3, n // 2 + 1):
        if n % size == 0 and len(np.unique(values)) in range(3, size + 1):
            blocks = values.reshape(-1, size), values.reshape(size, -1).T  # one after the other, or each value at once
            if any((block == block[0]).all() for block in blocks):
                raise FindingError(f"{name} must not be copies of one another, got {size} values {n // size} times")


def mean(values: ArrayLike, than: ArrayLike, level: float, *, paired: bool = True, how: str = "t") -> Interval:
    """The mean of `values` less that of `than`: a number or an array of replicates, with an interval of this level.

    values: shape (n,). than: a number, or shape (n,) if `paired`, else (m,). how: "t" (of Student, for two groups that
    are not paired of Welch 1947, doi 10.1093/biomet/34.1-2.28) or "bootstrap" (BCa, Efron 1987, doi
    10.1080/01621459.1987.10478410), which needs at least 10 replicates: with fewer it is far too short.
    Raises FindingError for what carries no interval.
    """
    if how not in ("t", "bootstrap"):
        raise FindingError(f"how must be t or bootstrap, got {how!r}")
    samples = _samples(values, than, paired)
    n = min(map(len, samples))
    estimate = float(samples[0].mean() - (samples[1].mean() if len(samples) == 2 else 0))
    if how == "bootstrap":
        low, high = _bootstrap(samples, level)
        words = "bootstrap (BCa)"
    else:
        test = stats.ttest_ind(*samples, equal_var=False) if len(samples) == 2 else stats.ttest_1samp(samples[0], 0.0)
        low, high = test.confidence_interval(level)
        words = "Welch's t" if len(samples) == 2 else "Student's t"
    kind = "" if np.ndim(than) == 0 else ", paired" if paired else ", two groups"
    return Interval(estimate, float(low), float(high), n, words + kind)


def correlation(values: ArrayLike, than: ArrayLike, level: float) -> Interval:
    """The mean of correlations, (n,) replicates, less a number, with an interval that stays between -1 and 1.

    Mean and Student's t are taken of Fisher's z, the arctanh, and go back by tanh. Raises FindingError as `mean` does,
    and for correlations of 1 or -1, whose z is infinite.
    """
    found = replicates("values", values)
    if np.ndim(than) or np.abs(found).max() >= 1:
        raise FindingError(f"values must lie between -1 and 1, and than be a number, got {found} and {than}")
    z = np.arctanh(found)
    ends = stats.ttest_1samp(z, 0.0).confidence_interval(level)
    middle, low, high = np.tanh([z.mean(), *ends]) - than
    return Interval(float(middle), float(low), float(high), len(found), "Student's t of Fisher's z")


def _samples(values: ArrayLike, than: ArrayLike, paired: bool) -> list[Values]:
    """The one sample whose mean is asked for, or the two."""
    if np.ndim(than) == 0:
        try:
            return [replicates("values", values) - validate.scalar("than", validate.real("than", than))]
        except ValueError as error:
            raise FindingError(str(error)) from None
    first, second = replicates("values", values, counts=paired), replicates("than", than, counts=paired)
    if len(first) == len(second) and (first == second).all():
        raise FindingError("values and than must be measured apart, got the same values twice")
    if not paired:
        return [first, second]
    if len(first) != len(second):
        rule = "must have as many replicates as values where they are paired (if they are not, say paired=False)"
        raise FindingError(f"than {rule}, got {len(second)} and {len(first)}")
    spread = np.ptp(first - second)
    if spread <= SAME * max(np.abs(first).max(), np.abs(second).max()):
        raise FindingError(
            f"values must not be than moved, got the same difference {first[0] - second[0]:g} everywhere"
        )
    return [first - second]


def _bootstrap(samples: list[Values], level: float) -> tuple[float, float]:
    if min(map(len, samples)) < LEAST_FOR_BOOTSTRAP:
        rule = f"of at least {LEAST_FOR_BOOTSTRAP} replicates (with fewer use t)"
        raise FindingError(f"a bootstrap must be {rule}, got {min(map(len, samples))}")

    def statistic(*groups: Values, axis: int = -1) -> ArrayLike:
        return groups[0].mean(axis) - (groups[1].mean(axis) if len(groups) == 2 else 0)

    resamples = max(9_999, round(200 / (1 - level)))  # a hundred of them beyond each end
    found = stats.bootstrap(
        samples,
        statistic,
        confidence_level=level,
        n_resamples=resamples,
        batch=2_000,
        vectorized=True,
        random_state=np.random.default_rng(0),
    )
    low, high = found.confidence_interval
    if not low < high:  # nan, where nearly all replicates are the same
        raise FindingError(f"a bootstrap must find how the mean varies (with so many equal values use t), got {low}")
    return low, high


def share(k: int, n: int, level: float) -> Interval:
    """The share k / n of independent cases, with the exact interval of Clopper and Pearson (doi 10.2307/2331986)."""
    try:
        n = validate.integer("n", n, 2)
        if validate.integer("k", k, 0) > n:
            raise FindingError(f"k must be at most n, got {k} of {n}")
    except ValueError as error:
        raise FindingError(str(error)) from None
    low, high = stats.binomtest(int(k), n).proportion_ci(level, method="exact")
    return Interval(k / n, float(low), float(high), n, "Clopper and Pearson's, exact")


def rank_correlation(x: ArrayLike, y: ArrayLike, level: float, *, given: ArrayLike | None = None) -> Interval:
    """Spearman's rank correlation of x and y, partial if `given` is: what is left of it where `given` is held fixed.

    x, y: shape (n,). given: shape (n,) or (n, g). The interval is Fisher's, with the variance of Bonett and Wright
    2000 (doi 10.1007/BF02294183) for ranks; a correlation of 1 is taken as the next smaller one without ties, since
    Fisher's would have no width. Needs n of at least 4 + g. Raises FindingError for what carries no interval.
    """
    columns = [replicates("x", x), replicates("y", y)]
    rest = np.empty((len(columns[0]), 0)) if given is None else np.atleast_2d(np.asarray(given, dtype=float).T).T
    columns += [replicates("given", column) for column in rest.T]
    lengths = [len(column) for column in columns]
    n, controls = lengths[0], len(columns) - 2
    if len({*lengths}) > 1 or n < 4 + controls:
        raise FindingError(f"x, y and given must have one length, of at least {4 + controls}, got {lengths}")
    first, second, *others = (stats.rankdata(column) for column in columns)
    estimate = _partial(first, second, others)
    limit = 1 - 12 / (n * (n**2 - 1))
    z = np.arctanh(np.clip(estimate, -limit, limit))
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt((1 + min(estimate**2, limit**2) / 2) / (n - 3 - controls))
    low, high = np.tanh([z - half, z + half])
    words = "Fisher's z for ranks" + (f", {controls} held fixed" if controls else "")
    return Interval(estimate, float(min(low, estimate)), float(max(high, estimate)), n, words)


def _partial(first: Values, second: Values, others: list[Values]) -> float:
    """Correlation of two lines of numbers after least squares on the others and a constant."""
    design = np.stack([np.ones_like(first), *others], axis=1)
    left = [line - design @ np.linalg.lstsq(design, line, rcond=None)[0] for line in (first, second)]
    if any(np.linalg.norm(line) <= 1e-9 * len(line) for line in left):
        raise FindingError("given must leave something of x and y, got one whose ranks tell all of theirs")
    return float(np.clip(np.corrcoef(*left)[0, 1], -1, 1))
