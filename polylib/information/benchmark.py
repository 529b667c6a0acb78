"""The tasks that every estimator of mutual information is tried on, what it says of them, how its intervals cover."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from polylib import validate
from polylib.information.estimators import DEFAULT, estimate_many
from polylib.information.recipe import Recipe
from polylib.information.result import Estimate
from polylib.information.tasks import (
    Task,
    additive_uniform,
    binary_erasure,
    binary_symmetric,
    cells,
    dropout,
    equicorrelated,
    gaussian,
    image,
    paired,
    quantiser,
    student,
)


def half_cube(v: NDArray[np.float64]) -> NDArray[np.float64]:
    """sign(v) |v|^1.5, heavier in the tails."""
    return np.sign(v) * np.abs(v) ** 1.5


def wiggly(v: NDArray[np.float64]) -> NDArray[np.float64]:
    """v + 0.4 sin v + 0.2 sin(1.7 v + 1) + 0.03 sin(3.3 v - 2.5), which rises everywhere."""
    return v + 0.4 * np.sin(v) + 0.2 * np.sin(1.7 * v + 1) + 0.03 * np.sin(3.3 * v - 2.5)


def known_ground() -> list[Task]:
    """Tasks from a fraction of a bit to some bits, with and without density, of 1 to 25 columns a side."""
    plain = gaussian("Gaussian 1 x 1", paired(1, [0.75]), 1)
    sparse = gaussian("Gaussian 5 x 5, two pairs", paired(5, [0.8, 0.8]), 5)
    heavy = student("Student 3 x 3, 2 degrees", np.eye(6), 3, 2)
    return [
        plain,
        gaussian("Gaussian 5 x 5, dense", equicorrelated(10, 0.5), 5),
        gaussian("Gaussian 25 x 25, dense", equicorrelated(50, 0.5), 25),
        sparse,
        student("Student 1 x 1, 1 degree", np.eye(2), 1, 1),
        heavy,
        image("cubes of Gaussian 1 x 1", plain, lambda v: v**3, lambda v: v**3),
        image("half-cubes of Gaussian 5 x 5", sparse, half_cube, half_cube),
        image("wiggles of Gaussian 1 x 1", plain, wiggly, lambda v: v),
        image("asinh of Student 3 x 3", heavy, np.arcsinh, np.arcsinh),
        additive_uniform(0.1),
        additive_uniform(0.75),
        cells(8),
        binary_symmetric(0.2),
        binary_erasure(0.5),
        quantiser(3),
        dropout(4, 0.2),
        dropout(2, 0.2, neurons=4),
    ]


def estimates(
    tasks: Sequence[Task],
    estimator: str,
    samples: int,
    *,
    recipe: Recipe = DEFAULT,
    seed: int = 0,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> list[Estimate]:
    """What an estimator says of `samples` draws of every task, all its critics trained in step."""
    pairs = [task.draw(samples, np.random.default_rng([seed, i])) for i, task in enumerate(tasks)]
    sides = zip(*pairs, strict=True)
    xs, ys = ([torch.as_tensor(v, dtype=dtype, device=device) for v in side] for side in sides)
    return estimate_many(xs, ys, estimator, seed=seed, recipe=recipe, groups=np.arange(samples))


@dataclass(frozen=True)
class Coverage:
    """How an estimator's 95 % intervals did over independent draws of a task; all but counts in bits."""

    draws: int
    held: int
    """draws whose interval holds the truth"""
    below: int
    """draws whose interval lies wholly below the truth"""
    endless: int
    """draws whose interval has no end: "at least" """
    bias: float
    """mean estimate less the truth"""
    spread: float
    """standard deviation of the estimates"""
    width: float
    """mean width of the intervals, each counted up to 99"""


def coverage(
    task: Task, estimator: str, samples: int, draws: int, *, recipe: Recipe = DEFAULT, seed: int = 0
) -> Coverage:
    """How often an interval holds the truth, over `draws` sets of `samples`. Raises ValueError for fewer than 2."""
    draws = validate.integer("draws", draws, 2)
    found = estimates([task] * draws, estimator, samples, recipe=recipe, seed=seed)
    bits, ends = np.array([e.bits for e in found]), np.array([e.interval for e in found])
    held = (ends[:, 0] <= task.bits) & (task.bits <= ends[:, 1])
    width = np.diff(np.clip(ends, -99, 99)).mean()
    counts = [int(which.sum()) for which in (held, ends[:, 1] < task.bits, np.isinf(ends[:, 1]))]
    return Coverage(draws, *counts, float(bits.mean()) - task.bits, float(bits.std(ddof=1)), float(width))
