"""The runs behind figure 1: deep networks trained on a goal, and critics and decoders behind every layer of each.

All networks of a goal train in step, each with samples, weights and masks of its own. Then each network is a task of a
sweep, which keeps what is finished.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from polylib import validate
from polylib.information.layers import critic_curves, decoder_curves
from polylib.information.recipe import Recipe
from polylib.networks.dropout_network import Networks, Shape, networks
from polylib.networks.dropout_training import train
from polylib.runs.sweep import sweep

Inputs = Float[Tensor, "networks samples inputs"]


def uniform(count: int, samples: int, inputs: int, generator: torch.Generator, dtype: torch.dtype) -> Inputs:
    """Inputs uniform on [-1, 1], on the generator's device."""
    like = {"generator": generator, "device": generator.device, "dtype": dtype}
    return 2 * torch.rand(count, samples, inputs, **like) - 1


def signs(x: Inputs) -> Inputs:
    """1 where x is at least 0, else -1: fair bits of inputs that are uniform."""
    return 1 - 2 * (x < 0).to(x)


GOALS: dict[str, Callable[[Inputs], Inputs] | None] = {
    "untrained": None,
    "x": lambda x: x,  # the program as last saved
    "signs": signs,
    "digits": lambda x: (x > 0).to(x),
    "bits": lambda x: x,  # on inputs of -1 and 1, in training alone
    "first": lambda x: x[..., :1].expand_as(x),
    "two": lambda x: x[..., [0, 1, 1]],
}
"""what a network with three inputs and outputs is trained to give for x, by the name of the goal"""

_READ_OFF = {
    "untrained": "nan nan 3.90 2.94 2.60 2.13 1.98 1.69 1.56 1.31 1.23 1.08 1.00 .88 .82 .71 .64 .56 .52 .22",
    "x": "3.91 3.30 3.51 3.14 3.32 3.03 3.16 2.95 3.08 2.81 2.91 2.76 2.82 2.69 2.76 2.59 2.69 2.53 2.61 2.42",
}
PRINTED_CURVES = {goal: np.array(text.split(), dtype=float) for goal, text in _READ_OFF.items()}
"""figure 1 of the supplement in nats, read off its pixels to about 0.02, at `Shape().read_layers`; the first two
values of the untrained curve lie above its axis; "x" is the learnt curve, by the goal of the program as last saved"""


@dataclass(frozen=True)
class Setting:
    """All that decides what the networks of a goal become and how they are read, but their number and the device."""

    shape: Shape
    rate: float
    """of dropout"""
    samples: int
    """to train each network on"""
    learning_rate: float
    seed: int
    precision: str
    """name of the floating-point type, such as "float32" """
    trials: int
    """critics of each layer, each on samples of its own"""
    critic_samples: int
    """to train and read the critics and decoders of a network on"""
    decoder_steps: int
    recipe: Recipe
    """of the critics"""
    layers: tuple[int, ...] | None = None
    """of the shape's `read_layers`, to look at; None: all"""

    def numbered(self, goal: str) -> int:
        """A seed for a goal, of its own."""
        return 100 * self.seed + list(GOALS).index(goal)


def figure_curves(
    setting: Setting,
    counts: Mapping[str, int],
    folder: Path,
    scheduler: str | None = None,
    *,
    device: str = "cpu",
    progress: bool = False,
) -> dict[str, dict[str, Any]]:
    """What critics and decoders estimate behind every layer of `counts[goal]` networks of each goal, in bits.

    By goal: "bits" (networks, trials, layers), "floor" and "floor_error" (networks, layers), "mse" (networks, outputs),
    the squared error with the noise on, None for "untrained". What is finished lies in `folder` and is not made again;
    `scheduler` as in `polylib.runs.sweep`. Raises ValueError for a goal that is not in `GOALS`, a shape without three
    inputs and outputs, and what training and critics refuse.
    """
    for goal in counts:
        validate.one_of("counts", goal, tuple(GOALS))
    if (setting.shape.inputs, setting.shape.outputs) != (3, 3):
        raise ValueError(f"shape must have 3 inputs and 3 outputs, got {setting.shape.inputs}, {setting.shape.outputs}")
    tasks = {f"{goal}-{i}": (goal, i, *vars(setting).values()) for goal, n in counts.items() for i in range(n)}
    one = partial(_one_network, counts=dict(counts), device=device, progress=progress)
    found = sweep(one, tasks, folder, scheduler)
    parts = "bits", "floor", "floor_error", "mse"
    curves = {goal: {p: [found[f"{goal}-{i}"][p] for i in range(n)] for p in parts} for goal, n in counts.items()}
    return {goal: c if GOALS[goal] else c | {"mse": None} for goal, c in curves.items()}


def pooled(runs: Sequence[Mapping[str, Any]], goal: str, part: str) -> Float[np.ndarray, "networks points"]:
    """One part of what `figure_curves` gave, of the networks of a goal in several runs; "bits" are means over trials.

    Raises ValueError for a goal that no run has.
    """
    found = [np.array(run[goal][part]) for run in runs if goal in run]
    if not found:
        raise ValueError(f"goal must be in one of the runs, got {goal!r} and runs of {[sorted(run) for run in runs]}")
    return np.concatenate([v.mean(1) if part == "bits" else v for v in found])


def _one_network(task: tuple[Any, ...], folder: Path, counts: dict[str, int], device: str, progress: bool) -> dict:
    """Critics and decoders behind every layer of one network."""
    goal, i, *rest = task
    setting = Setting(*rest)
    nets, error = trained(goal, counts[goal], setting, folder.parent, device, progress)
    nets, own = nets.take(slice(i, i + 1)), 100 * list(GOALS).index(goal) + i
    source = torch.Generator(device).manual_seed(setting.seed + own)
    draw = partial(uniform, 1, setting.critic_samples, 3, source, getattr(torch, setting.precision))
    bits = []
    for trial in range(setting.trials):
        options = {"seed": setting.seed + 10 * own + trial, "progress": progress}
        options |= {"recipe": setting.recipe, "layers": setting.layers}
        curves = critic_curves(nets, draw(), "dv", checkpoint=folder / f"{trial}.npz", **options)
        bits.append(curves.bits[0].tolist())
    options = {"entropy": 3.0, "steps": setting.decoder_steps, "layers": setting.layers, "seed": setting.seed + own}
    read = decoder_curves(nets, draw(), "squares", **options)
    found = {"bits": bits, "floor": read.bits[0].tolist(), "floor_error": read.standard_error[0].tolist()}
    return found | {"mse": error[i] if error else None}


@cache
def trained(
    goal: str, count: int, setting: Setting, folder: Path, device: str = "cpu", progress: bool = False
) -> tuple[Networks, list[list[float]] | None]:
    """The networks of a goal, trained in step, and each output's squared error with the noise on; goes on if killed."""
    own, dtype = setting.numbered(goal), getattr(torch, setting.precision)
    nets = networks(setting.shape, count, setting.rate, seed=own, device=device, dtype=dtype)
    if (target := GOALS[goal]) is None:
        return nets, None
    source = torch.Generator(device).manual_seed(own)
    x = uniform(count, setting.samples, 3, source, dtype)
    x = signs(x) if goal == "bits" else x
    options = {"learning_rate": setting.learning_rate, "seed": own, "progress": progress}
    error = train(nets, x, target(x), checkpoint=folder / f"{goal}.npz", **options)
    return nets, error.validation.tolist()
