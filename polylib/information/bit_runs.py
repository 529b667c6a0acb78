"""Bits sent through dropout: networks trained to give their bits back, and what decoders read behind every layer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from polylib import validate
from polylib.information.critics import ESTIMATORS
from polylib.information.layers import critic_curves, decoder_curves
from polylib.information.recipe import Recipe
from polylib.networks.dropout_network import Networks, Shape, networks
from polylib.networks.dropout_training import train
from polylib.runs.sweep import sweep

Noise = Literal["dropout", "gaussian"]
VARIED: dict[str, Callable[[Shape, int], Shape]] = {
    "width": lambda shape, v: replace(shape, width=v),
    "depth": lambda shape, v: replace(shape, groups=v),
    "load": lambda shape, v: replace(shape, inputs=v, outputs=v),
}
"""shapes that differ in units a layer, in dropouts, or in the number of bits"""


@dataclass(frozen=True)
class Sending:
    """How networks are trained to send bits, and on what they are read."""

    count: int
    """networks of each kind"""
    samples: int
    """to train each of them on"""
    learning_rate: float
    read_samples: int
    """to train and read the decoders or critics of a network on"""
    decoder_steps: int
    seed: int
    precision: str = "float32"
    """name of the floating-point type"""
    device: str = "cpu"

    def bits(self, count: int, samples: int, inputs: int, use: int) -> Float[Tensor, "networks samples inputs"]:
        """Fair bits, -1 or 1; `use` tells one draw from another."""
        generator = torch.Generator(self.device).manual_seed(1000 * self.seed + use)
        size = count, samples, inputs
        drawn = torch.randint(0, 2, size, generator=generator, device=self.device)
        return 2 * drawn.to(getattr(torch, self.precision)) - 1

    def start(self, shape: Shape, rates: Sequence[float], noise: Noise = "dropout") -> Networks:
        """Untrained networks, one for each rate of noise: those that `carry` trains."""
        like = {"device": self.device, "dtype": getattr(torch, self.precision)}
        return networks(shape, len(rates), list(rates), noise=noise, seed=self.seed, **like)

    def carry(self, shape: Shape, rates: Sequence[float], noise: Noise = "dropout") -> Networks:
        """Networks trained to give back the bits that they get, one for each rate of noise."""
        nets = self.start(shape, rates, noise)
        x = self.bits(len(nets), self.samples, shape.inputs, 0)
        train(nets, x, x, learning_rate=self.learning_rate, seed=self.seed)
        return nets

    def read(self, nets: Networks) -> Float[np.ndarray, "networks layers"]:
        """Bits that decoders read behind every layer, at least."""
        fresh = self.bits(len(nets), self.read_samples, nets.shape.inputs, 1)
        options = {"entropy": float(nets.shape.inputs), "steps": self.decoder_steps, "seed": self.seed}
        return decoder_curves(nets, fresh, "bits", **options).bits

    def estimate(self, nets: Networks, recipe: Recipe, estimator: str = "dv") -> Float[np.ndarray, "networks layers"]:
        """Bits that critics estimate behind every layer. Raises ValueError for an unknown estimator."""
        validate.one_of("estimator", estimator, tuple(ESTIMATORS))
        fresh = self.bits(len(nets), self.read_samples, nets.shape.inputs, 2)
        return critic_curves(nets, fresh, estimator, recipe=recipe, seed=self.seed).bits


def output_bits(
    sending: Sending,
    shape: Shape,
    rate: float,
    tried: Mapping[str, Sequence[float]],
    folder: Path,
    scheduler: str | None = None,
) -> dict[str, list[list[float]]]:
    """Bits that decoders read from the output of trained networks, by what is varied: a list for each value tried.

    tried: dropout rates under "rate", and sizes under the names of `VARIED`; all else is as in `shape` and `rate`. What
    is finished lies in `folder`; `scheduler` as in `polylib.runs.sweep`. Raises ValueError for another name.
    """
    tasks: dict[str, Any] = {}
    for kind, values in tried.items():
        validate.one_of("tried", kind, ("rate", *VARIED))
        if kind == "rate":
            tasks[kind] = sending, shape, list(values)
        else:
            tasks |= {f"{kind}-{int(v)}": (sending, VARIED[kind](shape, int(v)), [rate]) for v in values}
    found = sweep(_one_shape, tasks, folder, scheduler)
    return {
        kind: found[kind]["bits"] if kind == "rate" else [found[f"{kind}-{int(v)}"]["bits"][0] for v in values]
        for kind, values in tried.items()
    }


def _one_shape(task: tuple[Sending, Shape, list[float]], folder: Path) -> dict[str, Any]:
    """Networks of one shape, `count` for each rate."""
    sending, shape, rates = task
    nets = sending.carry(shape, np.repeat(rates, sending.count).tolist())
    return {"bits": sending.read(nets)[:, -1].reshape(len(rates), sending.count).tolist()}
