"""Training of many critics in step, on their own samples, with a stopping rule each; a killed run goes on."""

from functools import partial
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from polylib.information.critics import Layout, ascent, gradient, held_out, scores
from polylib.information.recipe import Phase, Recipe
from polylib.information.state import Critics, State, shuffled, start

IN_CACHE = 2**18
"""activations of a layer that a processor's cache holds: on a CPU, critics are trained in groups of that size"""


def train(
    layout: Layout,
    initial: Float[Tensor, "critics weights"],
    critics: Critics,
    estimator: str,
    recipe: Recipe,
    *,
    checkpoint: Path | None = None,
    identity: str = "",
    saves: int = 20,
    progress: bool = False,
) -> State:
    """Train every critic by Adam until its own stopping rule or the end of the phases; its weights are in `best`.

    After every `saves` looks at the validation samples the state goes to `checkpoint`, if there is one, and a run that
    finds it there continues it. Raises RuntimeError with task and step where a bound is no longer finite.
    """
    total = sum(phase.steps for phase in recipe.phases)
    state = start(initial, total // recipe.every + 1)
    if checkpoint is not None and checkpoint.is_file():
        state = State.load(checkpoint, identity, initial.device)
    shifts = range(recipe.candidates(estimator))
    order = None
    with tqdm(total=total, initial=state.step, disable=not progress, desc=f"{len(initial)} critics") as bar:
        while state.step < total and len(state.alive):
            phase, epoch, slot = _place(recipe, critics.train.shape[1], state.step)
            if order is None or slot == 0:
                order = shuffled(critics, state.alive, epoch)
            x, y = critics.take(state.alive, order[:, slot * phase.batch : (slot + 1) * phase.batch])
            _ascend(layout, state, x, y, shifts, estimator, recipe, phase.learning_rate)
            bar.update()
            if state.step % recipe.every == 0 or state.step == total:
                before = len(state.alive)
                _look(layout, state, critics, estimator, recipe)
                order = order if len(state.alive) == before else None
                over = state.step == total or not len(state.alive)
                if checkpoint is not None and (over or state.step // recipe.every % saves == 0):
                    state.save(checkpoint, identity)
    return state


def evaluate(
    layout: Layout,
    flat: Float[Tensor, "rows weights"],
    x: Float[Tensor, "rows n dx"],
    y: Float[Tensor, "rows n dy"],
    estimator: str,
    recipe: Recipe,
) -> tuple[Float[Tensor, " rows"], Float[Tensor, " rows"]]:
    """Bound and standard error, in nats, of critics on samples that they were not trained on."""
    n = x.shape[1]
    count = recipe.candidates(estimator) if estimator == "infonce" else 1 + min(recipe.shifts, n - 1)
    shifts = range(count)
    # one shift at a time spares memory
    s = torch.cat([scores(layout, flat, x, y, range(shift, shift + 1)) for shift in shifts], 1)
    return held_out(estimator, s, shifts, recipe.tau, recipe.capped)


def _place(recipe: Recipe, n_train: int, step: int) -> tuple[Phase, int, int]:
    """Phase, epoch and place in the epoch of a step; an epoch is a number that no other phase uses."""
    first = 0
    for i, phase in enumerate(recipe.phases):
        if step < first + phase.steps:
            epoch, slot = divmod(step - first, n_train // phase.batch)
            return phase, epoch * len(recipe.phases) + i, slot
        first += phase.steps
    raise IndexError(step)


def _ascend(
    layout: Layout,
    state: State,
    x: Tensor,
    y: Tensor,
    shifts: range,
    estimator: str,
    recipe: Recipe,
    learning_rate: float,
    betas: tuple[float, float] = (0.9, 0.999),
) -> None:
    """One step of Adam, upwards, with decoupled weight decay; remembers the first step with a bound not finite."""
    rows = len(x) if x.is_cuda else max(1, IN_CACHE // (x.shape[1] * len(shifts) * max(layout.hidden)))
    found = []
    for first in range(0, len(x), rows):
        part = slice(first, first + rows)
        rule = partial(ascent, estimator, log_mean=state.log_mean[part], rate=recipe.ema_rate)
        found.append(gradient(layout, state.flat[part], x[part], y[part], shifts, rule))
    bound, g = (torch.cat(parts) for parts in zip(*found, strict=True))
    state.broken = torch.where(bound.isfinite() | (state.broken >= 0), state.broken, state.step)
    state.step += 1
    state.mean.lerp_(g, 1 - betas[0])
    state.square.mul_(betas[1]).addcmul_(g, g, value=1 - betas[1])
    size = (state.square / (1 - betas[1] ** state.step)).sqrt_().add_(1e-8)
    state.flat.mul_(1 - learning_rate * recipe.weight_decay)
    state.flat.addcdiv_(state.mean, size, value=learning_rate / (1 - betas[0] ** state.step))


def _look(layout: Layout, state: State, critics: Critics, estimator: str, recipe: Recipe) -> None:
    """Read the validation samples, remember the best weights, and let critics whose patience has ended go."""
    look = (state.step - 1) // recipe.every
    samples = critics.take(state.alive, critics.validation[state.alive])
    value, _ = evaluate(layout, state.flat, *samples, estimator, recipe)
    broken = torch.where(value.isfinite() | (state.broken >= 0), state.broken, state.step)
    if bool((broken >= 0).any()):
        worst = int(broken.ge(0).nonzero()[0, 0])
        name = critics.names[int(critics.task[state.alive[worst]])]
        raise RuntimeError(f"the bound of {name} is no longer finite at step {int(broken[worst])}")
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
