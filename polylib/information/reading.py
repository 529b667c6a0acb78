"""What trained critics say on given samples, as they are and with a column shuffled."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from polylib.information.state import Critics
from polylib.information.training import evaluate

AT_ONCE = 16
"""critics that are read at once, which bounds memory"""
WORTH = 0.002
"""bits that a column must be worth to count as used, beyond two standard errors"""


def read(
    critics: Critics, flat: Float[Tensor, "critics weights"], samples: Int[Tensor, "critics n"]
) -> tuple[Float[Tensor, " critics"], Float[Tensor, " critics"]]:
    """Bound and standard error, in nats, of every critic on samples of its own."""
    rows = torch.arange(len(flat), device=flat.device).split(AT_ONCE)
    parts = [evaluate(critics, flat[r], *critics.take(r, samples[r])) for r in rows]
    values, errors = zip(*parts, strict=True)
    return torch.cat(values), torch.cat(errors)


def silent(
    critics: Critics,
    flat: Float[Tensor, "critics weights"],
    samples: Int[Tensor, "critics n"],
    widths: list[tuple[int, int]],
) -> list[tuple[list[int], list[int]]]:
    """Columns of x and of y, for each task, that may be shuffled on held-out samples without loss to its critics.

    A column is used if the value falls, on average over the folds, by more than `WORTH` and by more than twice what its
    falls are spread by. The only column of a side is not asked about.
    """
    folds, (n_x, n_y) = critics.recipe.folds, (critics.x.shape[2], critics.y.shape[2])
    whole = _once(critics, flat, samples, None)
    generator = torch.Generator().manual_seed(0)
    mixed = torch.randperm(samples.shape[1], generator=generator).to(samples.device)
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in widths]
    for side, count in ((0, n_x), (1, n_y)):
        for column in range(count if count > 1 else 0):
            falls = (whole - _once(critics, flat, samples, (side, column, mixed))).view(-1, folds).double()
            spread = falls.std(1, correction=min(1, folds - 1)) / math.sqrt(folds)
            least = (2 * spread).clamp_min(WORTH * math.log(2))
            for task in (falls.mean(1) <= least).nonzero().flatten().tolist():
                if widths[task][side] > 1 and column < widths[task][side]:
                    found[task][side].append(column)
    return found


def _once(
    critics: Critics, flat: Tensor, samples: Tensor, change: tuple[int, int, Tensor] | None
) -> Float[Tensor, " critics"]:
    """Values with one run of shifted pairs, perhaps with a column of one side in another order."""
    values = []
    for rows in torch.arange(len(flat), device=flat.device).split(AT_ONCE):
        pair = list(critics.take(rows, samples[rows]))
        if change is not None:
            side, column, mixed = change
            pair[side] = pair[side].clone()
            pair[side][:, :, column] = pair[side][:, mixed, column]
        values.append(evaluate(critics, flat[rows], *pair)[0])
    return torch.cat(values)
