"""Small networks from bits to bits, many trained at once: a batch of networks is a batch of matrices."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from polylib import validate


def digits(values: Tensor, n_bits: int) -> Float[Tensor, "samples bits"]:
    """Binary digits of whole numbers, lowest first, as 0.0 and 1.0. Raises for `n_bits` below 1."""
    places = torch.arange(validate.integer("n_bits", n_bits), device=values.device)
    return ((values[..., None] >> places) & 1).float()


@dataclass(frozen=True)
class BitNetworks:
    """Fully connected networks with ReLUs between layers, one an entry of the first axis."""

    weights: list[Float[Tensor, "networks _inputs _outputs"]]
    biases: list[Float[Tensor, "networks 1 _outputs"]]

    def layers(self, bits: Float[Tensor, "samples inputs"]) -> list[Float[Tensor, "networks samples _units"]]:
        """What each layer gives for inputs of 0 and 1, which enter as -1 and 1; the last are the output's logits."""
        x, found = (2 * bits - 1).expand(len(self.weights[0]), *bits.shape), []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            x = torch.baddbmm(bias, x.relu() if found else x, weight)
            found.append(x)
        return [layer.relu() for layer in found[:-1]] + [found[-1]]

    def right(
        self, bits: Float[Tensor, "samples inputs"], targets: Float[Tensor, "samples outputs"]
    ) -> Float[Tensor, "networks samples outputs"]:
        """Whether each output bit, read by the sign of its logit, is the target's: 0.0 or 1.0."""
        return ((self.layers(bits)[-1] > 0) == (targets > 0.5)).float()


def train(
    bits: Float[Tensor, "samples inputs"],
    targets: Float[Tensor, "samples outputs"],
    *,
    n_networks: int,
    hidden: tuple[int, ...],
    steps: int,
    generator: torch.Generator,
    use: Float[Tensor, "networks samples"] | None = None,
    learning_rate: float = 5e-3,
) -> BitNetworks:
    """Train networks by Adam on the whole table, until all its bits come out right in all networks, or for `steps`.

    The loss is the mean over inputs of the cross-entropies of the output bits, summed. `use` weighs the samples of each
    network: 0 holds one out. Weights start as those of `untrained` do. Raises ValueError for counts below 1, tables of
    different lengths or a `use` of another shape; FloatingPointError if a weight is not finite at the end.
    """
    validate.integer("steps", steps)
    if len(bits) != len(targets):
        raise ValueError(f"targets must have one row for each of {len(bits)} inputs, got {len(targets)}")
    use = torch.ones(validate.integer("n_networks", n_networks), len(bits)) if use is None else use
    if use.shape != (n_networks, len(bits)):
        raise ValueError(f"use must have shape {(n_networks, len(bits))}, got {tuple(use.shape)}")
    networks = untrained(bits.shape[1], targets.shape[1], n_networks=n_networks, hidden=hidden, generator=generator)
    parameters = [p.requires_grad_() for p in networks.weights + networks.biases]
    optimizer = torch.optim.Adam(parameters, lr=learning_rate, fused=True)
    wanted, share = targets.expand(n_networks, *targets.shape), (use / use.sum(1, keepdim=True))[..., None]
    for _ in range(steps):
        logits = networks.layers(bits)[-1]
        if bool((((logits > 0) == (wanted > 0.5)) | (share == 0)).all()):
            break
        loss = binary_cross_entropy_with_logits(logits, wanted, weight=share, reduction="sum")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for p in parameters:
        p.requires_grad_(False)
    if not all(bool(p.isfinite().all()) for p in parameters):
        raise FloatingPointError(f"a weight is no longer finite: try a learning_rate below {learning_rate:g}")
    return networks


def untrained(
    n_inputs: int, n_outputs: int, *, n_networks: int, hidden: tuple[int, ...], generator: torch.Generator
) -> BitNetworks:
    """Networks as training starts them: normal draws, scaled for ReLUs, and biases of 0. Raises for counts below 1."""
    for name, value in {"n_networks": n_networks, **{f"hidden {h}": h for h in hidden}}.items():
        validate.integer(name, value)
    shapes = list(pairwise([n_inputs, *hidden, n_outputs]))
    weights = [(2 / a) ** 0.5 * torch.randn(n_networks, a, b, generator=generator) for a, b in shapes]
    return BitNetworks(weights, [torch.zeros(n_networks, 1, b) for _, b in shapes])
