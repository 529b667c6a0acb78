"""Many random projections of the paths of many layers at once, with the energies and distances that they show."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from polylib import validate
from polylib.representation.closed_path import centred_root

_AT_ONCE = 2**18  # distances computed together: as many as a cache holds


@dataclass(frozen=True)
class PathStatistics:
    """What each random projection of each layer's path shows; arrays (layers, projections)."""

    layers: tuple[str, ...]
    level: NDArray[np.float64]
    """mean of |z|^2 / 2 of the centred path, in activity squared"""
    path: NDArray[np.float64]
    """mean of |z_{t+1} - z_t|^2 / 2 over the steps of the closed path, in activity squared"""
    correlation: NDArray[np.float64] | None
    """Pearson's, of the distances between points of the path and those given; over all pairs of times"""


def random_paths(
    activities: Mapping[str, Tensor], n_projections: int, n_dims: int = 3, *, rng: np.random.Generator
) -> Float[Tensor, "layers projections time dims"]:
    """Random projections of every layer's activity (time, units), centred, in one batch of matrix products.

    The law is that of `theory.energy.random_projection`: Gaussian entries of variance 1/units, drawn anew for every
    layer and projection. Only the projection's action on the path is drawn: its part on an orthonormal basis of the
    activity, which is Gaussian too. So a layer costs time^2, however many units it has. Raises ValueError for no layer,
    activity that is no finite matrix, or layers that differ in their number of times or device.
    """
    validate.generator("rng", rng)
    n, k = validate.integer("n_projections", n_projections), validate.integer("n_dims", n_dims)
    roots = _roots(activities)
    times = roots.shape[1]
    draws = torch.from_numpy(rng.standard_normal((len(roots), times, n * k))).to(roots)
    return (roots @ draws).unflatten(2, (n, k)).movedim(2, 1).contiguous()  # sums over a path are quicker so


def path_statistics(
    activities: Mapping[str, Tensor],
    n_projections: int,
    n_dims: int = 3,
    *,
    distances: ArrayLike | None = None,
    rng: np.random.Generator,
) -> PathStatistics:
    """Energies of random projections of closed paths, and how their distances correlate with `distances` (time, time).

    Raises ValueError as `random_paths` does, for a path of fewer than three times, and for distances of another shape,
    below 0, or all equal.
    """
    paths = random_paths(activities, n_projections, n_dims, rng=rng)
    times = paths.shape[2]
    if times < 3:
        raise ValueError(f"activities must have at least 3 times, got {times}")
    step = (paths - paths.roll(-1, 2)).square().sum((2, 3)) / (2 * times)
    level = paths.square().sum((2, 3)) / (2 * times)
    correlation = None if distances is None else distance_correlation(paths, distances)
    return PathStatistics(tuple(activities), level.cpu().numpy(), step.cpu().numpy(), correlation)


def many_projections(
    activity: dict[str, Float[Tensor, "time units"]],
    frames: Float[Tensor, "time channels height width"],
    n_projections: int,
    *,
    stride: int = 8,
    rng: np.random.Generator,
) -> PathStatistics:
    """Energies of random projections, and how their distances follow those of the images, every `stride` frames.

    Raises ValueError as `path_statistics` does.
    """
    pixels = frames[::stride].flatten(1).double()
    coarse = {name: x[::stride] for name, x in activity.items()}
    apart = torch.cdist(pixels, pixels, compute_mode="donot_use_mm_for_euclid_dist").cpu().numpy()
    return path_statistics(coarse, n_projections, distances=apart, rng=rng)


def distance_correlation(paths: Float[Tensor, "*batch time dims"], distances: ArrayLike) -> NDArray[np.float64]:
    """Pearson correlation, over pairs of times, of distances between points of each path with `distances` (time, time).

    nan for a path that stays at one point, but for rounding. Raises ValueError for paths that are not finite, and for
    distances of another shape, below 0, or all equal.
    """
    times = paths.shape[-2]
    validate.finite("paths", paths)
    given = torch.from_numpy(validate.nonnegative("distances", distances)).to(paths.device)
    if given.shape != (times, times):
        raise ValueError(f"distances must have shape {(times, times)}, got {tuple(given.shape)}")
    apart = ~torch.eye(times, dtype=torch.bool, device=paths.device)
    given = given / torch.where(apart, given, 0).max().clamp_min(torch.finfo(given.dtype).tiny)
    pairs = times * (times - 1)
    given = torch.where(apart, given - torch.where(apart, given, 0).sum() / pairs, 0)
    if not bool(given.abs().amax() > 1e-12):
        raise ValueError("distances must differ between pairs of times, got one value")
    with_ones = torch.stack([given.flatten() / given.norm(), torch.ones_like(given).flatten()], dim=1)
    parts = paths.reshape(-1, times, paths.shape[-1]).split(max(1, _AT_ONCE // times**2))
    found = torch.cat([_correlation(part, with_ones, pairs) for part in parts])
    return found.reshape(paths.shape[:-2]).cpu().numpy()


def _roots(activities: Mapping[str, Tensor]) -> Float[Tensor, "layers time time"]:
    """For each layer a square matrix with the centred activity's products between times, over the root of units."""
    if not activities:
        raise ValueError("activities must hold at least one layer, got none")
    shapes = {name: tuple(x.shape) for name, x in activities.items()}
    if any(len(shape) != 2 or not shape[1] for shape in shapes.values()) or len({s[0] for s in shapes.values()}) > 1:
        raise ValueError(f"activities must be matrices (time, units) with the same times, got shapes {shapes}")
    roots = []
    for name, x in activities.items():
        root = centred_root(x)
        validate.finite("activities", root, f" in {name}")
        roots.append(torch.nn.functional.pad(root, (0, len(x) - root.shape[1])) / x.shape[1] ** 0.5)
    return torch.stack(roots)


def _correlation(paths: Tensor, with_ones: Tensor, pairs: int) -> Tensor:
    """Squared distances as one product, |x|^2 + |y|^2 - 2 x.y, whose rounding may leave them below 0; in double."""
    rounding = 4 * torch.finfo(paths.dtype).eps * paths.abs().amax((1, 2), keepdim=True).double()
    paths = paths.double() - paths.double().mean(1, keepdim=True)
    largest = paths.abs().amax((1, 2), keepdim=True)
    moves = largest > rounding
    paths = paths / torch.where(moves, largest, 1)
    norms, one = paths.square().sum(2, keepdim=True), torch.ones_like(paths[:, :, :1])
    squared = torch.cat([paths, norms, one], 2) @ torch.cat([-2 * paths, one, norms], 2).mT
    products, total = (squared.clamp_min_(0).sqrt_().flatten(1) @ with_ones).unbind(1)
    variance = 2 * paths.shape[1] * norms.sum((1, 2)) - total.square() / pairs
    found = (products / variance.clamp_min(0).sqrt()).clamp(-1, 1)
    return torch.where(moves.flatten(), found, torch.nan)
