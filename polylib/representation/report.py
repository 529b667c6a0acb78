"""A network dissected layer by layer into records of numbers that JSON can hold and figures can draw."""

import copy
import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from polylib import validate
from polylib.representation.dissection import (
    AlongThePath,
    Exponent,
    OverImages,
    along_the_path,
    many_projections,
    over_images,
    path_activity,
    step_slope,
)
from polylib.representation.projections import PathStatistics

Record = dict[str, float | list[float] | None]


def dissect(
    model: nn.Module,
    images: Float[Tensor, "n channels height width"],
    frames: Float[Tensor, "time channels height width"],
    layers: Sequence[str],
    *,
    reading: str = "pooled",
    dropout: bool = False,
    n_projections: int = 1_000,
    stride: int = 8,
    ranks: tuple[int, int] = (10, 100),
    batch: int = 100,
    rng: np.random.Generator,
) -> dict[str, Record]:
    """Everything that chapters 4 and 5 measure, of every named layer; None where a layer has no such number.

    Over `images`, in the given reading: units, alpha (the decay coefficient, its interval's ends beside it), spectrum
    at about 40 ranks, participation, explained, bits, link. With `dropout` also, from two masks: reliability,
    shared_alpha, noisy_alpha, noisy_bits. Over the `frames` of a dot on a circle, all channels at all positions:
    ring_alpha, slope, level, path, mean_square, and with `dropout` noisy_slope; over random projections: correlation
    with its interval, level_seen and path_seen with their standard errors. Frames in double precision pass a copy of
    the model in double, so that rounding does not roughen a short step. The masks are drawn from torch's random
    state, the projections from `rng`. Raises ValueError as the functions of `polylib.representation.dissection` do.
    """
    validate.generator("rng", rng)
    batches = images.split(validate.one_count("batch", batch))
    quiet = over_images(model, batches, layers, reading=reading)
    noisy = over_images(model, batches, layers, reading=reading, dropout=True) if dropout else {}
    precise = copy.deepcopy(model).to(frames.dtype) if frames.dtype == torch.float64 else model
    activity = path_activity(precise, frames, layers)
    seen = many_projections(activity, frames, n_projections, stride=stride, rng=rng)
    moves = along_the_path(activity, stride=stride, ranks=ranks)
    activity = path_activity(model, frames.to(images.dtype), layers, dropout=True) if dropout else {}
    shaken = {name: step_slope(x) for name, x in activity.items()}
    return {
        name: _of_images(quiet[name], noisy.get(name)) | _of_path(moves[name], shaken.get(name)) | _of_many(seen, i)
        for i, name in enumerate(layers)
    }


def _of_images(quiet: OverImages, noisy: OverImages | None) -> Record:
    ranks = np.unique(np.geomspace(1, quiet.units, 40).round().astype(int))
    record = {
        "units": quiet.units,
        "alpha": _ends(quiet.exponent),
        "spectrum_ranks": ranks.tolist(),
        "spectrum": [float(f"{value:.4g}") for value in quiet.eigenvalues[ranks - 1]],
        "participation": quiet.participation,
        "explained": _plain(quiet.explained),
        "bits": quiet.bits,
        "link": _plain(quiet.link),
    }
    if noisy is not None:
        record |= {
            "reliability": _plain(noisy.reliability),
            "shared_alpha": _ends(noisy.shared),
            "noisy_alpha": _ends(noisy.exponent),
            "noisy_bits": noisy.bits,
        }
    return record


def _of_path(quiet: AlongThePath, noisy_slope: float | None) -> Record:
    record = {
        "ring_alpha": _ends(quiet.exponent),
        "slope": _plain(quiet.slope),
        "level": quiet.level,
        "path": quiet.path,
        "mean_square": quiet.mean_square,
    }
    return record | ({} if noisy_slope is None else {"noisy_slope": _plain(noisy_slope)})


def _of_many(seen: PathStatistics, layer: int) -> Record:
    record = {}
    for name, energies in (("level_seen", seen.level[layer]), ("path_seen", seen.path[layer])):
        record[name] = [float(energies.mean()), float(energies.std() / math.sqrt(energies.size))]
    found = seen.correlation[layer]
    ends = np.quantile(found, [0.025, 0.975])
    return record | {"correlation": [_plain(float(value)) for value in (found.mean(), *ends)]}


def _ends(found: Exponent | None) -> list[float] | None:
    """Exponent, low and high end of its interval."""
    return None if found is None else [found.alpha, *found.interval]


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
