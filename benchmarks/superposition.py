"""All toy models at once against one after another: the same steps, the same function, side by side in one run.

The size is the reading scale of chapter 1. Rounds alternate, so that a busy machine slows both; medians are compared.
"""

import os
import statistics
import time

import torch

from polylib.superposition import train

INSTANCES, FEATURES, HIDDEN, BATCH, STEPS, ROUNDS = 80, 40, 4, 64, 400, 5


def seconds(sparsities: list[torch.Tensor]) -> float:
    """Wall time of training each group of instances for STEPS steps."""
    start = time.perf_counter()
    for sparsity in sparsities:
        train(sparsity, FEATURES, HIDDEN, steps=STEPS, batch_size=BATCH, held_out=1)
    return time.perf_counter() - start


def main() -> None:
    sparsity = 1 - 0.05 ** torch.linspace(0, 1, INSTANCES)
    groups = {"all at once": [sparsity], "one after another": list(sparsity.split(1))}
    for group in groups.values():
        seconds([group[0]])  # warm up
    times = {name: [] for name in groups}
    for _ in range(ROUNDS):
        for name, group in groups.items():
            times[name].append(seconds(group))
    together, apart = (statistics.median(times[name]) for name in groups)
    print(f"{INSTANCES} toy models, n = {FEATURES}, m = {HIDDEN}, batch {BATCH}, {STEPS} steps, {os.cpu_count()} cores")
    print(f"all at once        {together:6.2f} s")
    print(f"one after another  {apart:6.2f} s")
    print(f"ratio              {apart / together:6.1f}")


if __name__ == "__main__":
    main()
