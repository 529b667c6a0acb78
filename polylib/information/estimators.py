"""Mutual information from samples: neural bounds with an interval, many trained at once, beside KSG and CCA.

Everything is in bits. The neural estimators are lower bounds that a critic network T(x, y) attains on samples which it
has not seen: Donsker-Varadhan ("dv"), the same with the corrected gradient of {cite:t}`belghazi2018` ("mine"),
{cite:t}`oord2018` ("infonce"), {cite:t}`nguyen2010` ("nwj"); {cite:t}`song2020` ("smile") clips the density ratio and
is no bound. "ksg" counts neighbours {cite:p}`kraskov2004`; "cca" is right for Gaussians and on either side for others.

A critic is smooth: where a density has steep edges it stays well below the truth, by a bit on a mixture of 8 squares.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import t as student
from torch import Tensor

from polylib import validate
from polylib.information.baselines import WITNESSES
from polylib.information.critics import ESTIMATORS, Layout
from polylib.information.dependence import labels, ordered_alike, refuse_dependent, unpaired
from polylib.information.intervals import beside_neighbours, reported
from polylib.information.reading import read, silent
from polylib.information.recipe import Phase, Recipe
from polylib.information.result import Estimate
from polylib.information.samples import Samples, padded, scaled, stacked
from polylib.information.state import split
from polylib.information.training import train

DEFAULT = Recipe()
PRINTED = Recipe(  # the supplement's program: 40,960 samples to train, 4,096 to read, the last weights
    hidden=(64, 64, 64),
    phases=(Phase(4000, 1024, 1e-4), Phase(1000, 2048, 5e-6)),
    test=1 / 12,
    validation=1 / 12,
    weight_decay=0.0,
    folds=1,
    patience=None,
    shifts=1,
    capped=False,
    scale="standard",
)


def estimate(
    x: Samples,
    y: Samples,
    estimator: str = "mine",
    *,
    groups: NDArray | None = None,
    null: int = 0,
    seed: int = 0,
    recipe: Recipe = DEFAULT,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> Estimate:
    """I(X; Y) in bits from samples x (n, dx) and y (n, dy), numpy or torch: `estimate_many` of one task."""
    options = {"groups": groups, "null": null, "recipe": recipe, "checkpoint": checkpoint, "progress": progress}
    return estimate_many([x], [y], estimator, seed=[seed], **options)[0]


def estimate_many(
    xs: Sequence[Samples] | Tensor,
    ys: Sequence[Samples] | Tensor,
    estimator: str = "mine",
    *,
    groups: NDArray | None = None,
    null: int = 0,
    seed: int | Sequence[int] = 0,
    recipe: Recipe = DEFAULT,
    names: Sequence[str] | None = None,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> list[Estimate]:
    """I(X; Y) in bits of every task, its samples xs[i] (n, dx_i) and ys[i] (n, dy_i), all critics trained in step.

    Widths may differ, the number of samples may not. Tensors stay on their device and keep their precision, numpy
    arrays and half precision become float32, after they were centred and ranked in double precision. Task i has seed
    + i, or its own from a sequence, and its result does not depend on the other tasks. A run with a `checkpoint` can be
    killed and called again: it goes on from there to the same numbers.

    Rows are taken as independent draws. Where they are not (a series in time, copies, several rows of a person),
    `groups`, one label a row for all tasks, says which belong together: no split cuts a group, and the interval is over
    folds or groups. Without it, rows that are mostly copies, or alike to their neighbours in both x and y, are refused;
    np.arange(n) says that all are independent. `null` estimates beside each are of x and y paired at random.

    Raises ValueError for an unknown estimator, shapes that do not match, values that are not real and finite, constant
    columns, rows that are not independent or too few samples, a checkpoint of another run; RuntimeError if another
    process is at the checkpoint; FloatingPointError with task and step where a bound, a weight or a moment of Adam
    stops being finite.
    """
    began = time.perf_counter()
    validate.one_of("estimator", estimator, (*ESTIMATORS, *WITNESSES))
    pairs, dtype = stacked(xs, ys)
    seeds = [seed + i for i in range(len(pairs))] if isinstance(seed, int) else list(seed)
    names = [f"task {i}" for i in range(len(pairs))] if names is None else list(names)
    if len(seeds) != len(pairs) or len(names) != len(pairs):
        raise ValueError(f"seed and names must have one entry for each of {len(pairs)} tasks, got {seeds} and {names}")
    validate.whole_numbers("seed", seeds, least=0)
    doubts = [_doubts(name, *pair, checked=groups is None) for name, pair in zip(names, pairs, strict=True)]
    together, n = labels(groups, len(pairs[0][0])), len(pairs[0][0])
    for copy in range(validate.integer("null", null, 0)):
        for i in range(len(doubts)):
            x, y = pairs[i]
            pairs.append((x, y[torch.from_numpy(unpaired(n, together, seeds[i] + copy)).to(y.device)]))
            seeds.append(seeds[i] + 1_000_003 * (copy + 1))
            names.append(f"{names[i]} paired at random")
    if estimator in WITNESSES:
        found = [_witnessed(estimator, x, y, together) for x, y in pairs]
    else:
        cast = [(x, y, dtype) for x, y in pairs]
        found = _trained(cast, estimator, seeds, names, recipe, together, checkpoint, progress)
    spent = (time.perf_counter() - began) / len(found)
    table = np.array([e.bits for e in found]).reshape(null + 1, -1)
    return [
        replace(
            e,
            interval=(e.interval[0], math.inf if endless else e.interval[1]),
            seconds=spent,
            null=table[1:, i],
            notes=(*endless, *e.notes, *milder),
        )
        for i, (e, (endless, milder)) in enumerate(zip(found, doubts, strict=False))
    ]


def _doubts(name: str, x: Tensor, y: Tensor, checked: bool) -> tuple[list[str], list[str]]:
    """Why the information is infinite, and what else may be wrong with the samples."""
    sides = x.cpu().numpy(), y.cpu().numpy()
    endless = [f"column {i} of x orders column {j} of y: infinite" for i, j in ordered_alike(*sides)]
    return endless, refuse_dependent(name, *sides) if checked and not endless else []


def _witnessed(estimator: str, x: Tensor, y: Tensor, groups: NDArray | None) -> Estimate:
    found = WITNESSES[estimator](x.cpu().numpy(), y.cpu().numpy(), groups=groups)
    said = Estimate(
        found.bits, found.interval, found.standard_error, found.ceiling, np.empty((0, 0)), 0, 0.0, len(x), estimator
    )
    return reported(replace(said, notes=found.notes))


def _trained(
    pairs: list[tuple[Tensor, Tensor, torch.dtype]],
    estimator: str,
    seeds: list[int],
    names: list[str],
    recipe: Recipe,
    groups: NDArray | None,
    checkpoint: Path | None,
    progress: bool,
) -> list[Estimate]:
    widths = [(x.shape[1], y.shape[1]) for x, y, _ in pairs]
    layout = Layout(max(a for a, _ in widths), max(b for _, b in widths), recipe.hidden)
    x = torch.stack([padded(scaled(x, recipe.scale), layout.x_width).to(dtype) for x, _, dtype in pairs])
    y = torch.stack([padded(scaled(y, recipe.scale), layout.y_width).to(dtype) for _, y, dtype in pairs])
    critics, test = split(layout, estimator, recipe, x, y, seeds, names, groups)
    own = [np.random.SeedSequence([*s, 2**32 - 1]).generate_state(1)[0] for s in critics.seeds]
    initial = torch.stack([layout.initial(*widths[int(t)], int(s), x) for t, s in zip(critics.task, own, strict=True)])
    state = train(critics, initial, checkpoint, progress)
    value, error = read(critics, state.best, test)
    rows = torch.arange(len(initial), device=x.device)
    broken = ~(value.isfinite() & error.isfinite())
    critics.refuse_broken(rows, torch.where(broken, state.step, -1), ", on the test samples")
    trained_on, _ = read(critics, state.best, critics.train[:, : test.shape[1]])
    shape = len(pairs), recipe.folds
    value, error, trained_on = (
        v.double().cpu().numpy().reshape(shape) / math.log(2) for v in (value, error, trained_on)
    )
    history = state.history.double().cpu().numpy().reshape(*shape, -1) / math.log(2)
    lost = silent(critics, state.best, test, widths)
    ceiling = math.log2(recipe.candidates(estimator) if estimator == "infonce" else test.shape[1])
    found = []
    for i in range(len(pairs)):
        bits, se = float(value[i].mean()), float(np.sqrt(np.square(error[i]).sum())) / recipe.folds
        half = 1.96 * se
        if groups is not None:
            se = max(se, float(value[i].std(ddof=1)) / math.sqrt(recipe.folds))
            half = float(student.ppf(0.975, recipe.folds - 1)) * se
        looks = history[i][:, : int(np.isfinite(history[i]).any(0).sum())]
        steps = min(looks.shape[1] * recipe.every, sum(p.steps for p in recipe.phases))
        interval = bits - half, max(bits, float(trained_on[i].mean())) + half
        n_test = test[0].numel() * recipe.folds
        said = Estimate(bits, interval, se, ceiling, looks, steps, 0.0, n_test, estimator, lost[i])
        found.append(reported(beside_neighbours(said, *pairs[i][:2], groups)))
    return found
