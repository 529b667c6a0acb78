"""The exponent of a power law in a spectrum, lambda_i ~ i^-alpha over ranks i: estimate, interval, rivals.

This alpha is a *rank* exponent. The exponent of the *density* of eigenvalues, which other tools fit, is 1 + 1/alpha.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polylib import validate

LAW, BROKEN, EXPONENTIAL = "power law", "broken power law", "exponential"
_FIRST = 24  # ranks in which the sampling error is measured
_FEWEST = 8  # a range that is found from the data has at least so many ranks, if there are so many
_PART = 0.7  # of the spectrum; the rest falls off because samples are finite
_NOISE = 0.4  # scatter of the tail, as a share of the sampling error of a value, at which a value is still used
_REPLICATES = 400


@dataclass(frozen=True)
class PowerLawFit:
    """lambda_i = scale * i^-alpha over `ranks`, both ends included."""

    alpha: float
    interval: tuple[float, float]
    """nominal 95 % interval, symmetric about alpha; see `fit_power_law` for what it covers"""
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


def fit_power_law(
    eigenvalues: ArrayLike, ranks: Sequence[int] | None = None, *, rng: np.random.Generator | None = None
) -> PowerLawFit:
    """Fit lambda_i ~ i^-alpha by weighted least squares over ranks (low, high), counted from 1, ends included.

    `eigenvalues` (units,) are largest first; those of cross-validated PCA may be negative in the tail. Each rank has
    weight 1/i, so that every octave counts alike. Errors are relative to the fitted value and the squares reweighted
    until that settles, which makes it a gamma regression with logarithmic link: least squares of logarithms where
    errors are small, and not upset by a negative value.

    `ranks` None finds the range: from 1 up to the first value (running median of 5) to whose scatter the noise,
    measured in the second half of the spectrum, contributes 0.4 times as much as the sampling error, measured in the
    first 24 ranks; and at most 0.7 of the spectrum, since finite samples bend the tail down.

    The interval is a bootstrap over ranks: residuals are resampled, and a range that was found is redrawn, its
    upper end down to an eighth, which about doubles the width. It is 95 % in name: on synthetic spectra (2,800 samples,
    512 units, alpha 0.5 to 2, noise 0 to 1) it covers the true exponent in all of 20 recordings in 14 of 21 cells, and
    in half of them where spectra are flat and noise is weak. It does not cover the bias that finite samples
    leave there (about -0.02 at alpha 0.5, more with fewer samples a unit), noise in plain PCA, or first components
    that do not follow the law: one that is twice too large costs 0.1 without noise and 0.2 in strong noise, and `ranks`
    can leave it out. Rivals are compared over `ranks`, or over the first third of the spectrum if the range was found;
    on true laws one is preferred in a ninth of the cases, by more than 10 in a hundredth. `rng` draws the bootstrap, by
    default `default_rng(0)`.

    Raises ValueError for fewer than 3 ranks, ranks outside the spectrum, or eigenvalues that are not mostly positive.
    """
    values = validate.real("eigenvalues", eigenvalues)
    rng = np.random.default_rng(0) if rng is None else rng
    validate.generator("rng", rng)
    if values.ndim != 1 or values.size < 3:
        raise ValueError(f"eigenvalues must be a vector of at least 3, got shape {values.shape}")
    unit = np.abs(values).max()
    values = values / unit if unit > 0 else values
    low, high = _usable(values) if ranks is None else _given(ranks, values.size)
    y = values[low - 1 : high]
    if 2 * np.count_nonzero(y > 0) <= y.size:
        raise ValueError(
            f"eigenvalues must be mostly positive over ranks {low} to {high}, got {y.min() * unit} among them"
        )
    r = np.arange(low, high + 1.0)
    x, w = np.log(r), 1 / r
    (intercept, slope), residual = _fit(y, w, x)
    mean = w @ x / w.sum()
    spread = w @ (x - mean) ** 2
    leverage = w / w.sum() + w * (x - mean) ** 2 / spread
    errors = residual / np.sqrt(np.maximum(1 - leverage, 1e-3))
    response = slope * (x - mean) + residual
    varies = w @ (response - w @ response / w.sum()) ** 2
    explained = 1 - w @ residual**2 / varies if varies > 0 else 1.0
    shortest = y.size if ranks is not None else max(min(_FEWEST, y.size), y.size // 8)
    half = np.quantile(np.abs(_replicates(response, x, w, errors, shortest, rng) - slope), 0.95)
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


def _given(ranks: object, size: int) -> tuple[int, int]:
    if np.shape(ranks) != (2,):
        raise ValueError(f"ranks must be a pair (low, high), got {ranks!r}")
    low, high = (int(end) for end in validate.whole_numbers("ranks", np.asarray(ranks)))
    if not low + 2 <= high <= size:
        raise ValueError(f"ranks must hold at least 3 ranks up to {size}, got {ranks}")
    return low, high


def _usable(values: NDArray) -> tuple[int, int]:
    """The range of ranks that noise and finite samples leave usable."""
    size = int(np.flatnonzero(np.abs(values) > 1e-12 * np.abs(values).max(initial=0)).max(initial=-1)) + 1
    if size < 3:
        raise ValueError(f"eigenvalues must hold at least 3 above 1e-12 of the largest, got {size}")
    values = values[:size]
    most, fewest = int(_PART * size), min(_FEWEST, size)
    if size < 2 * _FEWEST:
        return 1, max(most, fewest)
    noise = 1.4826 * np.median(np.abs(np.diff(values[size // 2 :], 2))) / np.sqrt(6)
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(values, 2, mode="edge"), 5), axis=1)
    drowned = np.flatnonzero(smooth * _NOISE * _sampling_error(values[:_FIRST]) < noise)
    return 1, max(min([most, *drowned[:1].tolist()]), fewest)


def _sampling_error(values: NDArray) -> float:
    """Relative scatter of the first values about the line, in log-log, between their neighbours."""
    y, x = np.log(np.maximum(values, 1e-12 * np.abs(values).max())), np.log(np.arange(1.0, values.size + 1))
    t = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    off = (y[1:-1] - (1 - t) * y[:-2] - t * y[2:]) / np.sqrt(1 + t**2 + (1 - t) ** 2)
    return max(1e-3, 1.4826 * float(np.median(np.abs(off[: 2 * _FIRST // 3]))))


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


def _replicates(
    response: NDArray, x: NDArray, w: NDArray, errors: NDArray, shortest: int, rng: np.random.Generator
) -> NDArray:
    """Slopes with residuals resampled, each over the first ranks up to an end between `shortest` and all."""
    y = response + rng.choice(errors, (_REPLICATES, errors.size))
    ends = np.exp(rng.uniform(np.log(shortest), np.log(x.size), _REPLICATES)).round().astype(int) - 1
    s0, s1, s2 = (np.cumsum(w * x**k)[ends] for k in range(3))
    t0, t1 = (np.cumsum(w * x**k * y, axis=1)[np.arange(_REPLICATES), ends] for k in range(2))
    return (s0 * t1 - s1 * t0) / (s0 * s2 - s1**2)


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
