"""Information between the input of dropout networks and each layer that figure 1 shows, by critics and by decoders."""

from collections.abc import Sequence
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
    layers: Sequence[int] | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> Curves:
    """What critics estimate between x and every layer, all of them trained in one run; one draw of the noise.

    `layers` chooses among the shape's `read_layers`, by their numbers; a layer's value does not depend on the others.

    Samples must be independent: two of them may well give one activity, which `estimate_many` would ask about. With a
    `checkpoint` a killed run goes on. Raises ValueError for layers that the figure does not show.
    """
    places, activity = _activity(networks, x, seed, layers)
    xs, ys, names, where = [], [], [], []
    for n in range(len(networks)):
        for i, layer in enumerate(activity):
            varying = (layer[n] != layer[n][0]).any(0)
            if bool(varying.any()):
                xs.append(x[n])
                ys.append(layer[n][:, varying])
                names.append(f"layer {networks.shape.read_layers[places[i]]} of network {n}")
                where.append((n, i))
    seeds = [(seed * 1000 + n) * 1000 + places[i] for n, i in where]
    options = {"seed": seeds, "recipe": recipe, "names": names, "checkpoint": checkpoint, "progress": progress}
    options["groups"] = np.arange(x.shape[1])
    found = estimate_many(xs, ys, estimator, **options) if xs else []
    bits, error = np.zeros((2, len(networks), len(activity)))  # a layer that never varies tells nothing
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
    layers: Sequence[int] | None = None,
    seed: int = 0,
) -> Curves:
    """What decoders read of x in every layer, a lower bound: see `decoders.decode` for the arguments.

    `layers` as in `critic_curves`.
    """
    with torch.no_grad():
        _, activity = _activity(networks, x, seed, layers)
    shape = networks.shape
    stacked = torch.cat([padded(layer, max(shape.width, shape.outputs)) for layer in activity])  # layer by layer
    found = decode(stacked, x.repeat(len(activity), 1, 1), kind, entropy=entropy, steps=steps, seed=seed)
    size = len(activity), len(networks), -1
    bits, error, squared = (
        v.reshape(size).transpose(0, 1).cpu().numpy() for v in (found.bits, found.standard_error, found.squared_error)
    )
    return Curves(bits[..., 0], error[..., 0], squared)


def _activity(networks: Networks, x: Tensor, seed: int, layers: Sequence[int] | None) -> tuple[list[int], list[Tensor]]:
    """Places of the layers asked for among the `read_layers`, and their activity under one draw of the noise."""
    numbers = networks.shape.read_layers
    if layers is not None and (unknown := [layer for layer in layers if layer not in numbers]):
        raise ValueError(f"layers must be among {numbers}, got {unknown[0]}")
    places = list(range(len(numbers))) if layers is None else [numbers.index(layer) for layer in layers]
    generator = torch.Generator(x.device).manual_seed(seed)
    found = networks.activity(x, networks.factors(x.shape[1], generator))
    return places, [found[i] for i in places]
