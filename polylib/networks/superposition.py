"""Toy models of superposition {cite:p}`elhage2022`: x -> ReLU(W'W x + b) on sparse features, many trained at once.

A batch of models is a batch of matrices, so one batched product per layer trains all of them in step.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import trange

from polylib import validate


@dataclass(frozen=True)
class ToyModels:
    """Trained models, one an instance, and what they cost."""

    weight: Float[Tensor, "instances hidden features"]
    bias: Float[Tensor, "instances features"]
    sparsity: Float[Tensor, " instances"]
    """probability that a feature is 0"""
    mse: Float[Tensor, "instances features"]
    """mean squared error of each feature, unweighted, on samples not trained on"""


def sample_features(
    sparsity: Float[Tensor, " instances"], n_samples: int, n_features: int, generator: torch.Generator
) -> Float[Tensor, "instances samples features"]:
    """Features that are 0 with probability `sparsity`, else uniform on [0, 1): one uniform draw decides both."""
    shape = len(sparsity), n_samples, n_features
    u = torch.rand(shape, generator=generator, device=sparsity.device, dtype=sparsity.dtype)
    threshold = sparsity[:, None, None]
    return ((u - threshold) / (1 - threshold)).clamp_min_(0)


def reconstruct(
    x: Float[Tensor, "instances samples features"],
    weight: Float[Tensor, "instances hidden features"],
    bias: Float[Tensor, "instances features"],
) -> Float[Tensor, "instances samples features"]:
    """ReLU(W'W x + b) of every instance."""
    hidden = torch.bmm(x, weight.mT)
    return torch.baddbmm(bias[:, None], hidden, weight).relu()


def gradients(
    x: Float[Tensor, "instances samples features"],
    weight: Float[Tensor, "instances hidden features"],
    bias: Float[Tensor, "instances features"],
    importance: Float[Tensor, " features"] | None = None,
) -> tuple[Float[Tensor, "instances hidden features"], Float[Tensor, "instances features"]]:
    """Gradients of every instance's own mean squared error, weighted by `importance`, by weight and by bias.

    Written out, because on small models automatic differentiation costs several times the arithmetic.
    """
    hidden = torch.bmm(x, weight.mT)
    output = torch.baddbmm(bias[:, None], hidden, weight)
    error = torch.where(output > 0, output - x, 0).mul_(2 / (x.shape[1] * x.shape[2]))
    if importance is not None:
        error *= importance
    by_hidden = torch.bmm(error, weight.mT)
    return torch.baddbmm(torch.bmm(by_hidden.mT, x), hidden.mT, error), error.sum(1)


@torch.no_grad()
def train(
    sparsity: Float[Tensor, " instances"],
    n_features: int,
    n_hidden: int,
    *,
    importance: Float[Tensor, " features"] | None = None,
    steps: int = 10_000,
    batch_size: int = 1024,
    learning_rate: float = 1e-3,
    decay: bool = False,
    seed: int = 0,
    held_out: int = 16_384,
    progress: bool = False,
) -> ToyModels:
    """Train one model for every entry of `sparsity`, on that tensor's device, by AdamW on fresh samples each step.

    The errors are then measured on `held_out` samples. The loss is the mean squared error of a feature, weighted by
    `importance` (1 each if not given). The learning rate is constant, as in the original, or falls linearly to 0 with
    `decay`. Raises ValueError for a sparsity outside [0, 1), counts below 1, a learning rate that is not positive, or
    an importance of the wrong length or below 0; FloatingPointError if a weight stops being finite, with the step.
    """
    counts = {"n_features": n_features, "n_hidden": n_hidden, "steps": steps, "batch_size": batch_size}
    validate.integer("seed", seed, 0)
    _refuse_bad_input(sparsity, counts | {"held_out": held_out}, importance, learning_rate)
    generator = torch.Generator(sparsity.device).manual_seed(seed)
    weight, bias = _initial(len(sparsity), n_features, n_hidden, generator, sparsity.dtype)
    optimizer = torch.optim.AdamW([weight, bias], lr=learning_rate, fused=True)
    for step in trange(steps, disable=not progress, desc="toy models"):
        x = sample_features(sparsity, batch_size, n_features, generator)
        weight.grad, bias.grad = gradients(x, weight, bias, importance)
        if decay:
            optimizer.param_groups[0]["lr"] = learning_rate * (1 - step / steps)
        optimizer.step()
        if (step % 500 == 0 or step == steps - 1) and not (weight.isfinite().all() and bias.isfinite().all()):
            raise FloatingPointError(
                f"a weight is no longer finite at step {step}: try a learning_rate below {learning_rate:g}"
            )
    return ToyModels(weight, bias, sparsity, _held_out_error(sparsity, weight, bias, generator, held_out))


def dimensions_per_feature(weight: Float[Tensor, "instances hidden features"]) -> Float[Tensor, " instances"]:
    """Hidden units per represented feature, m / ||W||_F^2: a feature's squared norm is near 1 if it is represented."""
    return weight.shape[-2] / weight.square().sum((-2, -1))


def feature_dimensionality(weight: Float[Tensor, "instances hidden features"]) -> Float[Tensor, "instances features"]:
    """Each feature's share of a dimension, |W_i|^2 / sum_j (W_i/|W_i| . W_j)^2, and 0 for a feature with no weight.

    The shares of one instance sum to at most the rank of W, so to at most the number of hidden units. Raises ValueError
    for a weight that is not finite.
    """
    validate.finite("weight", weight)
    largest = weight.abs().amax((-2, -1), keepdim=True)
    weight = weight / torch.where(largest > 0, largest, 1)  # shares do not depend on the scale, rounding does
    gram = weight.mT @ weight
    norm = gram.diagonal(dim1=-2, dim2=-1)
    interference = gram.square().sum(-1)
    return torch.where(norm > 0, norm.square() / interference.clamp_min(torch.finfo(weight.dtype).tiny), 0)


def _initial(
    n_instances: int, n_features: int, n_hidden: int, generator: torch.Generator, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """Xavier-normal weights and zero biases."""
    scale = (2 / (n_features + n_hidden)) ** 0.5
    shape = (n_instances, n_hidden, n_features)
    weight = scale * torch.randn(shape, generator=generator, device=generator.device, dtype=dtype)
    bias = torch.zeros(n_instances, n_features, device=generator.device, dtype=dtype)
    return weight, bias


def _held_out_error(
    sparsity: Tensor, weight: Tensor, bias: Tensor, generator: torch.Generator, n_samples: int, at_once: int = 1024
) -> Float[Tensor, "instances features"]:
    """Mean squared error on `n_samples` fresh samples, a bounded number of them in memory."""
    total = torch.zeros_like(bias)
    for start in range(0, n_samples, at_once):
        x = sample_features(sparsity, min(at_once, n_samples - start), bias.shape[-1], generator)
        total += (reconstruct(x, weight, bias) - x).square().sum(1)
    return total / n_samples


def _refuse_bad_input(
    sparsity: object, counts: dict[str, int], importance: Tensor | None, learning_rate: float
) -> None:
    if not isinstance(sparsity, Tensor) or not sparsity.is_floating_point():
        raise ValueError(f"sparsity must be a floating-point tensor, got {sparsity!r}")
    if sparsity.ndim != 1 or not bool(((sparsity >= 0) & (sparsity < 1)).all()):
        raise ValueError(f"sparsity must be a vector in [0, 1), got {sparsity}")
    for name, value in counts.items():
        validate.integer(name, value)
    validate.positive("learning_rate", learning_rate)
    shape = (counts["n_features"],)
    if importance is not None and (importance.shape != shape or not bool((importance >= 0).all())):
        raise ValueError(f"importance must be {shape[0]} numbers of at least 0, got {importance}")
