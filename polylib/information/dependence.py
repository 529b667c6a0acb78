"""Samples that are not independent: groups that a split must not cut, and signs that groups are missing.

An estimate takes its samples as independent draws. Copies of a sample, neighbours in time, or several rows of one
person are not: a critic, or a count of neighbours, then finds again what it has already seen, and reports bits where
there are none. Rows of one group are kept on one side of every split.
"""

import math

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray
from scipy.special import ndtri

from polylib import validate
from polylib.information.samples import normal_scores

Matrix = Float[np.ndarray, "n _d"]
LAGS = 16
"""distances between rows at which likeness is looked for"""
HARMLESS = 0.05
"""share by which likeness may inflate the variance of a covariance of x and y unremarked"""


def blocks(n: int, length: int) -> Int[np.ndarray, " n"]:
    """Groups for a series in time: `length` rows after one another each, several times as long as the series remembers.

    The rest joins the last block. Raises ValueError for a length below 1 or above n.
    """
    n, length = validate.integer("n", n), validate.integer("length", length)
    if length > n:
        raise ValueError(f"length must be at most the {n} samples, got {length}")
    return np.minimum(np.arange(n) // length, n // length - 1)


def labels(groups: NDArray | None, n: int) -> Int[np.ndarray, " n"] | None:
    """Groups as numbers from 0 on; None where every row is a group of its own. Raises ValueError for another shape."""
    if groups is None:
        return None
    groups = np.asarray(groups)
    if groups.shape != (n,):
        raise ValueError(f"groups must have one label for each of {n} samples, got shape {groups.shape}")
    found = np.unique(groups, return_inverse=True)[1]
    count = int(found.max()) + 1
    if count < 4:
        raise ValueError(f"groups must be at least 4, got {count}")
    return None if count == n else found


def refuse_dependent(name: str, x: Matrix, y: Matrix) -> list[str]:
    """ValueError if rows are mostly copies, or alike to their neighbours in both x and y; milder doubts, in words."""
    remedy = "give the rows that belong together one label in groups, or groups=np.arange(n) if all are independent"
    n, repeated = len(x), copies(np.hstack([x, y]))
    fine = any(len(np.unique(column)) > max(32, math.sqrt(n)) for column in np.hstack([x, y]).T)
    if fine and repeated > n / 2:
        raise ValueError(f"rows of {name} must be independent samples, got {repeated} of {n} that are copies: {remedy}")
    alike, lag = likeness(x, y)
    if alike > HARMLESS:
        raise ValueError(
            f"rows of {name} must be independent samples, got rows that are alike at a distance of {lag} "
            f"in x and in y: {remedy}; see polylib.information.blocks for a series in time"
        )
    return [f"{repeated} of {n} rows are copies of others"] if fine and repeated else []


def copies(rows: Matrix) -> int:
    """Rows that are equal to an earlier one."""
    spread = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, rows.shape[1], endpoint=True)
    bits = np.ascontiguousarray(rows + 0.0).view(np.int64)  # + 0.0: one zero, not two
    return len(rows) - len(np.unique((bits * spread).sum(1)))  # modulo 2^64


def ordered_alike(x: Matrix, y: Matrix) -> list[tuple[int, int]]:
    """Columns of x and of y, each of values nearly all different, one of which rises or falls with the other always."""
    scores = []
    for v in (x, y):
        v = normal_scores(v)
        fine = np.array([len(np.unique(column)) > len(v) / 2 for column in v.T])
        scores.append(np.where(fine, v, 0) / np.sqrt(np.square(v).sum(0)))
    return [(int(i), int(j)) for i, j in np.argwhere(np.abs(scores[0].T @ scores[1]) > 1 - 1e-9)]


def likeness(x: Matrix, y: Matrix) -> tuple[float, int]:
    """Twice the sum over distances of the products of the autocorrelations of x and of y, and the worst distance.

    This is the share by which the variance of a covariance is larger than of independent rows; of columns, the worst
    count. A distance counts if x and y both have a column, by ranks, beyond what one in 10^4 independent ones has.
    """
    found = []
    for v in (x, y):
        v = normal_scores(v)
        v = (v - v.mean(0)) / v.std(0)
        lags = range(1, min(LAGS, len(v) - 1) + 1)
        each = np.stack([np.abs((v[k:] * v[:-k]).sum(0)) / len(v) for k in lags])
        beyond = -ndtri(1e-4 / (2 * LAGS * v.shape[1])) / math.sqrt(len(v))
        found.append(np.where(each > beyond, each, 0).max(1))
    products = found[0] * found[1]
    return 2 * float(products.sum()), int(products.argmax()) + 1


def unpaired(n: int, groups: Int[np.ndarray, " n"] | None, seed: int) -> Int[np.ndarray, " n"]:
    """Rows of y for x to be paired with, so that nothing but their marginals is left: a permutation of all samples.

    Where there are groups, y is moved along by more than the longest of them, which leaves its dependence as it is.
    """
    rng = np.random.default_rng([seed, 1])
    if groups is None:
        return rng.permutation(n)
    order, longest = np.argsort(groups, kind="stable"), int(np.bincount(groups).max())
    if n < 2 * longest + 1:
        raise ValueError(f"groups must hold less than half of the samples each, got one of {longest} of {n}")
    found = np.empty(n, dtype=np.int64)
    found[order] = np.roll(order, int(rng.integers(longest, n - longest + 1)))
    return found
