"""What a spectrum stands beside: its columns with nothing shared, draws of a true law, rows in an order."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from polylib import validate
from polylib.representation.exponent import fit_power_law
from polylib.representation.spectrum import eigenspectrum


def shuffled_columns(x: ArrayLike, rng: np.random.Generator, in_order: bool = False) -> NDArray[np.float64]:
    """`x` (samples, units) with the rows of each column in an order of its own; `in_order`: turned around by its own.

    Each unit keeps its values and so its variance, turned around its order in time too, and shares nothing with the
    others: the spectrum that is left is that of unequal variances and of chance. Raises ValueError unless x is a matrix
    of finite numbers.
    """
    validate.generator("rng", rng)
    x = validate.real("x", x)
    if x.ndim != 2:
        raise ValueError(f"x must be a matrix (samples, units), got shape {x.shape}")
    if not in_order:
        return rng.permuted(x, axis=0)
    starts = rng.integers(len(x), size=x.shape[1])
    return np.take_along_axis(x, (np.arange(len(x))[:, None] + starts) % len(x), axis=0)


def drawn_spectrum(alpha: float, samples: int, units: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Eigenvalues (units,) of the covariance of `samples` draws from a Gaussian whose variances are i^-alpha.

    With more samples than units by Bartlett's triangular root of a Wishart matrix, so that no sample is drawn. Raises
    ValueError for an exponent that is no number, or counts that are none.
    """
    validate.generator("rng", rng)
    samples, units = validate.integer("samples", samples, 2), validate.integer("units", units)
    scale = np.arange(1, units + 1.0) ** (-validate.scalar("alpha", validate.real("alpha", alpha)) / 2)
    if samples <= units:
        return eigenspectrum(rng.standard_normal((samples, units)) * scale)
    root = np.tril(rng.standard_normal((units, units)), -1)
    root[np.diag_indices(units)] = np.sqrt(rng.chisquare(samples - 1 - np.arange(units)))
    return np.linalg.svd(scale[:, None] * root, compute_uv=False) ** 2 / (samples - 1)


def law_that_gives(alpha: float, window: tuple[int, int], samples: int, units: int, seed: int = 0) -> float:
    """The exponent of the law whose samples of that size give `alpha` over the window, to 0.005; 0 if flatter ones do.

    So it is `alpha` less the bias of finite samples, by one draw that is scaled to every law.
    """

    def excess(true: float) -> float:
        return fit_power_law(drawn_spectrum(true, samples, units, np.random.default_rng(seed)), window).alpha - alpha

    top = max(2 * alpha, alpha + 1)
    if excess(0.0) >= 0:
        return 0.0
    return float(brentq(excess, 0.0, top, xtol=0.005)) if excess(top) > 0 else float(alpha)


def next_to_each_other(x: NDArray[np.float64]) -> float:
    """Correlation of the first principal component of `x` (samples, units) with itself one row on.

    Near 0, within about 2 over the root of the samples, where rows are independent. The direction is that of at most
    2,000 rows, evenly spaced.
    """
    centred = x - x.mean(axis=0)
    first = centred @ np.linalg.svd(centred[:: -(-len(x) // 2000)], full_matrices=False)[2][0]
    return float(np.corrcoef(first[:-1], first[1:])[0, 1])
