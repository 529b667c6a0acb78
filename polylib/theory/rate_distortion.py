"""Lower bounds on rate-distortion functions, from Blahut's algorithm {cite:p}`blahut1972`.

How many bits a reconstruction with a given error must have carried, whatever the code. Every slope s has a line below
the bits, R(D) >= c(s) - s D, and the highest of these lines is R itself.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import erf

from polylib import validate
from polylib.validate import Real, plain


def intercept(pmf: ArrayLike, kernel: ArrayLike, iterations: int = 400) -> float:
    """Bits c(s) such that R(D) >= c(s) - s D for every D, array `pmf` (symbols,), `kernel` (symbols, reproductions).

    The kernel is 2^(-s cost). Blahut's dual: any positive multipliers bound R from below once they are scaled to
    satisfy its constraint, so stopping early never overstates a rate. Raises ValueError unless pmf is a distribution
    over the kernel's rows, which are nowhere negative and somewhere positive, and iterations is a count.
    """
    p, kernel = validate.distribution("pmf", pmf), validate.nonnegative("kernel", kernel)
    iterations = validate.integer("iterations", iterations)
    if p.ndim != 1 or kernel.ndim != 2 or len(kernel) != len(p) or not kernel.size:
        raise ValueError(f"kernel must have a row for every symbol of pmf, got shapes {kernel.shape} and {p.shape}")
    if not (kernel > 0).any(axis=1).all():
        raise ValueError("kernel must be positive somewhere in every row, got a row of zeros")
    p, kernel = p[p > 0], kernel[p > 0]
    q = np.full(kernel.shape[1], 1 / kernel.shape[1])
    for _ in range(iterations):
        q = (
            q * ((p / (kernel @ q)) @ kernel) ** 1.9
        )  # longer steps than Blahut's, which would be 1; below 2 they settle
    normaliser = kernel @ q
    excess = ((p / normaliser) @ kernel).max()
    return -float(p @ np.log2(normaliser)) - float(np.log2(excess))


def sparse_uniform_rate(sparsity: float, mse: ArrayLike, cells: int = 64, iterations: int = 400) -> Real:
    """Bits a feature that any reconstruction with mean squared error `mse` must have carried, a lower bound.

    The feature is 0 with probability `sparsity`, else uniform on [0, 1). The multipliers of the dual are constant on
    each of `cells` cells, over which the kernel is averaged exactly, so nothing is rounded; between the reproductions
    that are looked at, the constraint is exceeded by less than a known factor, which is taken off. The slope is sought
    anew for every error. More cells and iterations raise the bound, by about 2 % for errors above a thousandth. Raises
    ValueError for a sparsity outside [0, 1], a negative error, or counts below 1.
    """
    sparsity = validate.scalar("sparsity", validate.probability("sparsity", sparsity))
    cells, mse = validate.integer("cells", cells), validate.nonnegative("mse", mse)
    variance = (1 - sparsity) / 3 - (1 - sparsity) ** 2 / 4
    pmf = np.concatenate([[sparsity], np.full(cells, (1 - sparsity) / cells)])

    def rate(error: float) -> float:
        def loss(log_slope: float) -> float:
            slope = np.exp(log_slope)
            line = intercept(pmf, _mean_kernel(slope, cells), iterations)
            return slope * error - line - float(np.log2(1 - slope * np.log(2) / (4 * cells**2)))

        steepest = min(4 / error, 2 * cells**2)
        bounds = np.log(steepest / 200), np.log(steepest)
        return max(0.0, -float(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 0.05}).fun))

    rates = [rate(d) if 0 < d < variance else 0.0 if d >= variance else np.inf for d in mse.ravel().tolist()]
    return plain(np.reshape(rates, mse.shape))


def _mean_kernel(slope: float, cells: int) -> NDArray[np.float64]:
    """2^(-slope (x - y)^2), array (1 + cells, cells + 1): at x = 0, then its mean over x in each cell; y on cell edges.

    A reproduction outside [0, 1] is farther from every x than the nearer end, so it may be left out. Between two edges,
    f(y) = E[2^(-slope (x-y)^2) multiplier(x)] has f'' >= -2 slope ln(2) f, so its greatest value exceeds the greatest
    on the edges by a factor of at most 1 / (1 - slope ln(2) / (4 cells^2)).
    """
    root, edges = np.sqrt(slope * np.log(2)), np.linspace(0, 1, cells + 1)
    integral = erf(root * (edges[:, None] - edges)) * np.sqrt(np.pi) / (2 * root)
    return np.vstack([np.exp(-np.square(root * edges)), np.diff(integral, axis=0) * cells])
