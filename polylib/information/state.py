"""What a training of critics holds: critics, each with its share of the samples, and the state that it is in."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from polylib.information.critics import Layout
from polylib.information.recipe import Recipe
from polylib.runs.checkpoint import Checkpoint, digest


@dataclass(frozen=True)
class Critics:
    """What is trained, and how: the samples of all tasks; for each critic its task, its samples in order, its seed."""

    layout: Layout
    estimator: str
    recipe: Recipe
    x: Float[Tensor, "tasks n dx"]
    y: Float[Tensor, "tasks n dy"]
    task: Int[Tensor, " critics"]
    train: Int[Tensor, "critics train"]
    validation: Int[Tensor, "critics validation"]
    seeds: list[tuple[int, int]]
    names: list[str]

    def take(
        self, rows: Int[Tensor, " rows"], samples: Int[Tensor, "rows n"]
    ) -> tuple[Float[Tensor, "rows n dx"], Float[Tensor, "rows n dy"]]:
        """The samples of some critics: x and y."""
        of = self.task[rows, None]
        return self.x[of, samples], self.y[of, samples]

    def run(self) -> dict[str, Any]:
        """All that decides what the critics become."""
        data = {"x": digest(self.x), "y": digest(self.y), "seeds": self.seeds}
        return asdict(self.recipe) | {"estimator": self.estimator} | data | {"split": digest(self.train)}

    def refuse_broken(self, rows: Int[Tensor, " rows"], steps: Int[Tensor, " rows"], where: str = "") -> None:
        """FloatingPointError with the task of the first of some critics whose step is not -1, and that step."""
        if not bool((steps >= 0).any()):
            return
        worst = int(steps.ge(0).nonzero()[0, 0])
        raise FloatingPointError(
            f"the bound of {self.names[int(self.task[rows[worst]])]} is no longer finite at step {int(steps[worst])}"
            f"{where}: try lower learning rates in the phases of the recipe"
        )


@dataclass
class State:
    """All that a run knows after a step; tensors of the critics still in training first, then of all."""

    step: int
    alive: Int[Tensor, " alive"]
    flat: Float[Tensor, "alive weights"]
    mean: Float[Tensor, "alive weights"]
    square: Float[Tensor, "alive weights"]
    log_mean: Float[Tensor, " alive"]
    broken: Int[Tensor, " alive"]
    best: Float[Tensor, "critics weights"]
    best_value: Float[Tensor, " critics"]
    best_look: Int[Tensor, " critics"]
    history: Float[Tensor, "critics looks"]

    def keep(self, which: Tensor) -> None:
        """Drop the critics that have stopped."""
        for name in ("alive", "flat", "mean", "square", "log_mean", "broken"):
            setattr(self, name, getattr(self, name)[which])

    def save(self, kept: Checkpoint) -> None:
        """Keep everything."""
        kept.save(self.step, {f.name: getattr(self, f.name) for f in fields(self) if f.name != "step"})


def split(
    layout: Layout,
    estimator: str,
    recipe: Recipe,
    x: Tensor,
    y: Tensor,
    seeds: list[int],
    names: list[str],
    groups: NDArray | None = None,
) -> tuple[Critics, Tensor]:
    """Each task's samples in a random order of its own; fold f is tested on block f, validated on what follows it.

    Where there are groups, theirs is the order, one group after the other, and samples of a group that is tested or
    validated on are not trained on. Beside the critics: the samples (critics, test) that each is read on. Raises
    ValueError for too few samples, or fewer than two folds of groups.
    """
    n = x.shape[1]
    n_test, n_validation = int(recipe.test * n + 1e-9), int(recipe.validation * n + 1e-9)
    if groups is not None and recipe.folds < 2:
        raise ValueError(f"folds must be at least 2 where there are groups, got {recipe.folds}")
    orders = []
    for s in seeds:
        rng = np.random.default_rng([s, 0])
        order = rng.permutation(n)
        if groups is not None:
            place = rng.permutation(int(groups.max()) + 1)
            order = np.argsort(place[groups], kind="stable")
        orders += [np.roll(order, -fold * n_test) for fold in range(recipe.folds)]
    parts = [np.split(order, [n_test, n_test + n_validation]) for order in orders]
    if groups is not None:
        parts = [_apart(groups, *part) for part in parts]
    n_validation, n_train = (min(len(part[i]) for part in parts) for i in (1, 2))
    batch = max(p.batch for p in recipe.phases)
    needed = max(batch, recipe.candidates(estimator))
    least = recipe.candidates(estimator) if estimator == "infonce" else 2
    if n_train < needed or min(n_test, n_validation) < max(least, 8) or batch < recipe.candidates(estimator):
        raise ValueError(
            f"x and y must have more samples: {n} give {n_train} to train, where a batch has {batch} and {needed} are "
            f"needed, {n_validation} to validate and {n_test} to test, where {max(least, 8)} are needed"
        )
    sizes = n_test, n_validation, n_train
    test, validation, training = (
        torch.from_numpy(np.stack([part[i][-sizes[i] :] for part in parts])).to(x.device) for i in range(3)
    )
    task = torch.arange(len(seeds), device=x.device).repeat_interleave(recipe.folds)
    folds = [(s, fold) for s in seeds for fold in range(recipe.folds)]
    return Critics(layout, estimator, recipe, x, y, task, training.contiguous(), validation, folds, names), test


def _apart(groups: NDArray, test: NDArray, validation: NDArray, training: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Validation without groups that are tested on, training without either, in a random order."""
    validation = validation[~np.isin(groups[validation], groups[test])]
    training = training[~np.isin(groups[training], groups[np.concatenate([test, validation])])]
    return test, validation, np.random.default_rng(int(test[0])).permutation(training)


def start(initial: Float[Tensor, "critics weights"], looks: int, kept: Checkpoint) -> State:
    """The state that was kept, or the one before the first step."""
    critics, device = len(initial), initial.device
    if found := kept.load():
        return State(found[1]["step"], **{name: value.to(device) for name, value in found[0].items()})
    return State(
        step=0,
        alive=torch.arange(critics, device=device),
        flat=initial.clone(),
        mean=torch.zeros_like(initial),
        square=torch.zeros_like(initial),
        log_mean=initial.new_full((critics,), math.nan),
        broken=torch.full((critics,), -1, device=device),
        best=initial.clone(),
        best_value=initial.new_full((critics,), -math.inf),
        best_look=torch.full((critics,), -1, device=device),
        history=initial.new_full((critics, looks), math.nan),
    )


def shuffled(critics: Critics, alive: Int[Tensor, " alive"], epoch: int) -> Int[Tensor, "alive train"]:
    """The training samples of each critic in an order of its own, a function of its seed and the epoch alone."""
    device, rows = critics.train.device, []
    for row in alive.tolist():
        mixed = np.random.SeedSequence([*critics.seeds[row], epoch]).generate_state(1)[0]
        generator = torch.Generator(device).manual_seed(int(mixed))
        rows.append(torch.randperm(critics.train.shape[1], generator=generator, device=device))
    return critics.train[alive].gather(1, torch.stack(rows))
