"""All toy models at once against one after another: the same steps, the same function, side by side in one run.

The size is the reading scale of chapter 1. Rounds alternate, so that a busy machine slows both; medians are compared.
"""

import statistics
import time
from collections.abc import Iterator

import torch

from benchmarks.row import Row, table
from polylib.networks.superposition import train

INSTANCES, FEATURES, HIDDEN, BATCH, STEPS, ROUNDS = 80, 40, 4, 64, 100, 3


def seconds(sparsities: list[torch.Tensor]) -> float:
    """Wall time of training each group of instances for STEPS steps."""
    start = time.perf_counter()
    for sparsity in sparsities:
        train(sparsity, FEATURES, HIDDEN, steps=STEPS, batch_size=BATCH, held_out=1)
    return time.perf_counter() - start


def bare() -> float:
    """Wall time of the two draws of a feature and the five products of a step alone."""
    x = torch.empty(INSTANCES, BATCH, FEATURES)
    hidden, weight = x.new_zeros(INSTANCES, BATCH, HIDDEN), x.new_zeros(INSTANCES, HIDDEN, FEATURES)
    start = time.perf_counter()
    for _ in range(STEPS):
        x.uniform_()
        x.uniform_()
        for _ in range(
            2
        ):  # into the hidden units, the outputs' errors back into them; and the weights' gradient by each
            torch.bmm(x, weight.mT)
            torch.bmm(hidden.mT, x)
        torch.bmm(hidden, weight)
    return time.perf_counter() - start


def rows() -> Iterator[Row]:
    torch.set_num_threads(1)  # small matrices wait for threads longer than they compute
    sparsity = 1 - 0.05 ** torch.linspace(0, 1, INSTANCES)
    groups = {"all at once": [sparsity], "one after another": list(sparsity.split(1))}
    for group in groups.values():
        seconds([group[0]])  # warm up
    times, alone = {name: [] for name in groups}, []
    for _ in range(ROUNDS):
        for name, group in groups.items():
            times[name].append(seconds(group))
        alone.append(bare())
    together, apart = (statistics.median(times[name]) for name in groups)
    work = f"train {INSTANCES} toy models, n = {FEATURES}, m = {HIDDEN}, {STEPS} steps"
    yield Row(work, together, apart, "s", "one after another", bare=statistics.median(alone))


if __name__ == "__main__":
    print(table(rows()))
