"""A network dissected layer by layer into records of numbers that JSON can hold and figures can draw."""

import copy
import math
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from polylib import validate
from polylib.representation.closed_path import Record, along_the_path, path_activity, step_slope
from polylib.representation.exponent import alpha_and_ends
from polylib.representation.layer_spectra import layer_spectra
from polylib.representation.projections import PathStatistics, many_projections
from polylib.theory.energy import partial_zeta, participation_ratio
from polylib.theory.power_law import reverse_water_filling

_STEP = 4.0**-4  # the square of a 4-bit step, over the first eigenvalue


def dissect(
    model: nn.Module,
    images: Float[Tensor, "n channels height width"],
    frames: Float[Tensor, "time channels height width"],
    layers: Sequence[str],
    *,
    reading: str = "pooled",
    channel_axis: int = 1,
    dropout: bool = False,
    n_projections: int = 1_000,
    stride: int = 8,
    ranks: tuple[int, int] = (10, 100),
    batch: int = 100,
    rng: np.random.Generator,
) -> dict[str, Record]:
    """Everything that chapters 4 and 5 measure, of every named layer; None where a layer has no such number.

    Over `images`, in the given reading, with channels on the given axis, what `over_images` says; with `dropout` also,
    from two masks: reliability, shared_alpha, noisy_alpha, noisy_bits. Over the `frames` of a dot on a circle, all
    channels at all positions, what `along_the_path` says, and with `dropout` noisy_slope; over random projections:
    correlation of their distances with those of the frames, and the middle 95 %, level_seen and path_seen with their
    standard errors. Frames in double precision pass a copy of the model in double, so that rounding does not roughen a
    short step. The masks are drawn from torch's random state, the projections from `rng`. Raises ValueError as these
    functions and `stream` do.
    """
    validate.generator("rng", rng)
    batches = images.split(validate.integer("batch", batch))
    settings = {"reading": reading, "channel_axis": channel_axis}
    records = over_images(model, batches, layers, **settings)
    precise = copy.deepcopy(model).to(frames.dtype) if frames.dtype == torch.float64 else model
    activity = path_activity(precise, frames, layers)
    seen = many_projections(activity, frames, n_projections, stride=stride, rng=rng)
    moves = along_the_path(activity, stride=stride, ranks=ranks)
    for i, name in enumerate(records):
        records[name] |= moves[name] | _of_many(seen, i)
    if dropout:
        noisy = over_images(model, batches, layers, dropout=True, **settings)
        shaken = path_activity(model, frames.to(images.dtype), layers, dropout=True)
        for name, found in noisy.items():
            records[name] |= {key: found[key] for key in ("reliability", "shared_alpha")}
            records[name] |= {f"noisy_{key}": found[key] for key in ("alpha", "bits")}
            records[name]["noisy_slope"] = step_slope(shaken[name])
    return records


def over_images(
    model: nn.Module,
    batches: Iterable[Tensor],
    layers: Sequence[str],
    *,
    reading: str = "pooled",
    channel_axis: int = 1,
    dropout: bool = False,
) -> dict[str, Record]:
    """How the activity of the named layers varies over inputs, in one pass without gradients.

    units; alpha, the decay coefficient with the ends of its interval, None where fewer than three eigenvalues differ
    from 0; the spectrum, in activity squared, at about 40 spectrum_ranks; participation, the participation ratio, in
    dimensions; explained, the share of variance in the first ten components; bits, the rate of reverse water-filling to
    a 4-bit step of the first component; link, the trace that the first eigenvalue and alpha predict, over the trace.
    With `dropout` the masks are on, every batch passes twice, and there are shared_alpha, the exponent of what two
    masks share, and reliability, its share of the variance. A layer that does not vary has 0 dimensions and bits, and
    None for the others. Raises ValueError as `polylib.representation.layer_spectra.layer_spectra` does.
    """
    settings = {"reading": reading, "channel_axis": channel_axis, "dropout": dropout, "repeats": dropout}
    records = {}
    for name, found in layer_spectra(model, batches, layers, allow_constant=True, **settings).items():
        lam, varies = found.eigenvalues, found.eigenvalues[0] > 0
        alpha, ranks = alpha_and_ends(lam), np.unique(np.geomspace(1, lam.size, 40).round().astype(int))
        records[name] = {
            "units": lam.size,
            "alpha": alpha,
            "spectrum_ranks": ranks.tolist(),
            "spectrum": [float(f"{value:.4g}") for value in lam[ranks - 1]],
            "participation": float(participation_ratio(lam)) if varies else 0.0,
            "explained": float(lam[:10].sum() / lam.sum()) if varies else None,
            "bits": reverse_water_filling(lam, lam[0] * _STEP)[0] if varies else 0.0,
            "link": float(lam[0] * partial_zeta(alpha[0], lam.size) / lam.sum()) if alpha else None,
        }
        if found.shared is not None:
            records[name] |= {"reliability": found.reliability, "shared_alpha": alpha_and_ends(found.shared)}
    return records


def _of_many(seen: PathStatistics, layer: int) -> Record:
    record = {}
    for name, energies in (("level_seen", seen.level[layer]), ("path_seen", seen.path[layer])):
        record[name] = [float(energies.mean()), float(energies.std() / math.sqrt(energies.size))]
    found = seen.correlation[layer]  # nan for a layer that does not move
    ends = np.quantile(found, [0.025, 0.975]).tolist()
    return record | {"correlation": [float(found.mean()), *ends] if np.isfinite(found).all() else None}
