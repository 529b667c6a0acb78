"""Eigenvalues of the covariance of activations, from all samples or two repeats of them; the covariance in one pass."""

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from polylib import validate


def eigenspectrum(x: ArrayLike) -> NDArray[np.float64]:
    """Eigenvalues (n_units,) of the covariance of `x` (n_samples, n_units), largest first, in activity squared.

    The mean of every unit is taken out; the divisor is n_samples - 1. Each is exact to about 1e-15 of the largest; with
    fewer samples than units the last ones are 0. Raises ValueError unless x is a matrix with at least two samples.
    """
    x = _centred("x", x)
    samples, units = x.shape
    gram = x.T @ x if samples > units else x @ x.T  # the smaller of the two; their eigenvalues are the same but for 0
    values = np.zeros(units)
    values[: len(gram)] = np.maximum(np.linalg.eigvalsh(gram)[::-1], 0) / (samples - 1)
    values[samples - 1 :] = 0  # what is left there is rounding
    return values


def cross_validated_spectrum(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Variance that two repeats of the same stimuli share along the principal directions of the first.

    `first` and `second` (n_samples, n_units) hold the same stimuli in the same order; noise that is independent
    between them adds nothing on average. The result (n_units,) follows the order of the first repeat's eigenvalues; it
    need not fall, and may be negative; beyond the rank that centred samples have it is 0. This is cvPCA
    {cite:p}`stringer2019`. Raises ValueError unless both are matrices of one shape with at least two samples.
    """
    first, second = _centred("first", first), _centred("second", second)
    if first.shape != second.shape:
        raise ValueError(f"second must have the shape of first, {first.shape}, got {second.shape}")
    samples, units = first.shape
    found = np.zeros(units)
    if samples > units:
        directions = np.linalg.eigh(first.T @ first)[1][:, ::-1]
        found[:] = ((first @ directions) * (second @ directions)).sum(axis=0)
    else:  # a direction is then a mixture of samples, first' w / |first' w|, and products of samples are enough
        mixtures = np.linalg.eigh(first @ first.T)[1][:, ::-1]
        shared = (mixtures * (second @ first.T @ mixtures)).sum(axis=0)
        found[: samples - 1] = shared[: samples - 1]
    return found / (samples - 1)


class RunningCovariance:
    """Covariance of the rows that were added, in float64 on the device of the first of them.

    Memory is units^2, whatever the number of samples. Batches are merged by their means, so a large mean costs no
    accuracy. Raises ValueError for rows that are not finite or of another width, and where there are too few.
    """

    def __init__(self) -> None:
        self.count = 0
        self._mean: Tensor | None = None
        self._scatter: Tensor | None = None

    def add(self, x: Tensor) -> "RunningCovariance":
        """Take in the rows of a batch (samples, units), of any number."""
        if x.ndim != 2 or not x.shape[1]:
            raise ValueError(f"x must have shape (samples, units), got {tuple(x.shape)}")
        if self._mean is None or self._scatter is None:
            self._mean = torch.zeros(x.shape[1], dtype=torch.float64, device=x.device)
            self._scatter = torch.zeros(x.shape[1], x.shape[1], dtype=torch.float64, device=x.device)
        if x.shape[1] != len(self._mean):
            raise ValueError(f"x must have {len(self._mean)} units as before, got {x.shape[1]}")
        validate.finite("x", x, f" after {self.count} samples")
        if len(x):
            x = x.to(self._mean)
            mean = x.mean(0)
            x, apart = x - mean, mean - self._mean
            total = self.count + len(x)
            self._scatter.addmm_(x.T, x).addr_(apart, apart, alpha=self.count * len(x) / total)
            self._mean.add_(apart, alpha=len(x) / total)
            self.count = total
        return self

    @property
    def covariance(self) -> Float[Tensor, "units units"]:
        """Covariance with divisor count - 1, in activity squared."""
        if self.count < 2:
            raise ValueError(f"count must be at least 2 samples, got {self.count}")
        return self._scatter / (self.count - 1)


def _centred(name: str, x: ArrayLike) -> NDArray[np.float64]:
    x = validate.real(name, x)
    if x.ndim != 2 or len(x) < 2 or not x.shape[1]:
        raise ValueError(f"{name} must be a matrix (samples, units) with at least two samples, got shape {x.shape}")
    return x - x.mean(axis=0)
