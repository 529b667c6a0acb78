"""Kinds of directions to compare: random ones, single units, and two that are fitted to what the network does."""

import numpy as np
from numpy.typing import NDArray

from polylib import validate
from polylib.language.slow_directions import slowest
from polylib.language.trajectory import random_directions

KINDS = ("random", "single unit", "PCA axis", "slow", "random, units alike")
"""the last are random directions of units that were first made equally loud"""


class Kinds:
    """Directions of each of the `KINDS`, `n` a kind, for some layers of a network.

    Fitted to step moments and covariances (layers, units, units) of passages that nobody explains or scores, as
    `PathMoments.moments` gives them: the `n` leading principal axes and the `n` slowest directions of each layer, and
    the loudness of its units. Raises ValueError for n below 1 or above what the moments can tell, and for a unit that
    never varies.
    """

    def __init__(self, steps: NDArray[np.float64], covariances: NDArray[np.float64], n: int) -> None:
        self.n = validate.integer("n", n)
        self._fitted = []
        for step, spread in zip(steps, covariances, strict=True):
            spread = validate.real("covariances", spread)
            loudness = np.sqrt(np.diag(spread))
            if not (loudness > 0).all():
                raise ValueError(f"covariances must have a variance above 0 for each unit, got {loudness.min()}")
            leading = np.linalg.eigh(spread)[1][:, ::-1][:, : self.n]
            self._fitted.append((loudness[:, None], leading, slowest(step, spread, self.n)[1]))

    def draw(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Unit vectors (layers, units, kinds x n): random directions and units are new with each draw."""
        n_units = len(self._fitted[0][0])
        found = []
        for u, (loudness, leading, slow) in zip(
            random_directions(len(self._fitted), n_units, self.n, rng=rng), self._fitted, strict=True
        ):
            unit = np.eye(n_units)[:, rng.permutation(n_units)[: self.n]]
            kinds = np.hstack([u, unit, leading, slow, u / loudness])
            found.append(kinds / np.linalg.norm(kinds, axis=0))
        return np.stack(found)
