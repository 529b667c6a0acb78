"""Energy of a random projection: the trace that it estimates, its link to zeta, and the energy of a path.

Activity A has m units and covariance eigenvalues lambda_i = i^-s; r projects it to k dimensions, z = A r. *Level*
energy is the mean of |z|^2 / 2, *path* energy the sum of |z_{t+1} - z_t|^2 / 2. Both are in squared units of
activity. Arguments broadcast; scalars give a float.
"""

from collections.abc import Callable

import numpy as np
from flint import arb, ctx
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import bernoulli, exprel, factorial

from polylib import validate
from polylib.validate import Real, plain

_FIRST = 128  # terms summed one by one; Euler and Maclaurin sum the others
_ORDERS = np.arange(2, 22, 2)
_COEFFICIENTS = bernoulli(_ORDERS[-1])[_ORDERS] / factorial(_ORDERS)
_STEEP = 100  # from this exponent on every term but the first is below the last digit


def random_projection(n_units: int, n_dims: int = 3, *, rng: np.random.Generator) -> NDArray[np.float64]:
    """Gaussian matrix r (n_units, n_dims) with entries of mean 0 and variance 1/n_units (supplement 2.5).

    Raises ValueError unless both sizes are counts and `rng` is a numpy Generator.
    """
    m = validate.integer("n_units", n_units)
    k = validate.integer("n_dims", n_dims)
    validate.generator("rng", rng)
    return rng.standard_normal((m, k)) / np.sqrt(m)


def path_energy(points: ArrayLike) -> Real:
    """Energy of a path, half the sum of |x_{t+1} - x_t|^2 over its steps; `points` is an array (..., time, dim).

    A path of one point has energy 0. Raises ValueError for fewer than two axes, no point, or an energy that overflows.
    """
    x = validate.real("points", points)
    if x.ndim < 2 or x.shape[-2] == 0:
        raise ValueError(f"points must be an array (..., time, dim) with at least one time, got shape {x.shape}")
    return _finite("points must keep their energy", points, lambda: (np.diff(x, axis=-2) ** 2).sum(axis=(-2, -1)) / 2)


def projected_energy(eigenvalues: ArrayLike, n_dims: ArrayLike = 3) -> Real:
    """Expected level energy (k / 2m) sum lambda of a random projection (supplement 2.5, repaired).

    `eigenvalues` is an array (..., m) of the covariance of centred activity; only their sum matters. Raises ValueError
    for a negative eigenvalue, none at all, a sum that overflows, or `n_dims` k that is no count.
    """
    spectrum, k = _spectrum(eigenvalues), validate.whole_numbers("n_dims", n_dims)
    validate.broadcastable(eigenvalues=spectrum[..., 0], n_dims=k)
    return _finite("eigenvalues must keep their sum", eigenvalues, lambda: k / 2 * spectrum.mean(axis=-1))


def partial_zeta(s: ArrayLike, n_terms: ArrayLike) -> Real:
    """Sum of i^-s over i <= m = n_terms, which is zeta(s) - zeta(s, m+1), for every real s, 1 and below included.

    Raises ValueError for `n_terms` that is no count, or a sum beyond floating point.
    """
    s, m = validate.real("s", s), validate.whole_numbers("n_terms", n_terms)
    validate.broadcastable(s=s, n_terms=m)
    return _finite("s must keep the sum", f"{s} for n_terms {m}", lambda: _partial_zeta(*np.broadcast_arrays(s, m)))


def power_law_energy(s: ArrayLike, n_units: ArrayLike, n_dims: ArrayLike = 3) -> Real:
    """Expected level energy (k / 2m) sum_{i<=m} i^-s of m = n_units neurons in k = n_dims dimensions.

    The supplement's link, repaired. Raises ValueError as `partial_zeta` does, and for `n_dims` that is no count.
    """
    m, k = validate.whole_numbers("n_units", n_units), validate.whole_numbers("n_dims", n_dims)
    validate.broadcastable(s=s, n_units=m, n_dims=k)
    return plain(k / (2 * m) * partial_zeta(s, m))


def power_law_energy_printed(s: ArrayLike) -> Real:
    """zeta(s) / 2, as the supplement prints it; for s < 1 by continuation, where it is no sum and no energy.

    Raises ValueError at the pole s = 1, and where the value is beyond floating point.
    """
    s, half_zeta = validate.real("s", s), np.vectorize(lambda s: digits(lambda: arb(s).zeta() / 2), otypes=[float])
    if np.any(s == 1):
        raise ValueError(f"s must not be 1, the pole of zeta, got {s}")
    return _finite("s must keep zeta(s)", s, lambda: half_zeta(s))


def exponent_from_energy(energy: ArrayLike, n_units: ArrayLike, n_dims: ArrayLike = 3) -> Real:
    """The exponent s at which `power_law_energy` is `energy`; every real s is reached, so it may be negative.

    The energy falls with s from infinity to k / 2m, where only the first eigenvalue, 1, is left. Raises ValueError at
    or below that limit, for a sum 2m/k energy beyond floating point, and for fewer than two units.
    """
    energy = validate.positive("energy", energy)
    m, k = validate.whole_numbers("n_units", n_units, least=2), validate.whole_numbers("n_dims", n_dims)
    validate.broadcastable(energy=energy, n_units=m, n_dims=k)
    total = _finite("energy must keep the sum of eigenvalues", energy, lambda: energy * (2 * m / k))
    if not np.all(total > 1):
        raise ValueError(f"energy must be above n_dims / (2 n_units) = {k / (2 * m)}, got {energy}")
    return plain(np.vectorize(_exponent, otypes=[float])(total, m))


def participation_ratio(eigenvalues: ArrayLike) -> Real:
    """Effective number of dimensions (sum lambda)^2 / sum lambda^2 of eigenvalues (..., m), between 1 and m.

    The level energy of one random k-dimensional projection varies by sqrt(2 / (k PR)) of its mean. Raises ValueError
    for negative eigenvalues, or none above 0.
    """
    spectrum = _spectrum(eigenvalues)
    largest = spectrum.max(axis=-1, keepdims=True)
    if not np.all(largest > 0):
        raise ValueError(f"eigenvalues must have one above 0, got {eigenvalues}")
    scaled = spectrum / largest
    return plain(scaled.sum(axis=-1) ** 2 / (scaled**2).sum(axis=-1))


def critical_exponent(dimension: ArrayLike) -> Real:
    """Exponent 1 + 2/d above which a code of d-dimensional stimuli can have a derivative {cite:p}`stringer2019`.

    Close stimuli have close answers, on average, above 1 already. Raises ValueError unless `dimension` is positive, and
    so large that 2/d does not overflow.
    """
    return _finite("dimension must keep 1 + 2/d", dimension, lambda: 1 + 2 / validate.positive("dimension", dimension))


def digits(formula: Callable[[], arb]) -> float:
    """A formula in balls as a float, at a precision that grows until its last digit is known."""
    for precision in 128 * 2 ** np.arange(8):
        with ctx.workprec(int(precision)):
            ball = formula()
        if ball.rel_accuracy_bits() > 56 or ball.abs_upper() < 1e-330:
            break
    return float(ball)


def _spectrum(eigenvalues: ArrayLike) -> NDArray[np.float64]:
    spectrum = validate.nonnegative("eigenvalues", eigenvalues)
    if spectrum.ndim == 0 or spectrum.shape[-1] == 0:
        raise ValueError(f"eigenvalues must be an array (..., m) with at least one, got shape {spectrum.shape}")
    return spectrum


def _finite(rule: str, given: object, formula: Callable[[], Real]) -> Real:
    """The formula's value, or a ValueError where it overflows."""
    with np.errstate(over="ignore"):
        value = formula()
    if not np.all(np.isfinite(value)):
        raise ValueError(f"{rule} within floating point, got {given}")
    return plain(value)


def _partial_zeta(s: Real, m: Real) -> Real:
    """The sum, infinite where it overflows."""
    s = np.minimum(s, _STEEP)
    with np.errstate(over="ignore", invalid="ignore"):
        blocks = np.arange(_FIRST, 0, -1.0).reshape(-1, 16)  # small terms first, few at a time
        first = sum(np.where(i <= m[..., None], i ** -s[..., None], 0).sum(axis=-1) for i in blocks)
        return np.where(m > _FIRST, first + _later_terms(s, np.maximum(m, _FIRST)), first)


def _later_terms(s: Real, m: Real) -> Real:
    """The terms after the first ones, by the formula of Euler and Maclaurin; its integral is smooth at s = 1."""
    n, length = float(_FIRST), np.log(m / _FIRST)
    total = n ** (1 - s) * length * exprel((1 - s) * length) + (m**-s - n**-s) / 2
    rising = s  # s (s+1) ... (s+order-2)
    for order, coefficient in zip(_ORDERS, _COEFFICIENTS, strict=True):
        total = total + coefficient * rising * (n ** (1.0 - order - s) - m ** (1.0 - order - s))
        rising = rising * (s + order - 1) * (s + order)
    return total


def _exponent(total: float, m: float) -> float:
    """Root of log sum = log total, between ends at which the sum is certainly above and below."""
    low, high = -np.log(total) / np.log(m), max(2.0, np.log2(3 / (total - 1)))

    def gap(s: float) -> float:
        return min(float(np.log(_partial_zeta(np.asarray(s), np.asarray(m)))), 710.0) - float(np.log(total))

    return brentq(gap, low, high, xtol=1e-14) if gap(high) < 0 else high
