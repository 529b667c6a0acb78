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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from polylib import validate
from polylib.information.baselines import WITNESSES
from polylib.information.critics import ESTIMATORS, Layout
from polylib.information.recipe import Phase, Recipe
from polylib.information.samples import Samples, padded, scaled, stacked
from polylib.information.state import split
from polylib.information.training import evaluate, train

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


@dataclass(frozen=True)
class Estimate:
    """An estimate of mutual information, in bits, and how it was reached."""

    bits: float
    """the estimate: for a critic, its value on samples that neither its training nor its stopping rule saw"""
    interval: tuple[float, float]
    """95 % interval, bits -+ 1.96 standard errors by the delta method: it covers the draw of the samples that were
    read, with the critic as it is; not the gap between the critic's bound and the truth, nor the critic's training"""
    standard_error: float
    """in bits"""
    ceiling: float
    """log2 of the samples that one critic is read on, for InfoNCE of its candidates; inf for "ksg" and "cca". No
    estimator that is a bound with high probability can say more {cite:p}`mcallester2020`: where the interval comes
    within a bit of it, the truth may be anything above"""
    history: NDArray[np.float64]
    """values on the validation samples in bits, array (folds, looks), nan after a critic has stopped; else empty"""
    steps: int
    """steps of the longest training; the weights read may be earlier ones"""
    seconds: float
    """wall time of the run, divided evenly among the estimates that were made in it"""
    n_test: int
    """samples that the value was read on, over all folds"""
    estimator: str


def estimate(
    x: Samples,
    y: Samples,
    estimator: str = "mine",
    *,
    seed: int = 0,
    recipe: Recipe = DEFAULT,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> Estimate:
    """I(X; Y) in bits from samples x (n, dx) and y (n, dy), numpy or torch: `estimate_many` of one task."""
    return estimate_many([x], [y], estimator, seed=[seed], recipe=recipe, checkpoint=checkpoint, progress=progress)[0]


def estimate_many(
    xs: Sequence[Samples] | Tensor,
    ys: Sequence[Samples] | Tensor,
    estimator: str = "mine",
    *,
    seed: int | Sequence[int] = 0,
    recipe: Recipe = DEFAULT,
    names: Sequence[str] | None = None,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> list[Estimate]:
    """I(X; Y) in bits of every task, its samples xs[i] (n, dx_i) and ys[i] (n, dy_i), all critics trained in step.

    Widths may differ, the number of samples may not. Tensors stay on their device and keep their precision, numpy
    arrays become float32. Task i has seed + i, or its own from a sequence, and its result does not depend on the other
    tasks. A run with a `checkpoint` can be killed and called again: it goes on from there to the same numbers.
    Raises ValueError for an unknown estimator, shapes that do not match, values that are not finite, constant columns
    or too few samples, a checkpoint of another run; RuntimeError if another process is at the checkpoint;
    FloatingPointError with task and step where a bound, a weight or a moment of Adam stops being finite.
    """
    began = time.perf_counter()
    validate.one_of("estimator", estimator, (*ESTIMATORS, *WITNESSES))
    pairs = stacked(xs, ys)
    seeds = [seed + i for i in range(len(pairs))] if isinstance(seed, int) else list(seed)
    names = [f"task {i}" for i in range(len(pairs))] if names is None else list(names)
    if len(seeds) != len(pairs) or len(names) != len(pairs):
        raise ValueError(f"seed and names must have one entry for each of {len(pairs)} tasks, got {seeds} and {names}")
    validate.whole_numbers("seed", seeds, least=0)
    if estimator in WITNESSES:
        return [_witnessed(estimator, x, y) for x, y in pairs]
    return _trained(pairs, estimator, seeds, names, recipe, checkpoint, progress, began)


def _witnessed(estimator: str, x: Tensor, y: Tensor) -> Estimate:
    began = time.perf_counter()
    bits, error = WITNESSES[estimator](x.double().cpu().numpy(), y.double().cpu().numpy())
    interval = bits - 1.96 * error, bits + 1.96 * error
    spent = time.perf_counter() - began
    return Estimate(bits, interval, error, math.inf, np.empty((0, 0)), 0, spent, len(x), estimator)


def _trained(
    pairs: list[tuple[Tensor, Tensor]],
    estimator: str,
    seeds: list[int],
    names: list[str],
    recipe: Recipe,
    checkpoint: Path | None,
    progress: bool,
    began: float,
) -> list[Estimate]:
    widths = [(x.shape[1], y.shape[1]) for x, y in pairs]
    layout = Layout(max(a for a, _ in widths), max(b for _, b in widths), recipe.hidden)
    x = torch.stack([padded(scaled(x, recipe.scale), layout.x_width) for x, _ in pairs])
    y = torch.stack([padded(scaled(y, recipe.scale), layout.y_width) for _, y in pairs])
    critics, test = split(layout, estimator, recipe, x, y, seeds, names)
    own = [np.random.SeedSequence([*s, 2**32 - 1]).generate_state(1)[0] for s in critics.seeds]
    initial = torch.stack([layout.initial(*widths[int(t)], int(s), x) for t, s in zip(critics.task, own, strict=True)])
    state = train(critics, initial, checkpoint, progress)
    rows = torch.arange(len(initial), device=x.device)
    parts = [evaluate(critics, state.best[r], *critics.take(r, test[r])) for r in rows.split(16)]
    nats = [torch.cat(p) for p in zip(*parts, strict=True)]
    broken = ~(nats[0].isfinite() & nats[1].isfinite())
    critics.refuse_broken(rows, torch.where(broken, state.step, -1), ", on the test samples")
    value, error = (v.double().cpu().numpy().reshape(len(pairs), -1) / math.log(2) for v in nats)
    history = state.history.double().cpu().numpy().reshape(len(pairs), recipe.folds, -1) / math.log(2)
    ceiling = math.log2(recipe.candidates(estimator) if estimator == "infonce" else test.shape[1])
    spent = (time.perf_counter() - began) / len(pairs)
    found = []
    for i in range(len(pairs)):
        bits, se = float(value[i].mean()), float(np.sqrt(np.square(error[i]).sum())) / recipe.folds
        looks = history[i][:, : int(np.isfinite(history[i]).any(0).sum())]
        steps = min(looks.shape[1] * recipe.every, sum(p.steps for p in recipe.phases))
        interval = bits - 1.96 * se, bits + 1.96 * se
        found.append(
            Estimate(bits, interval, se, ceiling, looks, steps, spent, test[0].numel() * recipe.folds, estimator)
        )
    return found
