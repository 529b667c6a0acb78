"""Samples as the estimators of mutual information take them: checked, as tensors, every column brought to scale."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata
from torch import Tensor

from polylib import validate

Samples = NDArray[np.generic] | Tensor


def stacked(xs: Sequence[Samples] | Tensor, ys: Sequence[Samples] | Tensor) -> list[tuple[Tensor, Tensor]]:
    """Pairs of finite floating-point tensors (n, dx) and (n, dy) with one n, device and precision.

    Raises ValueError that names the task, the rule and the value.
    """
    if len(xs) != len(ys) or len(xs) == 0:
        raise ValueError(f"xs and ys must have one entry for each task, got {len(xs)} and {len(ys)}")
    pairs = []
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        pairs.append((_columns(f"x of task {i}", x), _columns(f"y of task {i}", y)))
    found = {(len(v), v.dtype, v.device) for pair in pairs for v in pair}
    if len(found) > 1:
        shapes = sorted({(n, str(dtype), str(device)) for n, dtype, device in found})
        raise ValueError(f"x and y must have one number of samples, precision and device in all tasks, got {shapes}")
    return pairs


def scaled(values: Float[Tensor, "n d"], scale: str) -> Float[Tensor, "n d"]:
    """Columns of mean 0 and variance 1; for "normal scores" after each value became the normal quantile of its rank."""
    v = values.double()
    if scale == "normal scores":
        v = torch.from_numpy(ndtri((rankdata(v.cpu().numpy(), axis=0) - 0.5) / len(v))).to(v)
    v = v - v.mean(0)
    return (v / v.square().mean(0).sqrt()).to(values.dtype)


def padded(values: Float[Tensor, "*rows d"], width: int) -> Float[Tensor, "*rows width"]:
    """Columns of 0 behind the others."""
    return torch.nn.functional.pad(values, (0, width - values.shape[-1]))


def _columns(name: str, values: Samples) -> Tensor:
    v = values if isinstance(values, Tensor) else torch.from_numpy(np.array(values, dtype=np.float64)).float()
    v = v if v.is_floating_point() else v.float()
    if v.ndim != 2 or 0 in v.shape:
        raise ValueError(f"{name} must have shape (samples, columns), got {tuple(v.shape)}")
    validate.finite(name, v)
    constant = (v == v[0]).all(0).nonzero().flatten().tolist()
    if constant:
        raise ValueError(f"{name} must vary in every column, got one value in columns {constant}")
    return v
