"""Which layers of a network to look at, where nobody says: those that can be read, alike in depth, evenly spaced."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from polylib import validate
from polylib.representation.activations import Reading, _matrix, stream
from polylib.representation.capture import captured
from polylib.representation.inputs import calls
from polylib.representation.modes import evaluating

_MANY, _FEW = 6, 3


def readable_layers(model: nn.Module, batch: Tensor, *, reading: str = "pooled", least: int = 16) -> list[str]:
    """Names of the layers that one pass of a `batch` can read with no axis given, of at least `least` units.

    In the order of their definition; a layer that is called several times, or gives several tensors, is not among them.
    Raises ValueError for what the model cannot take, or no layer.
    """
    how, names = Reading(reading), [name for name, _ in model.named_modules() if name]
    found = []
    if names:
        with captured(model, names) as caught, evaluating(model), torch.no_grad():
            ((call, samples),) = calls(model, [batch])
            call()
            for name in names:
                try:
                    units = _matrix(name, caught.one(name), samples, how).shape[1]
                except ValueError:
                    continue
                found += [name] * (units >= validate.integer("least", least))
    if not found:
        raise ValueError(
            f"model must have a layer that can be read with {least} units or more, got {len(names)} layers"
        )
    return found


def chosen_layers(model: nn.Module, batch: Tensor, *, reading: str = "pooled", most: int = 8) -> list[str]:
    """At most `most` of `readable_layers`, evenly spaced: blocks of one depth of the model's tree, or plain layers.

    Blocks, which have layers inside, are those of the least depth that has six, else of the one that has most; where
    none has three, all readable layers count.
    """
    readable, depths = readable_layers(model, batch, reading=reading), defaultdict(list)
    blocks = {name for name, module in model.named_modules() if list(module.children())}
    for name in readable:
        if name in blocks:
            depths[name.count(".")].append(name)
    by_depth = [depths[depth] for depth in sorted(depths)]
    alike = next((some for some in by_depth if len(some) >= _MANY), max(by_depth, key=len, default=[]))
    names = alike if len(alike) >= _FEW else readable
    places = np.linspace(0, len(names) - 1, min(validate.integer("most", most), len(names))).round().astype(int)
    return [names[place] for place in places]


def masked_layers(
    model: nn.Module, batch: Tensor, layers: Sequence[str], *, reading: str = "pooled", channel_axis: int | None = None
) -> list[str]:
    """Those of `layers` that two passes with dropout on read differently: none without dropout before them."""
    with torch.random.fork_rng([batch.device] if batch.device.type == "cuda" else []):
        torch.manual_seed(0)
        how = {"reading": reading, "channel_axis": channel_axis, "dropout": True, "passes": 2}
        (found,) = stream(model, [batch], layers, **how)
    halves = {name: x.tensor_split(2, dim=1) for name, x in found.items()}
    return [name for name, (first, second) in halves.items() if not torch.equal(first, second)]
