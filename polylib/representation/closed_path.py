"""How the activity of layers moves when the input goes around a circle: energies of its steps, and how smooth it is."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from polylib import validate
from polylib.representation.activations import stream
from polylib.representation.exponent import alpha_and_ends
from polylib.representation.ranks import given_ranks
from polylib.theory.energy import projected_energy

Record = dict[str, float | list[float] | dict[str, float] | None]


def path_activity(
    model: nn.Module,
    frames: Float[Tensor, "time channels height width"],
    layers: Sequence[str],
    *,
    dropout: bool = False,
    batch_axis: int | None = None,
    batch: int = 64,
) -> dict[str, Float[Tensor, "time units"]]:
    """Activity of the named layers for every frame, all channels at all positions; with `dropout` new masks a frame.

    Raises ValueError as `polylib.representation.activations.stream` does, or for a batch that is no count.
    """
    size = validate.integer("batch", batch)
    settings = {"reading": "flattened", "dropout": dropout, "batch_axis": batch_axis}
    parts = list(stream(model, frames.split(size), layers, **settings))
    return {name: torch.cat([part[name] for part in parts]) for name in layers}


def along_the_path(
    activity: dict[str, Float[Tensor, "time units"]], *, stride: int = 8, ranks: tuple[int, int] = (10, 100)
) -> dict[str, Record]:
    """Energies and smoothness of closed paths (time, units), sampled finely: at least 4 times as many times as ranks.

    In activity squared: mean_square, of the activity, mean included; level, the expected level energy of a random
    projection to 3 dimensions; path, its expected path energy of a step of `stride` frames. slope: of the logarithm of
    the path energy against that of the step, from one frame to four. ring_alpha: exponent of the eigenvalues over the
    circle with the ends of its interval, None where rounding hides the last of `ranks`. Raises ValueError for fewer
    times, or a number of times that is no multiple of `stride`.
    """
    stride, (low, high) = validate.integer("stride", stride), given_ranks(ranks)
    records = {}
    for name, x in activity.items():
        times = len(x)
        if times < 4 * high or times % stride:
            raise ValueError(
                f"activity must have at least {4 * high} times, a multiple of stride {stride}, got {times}"
            )
        lam, total = _over_times(x), float(torch.linalg.vector_norm(x, dtype=torch.float64).square())
        moving = float(torch.linalg.vector_norm(x[:, (x != x[0]).any(0)], dtype=torch.float64).square())
        of_x, of_svd = (torch.finfo(kind).eps ** 2 for kind in (_stored(x), torch.float64))
        rounding = 100 * max(of_x * moving / times**2, of_svd * lam[0])
        high_here = min(high, lam.size)
        clear = high_here > low + 2 and lam[high_here - 1] > rounding
        records[name] = {
            "ring_alpha": alpha_and_ends(lam, (low, high_here)) if clear else None,
            "slope": step_slope(x),
            "level": float(projected_energy(lam)) * lam.size / x.shape[1],
            "path": mean_step_energy(x[::stride]),
            "mean_square": total / x.numel(),
        }
    return records


def _stored(x: Tensor) -> torch.dtype:
    """The coarsest precision that holds all of these numbers: what they were rounded to, whatever holds them now."""
    kinds = (torch.bfloat16, torch.float16, torch.float32)
    return next((kind for kind in kinds if torch.equal(x.to(kind).to(x.dtype), x)), x.dtype)


def step_slope(x: Float[Tensor, "time units"]) -> float | None:
    """By which power of the step the mean path energy of a closed path grows, from one frame to four; None if it is 0.

    Both means are over all starts, so that noise, however uneven over frames, is the same in both.
    """
    one, four = mean_step_energy(x), mean_step_energy(x, stride=4)
    return math.log(four / one) / math.log(4) if min(one, four) > 0 else None


def mean_step_energy(activity: Float[Tensor, "time units"], n_dims: int = 3, *, stride: int = 1) -> float:
    """Expected path energy of a step of the closed path: (k / 2m) of the mean squared step, over all projections.

    In activity squared. A step leads `stride` times on, and one starts at every time. Raises ValueError for `n_dims` or
    a stride that is no count.
    """
    k = validate.integer("n_dims", n_dims)
    steps = activity - activity.roll(-validate.integer("stride", stride), 0)
    return float(k / 2 * torch.linalg.vector_norm(steps, dtype=torch.float64).square() / steps.numel())


def centred_root(path: Float[Tensor, "time units"]) -> Float[Tensor, "time columns"]:
    """A matrix with the same products between times as the centred path, of no more columns than times; in double."""
    x = path.double()
    x = x - x.mean(0)
    return torch.linalg.qr(x.T, mode="r").R.T if x.shape[1] > len(x) else x


def _over_times(x: Tensor) -> NDArray[np.float64]:
    """Eigenvalues of the covariance over times, over n, as the path is all there is; from singular values.

    Those of a product, as in `eigenspectrum`, are lost in its rounding below 1e-15 of the first, where steep ones end.
    """
    root = centred_root(x)
    return torch.linalg.svdvals(root).square().cpu().numpy() / len(x)
