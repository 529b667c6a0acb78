"""How smooth the activity of whole layers is: path energy a step over variance, with intervals over passages."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from polylib import validate
from polylib.language.residual_stream import Batch


class LayerEnergies:
    """Relative path energy of every layer, all directions together: the mean over random directions, exactly.

    Half the mean squared step over the total variance: 1 for white noise, 1 - rho for a stationary sequence with
    correlation rho from one token to the next. The first `skip` tokens of a passage are left out. Raises ValueError for
    `skip` that is no whole number of at least 0.
    """

    def __init__(self, skip: int = 4) -> None:
        self.skip = validate.integer("skip", skip, 0)
        self._centre: Tensor | None = None
        self._parts: list[tuple[Tensor, ...]] = []

    def add(self, batch: Batch) -> None:
        """Take in a batch of the residual stream; what is kept is one vector a layer and passage."""
        x, kept = batch.activations, batch.kept(self.skip)
        if self._centre is None and kept.any():  # the first tokens alone would give nan
            self._centre = x[:, kept].mean(1)[:, None, None]
        x = (x if self._centre is None else x - self._centre).masked_fill(~kept[..., None], 0)
        both = kept[:, 1:] & kept[:, :-1]
        step = (x.diff(dim=2).square_().sum(-1).double() * both).sum(2) / 2
        square = x.square().sum(-1).double().sum(2)
        counts = kept.sum(1).double(), both.sum(1).double()
        self._parts.append(tuple(p.cpu() for p in (step, square, x.sum(2, dtype=torch.float64), *counts)))

    @property
    def n_passages(self) -> int:
        """Number of passages so far."""
        return sum(len(part[3]) for part in self._parts)

    def energies(self, weights: NDArray[np.float64] | None = None, *, any_order: bool = False) -> NDArray[np.float64]:
        """Relative energy (..., layers) of passages counted with `weights` (..., passages), by default once each.

        `any_order` gives its exact mean over all orders of the vectors within each passage: what is left of smoothness
        if neighbours mean nothing, because passages differ. Raises ValueError if there is no step, or weights of
        another length.
        """
        if not self._parts or not sum(float(part[4].sum()) for part in self._parts):
            raise ValueError("passages must hold at least one step, got none")
        w = np.ones(self.n_passages) if weights is None else validate.nonnegative("weights", weights)
        if w.shape[-1] != self.n_passages:
            raise ValueError(f"weights must be (..., {self.n_passages}), one a passage, got shape {w.shape}")
        step, square, total = (np.concatenate([p[i].numpy() for p in self._parts], axis=1) for i in range(3))
        own_points, own_steps = (np.concatenate([p[i].numpy() for p in self._parts]) for i in (3, 4))
        if any_order:  # of a path, the squared deviations from its own mean, one share of which belongs to each step
            spread = square - (total**2).sum(-1) / np.maximum(own_points, 1)
            step = spread * own_steps / np.maximum(own_points - 1, 1)
        points, steps = w @ own_points, w @ own_steps
        mean_square = np.stack([((w @ layer) ** 2).sum(-1) for layer in total], -1) / points[..., None] ** 2
        variance = w @ square.T / points[..., None] - mean_square
        return w @ step.T / steps[..., None] / variance

    def bootstrap(self, n: int = 400, *, rng: np.random.Generator) -> NDArray[np.float64]:
        """Relative energies (n, layers) with passages drawn again; the same `rng` state draws the same passages."""
        validate.generator("rng", rng)
        size = self.n_passages
        return self.energies(rng.multinomial(size, np.full(size, 1 / size), validate.integer("n", n)).astype(float))


def interval(replicates: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the 95 % bootstrap interval over the first axis: the quantiles 0.025 and 0.975."""
    low, high = np.quantile(replicates, [0.025, 0.975], axis=0)
    return low, high
