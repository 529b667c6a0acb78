"""What somebody reads in the neurons of a code: bits about features, alone and in groups; losses that do no harm."""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polylib import validate
from polylib.theory.channel import mutual_information
from polylib.theory.erasure_codes import ReedSolomon, Repetition


def bits_told(features: ArrayLike, seen: ArrayLike) -> float:
    """I(features; what is seen) in bits, over words that are equally likely.

    features: (words,) or (words, f) whole numbers, one row a word. seen: (words,) or (words, s), likewise. Raises
    ValueError where they are not of one number of words.
    """
    rows, columns = _numbered("features", features), _numbered("seen", seen)
    if len(rows) != len(columns):
        raise ValueError(f"seen must have one row a word as features, {len(rows)}, got {len(columns)}")
    joint = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(joint, (rows, columns), 1 / len(rows))
    return mutual_information(joint.sum(axis=1), joint / joint.sum(axis=1, keepdims=True))


def group_bits(features: ArrayLike, neurons: ArrayLike) -> NDArray[np.float64]:
    """Bits that a group of neurons tells, mean over all groups of a size: array (2, m), sizes 1 to m.

    features: (words, f). neurons: (words, m), what each holds for each word. First row: about all features together;
    second: about each by itself, added up. Raises ValueError as `bits_told` does.
    """
    f, n = np.asarray(features), np.asarray(neurons)
    found = np.zeros((2, n.shape[1]))
    for size in range(1, n.shape[1] + 1):
        groups = [n[:, group] for group in combinations(range(n.shape[1]), size)]
        found[0, size - 1] = np.mean([bits_told(f, group) for group in groups])
        found[1, size - 1] = np.mean([sum(bits_told(one, group) for one in f.T) for group in groups])
    return found


def losses_survived(code: Repetition | ReedSolomon) -> int:
    """The largest number of losses that is harmless to `code`, whichever neurons are lost."""
    word = code.encode(np.arange(code.n_data)[None] % code.field)
    for lost in range(1, code.n_neurons + 1):
        for gone in combinations(range(code.n_neurons), lost):
            if not code.decode(word * ~np.isin(np.arange(code.n_neurons), gone))[1].all():
                return lost - 1
    return code.n_neurons


def _numbered(name: str, columns: ArrayLike) -> NDArray[np.int64]:
    """One number for each different row."""
    table = validate.real(name, columns)
    if table.ndim not in (1, 2) or not table.size:
        raise ValueError(f"{name} must have shape (words,) or (words, columns), got {table.shape}")
    return np.unique(table, axis=0, return_inverse=True)[1].ravel()
