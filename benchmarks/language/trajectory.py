"""A thousand directions in all layers at once, against one at a time: seconds, ratio and memory, in one run.

    python -m benchmarks.language.trajectory            SmolLM2, 20 passages, on the CPU

Three ways to do it slowly. One trajectory at a time: project a passage of a layer on a direction and call
`path_energy`. One direction at a time: project all passages of a layer at once, a product of a matrix and a vector.
And as a script would that starts again for each draw: one direction in each layer, forward pass included. All are
timed on some of the directions and scaled up.
"""

import time
from collections.abc import Iterator

import numpy as np
import torch

from benchmarks.row import Row, table
from polylib import language
from polylib.language import passages, residual_stream, trajectory
from polylib.theory import energy

DIRECTIONS, PASSAGES, FEW = 1_000, 20, 10


def seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def one_trajectory_at_a_time(batches: list, u: np.ndarray) -> None:
    for batch in batches:
        x = batch.activations.numpy()
        for layer in range(x.shape[0]):
            for p in range(x.shape[1]):
                for d in range(u.shape[2]):
                    energy.path_energy((x[layer, p, 4:] @ u[layer, :, d])[:, None])


def one_direction_at_a_time(batches: list, u: np.ndarray) -> None:
    directions = torch.from_numpy(u)
    for batch in batches:
        for layer, x in enumerate(batch.activations):
            for d in range(u.shape[2]):
                z = x[:, 4:] @ directions[layer, :, d]
                (z.diff(dim=1).square().sum(1) / 2, z.sum(1), z.square().sum(1))


def all_at_once(batches: list, u: np.ndarray) -> trajectory.DirectionEnergies:
    energies = trajectory.DirectionEnergies(u)
    for batch in batches:
        energies.add(batch)
    return energies


def bare(batches: list, directions: torch.Tensor) -> None:
    for batch in batches:
        for x, u in zip(batch.activations, directions, strict=True):
            x @ u


def rows() -> Iterator[Row]:
    lm = language.load()
    some = passages.tokenize(passages.texts("lee", PASSAGES), lm.tokenizer)
    u = trajectory.random_directions(lm.n_layers + 1, lm.n_units, DIRECTIONS, rng=np.random.default_rng(0))
    list(residual_stream(lm, some[:10]))
    forward = seconds(lambda: list(residual_stream(lm, some)))
    batches = list(residual_stream(lm, some))
    all_at_once(batches, u)
    rounds = [seconds(lambda: all_at_once(batches, u)) for _ in range(3)]
    ours, share = sorted(rounds)[1], DIRECTIONS / FEW
    directions = torch.from_numpy(u)
    alone = sorted(seconds(lambda: bare(batches, directions)) for _ in range(3))[1]
    few = np.ascontiguousarray(u[:, :, :FEW])
    slow = {
        "one trajectory at a time": share * seconds(lambda: one_trajectory_at_a_time(batches, few)),
        "one direction at a time": share * seconds(lambda: one_direction_at_a_time(batches, few)),
    }
    work = f"{DIRECTIONS:,} directions, {lm.n_layers + 1} layers, {PASSAGES} passages"
    for name, taken in slow.items():
        yield Row(work, ours, taken, "s", name, bare=alone)
    again = DIRECTIONS * (forward + ours / DIRECTIONS)
    yield Row(f"{work}, forward pass included", forward + ours, again, "s", "a forward pass for each draw")


if __name__ == "__main__":
    print(table(rows()))
