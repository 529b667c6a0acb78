"""Deep tanh networks with dropout, figure 1 of the supplement: many of one shape, run and trained in step.

A network has groups of dense layers, each group with a dropout behind it that nothing rescales, and a linear output.
A batch of networks is a batch of matrices. The noise is an argument: factors that multiply the activity of each group.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from polylib import validate

NOISES = ("dropout", "gaussian")


@dataclass(frozen=True)
class Shape:
    """By default the supplement's program: 10 groups of 4 layers of 32 tanh units, between 3 inputs and 3 outputs.

    Raises ValueError for a size below 1.
    """

    inputs: int = 3
    outputs: int = 3
    width: int = 32
    groups: int = 10
    per_group: int = 4

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            validate.integer(name, value)

    @property
    def depth(self) -> int:
        """Dense tanh layers."""
        return self.groups * self.per_group

    @property
    def read_layers(self) -> list[int]:
        """Indices, in the supplement's count, of the layers that its figure shows: each group's last, which its dropout
        has not yet met, and the dense layer after that dropout; the last one is the output. The count has a dropout and
        its rescaling as layers too."""
        step = self.per_group + 2
        return [i for g in range(self.groups) for i in (step * g + self.per_group - 1, step * (g + 1))]

    @property
    def dropouts_before(self) -> list[int]:
        """How many dropouts stand between the input and each of `read_layers`."""
        return [i for g in range(self.groups) for i in (g, g + 1)]


@dataclass
class Networks:
    """Weights of many networks of one shape, and how their noise is drawn.

    Raises ValueError for a noise that is not in `NOISES` or a rate outside [0, 1].
    """

    shape: Shape
    first: Float[Tensor, "networks inputs width"]
    hidden: Float[Tensor, "later networks width width"]
    last: Float[Tensor, "networks width outputs"]
    bias: Float[Tensor, "depth networks 1 width"]
    last_bias: Float[Tensor, "networks 1 outputs"]
    rate: Float[Tensor, " networks"]
    """dropout rate of each network"""
    noise: str = "dropout"
    """"dropout" switches units off; "gaussian" multiplies by Gaussian factors of the same mean and variance"""

    def __post_init__(self) -> None:
        validate.one_of("noise", self.noise, NOISES)
        validate.probability("rate", self.rate.cpu().numpy())

    def __len__(self) -> int:
        return len(self.first)

    @property
    def weights(self) -> list[Tensor]:
        """What training changes."""
        return [self.first, self.hidden, self.last, self.bias, self.last_bias]

    def take(self, which: slice) -> "Networks":
        """Some of the networks; their weights are views."""
        parts = self.first[which], self.hidden[:, which], self.last[which], self.bias[:, which], self.last_bias[which]
        return Networks(self.shape, *parts, rate=self.rate[which], noise=self.noise)

    def factors(self, samples: int, generator: torch.Generator) -> Iterable[Float[Tensor, "networks samples width"]]:
        """Fresh noise for every group, drawn as it is asked for."""
        size = len(self), samples, self.shape.width
        like = {"device": self.first.device, "dtype": self.first.dtype, "generator": generator}
        rate = self.rate[:, None, None]
        for _ in range(self.shape.groups):
            if self.noise == "gaussian":
                yield torch.randn(size, **like) * (rate * (1 - rate)).sqrt() + (1 - rate)
            else:
                yield (torch.rand(size, **like) >= rate).to(self.first.dtype)

    def output(self, x: Float[Tensor, "networks samples inputs"], factors: Iterable[Tensor]) -> Tensor:
        """The outputs (networks, samples, outputs) under the given noise."""
        *_, last = self._layers(x, factors)
        return last

    def activity(self, x: Float[Tensor, "networks samples inputs"], factors: Iterable[Tensor]) -> list[Tensor]:
        """The activity (networks, samples, units) of the layers in `shape.read_layers`."""
        per = self.shape.per_group
        found = list(self._layers(x, factors))
        kept = [i for g in range(self.shape.groups) for i in (per * (g + 1) - 1, per * (g + 1))]
        return [found[i] for i in kept]

    def _layers(self, x: Tensor, factors: Iterable[Tensor]) -> Iterable[Tensor]:
        """Every dense layer's activity, before its dropout if it has one; the output is the last."""
        noise, hidden, bias = iter(factors), self.hidden.unbind(), self.bias.unbind()
        h = torch.baddbmm(bias[0], x, self.first).tanh()
        yield h
        for i in range(1, self.shape.depth):
            if i % self.shape.per_group == 0:
                h = h * next(noise)
            h = torch.baddbmm(bias[i], h, hidden[i - 1]).tanh()
            yield h
        yield torch.baddbmm(self.last_bias, h * next(noise), self.last)


def networks(
    shape: Shape,
    count: int,
    rate: float | Sequence[float] = 0.2,
    *,
    noise: str = "dropout",
    seed: int = 0,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Networks:
    """`count` untrained networks: Glorot-uniform weights and biases of 0, as in Keras; the same on every device.

    `rate` is one dropout rate, or one for each. Raises ValueError for a count below 1, rates outside [0, 1] or of
    another number, or a noise that is not in `NOISES`.
    """
    count = validate.integer("count", count)
    rates = torch.as_tensor(validate.probability("rate", rate))
    if rates.ndim > 1 or rates.numel() not in (1, count):
        raise ValueError(f"rate must be one number or {count} of them, got shape {tuple(rates.shape)}")
    generator = torch.Generator().manual_seed(validate.integer("seed", seed, 0))
    width, later = shape.width, shape.depth - 1

    def uniform(size: tuple[int, ...]) -> Tensor:
        draw = torch.rand(size, generator=generator, dtype=torch.float64)
        return ((2 * draw - 1) * math.sqrt(6 / (size[-2] + size[-1]))).to(device, dtype)

    return Networks(
        shape,
        first=uniform((count, shape.inputs, width)),
        hidden=uniform((later, count, width, width)),
        last=uniform((count, width, shape.outputs)),
        bias=torch.zeros(shape.depth, count, 1, width, device=device, dtype=dtype),
        last_bias=torch.zeros(count, 1, shape.outputs, device=device, dtype=dtype),
        rate=rates.expand(count).clone(memory_format=torch.contiguous_format).to(device, dtype),
        noise=noise,
    )


def joined(parts: Sequence[Networks]) -> Networks:
    """Networks of one shape and one kind of noise as one batch. Raises ValueError if they are not of one."""
    kinds = {(p.shape, p.noise) for p in parts}
    if len(kinds) != 1:
        raise ValueError(f"parts must have one shape and one noise, got {kinds or 'no parts'}")
    (shape, noise), across = kinds.pop(), [0, 1, 0, 1, 0]
    weights = [torch.cat(w, dim) for dim, *w in zip(across, *(p.weights for p in parts), strict=True)]
    return Networks(shape, *weights, rate=torch.cat([p.rate for p in parts]), noise=noise)
