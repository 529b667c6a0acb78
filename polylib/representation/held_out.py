"""What principal directions say on samples that they were not computed from."""

import numpy as np
from numpy.typing import ArrayLike

from polylib import validate


def shares_of_first(x: ArrayLike, first: int) -> tuple[float, float]:
    """Share of the variance of `x` (samples, units) along the `first` principal directions: in sample, and held out.

    Each half of the rows, even and odd, gives directions; in sample is their share in the same half, held out in the
    other, and both are means over the halves. On average the share of the law itself lies between the two: no
    directions have more of its variance than its own, and none fit a sample better than that sample's. Raises
    ValueError for fewer than four rows, no variance, or `first` that is no count or beyond the units.
    """
    x = validate.real("x", x)
    if x.ndim != 2 or len(x) < 4:
        raise ValueError(f"x must be a matrix (samples, units) with at least four samples, got shape {x.shape}")
    if validate.integer("first", first) > x.shape[1]:
        raise ValueError(f"first must be at most the {x.shape[1]} units, got {first}")
    halves = [half - half.mean(axis=0) for half in (x[::2], x[1::2])]
    totals = [np.square(half).sum() for half in halves]
    if min(totals) <= 0:
        raise ValueError("x must vary in its even and in its odd rows, got constant ones")
    found = []
    for one, other in (halves, halves[::-1]):
        directions = np.linalg.svd(one, full_matrices=False)[2][:first].T
        found.append([np.square(half @ directions).sum() / np.square(half).sum() for half in (one, other)])
    inside, outside = np.mean(found, axis=0)
    return float(inside), float(outside)
