"""How many bits a layer can hold at a declared precision: Theorem 4 in its forms, a Gaussian rate, and two bounds."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polylib import validate
from polylib.representation.exponent import fit_power_law
from polylib.representation.spectrum import eigenspectrum
from polylib.theory import power_law
from polylib.theory.entropy import entropy


def component_bits(eigenvalues: ArrayLike, precision: float) -> NDArray[np.float64]:
    """Bits of each component (units,), none below one level, where the first fills 2^precision levels.

    Their sum is the rate of reverse water-filling at the variance of a neuron one level wide. Raises ValueError for
    eigenvalues that are negative, none of which is positive, or a negative precision.
    """
    values = validate.nonnegative("eigenvalues", eigenvalues)
    b = validate.scalar("precision", validate.nonnegative("precision", precision))
    if values.ndim != 1 or not values.max(initial=0):
        raise ValueError(f"eigenvalues must be a vector with a positive one, got {eigenvalues!r}")
    return 0.5 * np.log2(np.maximum(4.0**b * values / values.max(), 1))


def layer_bits(activity: ArrayLike, precision: float) -> dict[str, float]:
    """Name -> bits of a layer (samples, units) whose first component fills 2^precision levels, rounded to its step.

    Units that are 0 for every sample are left out. "printed", "repaired" and "clipped" are Theorem 4 at the fitted
    exponent; "Gaussian rate" has the measured eigenvalues instead. Bounds for the rounded layer are "lattice bound",
    from its covariance without the units that rounding makes constant, and "sum over units", of entropies that are
    counted over the samples. "room" is units times precision, "levels" the most that a unit has. Raises ValueError for
    a layer that is no matrix or has no living unit, and as `fit_power_law` does.
    """
    x = validate.real("activity", activity)
    if x.ndim != 2 or not x.any():
        raise ValueError(f"activity must be a matrix (samples, units) with a unit that is not 0, got shape {x.shape}")
    living = x[:, x.any(axis=0)]
    values = eigenspectrum(living)
    rounded = np.round(living / (np.sqrt(12 * values[0]) / 2.0**precision))
    varied = rounded[:, np.ptp(rounded, axis=0) > 0]
    law = living.shape[1], precision, fit_power_law(values).alpha
    counts = [np.unique(unit, return_counts=True)[1] for unit in rounded.T]
    return {
        "printed": float(power_law.power_law_entropy_printed(*law)),
        "repaired": float(power_law.power_law_entropy(*law)),
        "clipped": float(power_law.power_law_entropy_saturated(*law)),
        "Gaussian rate": float(component_bits(values, precision).sum()),
        "lattice bound": float(power_law.lattice_entropy_bound(eigenspectrum(varied))),
        "sum over units": float(sum(entropy(n / n.sum()) for n in counts)),
        "room": float(living.shape[1] * precision),
        "levels": float(max(n.size for n in counts)),
    }
