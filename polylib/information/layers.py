"""Information between the input of dropout networks and each layer that figure 1 shows, by critics and by decoders."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from polylib.information.decoders import decode
from polylib.information.estimators import DEFAULT, estimate_many
from polylib.information.recipe import Recipe
from polylib.information.samples import padded
from polylib.networks.dropout_network import Networks


@dataclass(frozen=True)
class Curves:
    """Information by layer, in bits, for each network."""

    bits: Float[np.ndarray, "networks layers"]
    standard_error: Float[np.ndarray, "networks layers"]
    """of each value for the critic or decoder as it is"""
    squared_error: Float[np.ndarray, "networks layers targets"] | None = None
    """of decoders: mean squared error of each coordinate of the input"""


@torch.no_grad()
def critic_curves(
    networks: Networks,
    x: Float[Tensor, "networks samples inputs"],
    estimator: str = "mine",
    *,
    recipe: Recipe = DEFAULT,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> Curves:
    """What critics estimate between x and every layer, all of them trained in one run; one draw of the noise.

    Samples must be independent: two of them may well give one activity, which `estimate_many` would ask about. With a
    `checkpoint` a killed run goes on.
    """
    layers = _activity(networks, x, seed)
    xs, ys, names, where = [], [], [], []
    for n in range(len(networks)):
        for i, layer in enumerate(layers):
            varying = (layer[n] != layer[n][0]).any(0)
            if bool(varying.any()):
                xs.append(x[n])
                ys.append(layer[n][:, varying])
                names.append(f"layer {networks.shape.read_layers[i]} of network {n}")
                where.append((n, i))
    seeds = [(seed * 1000 + n) * 1000 + i for n, i in where]
    options = {"seed": seeds, "recipe": recipe, "names": names, "checkpoint": checkpoint, "progress": progress}
    options["groups"] = np.arange(x.shape[1])
    found = estimate_many(xs, ys, estimator, **options) if xs else []
    bits, error = np.zeros((2, len(networks), len(layers)))  # a layer that never varies tells nothing
    for place, value in zip(where, found, strict=True):
        bits[place], error[place] = value.bits, value.standard_error
    return Curves(bits, error)


def decoder_curves(
    networks: Networks,
    x: Float[Tensor, "networks samples inputs"],
    kind: str,
    *,
    entropy: float,
    steps: int = 1000,
    seed: int = 0,
) -> Curves:
    """What decoders read of x in every layer, a lower bound: see `decoders.decode` for the arguments."""
    with torch.no_grad():
        layers = _activity(networks, x, seed)
    shape = networks.shape
    stacked = torch.cat([padded(layer, max(shape.width, shape.outputs)) for layer in layers])  # layer by layer
    found = decode(stacked, x.repeat(len(layers), 1, 1), kind, entropy=entropy, steps=steps, seed=seed)
    size = len(layers), len(networks), -1
    bits, error, squared = (
        v.reshape(size).transpose(0, 1).cpu().numpy() for v in (found.bits, found.standard_error, found.squared_error)
    )
    return Curves(bits[..., 0], error[..., 0], squared)


def _activity(networks: Networks, x: Tensor, seed: int) -> list[Tensor]:
    generator = torch.Generator(x.device).manual_seed(seed)
    return networks.activity(x, networks.factors(x.shape[1], generator))
