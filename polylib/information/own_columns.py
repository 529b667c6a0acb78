"""A reader's own arrays as the estimators take them: numbers in columns, or a clear word about what is wrong."""

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike


def checked_columns(name: str, given: ArrayLike) -> Float[np.ndarray, "n columns"]:
    """As numbers, a column each; words, which are labels, become their places in the alphabet.

    given: (n, columns) or (n,), an array, a tensor, a data frame or lists. Raises ValueError that names `name`, the
    rule and what was found: for other shapes, what are neither numbers nor words, nan or infinity, with the first row
    and column, and columns of one value alone.
    """
    found = np.asarray(given.detach().cpu() if hasattr(given, "detach") else given)
    if found.dtype.kind in "UOS":
        try:
            found = found.astype(float)
        except (TypeError, ValueError):
            found = np.unique(found.astype(str), return_inverse=True)[1].reshape(found.shape)
    if found.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold numbers, or words as labels, got {found.dtype}")
    if found.ndim not in (1, 2) or 0 in found.shape:
        raise ValueError(f"{name} must be (samples, columns) or (samples,), got shape {found.shape}")
    found = found.reshape(len(found), -1).astype(np.float64)
    if not (fine := np.isfinite(found)).all():
        row, column = np.argwhere(~fine)[0]
        raise ValueError(
            f"{name} must be finite, got nan or infinity in {(~fine).any(1).sum()} of {len(found)} rows, first in "
            f"row {row}, column {column}: leave these rows out of both arrays"
        )
    constant = np.flatnonzero((found == found[0]).all(0)).tolist()
    if constant and len(found) > 1:
        raise ValueError(f"{name} must vary in every column, got one value in columns {constant}: leave them out")
    return found


def one_hot(values: Float[np.ndarray, "n columns"]) -> Float[np.ndarray, "n labels"]:
    """A column of 0 and 1 for each different row of `values`."""
    _, label = np.unique(values, axis=0, return_inverse=True)
    return np.eye(int(label.max()) + 1)[label.ravel()]
