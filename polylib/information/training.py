"""Training of many critics in step, on their own samples, with a stopping rule each; a killed run goes on."""

from functools import partial
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from polylib.information.critics import ascent, gradient, held_out, scores
from polylib.information.recipe import Phase, Recipe
from polylib.information.state import Critics, State, shuffled, start
from polylib.runs.checkpoint import Checkpoint

IN_CACHE = 2**18
"""activations of a layer that a processor's cache holds: on a CPU, critics are trained in groups of that size"""
LOOKS = 20
"""looks at the validation samples from one checkpoint to the next"""
BETAS = 0.9, 0.999
"""of Adam"""


def train(
    critics: Critics, initial: Float[Tensor, "critics weights"], checkpoint: Path | None = None, progress: bool = False
) -> State:
    """Train every critic by Adam until its own stopping rule or the end of the phases; its weights are in `best`.

    After some looks at the validation samples the state goes to `checkpoint`, if there is one, and a run that finds it
    there continues it. Raises FloatingPointError with task and step where a bound, a weight or a moment of Adam is no
    longer finite; ValueError for a checkpoint of another run, RuntimeError for one that another process is at.
    """
    recipe = critics.recipe
    total = sum(phase.steps for phase in recipe.phases)
    kept = Checkpoint(checkpoint, critics.run() if checkpoint else {})
    order = None
    with kept.locked(), tqdm(total=total, disable=not progress, desc=f"{len(initial)} critics") as bar:
        state = start(initial, total // recipe.every + 1, kept)
        bar.update(state.step)
        while state.step < total and len(state.alive):
            phase, epoch, slot = _place(recipe, critics.train.shape[1], state.step)
            if order is None or slot == 0:
                order = shuffled(critics, state.alive, epoch)
            x, y = critics.take(state.alive, order[:, slot * phase.batch : (slot + 1) * phase.batch])
            _ascend(critics, state, x, y, phase.learning_rate)
            bar.update()
            if state.step % recipe.every == 0 or state.step == total:
                before = len(state.alive)
                _look(critics, state)
                order = order if len(state.alive) == before else None
                over = state.step == total or not len(state.alive)
                if over or state.step // recipe.every % LOOKS == 0:
                    state.save(kept)
    return state


def evaluate(
    critics: Critics,
    flat: Float[Tensor, "rows weights"],
    x: Float[Tensor, "rows n dx"],
    y: Float[Tensor, "rows n dy"],
) -> tuple[Float[Tensor, " rows"], Float[Tensor, " rows"]]:
    """Bound and standard error, in nats, of critics on samples that they were not trained on."""
    recipe, estimator = critics.recipe, critics.estimator
    count = recipe.candidates(estimator) if estimator == "infonce" else 1 + min(recipe.shifts, x.shape[1] - 1)
    # one shift at a time spares memory
    s = torch.cat([scores(critics.layout, flat, x, y, range(shift, shift + 1)) for shift in range(count)], 1)
    return held_out(estimator, s, range(count), recipe.tau, recipe.capped)


def _place(recipe: Recipe, n_train: int, step: int) -> tuple[Phase, int, int]:
    """Phase, epoch and place in the epoch of a step; an epoch is a number that no other phase uses."""
    first = 0
    for i, phase in enumerate(recipe.phases):
        if step < first + phase.steps:
            epoch, slot = divmod(step - first, n_train // phase.batch)
            return phase, epoch * len(recipe.phases) + i, slot
        first += phase.steps
    raise IndexError(step)


def _ascend(critics: Critics, state: State, x: Tensor, y: Tensor, learning_rate: float) -> None:
    """One step of Adam, upwards, with decoupled weight decay; remembers the first step with a bound not finite."""
    layout, recipe = critics.layout, critics.recipe
    shifts = range(recipe.candidates(critics.estimator))
    rows = len(x) if x.is_cuda else max(1, IN_CACHE // (x.shape[1] * len(shifts) * max(layout.hidden)))
    found = []
    for first in range(0, len(x), rows):
        part = slice(first, first + rows)
        rule = partial(ascent, critics.estimator, log_mean=state.log_mean[part], rate=recipe.ema_rate)
        found.append(gradient(layout, state.flat[part], x[part], y[part], shifts, rule))
    bound, g = (torch.cat(parts) for parts in zip(*found, strict=True))
    state.broken = torch.where(bound.isfinite() | (state.broken >= 0), state.broken, state.step)
    state.step += 1
    state.mean.lerp_(g, 1 - BETAS[0])
    state.square.mul_(BETAS[1]).addcmul_(g, g, value=1 - BETAS[1])
    size = (state.square / (1 - BETAS[1] ** state.step)).sqrt_().add_(1e-8)
    state.flat.mul_(1 - learning_rate * recipe.weight_decay)
    state.flat.addcdiv_(state.mean, size, value=learning_rate / (1 - BETAS[0] ** state.step))


def _look(critics: Critics, state: State) -> None:
    """Read the validation samples, remember the best weights, and let critics whose patience has ended go."""
    recipe, look = critics.recipe, (state.step - 1) // critics.recipe.every
    value, _ = evaluate(critics, state.flat, *critics.take(state.alive, critics.validation[state.alive]))
    finite = value.isfinite() & torch.cat([state.flat, state.square], 1).isfinite().all(1)
    critics.refuse_broken(state.alive, torch.where(finite | (state.broken >= 0), state.broken, state.step))
    state.history[state.alive, look] = value
    smoothed = state.history[state.alive, max(look + 1 - recipe.smooth, 0) : look + 1].mean(1)
    better = smoothed > state.best_value[state.alive]
    if recipe.patience is None:
        better = torch.ones_like(better)
    elif look + 1 < recipe.smooth:
        better = torch.zeros_like(better)
    rows = state.alive[better]
    state.best[rows], state.best_value[rows], state.best_look[rows] = state.flat[better], smoothed[better], look
    if recipe.patience is not None:
        waiting = look - state.best_look[state.alive].clamp_min(recipe.smooth - 1)
        state.keep(waiting < recipe.patience)
