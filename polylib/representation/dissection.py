"""A network dissected layer by layer into records of numbers that JSON can hold and figures can draw."""

import copy
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from polylib import validate
from polylib.representation.closed_path import Record, along_the_path, path_activity, step_slope
from polylib.representation.exponent import PowerLawFit
from polylib.representation.layer_spectra import LayerSpectrum, Ranks, layer_spectra
from polylib.representation.projections import PathStatistics, many_projections
from polylib.representation.ranks import given_ranks
from polylib.theory.energy import partial_zeta


def dissect(
    model: nn.Module,
    images: Float[Tensor, "n channels height width"],
    frames: Float[Tensor, "time channels height width"],
    layers: Iterable[str],
    *,
    reading: str = "pooled",
    channel_axis: int | None = None,
    batch_axis: int | None = None,
    dropout: bool = False,
    n_projections: int = 1_000,
    stride: int = 8,
    ranks: Ranks = None,
    ring_ranks: tuple[int, int] = (10, 100),
    batch: int = 100,
    rng: np.random.Generator,
) -> dict[str, Record]:
    """Everything that chapters 4 and 5 measure, of every named layer; None where a layer has no such number.

    Over `images`, in the given reading, with axes and `ranks` as `layer_spectra` takes them, what `over_images` says;
    with `dropout` also, from two masks: reliability, shared_alpha, noisy_alpha, noisy_bits. Over the `frames` of a dot
    on a circle, what `over_frames` says. The masks are drawn from torch's random state, the projections from `rng`.
    Raises ValueError as these functions and `stream` do, and for fewer than 2 projections.
    """
    validate.generator("rng", rng)
    validate.integer("n_projections", n_projections, 2)
    given_ranks(ring_ranks)
    layers = layers if isinstance(layers, str) else list(layers)
    batches = images.split(validate.integer("batch", batch))
    settings = {"reading": reading, "channel_axis": channel_axis, "batch_axis": batch_axis, "ranks": ranks}
    records = over_images(model, batches, layers, **settings)
    noisy = over_images(model, batches, layers, dropout=True, **settings) if dropout else {}
    how = {"n_projections": n_projections, "stride": stride, "ring_ranks": ring_ranks, "batch_axis": batch_axis}
    moves = over_frames(model, frames, layers, dropout=dropout, rng=rng, **how)
    for name, found in noisy.items():
        records[name] |= {key: found[key] for key in ("reliability", "shared_alpha")}
        records[name] |= {f"noisy_{key}": found[key] for key in ("alpha", "bits")}
    return {name: record | moves[name] for name, record in records.items()}


def over_frames(
    model: nn.Module,
    frames: Float[Tensor, "time channels height width"],
    layers: Iterable[str],
    *,
    n_projections: int = 1_000,
    stride: int = 8,
    ring_ranks: tuple[int, int] = (10, 100),
    batch_axis: int | None = None,
    dropout: bool = False,
    rng: np.random.Generator,
) -> dict[str, Record]:
    """How the activity of the named layers moves along a closed path of inputs, all channels at all positions.

    What `along_the_path` says, its exponent over `ring_ranks`, and over random projections: correlation of their
    distances with those of the frames, and the middle 95 %, level_seen and path_seen with their standard errors; with
    `dropout` also noisy_slope, the slope with new masks for every frame. Frames in double precision pass a copy of the
    model in double, so that rounding does not roughen a short step. Masks are drawn from torch's random state,
    projections from `rng`. Raises ValueError as these functions and `stream` do, and for fewer than 2 projections.
    """
    validate.generator("rng", rng)
    validate.integer("n_projections", n_projections, 2)
    layers = layers if isinstance(layers, str) else list(layers)
    precise = copy.deepcopy(model).to(frames.dtype) if frames.dtype == torch.float64 else model
    activity = path_activity(precise, frames, layers, batch_axis=batch_axis)
    seen = many_projections(activity, frames, n_projections, stride=stride, rng=rng)
    moves = along_the_path(activity, stride=stride, ranks=ring_ranks)
    records = {name: record | _of_many(seen, i) for i, (name, record) in enumerate(moves.items())}
    if dropout:
        shaken = path_activity(precise, frames, layers, dropout=True, batch_axis=batch_axis)
        for name, record in records.items():
            record["noisy_slope"] = step_slope(shaken[name])
    return records


def over_images(
    model: nn.Module,
    batches: Iterable[Any],
    layers: Iterable[str],
    *,
    reading: str = "pooled",
    channel_axis: int | None = None,
    batch_axis: int | None = None,
    dropout: bool = False,
    ranks: Ranks = None,
) -> dict[str, Record]:
    """How the activity of the named layers varies over inputs, in one pass without gradients.

    units; alpha, the decay coefficient with the ends of its interval, None where fewer than three eigenvalues differ
    from 0 or fewer than `ranks`; alpha_ranks, the first and the last that it was fitted over; r_squared, and rivals:
    AIC of other laws less that of the power law, negative where they describe the spectrum better, none where ranks are
    few; the spectrum, in activity squared, at about 40 spectrum_ranks; participation, the participation ratio, in
    dimensions; explained, the share of variance in the first ten components; bits, the rate of reverse water-filling to
    a 4-bit step of the first component; link, the trace that the first eigenvalue and alpha predict, over the trace.
    With `dropout` the masks are on, every batch passes twice, and there are shared_alpha, the exponent of what two
    masks share, and reliability, its share of the variance. A layer that does not vary has 0 dimensions and bits, and
    None for the others. Raises ValueError as `polylib.representation.layer_spectra.layer_spectra` does.
    """
    settings = {"reading": reading, "channel_axis": channel_axis, "batch_axis": batch_axis, "ranks": ranks}
    settings |= {"dropout": dropout, "repeats": dropout}
    found = layer_spectra(model, batches, layers, allow_constant=True, **settings)
    return {name: _over_images(spectrum) for name, spectrum in found.items()}


def _over_images(found: LayerSpectrum) -> Record:
    lam, fit = found.eigenvalues, found.fit
    ranks = np.unique(np.geomspace(1, lam.size, 40).round().astype(int))
    record = {
        "units": lam.size,
        "alpha": _ends(fit),
        "alpha_ranks": list(fit.ranks) if fit else None,
        "r_squared": fit.r_squared if fit else None,
        "rivals": fit.rivals if fit else None,
        "spectrum_ranks": ranks.tolist(),
        "spectrum": [float(f"{value:.4g}") for value in lam[ranks - 1]],
        "participation": found.participation,
        "explained": float(lam[:10].sum() / lam.sum()) if lam[0] > 0 else None,
        "bits": found.bits,
        "link": float(lam[0] * partial_zeta(fit.alpha, lam.size) / lam.sum()) if fit else None,
    }
    if found.shared is not None:
        record |= {"reliability": found.reliability, "shared_alpha": _ends(found.shared_fit)}
    return record


def _ends(fit: PowerLawFit | None) -> list[float] | None:
    """alpha and the ends of its interval."""
    return [fit.alpha, *fit.interval] if fit else None


def _of_many(seen: PathStatistics, layer: int) -> Record:
    record = {}
    for name, energies in (("level_seen", seen.level[layer]), ("path_seen", seen.path[layer])):
        record[name] = [float(energies.mean()), float(energies.std(ddof=1) / math.sqrt(energies.size))]
    found = seen.correlation[layer]  # nan for a layer that does not move
    ends = np.quantile(found, [0.025, 0.975]).tolist()
    return record | {"correlation": [float(found.mean()), *ends] if np.isfinite(found).all() else None}
