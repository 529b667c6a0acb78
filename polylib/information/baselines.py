"""Mutual information without networks: nearest neighbours, and Gaussians exactly, in bits with a 95 % interval."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import qr, svd
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from scipy.special import chndtrinc, digamma
from scipy.stats import chi2, normaltest, t

from polylib.information.samples import normal_scores

Matrix = Float[np.ndarray, "n _d"]
Labels = Int[np.ndarray, " n"] | None
PARTS, LEAST = 10, 250
"""parts into which samples fall, and samples of a part: smaller ones are spread less than in proportion"""
FEW_COLUMNS = 4
"""columns of x and y together up to which neighbours are near enough for an interval with an end"""
NOT_GAUSSIAN = "columns are not Gaussian together: the value is a Gaussian's of their covariance, no bound on theirs"


@dataclass(frozen=True)
class Witness:
    """What an estimator without training says, in bits."""

    bits: float
    standard_error: float
    interval: tuple[float, float]
    ceiling: float = math.inf
    notes: tuple[str, ...] = ()


def ksg(x: Matrix, y: Matrix, neighbours: int = 3, groups: Labels = None) -> Witness:
    """First estimator of {cite:t}`kraskov2004`, largest-coordinate distance, on columns brought to normal scores.

    For continuous variables; ties are broken by noise of 1e-10 standard deviations, and noted. The standard error is
    that of parts, brought to all samples by the square root of their number (Holmes and Nemenman, 2019). In up to four
    dimensions the interval reaches to where more samples lead, if the bias falls with the square root of their number,
    as at steep edges: halves of the samples show how fast. In more, KSG is too low by an amount that the samples do not
    show: the interval has no end, and it is noted. With groups, neighbours are sought in other groups only, and
    the error is that of groups left out. Raises ValueError for fewer than 2 * neighbours + 1 samples.
    """
    if len(x) // 2 <= neighbours:
        raise ValueError(f"x must have more samples than twice {neighbours} neighbours, got {len(x)}")
    ties = [f"{name} has ties, broken by noise" for name, v in (("x", x), ("y", y)) if _tied(v)]
    columns = x.shape[1] + y.shape[1]
    endless = math.inf if columns > FEW_COLUMNS else 0.0
    if columns > FEW_COLUMNS:
        ties.append(f"neighbours are far in {columns} dimensions, which makes KSG low")
    rng, raw = np.random.default_rng(0), np.hstack([x, y])
    x, y = (v + 1e-10 * rng.standard_normal(v.shape) for v in (normal_scores(x), normal_scores(y)))
    ceiling = float(digamma(len(x)) - digamma(neighbours)) / math.log(2)
    if groups is not None:  # copies within a group, which would crowd the neighbours of others, count once
        kept = np.unique(np.column_stack([groups, raw]), axis=0, return_index=True)[1]
        x, y, groups = x[kept], y[kept], groups[kept]
        bits = _across(x, y, neighbours, groups)
        error, quantile = _left_out(lambda rows: _across(x[rows], y[rows], neighbours, groups[rows]), bits, groups)
        ends = bits - quantile * error, bits + quantile * error + endless
        return Witness(bits, error, ends, ceiling, tuple(ties))
    bits, parts = _near(x, y, neighbours), min(max(len(x) // LEAST, 2), PARTS)
    orders = [rng.permutation(len(x)) for _ in range(-(-4 * PARTS // parts))]
    each = [[_near(x[rows], y[rows], neighbours) for rows in np.array_split(order, parts)] for order in orders]
    error = math.sqrt(float(np.var(each, axis=1, ddof=1).mean()) / parts)
    half, lacking = float(t.ppf(0.975, len(orders) * (parts - 1))) * error, 0.0
    if columns <= FEW_COLUMNS:
        halves = [_near(x[rows], y[rows], neighbours) for order in orders[:4] for rows in np.array_split(order, 2)]
        lacking = (bits - float(np.mean(halves))) / (math.sqrt(2) - 1)
    interval = bits - half + min(lacking, 0.0), bits + half + max(lacking, 0.0) + endless
    return Witness(bits, error, interval, ceiling, tuple(ties))


def cca(x: Matrix, y: Matrix, groups: Labels = None) -> Witness:
    """Information of the Gaussian with the samples' covariance, by its canonical correlations r.

    -1/2 sum log2(1 - r^2), less the bias that it has on Gaussian samples, which depends on the widths alone. The
    interval turns round the noncentral chi-squared law of that sum, and begins at 0 near independence. With groups, it
    is that of groups left out. Where columns, or sums and differences of canonical variates, are not Gaussian, the
    value may lie on either side of the truth: that is noted, and the interval, from 0 without end, claims nothing.
    Raises ValueError where a column is a linear function of the others, or a combination of x is one of y: the
    information is then infinite.
    """
    n, dx, dy = len(x), x.shape[1], y.shape[1]
    if n <= dx + dy + 1:
        raise ValueError(f"x must have more samples than the {dx + dy} columns of x and y, plus one, got {n}")
    nats, r, variates = _gaussian(x, y)
    bits = nats / math.log(2)
    rows = slice(None) if groups is None else np.unique(groups, return_index=True)[1]  # independent: one of each group
    doubtful = not _normal(np.hstack([x, y, variates[0] + variates[1], variates[0] - variates[1]])[rows])
    if groups is not None:
        error, quantile = _left_out(lambda rows: _gaussian(x[rows], y[rows])[0] / math.log(2), bits, groups)
        ends = bits - quantile * error, bits + quantile * error
        return _claimed(bits, error, ends, doubtful)
    error = math.sqrt(float(np.square(r).sum()) / n + dx * dy / (2 * n**2)) / math.log(2)
    largest = max(nats, 1e-12) / float(np.square(r).sum()) * 2  # 1 for small r, where the law is exact
    many = 2 * n * max(largest, 1.0)  # (many * nats + dx dy) has noncentrality many * I
    seen = max(many * nats + dx * dy, 0.0)
    low, high = (_noncentrality(seen, dx * dy, p) / many / math.log(2) for p in (0.975, 0.025))
    return _claimed(bits, error, (min(low, bits), max(high, bits)), doubtful)


def _claimed(bits: float, error: float, ends: tuple[float, float], doubtful: bool) -> Witness:
    return Witness(bits, error, (min(bits, 0.0), math.inf) if doubtful else ends, notes=(NOT_GAUSSIAN,) * doubtful)


def _normal(columns: Matrix) -> bool:
    """Whether skewness and kurtosis leave it open that all columns are Gaussian; with few samples they do."""
    n, count = columns.shape
    return n < 20 or float(np.min(normaltest(columns).pvalue)) > 1e-6 / count


def _noncentrality(seen: float, freedom: int, p: float) -> float:
    """The noncentrality of chi squared with which values up to `seen` have probability p; 0 if none has so little."""
    return float(chndtrinc(seen, freedom, p)) if chi2.cdf(seen, freedom) > p else 0.0


def _gaussian(x: Matrix, y: Matrix) -> tuple[float, Float[np.ndarray, " r"], list[Matrix]]:
    """Information in nats, canonical correlations, and the pairs of canonical variates."""
    n, dx, dy, bases = len(x), x.shape[1], y.shape[1], []
    for name, v in (("x", x), ("y", y)):
        basis, triangle = qr((v - v.mean(0)) / v.std(0), mode="economic")
        if np.abs(np.diag(triangle)).min() < 1e-6 * math.sqrt(n):
            raise ValueError(f"{name} must have no column that is a linear function of the others, got one")
        bases.append(basis)
    left, r, right = svd(bases[0].T @ bases[1], full_matrices=False)
    r = np.minimum(r, 1)
    if r[0] > 1 - 1e-12:
        raise ValueError(f"x and y must share no linear combination, got a canonical correlation of {r[0]}")
    bias = (_log_det_bias(n, dx) + _log_det_bias(n, dy) - _log_det_bias(n, dx + dy)) / 2
    return float(-np.log1p(-np.square(r)).sum() / 2 - bias), r, [bases[0] @ left, bases[1] @ right.T]


def _log_det_bias(n: int, d: int) -> float:
    """Mean of log det of a sample covariance of n Gaussian samples, less log det of the covariance."""
    return float(np.sum(digamma((n - 1 - np.arange(d)) / 2) - math.log((n - 1) / 2)))


def _tied(v: Matrix) -> bool:
    return any(len(np.unique(column)) < len(v) for column in v.T)


def _near(x: Matrix, y: Matrix, neighbours: int) -> float:
    both = np.hstack([x, y])
    radius = np.nextafter(cKDTree(both).query(both, k=[neighbours + 1], p=np.inf)[0][:, 0], 0)
    near = [cKDTree(v).query_ball_point(v, radius, p=np.inf, return_length=True) for v in (x, y)]  # with the point
    terms = digamma(neighbours) + digamma(len(x)) - digamma(near[0]) - digamma(near[1])
    return float(terms.mean()) / math.log(2)


def _across(x: Matrix, y: Matrix, neighbours: int, groups: Int[np.ndarray, " n"]) -> float:
    """The same with the neighbours of each point in groups other than its own, and the point."""
    terms = []
    for g in np.unique(groups):
        own = groups == g
        gaps = [cdist(v[own], v[~own], "chebyshev") for v in (x, y)]
        if gaps[0].shape[1] < neighbours:
            raise ValueError(f"groups must leave {neighbours} samples in others, got {gaps[0].shape[1]}")
        radius = np.partition(np.maximum(*gaps), neighbours - 1, 1)[:, neighbours - 1, None]
        near = [(gap < radius).sum(1) + 1 for gap in gaps]
        others = digamma(gaps[0].shape[1] + 1)
        terms.append(digamma(neighbours) + others - digamma(near[0]) - digamma(near[1]))
    return float(np.concatenate(terms).mean()) / math.log(2)


def _left_out(value: Callable[[Int[np.ndarray, " rows"]], float], whole: float, groups: Labels) -> tuple[float, float]:
    """Standard error by the jackknife over ten sets of groups, or fewer, and the quantile of Student's t."""
    order = np.random.default_rng(0).permutation(int(groups.max()) + 1)
    sets = np.array_split(order, min(PARTS, len(order)))
    each = np.array([value(np.flatnonzero(~np.isin(groups, one))) for one in sets])
    error = math.sqrt((len(sets) - 1) / len(sets) * float(np.square(each - each.mean()).sum()))
    return error, float(t.ppf(0.975, len(sets) - 1))


WITNESSES = {"ksg": ksg, "cca": cca}
