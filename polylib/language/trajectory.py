"""One-dimensional trajectories: what a direction in a layer's activations does from token to token.

Many random directions at once, their path energies, and the direction of least energy, exactly.
"""

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from polylib import validate
from polylib.language.activation_records import Record, Records, load, record, save
from polylib.language.residual_stream import Batch
from polylib.theory.energy import path_energy

__all__ = [
    "DirectionEnergies",
    "Record",
    "Records",
    "load",
    "minimum_energy_direction",
    "random_directions",
    "record",
    "save",
]


def random_directions(
    n_layers: int, n_units: int, n_directions: int, *, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Unit vectors, uniform on the sphere and new in every layer: an array (layers, units, directions).

    Raises ValueError for counts below 1 or a bare seed.
    """
    validate.generator("rng", rng)
    sizes = {"n_layers": n_layers, "n_units": n_units, "n_directions": n_directions}
    shape = [validate.one_count(name, value) for name, value in sizes.items()]
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
        self.skip = validate.one_count("skip", skip, 0)
        self._centre: Tensor | None = None
        self._parts: list[list[NDArray]] = []

    def add(self, batch: Batch) -> None:
        """Take in a batch of the residual stream."""
        wanted, found = self._directions.shape[:2], (len(batch.activations), batch.activations.shape[-1])
        if found != tuple(wanted):
            raise ValueError(f"batch must have the (layers, units) {tuple(wanted)} of the directions, got {found}")
        kept = batch.kept(self.skip)
        if self._centre is None:
            self._centre = batch.activations[:, kept].mean(1)
        both = (kept[:, 1:] & kept[:, :-1]).float()
        found = []
        for x, centre, u in zip(batch.activations, self._centre, self._directions.to(kept.device), strict=True):
            z = (x - centre) @ u
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
        values, counts = zip(*self._parts, strict=True)
        return np.concatenate(values, axis=2), np.concatenate(counts, axis=1)


def minimum_energy_direction(activations: ArrayLike | list[ArrayLike]) -> tuple[NDArray[np.float64], float]:
    """The direction (units,) along which activity has variance 1 and the least path energy, and that energy.

    `activations` is an array (time, units), or several, of any lengths, whose energies add; the variance is over all
    times together, about their common mean, with divisor their number. This is the first slow feature
    {cite:p}`wiskott2002`: Sigma_delta v = lambda Sigma v. With more units than times the covariance is singular, and
    the work is done in its range: other directions do not vary. The direction's largest entry is positive.
    Raises ValueError for anything else, or activity that does not vary.
    """
    paths = _paths(activations)
    x = np.concatenate(paths)
    left, widths, right = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    rank = int((widths > max(x.shape) * np.finfo(float).eps * np.abs(x).max() * np.sqrt(len(x))).sum())
    if rank == 0:
        raise ValueError(f"activations must vary, got {len(x)} equal rows")
    white = left[:, :rank] * np.sqrt(len(x))  # the same paths in coordinates of unit variance
    ends = np.cumsum([len(path) for path in paths])[:-1]
    steps = np.concatenate([np.diff(part, axis=0) for part in np.split(white, ends)])
    _, found = np.linalg.eigh(steps.T @ steps / 2)
    direction = right[:rank].T @ (found[:, 0] * np.sqrt(len(x)) / widths[:rank])
    direction *= np.sign(direction[np.abs(direction).argmax()])
    return direction, float(sum(path_energy(path @ direction[:, None]) for path in paths))


def _paths(activations: ArrayLike | list[ArrayLike]) -> list[NDArray[np.float64]]:
    several = isinstance(activations, list | tuple) and len(activations) > 0 and np.ndim(activations[0]) == 2
    several = several or getattr(activations, "ndim", 0) == 3
    paths = [validate.real("activations", path) for path in (activations if several else [activations])]
    shapes = [path.shape for path in paths]
    if any(len(shape) != 2 or 0 in shape for shape in shapes) or len({shape[1] for shape in shapes}) != 1:
        raise ValueError(f"activations must be arrays (time, units) with as many units each, got shapes {shapes}")
    return paths
