"""A direction of least energy with what it is worth: on the passages that it was fitted on, on others, on a jumble."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polylib import validate
from polylib.language.slow_directions import relative_energy, slowest

ENOUGH = 10
"""tokens a unit, below which the energy in sample says more about the fit than about the text"""
Moments = tuple[ArrayLike, ArrayLike]


@dataclass(frozen=True)
class LeastEnergy:
    """The direction of least relative energy on some passages, and its energy there and elsewhere; white noise: 1."""

    direction: NDArray[np.float64]
    """(units,), of variance 1 on the passages that it was fitted on, its largest entry positive"""
    in_sample: float
    """a minimum over as many directions as there are units, so too low"""
    held_out: float
    """on passages that had no part in the fit: what to report"""
    shuffled: float
    """on words in random order: what is left where no text is"""
    tokens_per_unit: float
    """of the fit"""

    @property
    def warning(self) -> str:
        """What is wrong with the energy in sample, in words; empty where nothing is."""
        if self.tokens_per_unit >= ENOUGH:
            return ""
        return f"{self.tokens_per_unit:.1f} tokens a unit, fewer than {ENOUGH}: the energy in sample is far too low"

    def __str__(self) -> str:
        said = f"{self.held_out:.2f} held out, {self.shuffled:.2f} on shuffled words, {self.in_sample:.2f} in sample"
        return f"{said} ({self.warning})" if self.warning else said


def least_energy(fit: Moments, *, held_out: Moments, shuffled: Moments, n_tokens: int) -> LeastEnergy:
    """The slowest direction of `fit`, judged on passages held out and on shuffled words.

    Each is a pair of step moment and covariance (units, units), as `PathMoments.moments` gives for a layer. `n_tokens`
    is the number of tokens behind `fit`. Raises ValueError as `slowest` does, for moments of other shapes, and for
    counts below 1.
    """
    count = validate.integer("n_tokens", n_tokens)
    (least,), direction = slowest(*fit)
    energies = []
    for name, pair in {"held_out": held_out, "shuffled": shuffled}.items():
        if np.shape(pair[0]) != np.shape(fit[0]):
            raise ValueError(f"{name} must have the {len(direction)} units of fit, got shapes {np.shape(pair[0])}")
        energies.append(float(relative_energy(*pair, direction)[0]))
    return LeastEnergy(direction[:, 0], float(least), *energies, count / len(direction))
