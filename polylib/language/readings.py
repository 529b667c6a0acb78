"""What a bundle of trajectories reads: the place in the text, which passage it is, or a change of subject.

Trajectories are arrays (..., tokens) of values along a direction, one for each layer and passage, without the first
tokens, which are outliers.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from polylib import validate


def climb(paths: ArrayLike) -> NDArray[np.float64]:
    """Rank correlation of every trajectory with the place: an array (...), 1 for one that always rises.

    paths: (..., tokens). Spearman's, with mean ranks for ties. Raises ValueError for fewer than 3 tokens or a path
    that does not vary.
    """
    x = _paths(paths, 3)
    ranks = rankdata(x, axis=-1) - (x.shape[-1] + 1) / 2
    squares = (ranks**2).sum(-1)
    if not squares.all():
        raise ValueError(f"paths must vary, got {int((squares == 0).sum())} without variation")
    place = np.arange(x.shape[-1]) - (x.shape[-1] - 1) / 2
    return np.asarray(ranks @ place / np.sqrt(squares * (place**2).sum()))


def explained(paths: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of the variance that the place and the passage explain, (...) each, of paths (..., passages, tokens).

    The variances of the means over passages, and over tokens, over the variance of all. Noise alone gives 1/passages
    and 1/tokens. Raises ValueError for paths with fewer than two axes, or that do not vary.
    """
    x = _paths(paths, 2)
    if x.ndim < 2 or not x.var((-2, -1)).all():
        raise ValueError(f"paths must be (..., passages, tokens) and vary, got shape {x.shape}")
    whole = x.var((-2, -1))
    return np.asarray(x.mean(-2).var(-1) / whole), np.asarray(x.mean(-1).var(-1) / whole)


def at_seam(paths: ArrayLike, seam: int, *, near: int = 5) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Of each trajectory: whether its largest step lies within `near` tokens of the seam, and its shift there.

    paths: (..., tokens). The seam is the place of the first token after it; the shift is the size of the difference of
    its means after and before, in the paths' own unit. Raises ValueError for a seam that leaves no token on one side.
    """
    x, seam = _paths(paths, 2), validate.integer("seam", seam)
    if seam >= x.shape[-1]:
        raise ValueError(f"seam must lie within the {x.shape[-1]} tokens, got {seam}")
    largest = np.abs(np.diff(x, axis=-1)).argmax(-1) + 1
    shift = np.abs(x[..., seam:].mean(-1) - x[..., :seam].mean(-1))
    return np.asarray(np.abs(largest - seam) <= validate.integer("near", near, 0)), np.asarray(shift)


def _paths(paths: ArrayLike, least: int) -> NDArray[np.float64]:
    x = validate.real("paths", paths).astype(float)
    if x.ndim < 1 or x.shape[-1] < least:
        raise ValueError(f"paths must be (..., tokens) with {least} tokens or more, got shape {x.shape}")
    return x
