"""Spectra of a model's layers: what varies over images, and what of it two dropout masks agree on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from polylib.representation.activations import stream
from polylib.representation.spectrum import RunningCovariance

_CHUNK = 8192  # units that are centred in double precision at once


@dataclass(frozen=True)
class LayerSpectrum:
    """Variances of a layer's activity along its principal directions, in activity squared."""

    eigenvalues: NDArray[np.float64]
    """(units,) of the covariance, largest first"""
    shared: NDArray[np.float64] | None
    """(units,) covariance of two repeats along the same directions, by cross-validated PCA; may be negative"""
    samples: int

    @property
    def reliability(self) -> float | None:
        """Share of the total variance that two repeats have in common; None without repeats or variance."""
        total = self.eigenvalues.sum()
        return float(self.shared.sum() / total) if self.shared is not None and total else None


def layer_spectra(
    model: nn.Module,
    batches: Iterable[Tensor],
    layers: Sequence[str],
    *,
    reading: str = "pooled",
    dropout: bool = False,
    repeats: bool = False,
    channel_axis: int = 1,
    allow_constant: bool = False,
) -> dict[str, LayerSpectrum]:
    """The spectrum of every named layer over all inputs in `batches`, in one pass, on the model's device.

    Kept in memory are the samples while they are fewer than the units, and from then on the covariance: at most units^2
    numbers a layer, or 4 units^2 with `repeats`. With `repeats` every batch passes twice under different dropout masks,
    `eigenvalues` are those of the first pass, and `shared` is cross-validated PCA {cite:p}`stringer2019`. `reading`,
    `dropout` and errors are those of `activations.stream`. Raises ValueError also for fewer than two samples,
    `repeats` without `dropout`, and, unless `allow_constant`, activity that varies by no more than rounding.
    """
    if repeats and not dropout:
        raise ValueError("repeats must come with dropout, without which they are copies, got dropout=False")
    passes = 2 if repeats else 1
    found = {name: _Samples(passes) for name in layers}
    settings = {"reading": reading, "dropout": dropout, "channel_axis": channel_axis, "passes": passes}
    for activations in stream(model, batches, layers, **settings):
        for name, x in activations.items():
            found[name].add(x)
    return {name: samples.spectrum(name, allow_constant) for name, samples in found.items()}


class _Samples:
    """Rows while they are fewer than the units, then their covariance; two repeats stand side by side in a row."""

    def __init__(self, passes: int) -> None:
        self.passes, self.units, self.count, self.rounding = passes, 0, 0, 0.0
        self.rows: list[Tensor] = []
        self.running: RunningCovariance | None = None

    def add(self, x: Tensor) -> None:
        self.units, self.count = x.shape[1] // self.passes, self.count + len(x)
        if len(x):
            self.rounding = max(self.rounding, 4 * torch.finfo(x.dtype).eps * float(x.abs().max()))
        if self.running is None and self.count <= self.units:
            self.rows.append(x)
            return
        self.running = self.running or RunningCovariance()
        for rows in [*self.rows, x]:
            self.running.add(rows)
        self.rows = []

    def spectrum(self, name: str, allow_constant: bool) -> LayerSpectrum:
        if self.count < 2:
            raise ValueError(f"batches must hold at least 2 samples, got {self.count}")
        own, cross = self._by_covariance() if self.running else self._by_gram()
        values, directions = torch.linalg.eigh(own)
        eigenvalues = _padded(values.clamp_min(0), self.units, self.count - 1)
        if not eigenvalues[0] > self.rounding**2:
            eigenvalues[:] = 0
        if not eigenvalues[0] and not allow_constant:
            raise ValueError(f"activations of {name} must vary, got the same for all {self.count} samples")
        shared = None
        if cross is not None:
            shared = _padded((directions * (cross @ directions)).sum(0), self.units, self.count - 1)
        return LayerSpectrum(eigenvalues, shared, self.count)

    def _by_covariance(self) -> tuple[Tensor, Tensor | None]:
        covariance, m = self.running.covariance, self.units
        return covariance[:m, :m], covariance[:m, m:] if self.passes == 2 else None

    def _by_gram(self) -> tuple[Tensor, Tensor | None]:
        """Products of centred samples: the same eigenvalues, and the same sums along the principal directions."""
        x, n = torch.cat(self.rows), self.count
        own = torch.zeros(n, n, dtype=torch.float64, device=x.device)
        cross = torch.zeros_like(own) if self.passes == 2 else None
        repeats = [one.split(_CHUNK, 1) for one in x.split(self.units, 1)]
        for first, *second in zip(*repeats, strict=True):
            first = _centred(first)
            own.addmm_(first, first.T)
            for other in second:
                cross.addmm_(_centred(other), first.T)
        return own / (n - 1), cross if cross is None else cross / (n - 1)


def _centred(x: Tensor) -> Tensor:
    x = x.double()
    return x - x.mean(0)


def _padded(values: Tensor, units: int, rank: int) -> NDArray[np.float64]:
    """Largest direction first; beyond the rank that centred samples can have there is only rounding."""
    result = np.zeros(units)
    kept = values.flip(0)[: min(units, rank)].cpu().numpy()
    result[: kept.size] = kept
    return result
