"""Other decoders for the hidden layer Wx of a toy model that is trained already, and whose W stays as it is."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from tqdm import trange

from polylib import validate
from polylib.networks.superposition import sample_features


def round_to_bits(hidden: Float[Tensor, "*instances samples hidden"], bits: int) -> tuple[Tensor, Tensor]:
    """`hidden` rounded to the middles of 2^bits equal steps between the least and the greatest value of each unit.

    Also returns how far a sample can have moved by it, a length, tensor (*instances). Raises ValueError unless bits
    is a count.
    """
    bits = validate.integer("bits", bits)
    low, high = hidden.amin(-2, keepdim=True), hidden.amax(-2, keepdim=True)
    step = (high - low) / 2**bits
    index = ((hidden - low) / torch.where(step > 0, step, 1)).floor().clamp(0, 2**bits - 1)
    return low + (index + 0.5) * step, step.square().sum((-2, -1)).sqrt() / 2


def sparsest(
    hidden: Float[Tensor, "samples hidden"],
    weight: Float[Tensor, "hidden features"],
    most: int,
    tolerance: float,
) -> tuple[Float[Tensor, "samples features"], Bool[Tensor, " samples"]]:
    """The features x in [0, 1] with the fewest on, at most `most`, for which Wx is within `tolerance` of `hidden`.

    Every set of that size is tried; among sets of one size the nearest Wx wins. Where there is none, x is 0, and the
    second tensor is False. Raises ValueError unless `most` is a count below the number of hidden units and of features,
    and tolerance is positive.
    """
    n_hidden, n_features = weight.shape
    if validate.integer("most", most) >= min(n_hidden, n_features):
        raise ValueError(f"most must be below the {n_hidden} hidden units and {n_features} features, got {most}")
    tolerance = float(validate.positive("tolerance", tolerance))
    x = hidden.new_zeros(len(hidden), n_features)
    found = torch.linalg.vector_norm(hidden, dim=1) <= tolerance
    for size in range(1, most + 1):
        sets = torch.combinations(torch.arange(n_features, device=weight.device), size)
        columns = weight[:, sets].movedim(1, 0)
        beside = torch.linalg.qr(columns, mode="complete").Q[:, :, size:]  # what the columns do not reach
        distance = torch.einsum("tmk,sm->tsk", beside, hidden).norm(dim=-1)
        distance[:, found] = torch.inf
        which, sample = (distance <= tolerance).nonzero(as_tuple=True)
        value = torch.linalg.lstsq(columns[which], hidden[sample, :, None]).solution[..., 0]
        slack = tolerance / torch.linalg.matrix_norm(columns[which], -2).clamp_min(1e-12)
        fits = ((value >= -slack[:, None]) & (value <= 1 + slack[:, None])).all(1)
        order = distance[which, sample][fits].argsort(descending=True)
        for t, s, v in zip(which[fits][order], sample[fits][order], value[fits][order], strict=True):
            x[s] = 0
            x[s, sets[t]] = v.clamp(0, 1)
            found[s] = True
    return x, found


def search(
    x: Float[Tensor, "instances samples features"],
    weight: Float[Tensor, "instances hidden features"],
    bits: int,
    most: int,
) -> tuple[Float[Tensor, "instances samples features"], Bool[Tensor, "instances samples"]]:
    """What `sparsest` finds in every instance's units Wx once they are rounded to so many bits, and where it finds any.

    The tolerance is how far the rounding can have moved a sample. Raises as `round_to_bits` and `sparsest` do.
    """
    rounded, moved = round_to_bits(x @ weight.mT, bits)
    tried = zip(rounded, weight, moved.tolist(), strict=True)
    guesses, found = zip(*(sparsest(hidden, w, most, reach) for hidden, w, reach in tried), strict=True)
    return torch.stack(guesses), torch.stack(found)


def train_mlp(
    weight: Float[Tensor, "instances hidden features"],
    sparsity: Float[Tensor, " instances"],
    *,
    width: int = 256,
    steps: int = 1_500,
    batch_size: int = 64,
    learning_rate: float = 3e-3,
    seed: int = 0,
    progress: bool = False,
) -> torch.nn.Module:
    """A decoder with one layer of `width` rectified units for each instance, trained by Adam to give back x from Wx.

    The loss is the mean squared error; the learning rate falls linearly to 0. The module maps (instances, samples,
    hidden) to (instances, samples, features). Raises ValueError for counts below 1, or a learning rate that is not
    positive.
    """
    for name, value in {"width": width, "steps": steps, "batch_size": batch_size}.items():
        validate.integer(name, value)
    validate.positive("learning_rate", learning_rate)
    generator = torch.Generator(weight.device).manual_seed(validate.integer("seed", seed, 0))
    n_features = weight.shape[-1]
    hidden = sample_features(sparsity, 4096, n_features, generator) @ weight.mT
    decoder = _Mlp(hidden.mean(1, keepdim=True), hidden.std(1, keepdim=True) + 1e-6, width, n_features, generator)
    optimizer = torch.optim.Adam(decoder.parameters(), lr=learning_rate, fused=True)
    for step in trange(steps, disable=not progress, desc="decoders"):
        optimizer.param_groups[0]["lr"] = learning_rate * (1 - step / steps)
        x = sample_features(sparsity, batch_size, n_features, generator)
        error = (decoder(x @ weight.mT) - x).square().mean((1, 2))
        optimizer.zero_grad()
        error.sum().backward()
        optimizer.step()
    return decoder.requires_grad_(False)


class _Mlp(torch.nn.Module):
    """One hidden layer for every instance of a batch."""

    def __init__(self, mean: Tensor, scale: Tensor, width: int, n_features: int, generator: torch.Generator) -> None:
        super().__init__()
        instances, _, n_hidden = mean.shape
        self.mean, self.scale = mean, scale

        def normal(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator, device=mean.device, dtype=mean.dtype)

        self.first = torch.nn.Parameter(normal(instances, n_hidden, width) * (2 / n_hidden) ** 0.5)
        self.bias = torch.nn.Parameter(mean.new_zeros(instances, 1, width))
        self.last = torch.nn.Parameter(normal(instances, width, n_features) * 0.1 * (2 / width) ** 0.5)
        self.shift = torch.nn.Parameter(mean.new_zeros(instances, 1, n_features))

    def forward(self, hidden: Tensor) -> Tensor:
        inner = torch.baddbmm(self.bias, (hidden - self.mean) / self.scale, self.first).relu()
        return torch.baddbmm(self.shift, inner, self.last)
