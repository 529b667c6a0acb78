"""What a decoder reads of the input from a layer: lower bounds on their information that training cannot inflate.

A small network is trained to give the input for the layer's activity, then read on samples that it has not seen. For
bits its cross-entropy bounds what is still unknown; for real numbers its squared error does, by Shannon's bound. Many
decoders are trained in step, as batches of matrices.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from polylib import validate


@dataclass(frozen=True)
class Decoded:
    """What each decoder reads, on samples that it has not seen."""

    bits: Float[Tensor, " decoders"]
    """lower bound on I(X; Y), in bits"""
    standard_error: Float[Tensor, " decoders"]
    """of the bound for the decoder as it is, by the delta method, in bits"""
    squared_error: Float[Tensor, "decoders targets"]
    """mean squared error of each coordinate of X"""


def decode(
    activity: Float[Tensor, "decoders samples units"],
    x: Float[Tensor, "decoders samples targets"],
    kind: str,
    *,
    entropy: float,
    hidden: int = 64,
    steps: int = 1000,
    batch: int = 512,
    learning_rate: float = 3e-3,
    test: float = 0.3,
    seed: int = 0,
) -> Decoded:
    """Lower bounds on the information between x and each activity, for x of independent coordinates.

    With `kind` "bits" x is -1 or 1 and `entropy` its entropy: I >= H(X) - sum_i E[-log2 q(X_i | Y)], q the decoder's
    probability. With "squares" x is real and `entropy` its differential entropy in bits, and
    I >= h(X) - sum_i 1/2 log2(2 pi e E[(X_i - X^_i(Y))^2]). The decoder has one hidden layer of ReLUs and is trained by
    Adam with a rate that falls to 0; the last share `test` of the samples is only read. Half precision and whole
    numbers become float32. Raises ValueError for another kind, shapes that do not match, values that are not real and
    finite, bits that are not -1 or 1 or have no such entropy, or too few samples.
    """
    _refuse(activity, x, kind, entropy)
    dtype = torch.float64 if activity.dtype == torch.float64 else torch.float32
    activity, x = activity.detach().to(dtype), x.detach().to(dtype)
    n_train = round(activity.shape[1] * (1 - validate.scalar("test", validate.probability("test", test))))
    if not batch <= n_train <= activity.shape[1] - 2:
        raise ValueError(f"activity must have samples for a batch of {batch} and to test, got {activity.shape[1]}")
    centre = activity[:, :n_train].mean(1, keepdim=True)
    spread = activity[:, :n_train].std(1, keepdim=True)
    y = (activity - centre) / torch.where(spread > 0, spread, 1)
    weights = _initial(len(y), y.shape[2], hidden, x.shape[2], seed, y)
    optimizer = torch.optim.Adam(weights, lr=learning_rate)
    generator = torch.Generator(y.device).manual_seed(seed)
    for step in range(steps):
        rows = torch.randint(n_train, (batch,), generator=generator, device=y.device)
        optimizer.param_groups[0]["lr"] = learning_rate * (1 - step / steps)
        optimizer.zero_grad()
        _loss(_scores(y[:, rows], weights), x[:, rows], kind).mean((1, 2)).sum().backward()
        optimizer.step()
    with torch.no_grad():
        scores, x = _scores(y[:, n_train:], weights), x[:, n_train:]
        loss = _loss(scores, x, kind).double()
        guess = scores if kind == "squares" else scores.tanh()
        squared = (guess - x).double().square().mean(1)
        if kind == "bits":
            per_sample = loss.sum(2) / math.log(2)
            bits = entropy - per_sample.mean(1)
        else:
            bits = entropy - (2 * math.pi * math.e * squared).log2().sum(1) / 2
            per_sample = (loss / squared[:, None]).sum(2) / (2 * math.log(2))
    return Decoded(bits, per_sample.std(1) / math.sqrt(per_sample.shape[1]), squared)


def _initial(decoders: int, units: int, hidden: int, targets: int, seed: int, like: Tensor) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    sizes = [(1, units, hidden), (1, 1, hidden), (1, hidden, targets), (1, 1, targets)]
    draws = [torch.randn(s, generator=generator, dtype=torch.float64) / math.sqrt(s[1]) for s in sizes]
    draws[1], draws[3] = draws[1] * 0, draws[3] * 0  # biases
    return [d.repeat(decoders, 1, 1).to(like).requires_grad_() for d in draws]


def _scores(y: Tensor, weights: list[Tensor]) -> Tensor:
    """Estimates of x, or half the log odds of its bits."""
    first, bias, second, last = weights
    return torch.baddbmm(last, torch.baddbmm(bias, y, first).relu(), second)


def _loss(scores: Tensor, x: Tensor, kind: str) -> Tensor:
    if kind == "squares":
        return (scores - x).square()
    return binary_cross_entropy_with_logits(2 * scores, (x + 1) / 2, reduction="none")


def _refuse(activity: Tensor, x: Tensor, kind: str, entropy: float) -> None:
    validate.one_of("kind", kind, ("bits", "squares"))
    if activity.ndim != 3 or x.ndim != 3 or activity.shape[:2] != x.shape[:2]:
        raise ValueError(
            f"activity and x must be (decoders, samples, units) and (decoders, samples, targets), "
            f"got {tuple(activity.shape)} and {tuple(x.shape)}"
        )
    if activity.is_complex() or x.is_complex():
        raise ValueError(f"activity and x must be real, got {activity.dtype} and {x.dtype}")
    validate.finite("activity", activity)
    validate.finite("x", x)
    if kind == "bits" and not bool((x.abs() == 1).all()):
        raise ValueError(f"x must be -1 or 1 everywhere for bits, got {float(x[x.abs() != 1][0])}")
    if kind == "bits" and not 0 <= entropy <= x.shape[2]:
        raise ValueError(f"entropy must be in 0 to {x.shape[2]}, the number of bits, got {entropy}")
    validate.real("entropy", entropy)
