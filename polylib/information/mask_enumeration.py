"""Exact information between a few symbols and the layers of a small dropout network: every mask is tried."""

from collections.abc import Callable
from itertools import product

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from polylib import validate
from polylib.networks.dropout_network import Networks
from polylib.theory.channel import mutual_information

MOST_ROWS = 2**21
"""activities of a layer that are held at once"""


def reader(bits: int) -> Callable[[Tensor], Tensor]:
    """What a reader of so many bits a unit sees: in which of 2^bits even parts of its range, -M to M, a unit lies.

    M is the unit's largest size. One bit is the sign; a further bit halves every part, so it never tells less.
    """
    parts = 2 ** (validate.integer("bits", bits) - 1)

    def read(activity: Tensor) -> Tensor:
        size = activity.abs().amax(0)
        return (activity / torch.where(size > 0, size, 1) * parts).floor().clamp_max(parts - 1)

    return read


def exact_information(
    networks: Networks,
    symbols: Float[Tensor, "symbols inputs"],
    read: Callable[[Tensor], Tensor] | None = None,
) -> NDArray[np.float64]:
    """I(X; L) in bits, array (networks, layers), for X uniform on `symbols` and L each of the shape's `read_layers`.

    A layer behind k dropouts has 2^(width * k) masks, each with its probability; activities that agree to 1e-12 of
    their unit's largest count as one. `read`, if given, is what one can see of a layer, such as torch.sign or what
    `reader` gives. Computed in float64. Raises ValueError for noise that is not "dropout", symbols of another width,
    that are not finite or repeat, an activity that is not finite, or more than `MOST_ROWS` activities.
    """
    if networks.noise != "dropout":
        raise ValueError(f"noise must be 'dropout', whose masks can be counted, got {networks.noise!r}")
    if symbols.ndim != 2 or symbols.shape[1] != networks.shape.inputs:
        raise ValueError(f"symbols must have {networks.shape.inputs} columns, got shape {tuple(symbols.shape)}")
    validate.finite("symbols", symbols)
    if len(symbols.unique(dim=0)) != len(symbols):
        raise ValueError(f"symbols must differ from one another, got {len(symbols)} rows with a repetition")
    width, groups = networks.shape.width, networks.shape.groups
    if len(symbols) << (width * groups) > MOST_ROWS:
        raise ValueError(f"width * groups must give at most {MOST_ROWS} activities, got {width} * {groups}")
    found = [_one_network(networks.take(slice(i, i + 1)), symbols, read) for i in range(len(networks))]
    return np.array(found)


def _one_network(network: Networks, symbols: Tensor, read: Callable[[Tensor], Tensor] | None) -> list[float]:
    shape, rate, many = network.shape, float(network.rate), 2**network.shape.width
    exact = Networks(shape, *(w.detach().double().cpu() for w in network.weights), rate=network.rate.double().cpu())
    single = torch.tensor(list(product([0.0, 1.0], repeat=shape.width)), dtype=torch.float64)
    p_single = (single * (1 - rate) + (1 - single) * rate).prod(1)
    bits = []
    for layer, dropouts in enumerate(shape.dropouts_before):  # the masks that come later change nothing here
        run = torch.arange(many**dropouts)
        choice = [
            run // many**g % many if g < dropouts else torch.full_like(run, many - 1) for g in range(shape.groups)
        ]
        weight = torch.stack([p_single[c] for c in choice[:dropouts]]).prod(0) if dropouts else torch.ones(1).double()
        x = symbols.double().cpu().repeat_interleave(len(run), 0)[None]
        factors = [single[c].repeat(len(symbols), 1)[None] for c in choice]
        activity = exact.activity(x, factors)[layer][0]
        bits.append(_bits(activity if read is None else read(activity), weight, len(symbols)))
    return bits


def _bits(seen: Tensor, weight: Tensor, symbols: int) -> float:
    """Information between the symbol, the slow index of the rows, and what is seen of them."""
    seen = seen.double()
    validate.finite("activity", seen, " as it was read")
    size = seen.abs().amax(0)
    seen = seen / torch.where(size > 0, size, 1)
    generator = torch.Generator().manual_seed(0)
    spread = torch.randint(-(2**63), 2**63 - 1, seen.shape[1:], generator=generator)
    marks = (torch.round(seen * 1e12).long() * spread).sum(1).numpy()  # modulo 2^64: tells millions apart
    _, outcome = np.unique(marks, return_inverse=True)
    transition = np.zeros((symbols, outcome.max() + 1))
    np.add.at(transition, (np.repeat(np.arange(symbols), len(weight)), outcome), np.tile(weight.numpy(), symbols))
    return mutual_information(np.full(symbols, 1 / symbols), transition)
