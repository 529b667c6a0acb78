"""What one network says about one set of images: the numbers of each layer, in records that JSON can hold."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from polylib import validate
from polylib.representation.activations import Reading, stream, with_precision
from polylib.representation.exponent import fit_power_law
from polylib.representation.held_out import shares_of_first
from polylib.representation.ranks import given_ranks
from polylib.representation.spectrum import cross_validated_spectrum, eigenspectrum
from polylib.theory.energy import participation_ratio
from polylib.theory.power_law import reverse_water_filling

Numbers = dict[str, float | list[float] | None]
Window = tuple[int, int]


@dataclass(frozen=True)
class Measures:
    """What is measured of each layer: how it is read, over which windows of ranks, at which precision, with masks."""

    layers: tuple[str, ...]
    windows: tuple[Window, ...]
    masked: tuple[str, ...] = ()
    """those of the layers that dropout reaches"""
    reading: str = "pooled"
    """or "flattened"; positions of one image are no samples of their own, so that there is no third"""
    channel_axis: int | None = None
    precision: float = 4.0
    """bits that the first component fills"""
    first: int = 10
    """components whose share of the variance is told; fewer where a layer has fewer units"""
    frames: int = 32
    """of the path from one image to another and back"""
    batch: int = 100

    def __post_init__(self) -> None:
        for window in self.windows:
            given_ranks(window)
        validate.positive("precision", self.precision)
        validate.one_of("reading", self.reading, ("pooled", "flattened"))
        for name in ("first", "frames", "batch"):
            validate.integer(name, getattr(self, name))


def exponent_over(window: Window) -> str:
    """The name of a record's exponent over these ranks."""
    return f"exponent, ranks {window[0]} to {window[1]}"


def rival_over(window: Window) -> str:
    """The name of the AIC of the best rival over these ranks, less that of the power law."""
    return f"rival, ranks {window[0]} to {window[1]}"


def numbers_of_layers(
    model: nn.Module, images: Float[Tensor, "n channels height width"], how: Measures
) -> dict[str, Numbers]:
    """Of each layer: units, exponents and rivals over the windows, dimensions, bits, shares, path, and mask.

    exponent: of the eigenvalues' power law; rival: AIC of the better rival less that of the power law, negative where
    the rival describes the spectrum better; either None where the layer has too few units, images or ranks. dimensions:
    participation ratio. bits: Gaussian rate at a step of which the first component fills 2^precision. inside and held
    out: share of the variance in the `first` components. path: energy of a step from the first image to the second and
    back, fading, over the energy of their distance from their mean. reliability, of the masked layers: the share of the
    variance that two dropout masks have in common. spectrum: the eigenvalues over the largest. A layer that does not
    vary has None for all. Raises ValueError as `stream` does, and for fewer than four images.
    """
    if len(images) < 4:
        raise ValueError(f"images must be at least 4, got {len(images)}")
    found = {name: _of_layer(x, how) for name, x in _activity(model, images, how).items()}
    for name, path in _paths(model, images, how).items():
        found[name]["path"] = path
    for name, share in _agreed(model, images, how).items():
        found[name]["reliability"] = share
    return found


def _activity(model: nn.Module, images: Tensor, how: Measures) -> dict[str, NDArray]:
    """Each layer (samples, units), with 0 for a unit that varies by no more than rounding."""
    parts, roundings, read = {name: [] for name in how.layers}, {}, Reading(how.reading, how.channel_axis)
    batches = (part.to(_place(model)) for part in images.split(how.batch))
    for activity, sizes in with_precision(model, batches, how.layers, read, dropout=False, passes=1):
        roundings = sizes
        for name, x in activity.items():
            parts[name].append(x.double().cpu())
    whole = {name: torch.cat(some).numpy() for name, some in parts.items()}
    return {name: np.where(x.std(0) > roundings[name] * np.abs(x).max(0), x, 0) for name, x in whole.items()}


def _of_layer(x: NDArray, how: Measures) -> Numbers:
    lam = eigenspectrum(x)
    names = [tell(window) for window in how.windows for tell in (exponent_over, rival_over)]
    keys = [*names, "dimensions", "bits", "inside", "held out", "spectrum"]
    if not lam[0] > 0:
        return {"units": x.shape[1]} | dict.fromkeys(keys)
    record: Numbers = {"units": x.shape[1]}
    for window in how.windows:
        record |= _law(lam, window, len(x))
    inside, outside = shares_of_first(x, min(how.first, x.shape[1]))
    record |= {
        "dimensions": float(participation_ratio(lam)),
        "bits": reverse_water_filling(lam, lam[0] * 4.0**-how.precision)[0],
        "inside": inside,
        "held out": outside,
        "spectrum": [float(f"{value:.4g}") for value in lam[: len(x) - 1] / lam[0]],
    }
    return record


def _law(lam: NDArray, window: Window, samples: int) -> Numbers:
    """Exponent and rival over a window that the spectrum has, above its rounding."""
    found: Numbers = {exponent_over(window): None, rival_over(window): None}
    if window[1] <= min(lam.size, samples - 1) and lam[window[1] - 1] > 1e-12 * lam[0]:
        fit = fit_power_law(lam, window)
        found = {exponent_over(window): fit.alpha, rival_over(window): min(fit.rivals.values(), default=None)}
    return found


def fading(first: Tensor, second: Tensor, frames: int) -> Float[Tensor, "frames channels height width"]:
    """Frames of a closed path that fades one image into another and back, smoothly in time."""
    share = (1 - torch.cos(2 * math.pi * torch.arange(frames) / frames)) / 2
    return torch.lerp(first[None], second[None], share.to(first)[:, None, None, None])


def relative_path_energy(x: Float[Tensor, "time units"]) -> float | None:
    """Energy of the steps of a closed path over that of its distance from its mean; None where it does not move."""
    x = x.double()
    level = torch.linalg.vector_norm(x - x.mean(0)).square()
    steps = torch.linalg.vector_norm(x - x.roll(-1, 0)).square()
    return float(steps / level) if level > 1e-12 * torch.linalg.vector_norm(x).square() else None


def _paths(model: nn.Module, images: Tensor, how: Measures) -> dict[str, float | None]:
    frames = fading(images[0], images[1], how.frames).to(_place(model))
    parts = list(stream(model, frames.split(how.batch), how.layers, reading="flattened"))
    return {name: relative_path_energy(torch.cat([part[name] for part in parts])) for name in how.layers}


def _agreed(model: nn.Module, images: Tensor, how: Measures) -> dict[str, float | None]:
    if not how.masked:
        return {}
    batches = (part.to(_place(model)) for part in images.split(how.batch))
    settings = {"reading": how.reading, "channel_axis": how.channel_axis, "dropout": True, "passes": 2}
    parts = list(stream(model, batches, how.masked, **settings))
    found = {}
    for name in how.masked:
        first, second = torch.cat([part[name] for part in parts]).double().cpu().tensor_split(2, dim=1)
        total = eigenspectrum(first.numpy()).sum()
        found[name] = float(cross_validated_spectrum(first.numpy(), second.numpy()).sum() / total) if total else None
    return found


def _place(model: nn.Module) -> torch.device:
    return next((p.device for p in model.parameters()), torch.device("cpu"))
