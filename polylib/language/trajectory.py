"""One-dimensional trajectories of many random directions at once, and their path energies."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from polylib import validate
from polylib.language.residual_stream import Batch


def random_directions(
    n_layers: int, n_units: int, n_directions: int, *, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Unit vectors, uniform on the sphere and new in every layer: an array (layers, units, directions).

    Raises ValueError for counts below 1 or a bare seed.
    """
    validate.generator("rng", rng)
    sizes = {"n_layers": n_layers, "n_units": n_units, "n_directions": n_directions}
    shape = [validate.integer(name, value) for name, value in sizes.items()]
    u = rng.standard_normal(shape, dtype=np.float32)
    return u / np.linalg.norm(u, axis=1, keepdims=True)


class DirectionEnergies:
    """Path energy and moments of the trajectories of many directions, all layers in one pass of matrix products.

    `directions` (layers, units, n). The first `skip` tokens of a passage are left out. Trajectories are not kept: what
    stays is three numbers for each (layer, passage, direction). Raises ValueError for directions of another shape, or
    that do not fit a batch.
    """

    def __init__(self, directions: NDArray, skip: int = 4) -> None:
        self._directions = torch.from_numpy(validate.real("directions", directions).astype(np.float32))
        if self._directions.ndim != 3:
            raise ValueError(f"directions must have shape (layers, units, n), got {tuple(self._directions.shape)}")
        self.skip = validate.integer("skip", skip, 0)
        self._centre: Tensor | None = None
        self._parts: list[list[NDArray]] = []

    def add(self, batch: Batch) -> None:
        """Take in a batch of the residual stream."""
        wanted, found = self._directions.shape[:2], (len(batch.activations), batch.activations.shape[-1])
        if found != tuple(wanted):
            raise ValueError(f"batch must have the (layers, units) {tuple(wanted)} of the directions, got {found}")
        kept = batch.kept(self.skip)
        if self._centre is None and kept.any():  # the first tokens alone would give nan
            self._centre = batch.activations[:, kept].mean(1)
        centres = torch.zeros_like(batch.activations[:, 0, 0]) if self._centre is None else self._centre
        both = (kept[:, 1:] & kept[:, :-1]).float()
        found = []
        for x, centre, u in zip(batch.activations, centres, self._directions.to(kept.device), strict=True):
            z = (x - centre).masked_fill(~kept[..., None], 0) @ u
            energy = torch.einsum("ptd,pt->pd", z.diff(dim=1).square_(), both) / 2
            moments = (torch.einsum("ptd,pt->pd", power, kept.float()) for power in (z, z.square()))
            found.append(torch.stack([energy, *moments]))
        counts = np.stack([kept.sum(1).cpu().numpy(), both.sum(1).cpu().numpy()])
        self._parts.append([torch.stack(found, 1).cpu().numpy(), counts])

    @property
    def energy(self) -> NDArray[np.float32]:
        """Path energy (layers, passages, directions) of every trajectory, in activity squared."""
        return self._all()[0][0]

    def variance(self) -> NDArray[np.float64]:
        """Variance (layers, directions) over all tokens of all passages."""
        (_, total, square), (points, _) = self._all()
        n = points.sum()
        return square.sum(1, dtype=np.float64) / n - (total.sum(1, dtype=np.float64) / n) ** 2

    def relative(self) -> NDArray[np.float64]:
        """Mean energy of a step over the variance, (layers, directions): 1 for white noise."""
        return self.per_step() / self.variance()

    def per_step(self) -> NDArray[np.float64]:
        """Mean energy of a step, (layers, directions)."""
        values, (_, steps) = self._all()
        return values[0].sum(1, dtype=np.float64) / steps.sum()

    def _all(self) -> tuple[NDArray, NDArray]:
        if not self._parts:
            raise ValueError("batches must be added before energies are asked for, got none")
        values, counts = (np.concatenate(part, axis=2 - i) for i, part in enumerate(zip(*self._parts, strict=True)))
        if not counts[1].any():
            raise ValueError(f"batches must hold a passage with a step after {self.skip} tokens, got none")
        return values, counts
