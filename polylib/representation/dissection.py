"""What chapters 4 and 5 say of each layer of a network, from a set of images and from a dot that moves on a circle."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from polylib import validate
from polylib.representation.activations import stream
from polylib.representation.exponent import PowerLawFit, fit_power_law
from polylib.representation.layer_spectra import layer_spectra, variance_explained
from polylib.representation.projections import PathStatistics, centred_root, mean_step_energy, path_statistics
from polylib.theory.energy import partial_zeta, participation_ratio, projected_energy
from polylib.theory.power_law import reverse_water_filling

Interval = tuple[float, float]


@dataclass(frozen=True)
class Exponent:
    """An exponent of eigenvalues over ranks, with its 95 % interval."""

    alpha: float
    interval: Interval
    ranks: tuple[int, int]


@dataclass(frozen=True)
class OverImages:
    """How a layer's activity varies over images."""

    units: int
    eigenvalues: NDArray[np.float64]
    exponent: Exponent | None
    """the decay coefficient; None where fewer than three eigenvalues differ from 0"""
    participation: float
    """participation ratio, in dimensions; 0 for a layer that does not vary"""
    explained: float
    """share of the variance in the first ten components, or in all if there are fewer; nan without variance"""
    bits: float
    """rate of reverse water-filling to an error per component of the first eigenvalue times 4^-precision"""
    link: float
    """trace that the first eigenvalue and the exponent predict, over the trace; nan without exponent"""
    shared: Exponent | None
    """exponent of what two dropout masks share; None if they were not drawn"""
    reliability: float
    """share of the variance that two dropout masks share; nan if they were not drawn"""


@dataclass(frozen=True)
class AlongThePath:
    """How a layer's activity moves when the input goes around a circle."""

    units: int
    mean_square: float
    """of the activity, mean included"""
    level: float
    """expected level energy of a random projection to 3 dimensions, in activity squared"""
    path: float
    """expected path energy of a step, in activity squared, at `stride` frames a step"""
    slope: float
    """of the logarithm of the path energy against that of the step, from one frame a step to four"""
    exponent: Exponent | None
    """of the eigenvalues over the circle; None where rounding hides the last of them"""


def over_images(
    model: nn.Module,
    batches: Iterable[Tensor],
    layers: Sequence[str],
    *,
    reading: str = "pooled",
    dropout: bool = False,
    precision: float = 4.0,
    channel_axis: int = 1,
) -> dict[str, OverImages]:
    """Spectrum, exponent, dimensions and bits of the named layers over inputs, in one pass without gradients.

    With `dropout` the masks are on, every batch passes twice, and what two masks share is measured too. A layer that
    does not vary is reported as such. Raises ValueError as `polylib.representation.layer_spectra.layer_spectra` does.
    """
    settings = {"reading": reading, "dropout": dropout, "repeats": dropout, "channel_axis": channel_axis}
    found = layer_spectra(model, batches, layers, allow_constant=True, **settings)
    floor = 4.0 ** -validate.scalar("precision", validate.nonnegative("precision", precision))
    reports = {}
    for name, spectrum in found.items():
        lam, varies = spectrum.eigenvalues, spectrum.eigenvalues[0] > 0
        fit = exponent(lam)
        total = np.nan if fit is None else lam[0] * partial_zeta(fit.alpha, lam.size)
        reports[name] = OverImages(
            units=lam.size,
            eigenvalues=lam,
            exponent=fit,
            participation=float(participation_ratio(lam)) if varies else 0.0,
            explained=variance_explained(lam, min(10, lam.size)) if varies else np.nan,
            bits=reverse_water_filling(lam, lam[0] * floor)[0] if varies else 0.0,
            link=float(total / lam.sum()) if varies else np.nan,
            shared=None if spectrum.shared is None else exponent(spectrum.shared),
            reliability=spectrum.reliability,
        )
    return reports


def path_activity(
    model: nn.Module,
    frames: Float[Tensor, "time channels height width"],
    layers: Sequence[str],
    *,
    dropout: bool = False,
    batch: int = 64,
) -> dict[str, Float[Tensor, "time units"]]:
    """Activity of the named layers for every frame, all channels at all positions; with `dropout` new masks a frame.

    Raises ValueError as `polylib.representation.activations.stream` does, or for a batch that is no count.
    """
    size = validate.one_count("batch", batch)
    parts = list(stream(model, frames.split(size), layers, reading="flattened", dropout=dropout))
    return {name: torch.cat([part[name] for part in parts]) for name in layers}


def along_the_path(
    activity: dict[str, Float[Tensor, "time units"]], *, stride: int = 8, ranks: tuple[int, int] = (10, 100)
) -> dict[str, AlongThePath]:
    """Energies and smoothness of closed paths (time, units), sampled finely: at least 4 times as many times as ranks.

    Raises ValueError for fewer times, or a number of times that is no multiple of `stride`.
    """
    stride, (low, high) = validate.one_count("stride", stride), ranks
    reports = {}
    for name, x in activity.items():
        times = len(x)
        if times < 4 * high or times % stride:
            raise ValueError(
                f"activity must have at least {4 * high} times, a multiple of stride {stride}, got {times}"
            )
        lam, square = _over_times(x), float(torch.linalg.vector_norm(x, dtype=torch.float64).square() / x.numel())
        of_x, of_svd = (torch.finfo(kind).eps ** 2 for kind in (x.dtype, torch.float64))
        rounding = 100 * max(of_x * square * x.shape[1] / times, of_svd * lam[0])
        high_here = min(high, lam.size)
        clear = high_here > low + 2 and lam[high_here - 1] > rounding
        reports[name] = AlongThePath(
            units=x.shape[1],
            mean_square=square,
            level=float(projected_energy(lam)) * lam.size / x.shape[1],
            path=mean_step_energy(x[::stride]),
            slope=step_slope(x),
            exponent=exponent(lam, (low, high_here)) if clear else None,
        )
    return reports


def step_slope(x: Float[Tensor, "time units"]) -> float:
    """By which power of the step the mean path energy of a closed path grows, from one frame to four; nan if 0.

    Both means are over all starts, so that noise, however uneven over frames, is the same in both.
    """
    one, four = mean_step_energy(x), mean_step_energy(x, stride=4)
    return math.log(four / one) / math.log(4) if min(one, four) > 0 else math.nan


def many_projections(
    activity: dict[str, Float[Tensor, "time units"]],
    frames: Float[Tensor, "time channels height width"],
    n_projections: int,
    *,
    stride: int = 8,
    rng: np.random.Generator,
) -> PathStatistics:
    """Energies of random projections, and how their distances follow those of the images, every `stride` frames."""
    pixels = frames[::stride].flatten(1).double()
    coarse = {name: x[::stride] for name, x in activity.items()}
    apart = torch.cdist(pixels, pixels, compute_mode="donot_use_mm_for_euclid_dist").cpu().numpy()
    return path_statistics(coarse, n_projections, distances=apart, rng=rng)


def exponent(eigenvalues: NDArray[np.float64], ranks: tuple[int, int] | None = None) -> Exponent | None:
    """`polylib.representation.exponent.fit_power_law`, or None where the eigenvalues do not allow it."""
    try:
        fit: PowerLawFit = fit_power_law(eigenvalues, ranks)
    except ValueError:
        return None
    return Exponent(fit.alpha, fit.interval, fit.ranks)


def _over_times(x: Tensor) -> NDArray[np.float64]:
    """Eigenvalues of the covariance over times, over n, as the path is all there is; from singular values.

    Those of a product, as in `eigenspectrum`, are lost in its rounding below 1e-15 of the first, where steep ones end.
    """
    root = centred_root(x)
    return torch.linalg.svdvals(root).square().cpu().numpy() / len(x)
