"""Samples as the estimators of mutual information take them: checked, in double precision, every column to scale."""

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


def stacked(
    xs: Sequence[Samples] | Tensor, ys: Sequence[Samples] | Tensor
) -> tuple[list[tuple[Tensor, Tensor]], torch.dtype]:
    """Pairs of finite tensors (n, dx) and (n, dy) in double precision, of one n and device, and the critics' precision.

    That is the tensors' own, or single for numpy arrays, whole numbers and half precision. Raises ValueError that
    names the task, the rule and the value.
    """
    if len(xs) != len(ys) or len(xs) == 0:
        raise ValueError(f"xs and ys must have one entry for each task, got {len(xs)} and {len(ys)}")
    pairs, found = [], set()
    for i, sides in enumerate(zip(xs, ys, strict=True)):
        pair = []
        for letter, values in zip("xy", sides, strict=True):
            double, dtype = _columns(f"{letter} of task {i}", values)
            found.add((len(double), dtype, double.device))
            pair.append(double)
        pairs.append((pair[0], pair[1]))
    if len(found) > 1:
        shapes = sorted({(n, str(dtype), str(device)) for n, dtype, device in found})
        raise ValueError(f"x and y must have one number of samples, precision and device in all tasks, got {shapes}")
    return pairs, found.pop()[1]


def scaled(values: Float[Tensor, "n d"], scale: str) -> Float[Tensor, "n d"]:
    """Columns of mean 0 and variance 1; for "normal scores" after each value became the normal quantile of its rank."""
    v = values.double()
    if scale == "normal scores":
        v = torch.from_numpy(normal_scores(v.cpu().numpy())).to(v)
    v = v - v.mean(0)
    return (v / v.square().mean(0).sqrt()).to(values.dtype)


def normal_scores(values: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """The normal quantile of each value's rank in its column, (rank - 1/2) / n; equal values stay equal."""
    return ndtri((rankdata(values, axis=0) - 0.5) / len(values))


def padded(values: Float[Tensor, "*rows d"], width: int) -> Float[Tensor, "*rows width"]:
    """Columns of 0 behind the others."""
    return torch.nn.functional.pad(values, (0, width - values.shape[-1]))


def _columns(name: str, values: Samples) -> tuple[Tensor, torch.dtype]:
    """In double precision, whole numbers less the least of their column, as a clock's do not fit a double."""
    if isinstance(values, Tensor):
        v = values.detach()
        kept = v.dtype if v.dtype == torch.float64 else torch.float32
        kind = "c" if v.is_complex() else "f" if v.is_floating_point() else "i"
    else:
        array = np.asarray(values)
        kind, kept = array.dtype.kind, torch.float32
        if kind not in "biuf":
            raise ValueError(f"{name} must hold real numbers, got {array.dtype}")
        array = array.astype({"b": np.int64, "u": np.int64, "i": np.int64, "f": np.float64}[kind])
        v = torch.from_numpy(np.ascontiguousarray(array))
    if kind == "c":
        raise ValueError(f"{name} must hold real numbers, got {v.dtype}")
    if v.ndim != 2 or 0 in v.shape:
        raise ValueError(f"{name} must have shape (samples, columns), got {tuple(v.shape)}")
    v = v.double() if kind == "f" else (v.long() - v.long().min(0).values).double()
    validate.finite(name, v)
    constant = (v == v[0]).all(0).nonzero().flatten().tolist()
    if constant:
        raise ValueError(f"{name} must vary in every column, got one value in columns {constant}")
    return v - v.mean(0), kept
