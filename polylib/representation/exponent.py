"""The exponent of a power law in a spectrum, lambda_i ~ i^-alpha over ranks i: estimate, interval, rivals.

This alpha is a *rank* exponent. The exponent of the *density* of eigenvalues, which other tools fit, is 1 + 1/alpha.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t

from polylib import validate
from polylib.representation.ranks import given_ranks, scaled, usable

LAW, BROKEN, EXPONENTIAL = "power law", "broken power law", "exponential"


@dataclass(frozen=True)
class PowerLawFit:
    """lambda_i = scale * i^-alpha over `ranks`, both ends included."""

    alpha: float
    interval: tuple[float, float]
    """95 % interval by Student's t, symmetric about alpha; see `fit_power_law` for what it covers"""
    ranks: tuple[int, int]
    scale: float
    """the law's value at rank 1, in the eigenvalues' unit"""
    r_squared: float
    """weighted share of the variation over the ranks that the law explains"""
    rivals: dict[str, float]
    """corrected AIC of each rival less that of the power law: negative where the rival describes the spectrum better"""

    @property
    def best(self) -> str:
        """The law of least AIC; "power law" where ranks are too few for rivals."""
        return min({LAW: 0.0} | self.rivals, key=({LAW: 0.0} | self.rivals).get)

    def predict(self, ranks: ArrayLike) -> validate.Real:
        """The fitted eigenvalue at any rank, an array like `ranks`. Raises ValueError for one that is not positive."""
        return validate.plain(self.scale * validate.positive("ranks", ranks) ** -self.alpha)


def fit_power_law(eigenvalues: ArrayLike, ranks: Sequence[int] | None = None) -> PowerLawFit:
    """Fit lambda_i ~ i^-alpha by weighted least squares over ranks (low, high), counted from 1, ends included.

    `eigenvalues` (units,) are largest first; those of cross-validated PCA may be negative in the tail. Each rank has
    weight 1/i, so that every octave counts alike. Errors are relative to the fitted value and the squares reweighted
    until that settles, which makes it a gamma regression with logarithmic link: least squares of logarithms where
    errors are small, and not upset by a negative value.

    `ranks` None finds the range: from 1 up to the first value (running median of 5) to whose scatter the noise,
    measured in the second half of the spectrum, contributes 0.4 times as much as the sampling error, measured in the
    first 24 ranks; and at most 0.7 of the spectrum, since finite samples bend the tail down.

    The interval is Student's t of the slope, for relative errors of one size that are independent between ranks; the
    size comes from residuals weighted by 1/i, or 1/i^2 where the range was found, since further on eigenvalues repel
    each other and scatter less than they err. Such errors it covers in 94 to 98 % of draws, from 3 ranks up. On samples
    from Gaussian laws (600 and 2,000 samples of 128 units, 200 draws a cell, noise of up to the signal's size) it
    covers exponents from 1 to 2 in 92 to 99 % over ranks 1 to 3 or 5, 90 to 98 % over 1 to 10, 89 to 99 % over a range
    that was found. It covers scatter, not bias: what finite samples take from flat spectra (0.04 at alpha 0.5 and 600
    samples, where ranks 1 to 10 cover 61 % and a range that was found 57 %), noise in plain PCA, ranks beyond those
    that are found, or first components that do not follow the law: one that is twice too large costs 0.1 without noise
    and 0.2 in strong noise, and `ranks` can leave it out.
    Rivals are compared over `ranks`, or over the first third of the spectrum if the range was found; on true laws one
    is preferred in a ninth of the cases, by more than 10 in a hundredth.

    Raises ValueError for fewer than 3 ranks, ranks outside the spectrum, or eigenvalues that are not mostly positive or
    stand in another order, such as ascending.
    """
    values, unit = scaled(eigenvalues)
    low, high = usable(values) if ranks is None else given_ranks(ranks, values.size)
    y = values[low - 1 : high]
    if 2 * np.count_nonzero(y > 0) <= y.size:
        raise ValueError(
            f"eigenvalues must be mostly positive over ranks {low} to {high}, got {y.min() * unit} among them"
        )
    r = np.arange(low, high + 1.0)
    x, w = np.log(r), 1 / r
    (intercept, slope), residual = _fit(y, w, x)
    response = slope * (x - w @ x / w.sum()) + residual
    varies = w @ (response - w @ response / w.sum()) ** 2
    explained = 1 - w @ residual**2 / varies if varies > 0 else 1.0
    half = _half_width(x, w, residual, w if ranks is not None else w**2)
    judged = slice(None if ranks is not None else values.size // 3)
    return PowerLawFit(
        alpha=float(-slope),
        interval=(float(-slope - half), float(-slope + half)),
        ranks=(low, high),
        scale=float(np.exp(intercept) * unit),
        r_squared=float(explained),
        rivals=_rivals(y[judged], r[judged]),
    )


def alpha_and_ends(eigenvalues: ArrayLike, ranks: Sequence[int] | None = None) -> list[float] | None:
    """[alpha, low end, high end] of `fit_power_law`, or None where it refuses the eigenvalues."""
    try:
        fit = fit_power_law(eigenvalues, ranks)
    except ValueError:
        return None
    return [fit.alpha, *fit.interval]


def _fit(y: NDArray, w: NDArray, *columns: NDArray) -> tuple[NDArray, NDArray]:
    """Coefficients of log y on 1 and `columns`, and relative residuals: sum w column (y / fitted - 1) = 0."""
    design, root, positive = np.column_stack([np.ones(y.size), *columns]), np.sqrt(w)[:, None], y > 0
    start = root[positive]
    beta = np.linalg.lstsq(start * design[positive], start[:, 0] * np.log(y[positive]))[0]
    for _ in range(100):
        relative = np.clip(y * np.exp(-(design @ beta)) - 1, -2, 100)
        step = np.linalg.lstsq(root * design, root[:, 0] * relative)[0]
        beta = beta + step / max(1.0, np.abs(design @ step).max())
        if np.abs(step).max() < 1e-13:
            break
    return beta, y * np.exp(-(design @ beta)) - 1


def _half_width(x: NDArray, w: NDArray, residual: NDArray, d: NDArray) -> float:
    """Half the interval of a weighted slope: errors of one size, from residuals weighted by d, Satterthwaite's t.

    Residuals are (I - H) errors, with H = X A X'W: (I - H)(I - H)' = I + F C F', so that traces need no square matrix.
    """
    from_mean = x - w @ x / w.sum()
    spread = w @ from_mean**2
    design = np.column_stack([np.ones_like(x), from_mean])
    weighted, inverse = w[:, None] * design, np.diag([1 / w.sum(), 1 / spread])
    both, none = np.hstack([design, weighted]), np.zeros((2, 2))
    c = np.block([[inverse @ (weighted.T @ weighted) @ inverse, -inverse], [-inverse, none]])
    own = 1 + np.einsum("ij,jk,ik->i", both, c, both)
    product = c @ (both.T @ (d[:, None] * both))
    freedom = (d @ own) ** 2 / (d**2 @ (2 * own - 1) + np.trace(product @ product))
    size = (d @ residual**2) / (d @ own)
    return float(t.ppf(0.975, freedom) * np.sqrt(size * (w**2 @ from_mean**2)) / spread)


def _rivals(y: NDArray, r: NDArray) -> dict[str, float]:
    """AICc of the rivals less that of the power law; nothing if ranks are too few."""
    w, x = 1 / r, np.log(r)
    effective = w.sum() ** 2 / (w @ w)  # how many equally weighted ranks these are worth

    def aic(parameters: int, *columns: NDArray) -> float:
        misfit = w @ _fit(y, w, *columns)[1] ** 2 / w.sum()
        penalty = 2 * parameters * effective / (effective - parameters - 1)
        return float(effective * np.log(max(misfit, 1e-24)) + penalty)

    if effective <= 7 or r[-1] < 16 * r[0]:
        return {}
    bends = np.unique(np.geomspace(4 * r[0], r[-1] / 4, 24).round())
    law, broken = aic(3, x), min(aic(5, x, np.maximum(x - np.log(at), 0)) for at in bends)
    return {BROKEN: broken - law, EXPONENTIAL: aic(3, r / r[-1]) - law}
