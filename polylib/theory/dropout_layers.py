"""Channels that dropout makes of other channels: noisy neurons, layers under a common mask, mixing.

Transition matrices are arrays (inputs, outputs) whose rows sum to 1; symbol 0 is what a dropped value turns into.
"""

from itertools import product

import numpy as np
from flint import nmod_mat
from numpy.typing import ArrayLike, NDArray

from polylib import validate

Matrix = NDArray[np.float64]


def under_dropout(transition: ArrayLike, rate: float) -> Matrix:
    """The channel (inputs, outputs) after which a value becomes symbol 0 with probability `rate`, whatever it was.

    Raises ValueError for a matrix that is no channel or a rate outside [0, 1].
    """
    w, d = validate.distribution("transition", transition), validate.scalar("rate", validate.probability("rate", rate))
    if w.ndim != 2:
        raise ValueError(f"transition must be a matrix (inputs, outputs), got shape {w.shape}")
    dropped = (1 - d) * w
    dropped[:, 0] += d
    return dropped


def unsure_neuron(clean: int, unsure: int, right: float) -> Matrix:
    """A noisy neuron (clean + unsure, 1 + clean + unsure): some letters never fail, others read as 0 unless `right`.

    Its capacity is log2(clean + unsure^right) bits, since the groups never look alike. Raises ValueError for negative
    counts, no letter at all, or a probability outside [0, 1].
    """
    n, m = validate.integer("clean", clean, 0), validate.integer("unsure", unsure, 0)
    a = validate.scalar("right", validate.probability("right", right))
    if n + m == 0:
        raise ValueError(f"clean and unsure must be 1 letter or more together, got {clean} and {unsure}")
    come_out = np.r_[np.ones(n), np.full(m, a)]
    return np.column_stack([1 - come_out, np.diag(come_out)])


def masked_layer(levels: int, masks: ArrayLike) -> Matrix:
    """Channel (levels^m, levels^m) of m neurons under one of `masks` (masks, m), 1 for alive, all equally likely.

    Raises ValueError for levels below 1 and for masks that are not of zeros and ones.
    """
    k, alive = validate.integer("levels", levels), np.asarray(masks)
    if alive.ndim != 2 or not np.isin(alive, (0, 1)).all():
        raise ValueError(f"masks must be a matrix (masks, neurons) of 0 and 1, got {masks!r}")
    states = np.array(list(product(range(k), repeat=alive.shape[1])))
    place = k ** np.arange(alive.shape[1])[::-1]
    w = np.zeros((len(states), len(states)))
    for mask in alive:
        w[np.arange(len(states)), states * mask @ place] += 1 / len(alive)
    return w


def mixing_rank(width: int, layers: int, rate: float, field: int, rng: np.random.Generator) -> tuple[int, int]:
    """(rank, fewest survivors) of `layers` layers, each a random matrix over a prime field and then dropout.

    Every layer has `width` neurons. The rank is how many field symbols a uniform input gets through the whole stack; it
    is at most the number of survivors in the layer that has fewest. Raises ValueError for counts below 1, a rate
    outside [0, 1], or a field that is too small.
    """
    m, n = validate.integer("width", width), validate.integer("layers", layers)
    q = validate.integer("field", field, 2)
    d = validate.scalar("rate", validate.probability("rate", rate))
    stack, fewest = None, m
    for _ in range(n):
        alive = rng.random(m) > d
        matrix = nmod_mat(m, m, (rng.integers(0, q, size=(m, m)) * alive[:, None]).ravel().tolist(), q)
        stack = matrix if stack is None else matrix * stack
        fewest = min(fewest, int(alive.sum()))
    return stack.rank(), fewest
