"""Spectra of a model's layers: what varies over images, and what of it two dropout masks agree on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from polylib.representation.activations import Reading, with_precision
from polylib.representation.exponent import PowerLawFit, fit_power_law
from polylib.representation.ranks import common_ranks, given_ranks
from polylib.representation.spectrum import RunningCovariance
from polylib.theory.energy import participation_ratio
from polylib.theory.power_law import reverse_water_filling

_CHUNK = 8192  # units that are centred in double precision at once
_STEP = 4.0**-4  # the square of a 4-bit step, over the first eigenvalue
Ranks = tuple[int, int] | str | None


@dataclass(frozen=True)
class LayerSpectrum:
    """Variances of a layer's activity along its principal directions, in activity squared."""

    eigenvalues: NDArray[np.float64]
    """(units,) of the covariance, largest first"""
    shared: NDArray[np.float64] | None
    """(units,) covariance of two repeats along the same directions, by cross-validated PCA; may be negative"""
    samples: int
    ranks: tuple[int, int] | None = None
    """that fits are over; None: found from each spectrum"""

    @property
    def reliability(self) -> float | None:
        """Share of the total variance that two repeats have in common; None without repeats or variance."""
        total = self.eigenvalues.sum()
        return float(self.shared.sum() / total) if self.shared is not None and total else None

    @property
    def fit(self) -> PowerLawFit | None:
        """The power law of the eigenvalues; None where `fit_power_law` refuses them, as for fewer than `ranks`."""
        return self._fit(self.eigenvalues)

    @property
    def shared_fit(self) -> PowerLawFit | None:
        """The same of what two repeats share."""
        return None if self.shared is None else self._fit(self.shared)

    @property
    def participation(self) -> float:
        """The participation ratio, in dimensions; 0 for a layer that does not vary."""
        return float(participation_ratio(self.eigenvalues)) if self.eigenvalues[0] > 0 else 0.0

    @property
    def bits(self) -> float:
        """Rate of reverse water-filling to a 4-bit step of the first component; 0 for a layer that does not vary."""
        lam = self.eigenvalues
        return reverse_water_filling(lam, lam[0] * _STEP)[0] if lam[0] > 0 else 0.0

    def _fit(self, values: NDArray) -> PowerLawFit | None:
        try:
            return fit_power_law(values, self.ranks)
        except ValueError:
            return None


def layer_spectra(
    model: nn.Module,
    batches: Iterable[Any],
    layers: Iterable[str],
    *,
    reading: str = "pooled",
    dropout: bool = False,
    repeats: bool = False,
    channel_axis: int | None = None,
    batch_axis: int | None = None,
    ranks: Ranks = None,
    allow_constant: bool = False,
) -> dict[str, LayerSpectrum]:
    """The spectrum of every named layer over all inputs in `batches`, in one pass, on the model's device.

    Kept in memory are the samples while they are fewer than the units, and from then on the covariance: at most units^2
    numbers a layer, or 4 units^2 with `repeats`. With `repeats` every batch passes twice under different dropout masks,
    `eigenvalues` are those of the first pass, and `shared` is cross-validated PCA {cite:p}`stringer2019`. A unit that
    varies by no more than rounding counts as constant. Fits are over `ranks` (first, last), or over those that
    `common_ranks` finds for "common". `reading`, axes, `dropout` and errors are those of `activations.stream`. Raises
    ValueError also for fewer than two samples, other ranks, `repeats` without `dropout` or of a layer that has the
    same activity in both passes, and, unless `allow_constant`, activity that varies by no more than rounding.
    """
    if repeats and not dropout:
        raise ValueError("repeats must come with dropout, without which they are copies, got dropout=False")
    window = None if ranks is None or ranks == "common" else given_ranks(ranks)
    layers = layers if isinstance(layers, str) else list(layers)
    passes = 2 if repeats else 1
    found = {name: _Samples(passes) for name in layers}
    how = Reading(reading, channel_axis, batch_axis)
    for activations, roundings in with_precision(model, batches, layers, how, dropout=dropout, passes=passes):
        for name, x in activations.items():
            found[name].add(name, x, roundings[name])
    spectra = {name: samples.spectrum(name, allow_constant) for name, samples in found.items()}
    if ranks == "common":
        window = common_ranks({name: s.eigenvalues for name, s in spectra.items() if s.eigenvalues[0] > 0})
    return {name: replace(spectrum, ranks=window) for name, spectrum in spectra.items()}


class _Samples:
    """Rows while they are fewer than the units, then their covariance; two repeats stand side by side in a row."""

    def __init__(self, passes: int) -> None:
        self.passes, self.units, self.count, self.differ = passes, 0, 0, False
        self.rows: list[Tensor] = []
        self.running: RunningCovariance | None = None
        self.rounding: Tensor | None = None

    def add(self, name: str, x: Tensor, rounding: float) -> None:
        """Take in a batch, whose activity is known up to a share `rounding`."""
        if self.rounding is not None and x.shape[1] != len(self.rounding):
            before = len(self.rounding) // self.passes
            raise ValueError(f"activations of {name} must keep {before} units, got {x.shape[1] // self.passes}")
        self.units, self.count = x.shape[1] // self.passes, self.count + len(x)
        size = rounding * x.abs().amax(0).double() if len(x) else x.new_zeros(x.shape[1], dtype=torch.float64)
        self.rounding = size if self.rounding is None else torch.maximum(self.rounding, size)
        self.differ = self.differ or not torch.equal(x[:, : self.units], x[:, -self.units :])
        if self.running is None and self.count <= self.units:
            self.rows.append(x)
            return
        self.running = self.running or RunningCovariance()
        for rows in [*self.rows, x]:
            self.running.add(rows)
        self.rows = []

    def spectrum(self, name: str, allow_constant: bool) -> LayerSpectrum:
        """Eigenvalues over the units that vary, and 0 for the others."""
        if self.count < 2:
            raise ValueError(f"batches must hold at least 2 samples, got {self.count}")
        own, cross = self._by_covariance() if self.running else self._by_gram()
        values, directions = torch.linalg.eigh(own)
        eigenvalues = _padded(values.clamp_min(0), self.units, self.count - 1)
        if not eigenvalues[0] and not allow_constant:
            raise ValueError(f"activations of {name} must vary, got the same for all {self.count} samples")
        if self.passes == 2 and not self.differ and eigenvalues[0]:
            raise ValueError(
                f"repeats must differ by their masks, got the same activations of {name} twice: no dropout before it"
            )
        shared = None
        if cross is not None:
            shared = _padded((directions * (cross @ directions)).sum(0), self.units, self.count - 1)
        return LayerSpectrum(eigenvalues, shared, self.count)

    def _vary(self, variance: Tensor) -> Tensor:
        """1 for units whose deviation is above rounding, 0 for the others."""
        return (variance > self.rounding**2).double()

    def _by_covariance(self) -> tuple[Tensor, Tensor | None]:
        covariance, m = self.running.covariance, self.units
        kept = self._vary(covariance.diagonal())
        covariance = covariance * kept[:, None] * kept
        return covariance[:m, :m], covariance[:m, m:] if self.passes == 2 else None

    def _by_gram(self) -> tuple[Tensor, Tensor | None]:
        """Products of centred samples: the same eigenvalues, and the same sums along the principal directions."""
        x, n = torch.cat(self.rows), self.count
        own = torch.zeros(n, n, dtype=torch.float64, device=x.device)
        cross = torch.zeros_like(own) if self.passes == 2 else None
        for at in range(0, self.units, _CHUNK):
            first, *second = (
                self._centred(x, slice(start + at, start + min(at + _CHUNK, self.units)))
                for start in range(0, x.shape[1], self.units)
            )
            own.addmm_(first, first.T)
            for other in second:
                cross.addmm_(other, first.T)
        return own / (n - 1), cross if cross is None else cross / (n - 1)

    def _centred(self, x: Tensor, columns: slice) -> Tensor:
        x = x[:, columns].double()
        x = x - x.mean(0)
        return x * (x.square().sum(0) / (len(x) - 1) > self.rounding[columns] ** 2)


def _padded(values: Tensor, units: int, rank: int) -> NDArray[np.float64]:
    """Largest direction first; beyond the rank that centred samples can have there is only rounding."""
    result = np.zeros(units)
    kept = values.flip(0)[: min(units, rank)].cpu().numpy()
    result[: kept.size] = kept
    return result
