"""Mutual information without networks, in bits with a standard error: nearest neighbours, and Gaussians exactly."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr, svdvals
from scipy.spatial import cKDTree
from scipy.special import digamma

Matrix = NDArray[np.float64]


def ksg(x: Matrix, y: Matrix, neighbours: int = 3) -> tuple[float, float]:
    """First estimator of {cite:t}`kraskov2004`, largest-coordinate distance, standardised columns: (bits, error).

    For continuous variables; ties are broken by noise of 1e-10 standard deviations. The standard error takes the
    samples' terms as independent, which they nearly are. Raises ValueError for no more samples than neighbours.
    """
    if len(x) <= neighbours:
        raise ValueError(f"x must have more samples than {neighbours} neighbours, got {len(x)}")
    rng = np.random.default_rng(0)
    x, y = (v / v.std(0) + 1e-10 * rng.standard_normal(v.shape) for v in (x, y))
    both = np.hstack([x, y])
    radius = np.nextafter(cKDTree(both).query(both, k=[neighbours + 1], p=np.inf)[0][:, 0], 0)
    near = [cKDTree(v).query_ball_point(v, radius, p=np.inf, return_length=True) for v in (x, y)]  # with the point
    terms = digamma(neighbours) + digamma(len(x)) - digamma(near[0]) - digamma(near[1])
    return float(terms.mean()) / math.log(2), float(terms.std(ddof=1)) / math.sqrt(len(x)) / math.log(2)


def cca(x: Matrix, y: Matrix) -> tuple[float, float]:
    """Information of the Gaussian with the samples' covariance, by its canonical correlations r: (bits, error).

    -1/2 sum log2(1 - r^2), less the bias that it has on Gaussian samples, which depends on the widths alone. Raises
    ValueError where a column is a linear function of the others, or a combination of x is one of y: the
    information is then infinite.
    """
    n, dx, dy = len(x), x.shape[1], y.shape[1]
    if n <= dx + dy + 1:
        raise ValueError(f"x must have more samples than the {dx + dy} columns of x and y, plus one, got {n}")
    bases = []
    for name, v in (("x", x), ("y", y)):
        basis, triangle = qr((v - v.mean(0)) / v.std(0), mode="economic")
        if np.abs(np.diag(triangle)).min() < 1e-6 * math.sqrt(n):
            raise ValueError(f"{name} must have no column that is a linear function of the others, got one")
        bases.append(basis)
    r = np.minimum(svdvals(bases[0].T @ bases[1]), 1)
    if r[0] > 1 - 1e-12:
        raise ValueError(f"x and y must share no linear combination, got a canonical correlation of {r[0]}")
    nats = (
        -np.log1p(-np.square(r)).sum() / 2
        - (_log_det_bias(n, dx) + _log_det_bias(n, dy) - _log_det_bias(n, dx + dy)) / 2
    )
    return float(nats) / math.log(2), float(np.sqrt(np.square(r).sum() / n)) / math.log(2)


def _log_det_bias(n: int, d: int) -> float:
    """Mean of log det of a sample covariance of n Gaussian samples, less log det of the covariance."""
    return float(np.sum(digamma((n - 1 - np.arange(d)) / 2) - math.log((n - 1) / 2)))


WITNESSES = {"ksg": ksg, "cca": cca}
