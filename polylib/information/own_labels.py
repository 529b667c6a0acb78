"""Words in a reader's own arrays: labels, if they are words alone and few, or a clear word about what is wrong."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polylib.information.floor import FEW, entropy_of_labels


def checked_words(name: str, given: ArrayLike) -> NDArray:
    """`given` as an array, of numbers or of words that can be labels.

    given: an array, a tensor, a data frame or lists, with a row for each sample. Raises ValueError that names `name`,
    the rule and what was found: for words beside numbers, words of which some are missing, and words of more kinds than
    `entropy_of_labels` takes for labels, whose places in an alphabet would mean nothing as numbers.
    """
    found = np.asarray(given.detach().cpu() if hasattr(given, "detach") else given)
    if found.dtype.kind not in "UOS" or found.ndim not in (1, 2):
        return found
    columns = found.reshape(len(found), -1)
    words = [place for place, column in enumerate(columns.T) if not _are_numbers(column)]
    if not words:
        return found
    if len(words) < columns.shape[1]:
        raise ValueError(f"{name} must hold numbers alone or words alone, got words in columns {words}: leave one out")
    missing = np.flatnonzero((columns != columns).any(1) | (columns == None).any(1))  # noqa: E711 - nan, and each cell
    if missing.size:
        raise ValueError(f"{name} must have a word in every row, got {missing.size} without, first in row {missing[0]}")
    kinds, label = np.unique(columns.astype(str), axis=0, return_inverse=True)
    if entropy_of_labels(label.reshape(-1, 1).astype(np.float64)) is None:
        raise ValueError(
            f"{name} must hold words as labels, of at most {FEW} kinds that come four times on average, got "
            f"{len(kinds)} kinds in {len(found)} rows, such as {str(columns[0, 0])!r}"
        )
    return found


def _are_numbers(column: NDArray) -> bool:
    try:
        column.astype(float)
    except (TypeError, ValueError):
        return False
    return True
