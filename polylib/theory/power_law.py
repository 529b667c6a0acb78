"""Information in neurons whose variances fall off as a power law: Theorem 4 as printed, its repair, rigorous bounds.

Everything is in bits. Eigenvalues lambda_i = i^-alpha are variances, relative to the first neuron's; `precision` b is
the bits that the first neuron fills. Arguments broadcast; scalars give a float.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ndtr, xlogy

from polylib import validate
from polylib.validate import Real, plain

_LN2 = np.log(2.0)
_GAUSSIAN = 0.5 * np.log2(2 * np.pi * np.e)  # differential entropy at variance 1
_SMOOTH = 10.0  # standard deviations, in steps, from which a rounded Gaussian is a Gaussian plus a uniform error


def power_law_entropy(n_neurons: ArrayLike, precision: ArrayLike, alpha: ArrayLike) -> Real:
    """m b - (alpha/2) log2 m!: independent uniform neurons of variance i^-alpha, i = 1 to m, the first with 2^b levels.

    Theorem 4 with width for variance, before Stirling. Exceeds the entropy, or is negative, once neurons are narrower
    than a level; `power_law_entropy_saturated` is not. Raises ValueError unless m is a count, b >= 0 and alpha > 0.
    """
    m, b, a = _arguments(n_neurons, precision, alpha)
    return plain(m * b - a / 2 * _log2_factorial(m))


def power_law_entropy_bound(n_neurons: ArrayLike, precision: ArrayLike, alpha: ArrayLike) -> Real:
    """m b - (alpha/2) m log2(m/e): `power_law_entropy` from above, by m! >= (m/e)^m. Raises ValueError as that does."""
    m, b, a = _arguments(n_neurons, precision, alpha)
    return plain(m * b - a / 2 * m * (np.log2(m) - 1 / _LN2))


def power_law_entropy_printed(n_neurons: ArrayLike, precision: ArrayLike, alpha: ArrayLike) -> Real:
    """m b - alpha m log2(m/e), as the supplement prints Theorem 4. No bound for variances: it loses twice what is lost.

    Below `power_law_entropy` for every m >= 5, whatever b and alpha, since then m! < (m/e)^(2m). Raises ValueError
    as `power_law_entropy` does.
    """
    m, b, a = _arguments(n_neurons, precision, alpha)
    return plain(m * b - a * m * (np.log2(m) - 1 / _LN2))


def power_law_entropy_saturated(n_neurons: ArrayLike, precision: ArrayLike, alpha: ArrayLike) -> Real:
    """`power_law_entropy` of the first i* = min(m, floor(2^(2b/alpha))) neurons; the others are narrower than a level.

    Never negative. It is also the rate of reverse water-filling at the level 4^-b, the variance of a neuron that is one
    level wide. Raises ValueError as `power_law_entropy` does.
    """
    m, b, a = _arguments(n_neurons, precision, alpha)
    wide = _wide_neurons(m, b, a)
    return plain(wide * b - a / 2 * _log2_factorial(wide))


def saturation_rank(n_neurons: ArrayLike, precision: ArrayLike, alpha: ArrayLike) -> Real:
    """i* = min(m, floor(2^(2b/alpha))): how many neurons are at least one level wide. Raises ValueError as above."""
    return plain(_wide_neurons(*_arguments(n_neurons, precision, alpha)))


def quantized_gaussian_entropy(std: ArrayLike, step: ArrayLike = 1.0) -> Real:
    """Entropy in bits of a Gaussian of standard deviation `std`, rounded to the nearest multiple of `step`.

    The sum over the lattice, centred on a lattice point; from ten steps on its limit, which is then right to 1e-14:
    the rounding error is uniform and adds step^2/12 to the variance. Raises ValueError for a negative std or a step
    that is not positive.
    """
    std, step = validate.nonnegative("std", std), validate.positive("step", step)
    validate.broadcastable(std=std, step=step)
    std, step = np.broadcast_arrays(std, step)
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        ratio = std / step
        smooth = _GAUSSIAN + np.log2(std) - np.log2(step) + np.log1p((1 / 12) / np.square(ratio)) / (2 * _LN2)
    return plain(np.where(ratio < _SMOOTH, _lattice_sum(np.minimum(ratio, _SMOOTH)), smooth))


def quantized_gaussian_variance(std: ArrayLike, step: ArrayLike = 1.0) -> Real:
    """Variance of a Gaussian of standard deviation `std` after rounding to the nearest multiple of `step`.

    In the square of std's unit; from ten steps on std^2 + step^2/12. Raises ValueError as `quantized_gaussian_entropy`.
    """
    std, step = validate.nonnegative("std", std), validate.positive("step", step)
    validate.broadcastable(std=std, step=step)
    ratio = std / step
    narrow = np.clip(ratio, 1e-3, _SMOOTH)
    total = np.zeros_like(narrow)
    for k in range(1, int(39 * narrow.max(initial=0)) + 2):  # E k^2 = 2 sum (2k - 1) P(value > k - 1/2)
        total = total + 2 * (2 * k - 1) * ndtr(-(k - 0.5) / narrow)
    return plain(np.square(step) * np.where(ratio < _SMOOTH, total, np.square(ratio) + 1 / 12))


def lattice_entropy_bound(eigenvalues: ArrayLike, step: ArrayLike = 1.0) -> Real:
    """sum_i 1/2 log2(2 pi e (lambda_i / step^2 + 1/12)) bits: no law on a lattice of that step holds more.

    `eigenvalues` (..., m) are those of the covariance of the *lattice* variable, that is, after quantisation; `step`
    broadcasts against the leading axes. Any dependence is allowed, and any rotation of the lattice; for m = 1 it is
    Massey's inequality. Raises ValueError for a negative eigenvalue or a step that is not positive.
    """
    values = np.atleast_1d(validate.nonnegative("eigenvalues", eigenvalues))
    step = validate.positive("step", step)
    if values.shape[-1] == 0:
        raise ValueError(f"eigenvalues must have at least one on its last axis, got shape {values.shape}")
    validate.broadcastable(eigenvalues=values[..., 0], step=step)
    return plain((_GAUSSIAN + 0.5 * np.log2(np.square(np.sqrt(values) / step[..., None]) + 1 / 12)).sum(axis=-1))


def reverse_water_filling(eigenvalues: ArrayLike, level: ArrayLike) -> tuple[float, float]:
    """(rate in bits, mean squared error in all) of a Gaussian with these variances (m,), described down to `level`.

    Components above the level theta get 1/2 log2(lambda / theta) bits and keep an error of theta; the others get none
    {cite:p}`cover2006`. Any other law with a covariance of these eigenvalues needs at most this rate for this error; it
    is no bound for the entropy of a law that was rounded, which `lattice_entropy_bound` is. Raises ValueError for a
    negative eigenvalue, other shapes, or a level that is not positive.
    """
    values = validate.nonnegative("eigenvalues", eigenvalues)
    if values.ndim != 1:
        raise ValueError(f"eigenvalues must be a vector, got shape {values.shape}")
    theta = validate.scalar("level", validate.positive("level", level))
    rate = 0.5 * np.log2(np.maximum(values / theta, 1)).sum()
    return float(rate), float(np.minimum(values, theta).sum())


def _arguments(n_neurons: ArrayLike, precision: ArrayLike, alpha: ArrayLike) -> tuple[NDArray, NDArray, NDArray]:
    m, b = validate.whole_numbers("n_neurons", n_neurons), validate.nonnegative("precision", precision)
    a = validate.positive("alpha", alpha)
    validate.broadcastable(n_neurons=m, precision=b, alpha=a)
    return m, b, a


def _wide_neurons(m: NDArray, b: NDArray, a: NDArray) -> NDArray:
    """2^(2b/alpha) is not computed where it would exceed m, so it never overflows."""
    with np.errstate(over="ignore"):
        log_rank = 2 * b / a
    return np.where(log_rank >= np.log2(m), m, np.floor(np.exp2(np.minimum(log_rank, np.log2(m)))))


def _log2_factorial(m: Real) -> Real:
    return gammaln(m + 1) / _LN2


def _lattice_sum(ratio: Real) -> Real:
    """-sum p_k log2 p_k for p_k = Phi((k + 1/2) / ratio) - Phi((k - 1/2) / ratio), by pairs of tails."""
    ratio = np.maximum(ratio, 1e-3)  # below that, all mass that a float can tell from 0 lies on one point
    tail = ndtr(-0.5 / ratio)
    total = -(1 - 2 * tail) * np.log1p(-2 * tail)
    for k in range(1, int(39 * ratio.max(initial=0)) + 2):
        beyond = ndtr(-(k + 0.5) / ratio)
        total -= 2 * xlogy(tail - beyond, tail - beyond)
        tail = beyond
    return total / _LN2
