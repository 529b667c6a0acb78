"""A code of the angle on a circle whose frequencies follow a power law: what a step costs, and the exponent it shows.

Frequency i, a sine and a cosine, has variance i^-s. A code of m units has at most m/2 frequencies, so that it follows
the law at steps well above 1/m only, and every code is smooth below.
"""

import numpy as np
from flint import acb
from numpy.typing import ArrayLike, NDArray

from polylib import validate
from polylib.theory.energy import digits
from polylib.validate import Real, plain

_STEEP, _FEW = 12, 128  # from this exponent on the terms after so many are below 1e-19 of the first


def step_energy(s: ArrayLike, step: ArrayLike, n_frequencies: ArrayLike | None = None) -> Real:
    """Sum of i^-s (1 - cos(i step)) over i <= n_frequencies, or over all, where it is zeta(s) - Re Li_s(e^{i step}).

    Times k/m it is the expected path energy a step when a stimulus moves on a circle by `step` radians, and its code by
    m units is projected to k dimensions. Even and periodic in `step`; arguments broadcast. A finite sum goes term by
    term. Raises ValueError for s of 1 or less without `n_frequencies`, one that is no count, or a sum that overflows.
    """
    s, step = validate.real("s", s), validate.real("step", step)
    angle = np.abs(np.arctan2(np.sin(step), np.cos(step)))
    if n_frequencies is None:
        if not np.all(s > 1):
            raise ValueError(f"s must be above 1, got {s}")
        validate.broadcastable(s=s, step=step)
        return plain(np.vectorize(_endless, otypes=[float])(s, angle))
    n = validate.whole_numbers("n_frequencies", n_frequencies)
    validate.broadcastable(s=s, step=step, n_frequencies=n)
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.vectorize(_sum, otypes=[float])(s, angle, n)
    if not np.all(np.isfinite(total)):
        raise ValueError(f"s must keep the sum within floating point, got {s}")
    return plain(total)


def exponent_from_steps(step: ArrayLike, energy: ArrayLike) -> Real:
    """Exponents read between neighbouring steps: 1 + the slope of log energy against log step, arrays (..., steps).

    `energy` is the mean squared step of activity or of a projection, in any unit. The reading is s where the code
    follows a power law of exponent 1 < s < 3 and 1/m << step << 1 (radians of a circle); it is 3 for a steeper code,
    and for any code at steps too short for its finest frequency. Raises ValueError for fewer than two steps, steps that
    do not rise, or energies that are not positive.
    """
    step, energy = validate.positive("step", step), validate.positive("energy", energy)
    if step.ndim == 0 or step.shape[-1] < 2 or energy.shape[-1:] != step.shape[-1:]:
        raise ValueError(f"step, energy must be arrays (..., steps) of two or more, got {step.shape}, {energy.shape}")
    validate.broadcastable(step=step, energy=energy)
    if not np.all(np.diff(step) > 0):
        raise ValueError(f"step must rise along its last axis, got {step}")
    return plain(1 + np.diff(np.log(energy)) / np.diff(np.log(step)))


def step_costs(path: ArrayLike, strides: ArrayLike) -> NDArray[np.float64]:
    """Half the mean squared step of closed paths (..., time, dim), in their unit squared, over all starts.

    `strides` is a vector of step lengths in places of the path, and the result has one number for each, (..., strides),
    as `exponent_from_steps` takes them, with strides for steps. Of activity of m units, k/m times it is the expected
    path energy a step in a random projection to k dimensions. Raises ValueError for fewer than two axes or places, no
    unit, or strides that are no vector of whole numbers below the number of places.
    """
    x, lengths = validate.real("path", path), validate.whole_numbers("strides", strides)
    if x.ndim < 2 or x.shape[-2] < 2 or not x.shape[-1]:
        raise ValueError(f"path must be an array (..., time, dim) of at least 2 places and 1 unit, got shape {x.shape}")
    if lengths.ndim != 1 or not lengths.size or lengths.max() >= x.shape[-2]:
        raise ValueError(f"strides must be a vector below the {x.shape[-2]} places of path, got {strides}")
    steps = [np.roll(x, -int(n), axis=-2) - x for n in lengths]
    return np.stack([(step**2).sum(axis=-1).mean(axis=-1) / 2 for step in steps], axis=-1)


def _endless(s: float, angle: float) -> float:
    if s >= _STEEP:
        return _sum(s, angle, _FEW)
    return digits(lambda: (acb(s).zeta() - acb(0, angle).exp().polylog(acb(s))).real) if angle else 0.0


def _sum(s: float, angle: float, n: float) -> float:
    i = np.arange(n, 0, -1.0)  # small terms first
    return float((i**-s * 2 * np.sin(i * angle / 2) ** 2).sum())
