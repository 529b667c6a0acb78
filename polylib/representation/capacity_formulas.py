"""Bits that a layer, or any data, can carry at a declared precision: by each formula of the book, side by side."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polylib import validate
from polylib.representation.spectrum import eigenspectrum
from polylib.theory import entropy, power_law


def bits_by_formula(
    eigenvalues: ArrayLike, precision: float, exponents: Sequence[float], samples: ArrayLike | None = None
) -> dict[str, tuple[float, float] | None]:
    """Formula -> least and largest number of bits over `exponents`, the first component filling 2^precision levels.

    The step is sqrt(12 lambda_1) / 2^precision. From an exponent and the number of units: Theorem 4 as printed,
    repaired, repaired with Stirling's bound, and clipped. From the eigenvalues (units,), whatever their law: the
    Gaussian rate, to which negative ones, of cross-validated PCA, add nothing. From `samples` (n, units), whatever
    their distribution, rounded to the step: the lattice bound and the sum of the entropies of single units, which are
    bounds; without samples None, as the first four are without an exponent. And units times precision. Raises
    ValueError for eigenvalues that do not begin above 0, and an exponent that is not positive.
    """
    lam = np.maximum(validate.real("eigenvalues", eigenvalues), 0)
    b = validate.scalar("precision", validate.positive("precision", precision))
    alphas = validate.positive("exponents", list(exponents))
    if lam.ndim != 1 or not lam.size or not lam[0] > 0:
        raise ValueError(f"eigenvalues must be a vector that begins above 0, got shape {lam.shape}")
    laws = {
        "Theorem 4, printed": power_law.power_law_entropy_printed,
        "repaired": power_law.power_law_entropy,
        "repaired, Stirling's bound": power_law.power_law_entropy_bound,
        "clipped": power_law.power_law_entropy_saturated,
    }
    found = {name: _ends([float(law(lam.size, b, alpha)) for alpha in alphas]) for name, law in laws.items()}
    found["Gaussian rate"] = _ends([power_law.reverse_water_filling(lam, lam[0] * 4.0**-b)[0]])
    found |= {"lattice bound": None, "sum over units": None}
    if samples is not None:
        found |= _of_samples(validate.real("samples", samples), float(np.sqrt(12 * lam[0]) / 2**b))
    return found | {"units times precision": _ends([lam.size * b])}


def _of_samples(x: NDArray, step: float) -> dict[str, tuple[float, float] | None]:
    rounded = np.round(x / step)
    varied = rounded[:, np.ptp(rounded, axis=0) > 0]
    counts = [np.unique(unit, return_counts=True)[1] for unit in rounded.T]
    bound = power_law.lattice_entropy_bound(eigenspectrum(varied)) if varied.shape[1] else 0.0
    return {
        "lattice bound": _ends([float(bound)]),
        "sum over units": _ends([float(sum(entropy.entropy(n / n.sum()) for n in counts))]),
    }


def _ends(values: list[float]) -> tuple[float, float] | None:
    return (min(values), max(values)) if values else None
