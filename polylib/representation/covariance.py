"""The mean and the covariance of activations that never stand in memory together."""

import torch
from jaxtyping import Float
from torch import Tensor


class RunningCovariance:
    """Mean and covariance of the rows that were added, in float64 on the device of the first of them.

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
        if not bool(x.isfinite().all()):
            raise ValueError(f"x must be finite everywhere, got nan or infinity after {self.count} samples")
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
    def mean(self) -> Float[Tensor, " units"]:
        """Mean of every unit."""
        self._need(1)
        return self._mean.clone()

    @property
    def covariance(self) -> Float[Tensor, "units units"]:
        """Covariance with divisor count - 1, in activity squared."""
        self._need(2)
        return self._scatter / (self.count - 1)

    def eigh(self) -> tuple[Float[Tensor, " units"], Float[Tensor, "units units"]]:
        """Eigenvalues of the covariance, largest first and never below 0, and their directions as columns."""
        values, directions = torch.linalg.eigh(self.covariance)
        return values.flip(0).clamp_min(0), directions.flip(1)

    def _need(self, least: int) -> None:
        if self.count < least:
            raise ValueError(f"count must be at least {least} samples, got {self.count}")
