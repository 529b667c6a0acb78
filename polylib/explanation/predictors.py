"""What predicts a direction's values without a word: the token, the one before it, its place, how common it is.

Each is fitted on told passages and scored by its correlation with the values in held-out ones.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from polylib import validate
from polylib.explanation.token_tables import codes, correlations, guesses

RIVALS = {
    "own": "token",
    "pairs": "token and the one before",
    "before": "the one before, token taken out",
    "frequency": "frequency",
    "place": "place",
    "other": "another's table, size",
}
"""what `scores` compares, with its name in words"""


def guessed(
    values: NDArray, texts: Sequence[Sequence[str]], told: NDArray, n: int
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """For each of the `RIVALS` what is to be predicted and its guess, both like `values`.

    values: (kinds x n, layers, passages, tokens), directions of one kind beside one another; texts: tokens of the
    passages; told: (passages,) true where a passage may be looked at. "before" predicts what the token's table leaves;
    "other" is the table of the direction before it of its kind, of the first that of the last. Raises ValueError for
    values that are no whole number of kinds, and as `token_tables.guesses`.
    """
    n = validate.integer("n", n)
    if values.ndim != 4 or len(values) % n:
        raise ValueError(f"values must be (kinds x {n}, layers, passages, tokens), got shape {values.shape}")
    x = values.astype(float)
    one, two = (codes(texts, size) for size in (1, 2))
    token = guesses(x, one, told)
    left = x - token
    before = guesses(left, two, told, prior=1.0)
    met = np.bincount(one[told].ravel(), minlength=one.max() + 1)
    count = np.broadcast_to(np.log1p(met[one]), x.shape)
    slope = np.sign(correlations(x[..., told, :], count[..., told, :]))
    kinds = token.reshape(-1, n, *x.shape[1:])
    place = np.broadcast_to(x[..., told, :].mean(-2, keepdims=True), x.shape)
    return {
        "own": (x, token),
        "pairs": (x, token + before),
        "before": (left, before),
        "frequency": (x, slope[..., None, None] * count),
        "place": (x, place),
        "other": (x, np.roll(kinds, 1, axis=1).reshape(x.shape)),
    }


def scores(values: NDArray, texts: Sequence[Sequence[str]], told: NDArray, n: int) -> dict[str, NDArray[np.float64]]:
    """Mean correlations (kinds, layers) with held-out values, for each of the `RIVALS`; arguments as in `guessed`.

    Of "other" the mean size, since the sign of another direction's table means nothing.
    """
    found = {}
    for what, pair in guessed(values, texts, told, n).items():
        score = correlations(*(side[..., ~told, :] for side in pair))
        score = np.abs(score) if what == "other" else score
        found[what] = score.reshape(-1, n, values.shape[1]).mean(1)
    return found
