"""Rate-distortion function of a discrete source by Blahut's algorithm {cite:p}`blahut1972`.

How many bits a reconstruction with a given error must have carried, whatever the code.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polylib import validate
from polylib.validate import Real


@dataclass(frozen=True)
class RateCurve:
    """Lower bounds on R(D), each the tangent at one slope; `at` is their upper envelope."""

    slope: NDArray[np.float64]
    """bits per unit of distortion, positive, array (points,)"""
    distortion: NDArray[np.float64]
    """where each tangent touches R, array (points,)"""
    rate: NDArray[np.float64]
    """bits a symbol there, array (points,)"""

    def at(self, distortion: ArrayLike) -> Real:
        """A lower bound on R, in bits a symbol, at any distortion of at least 0: array like `distortion`."""
        d = validate.nonnegative("distortion", distortion)[..., None]
        return np.maximum((self.rate + self.slope * (self.distortion - d)).max(axis=-1), 0.0)


def rate_distortion(pmf: ArrayLike, cost: ArrayLike, slopes: ArrayLike, iterations: int = 400) -> RateCurve:
    """R(D) of a source with probabilities `pmf` (symbols,) and distortions `cost` (symbols, reproductions).

    `slopes` are positive, in bits per unit of distortion. Each tangent is Blahut's lower bound after `iterations`
    rounds, so stopping early never overstates a rate. Raises ValueError unless pmf is a distribution over the cost's
    rows, the costs are not negative, the slopes are positive and iterations is a count.
    """
    p, cost = validate.distribution("pmf", pmf), validate.nonnegative("cost", cost)
    slopes = np.atleast_1d(validate.positive("slopes", slopes))
    iterations = validate.integer("iterations", iterations)
    if p.ndim != 1 or cost.ndim != 2 or len(cost) != len(p) or not cost.size:
        raise ValueError(f"cost must have a row for every symbol of pmf, got shapes {cost.shape} and {p.shape}")
    if slopes.ndim != 1 or not slopes.size:
        raise ValueError(f"slopes must be a vector with at least one entry, got shape {slopes.shape}")
    p, cost = p[p > 0], cost[p > 0]
    points = np.array([_tangent(p, cost, slope, iterations) for slope in slopes])
    return RateCurve(slopes, points[:, 0], points[:, 1])


def sparse_uniform_rate(sparsity: float, mse: ArrayLike, levels: int = 192) -> Real:
    """Bits a feature that any reconstruction with mean squared error `mse` must have carried, a lower bound.

    The feature is 0 with probability `sparsity`, else uniform on [0, 1). The bound is computed for the uniform part
    cut into `levels` cells and reproductions on their midpoints; by the triangle inequality for root mean squared
    errors it holds for the continuous feature at the error less the two roundings. Raises ValueError for a sparsity
    outside [0, 1], a negative error or levels below 1.
    """
    sparsity = validate.scalar("sparsity", validate.probability("sparsity", sparsity))
    levels = validate.integer("levels", levels)
    values = np.concatenate([[0.0], (np.arange(levels) + 0.5) / levels])
    pmf = np.concatenate([[sparsity], np.full(levels, (1 - sparsity) / levels)])
    curve = rate_distortion(pmf, np.square(values[:, None] - values), np.geomspace(2, 3000, 32))
    roundings = np.sqrt((1 - sparsity) / 12) / levels + 0.5 / levels
    return curve.at(np.square(np.sqrt(validate.nonnegative("mse", mse)) + roundings))


def _tangent(p: NDArray, cost: NDArray, slope: float, iterations: int) -> tuple[float, float]:
    """(distortion, lower bound on the rate in bits) at one slope."""
    least = cost.min(axis=1, keepdims=True)  # what every reproduction costs; taken out, so that nothing underflows
    kernel = np.exp2(-slope * (cost - least))
    q = np.full(cost.shape[1], 1 / cost.shape[1])
    for _ in range(iterations):
        q = q * ((p / (kernel @ q)) @ kernel)
    normaliser = kernel @ q
    joint = (p / normaliser)[:, None] * kernel * q
    distortion = float((joint * cost).sum())
    # Multipliers 1/normaliser, scaled until they satisfy the dual's constraint, bound R from below.
    excess = ((p / normaliser) @ kernel).max()
    dual = -float(p @ np.log2(normaliser)) - float(np.log2(excess))
    return distortion, slope * (float(p @ least[:, 0]) - distortion) + dual
