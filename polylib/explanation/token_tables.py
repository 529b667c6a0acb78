"""Tables for many directions at once: what a token, and those before it, say about values that they were not told.

The table of `polylib.explanation.explainers.TokenTable` knows levels of one end of one direction. These are means of
the values themselves, of both signs, for whole arrays of directions, layers or networks. Told passages fill the table,
the others are held out. Tables are put on top of one another: the second is filled with what the first leaves.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from polylib import validate


def codes(texts: Sequence[Sequence[str]], n: int = 1) -> NDArray[np.int64]:
    """A number for the n tokens that end at each token, the same for the same ones: an array (passages, tokens).

    What stands before a passage counts as an empty token. Raises ValueError for n below 1, no text, or texts that are
    not equally long.
    """
    n = validate.integer("n", n)
    if not texts or len({len(text) for text in texts}) != 1 or not len(texts[0]):
        raise ValueError(f"texts must hold equally many tokens, got {sorted({len(text) for text in texts})}")
    padded = np.array([[""] * (n - 1) + list(text) for text in texts], dtype=object)
    tokens = np.unique(padded.astype(str), return_inverse=True)[1].reshape(padded.shape)
    grams = np.lib.stride_tricks.sliding_window_view(tokens, n, axis=1)
    found = np.unique(grams.reshape(-1, n), axis=0, return_inverse=True)[1]
    return found.reshape(grams.shape[:2]).astype(np.int64)


def guesses(values: NDArray, code: NDArray, told: NDArray, *, prior: float = 0.0) -> NDArray[np.float64]:
    """The mean of each code's values in told passages, for every token: an array like `values`.

    `values` (..., passages, tokens) in units of activity, `code` (passages, tokens), `told` (passages,) true or false.
    A mean is taken as if `prior` more of the code had been met at the mean of all, which is also the guess for a code
    that was not met. Told tokens are guessed from the others alone, so that what a table leaves of told and of held-out
    values is alike, and a second table can be filled with it. Raises ValueError for shapes that do not fit, a negative
    prior, or unless at least two tokens are told and some held out.
    """
    x, known, prior = _checked(values, code, told, prior)
    n_codes, where = int(code.max()) + 1, code[known].ravel()
    flat = x[..., known, :].reshape(*x.shape[:-2], -1)
    mean = flat.mean(-1)[..., None, None]
    rows = (flat - mean[..., 0]).reshape(-1, flat.shape[-1])
    sums = np.array([np.bincount(where, row, n_codes) for row in rows]).reshape(*x.shape[:-2], n_codes)
    met = np.bincount(where, minlength=n_codes)[code].astype(float)
    total = sums[..., code]
    met[known] -= 1
    total[..., known, :] -= x[..., known, :] - mean
    total[..., met == 0] = 0  # what is left there is rounding
    return mean + total / np.maximum(met + prior, 1e-300)


def correlations(truth: NDArray, guess: NDArray) -> NDArray[np.float64]:
    """Pearson's correlation over the last two axes, (passages, tokens); nan where one of the two is constant.

    Raises ValueError for shapes that differ.
    """
    x, y = validate.real("truth", truth), validate.real("guess", guess)
    if x.shape != y.shape or x.ndim < 2:
        raise ValueError(f"truth and guess must have one shape (..., passages, tokens), got {x.shape} and {y.shape}")
    x, y = (a - a.mean((-2, -1), keepdims=True) for a in (x, y))
    product, xx, yy = (np.sum(a, axis=(-2, -1)) for a in (x * y, x * x, y * y))
    scale = np.sqrt(xx * yy)
    tiny = [np.ptp(a, axis=(-2, -1)) <= 1e-12 * np.abs(b).max((-2, -1)) for a, b in ((x, truth), (y, guess))]
    constant = tiny[0] | tiny[1] | (scale == 0)
    return np.asarray(np.where(constant, np.nan, product / np.where(constant, 1.0, scale)).clip(-1, 1))


def _checked(values: NDArray, code: NDArray, told: NDArray, prior: float) -> tuple[NDArray, NDArray, float]:
    x, known = validate.real("values", values).astype(float), np.asarray(told)
    if x.ndim < 2 or x.shape[-2:] != code.shape or code.ndim != 2:
        raise ValueError(f"code must have the shape of values' last two axes, got {code.shape} for {x.shape}")
    if known.dtype != bool or known.shape != code.shape[:1]:
        raise ValueError(f"told must hold a truth value for each of {len(code)} passages, got shape {known.shape}")
    if known.all() or known.sum() * code.shape[1] < 2:
        raise ValueError(f"told must hold at least two tokens and leave some out, got {known.sum()} of {len(known)}")
    return x, known, validate.scalar("prior", validate.nonnegative("prior", prior))
