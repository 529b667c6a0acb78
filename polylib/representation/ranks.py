"""Which ranks of a spectrum a power law is fitted over: those given, those that are found, those that spectra share."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr

from polylib import validate

_FIRST = 24  # ranks in which the sampling error is measured
_FEWEST = 8  # a range that is found from the data has at least so many ranks, if there are so many
_PART = 0.7  # of the spectrum; the rest falls off because samples are finite
_NOISE = 0.4  # scatter of the tail, as a share of the sampling error of a value, at which a value is still used


def common_ranks(spectra: Mapping[str, ArrayLike]) -> tuple[int, int]:
    """Ranks (1, last) over which all spectra, by name, can be fitted: the shortest of the ranges that are found.

    Exponents over different ranks differ where a spectrum is no exact law, so layers are compared over the same ones.
    Raises ValueError for no spectrum, and, with its name, for one that `fit_power_law` finds no range in.
    """
    if not spectra:
        raise ValueError("spectra must hold at least one, got none")
    ends = []
    for name, eigenvalues in spectra.items():
        try:
            ends.append(usable(scaled(eigenvalues)[0])[1])
        except ValueError as refused:
            raise ValueError(f"spectra must each have a range to fit, got {name}: {refused}") from None
    return 1, min(ends)


def given_ranks(ranks: object, size: int | None = None) -> tuple[int, int]:
    """A pair of ranks (low, high) as it was given, of at least 3 ranks and, with `size`, within the spectrum.

    Raises ValueError for anything else.
    """
    if np.shape(ranks) != (2,):
        raise ValueError(f"ranks must be a pair (low, high), got {ranks!r}")
    low, high = (int(end) for end in validate.whole_numbers("ranks", np.asarray(ranks)))
    if not low + 2 <= high <= (high if size is None else size):
        raise ValueError(f"ranks must hold at least 3 ranks{'' if size is None else f' up to {size}'}, got {ranks}")
    return low, high


def ranks_of(text: str) -> list[tuple[int, int]]:
    """Windows of ranks from text such as "1-10 1-20"; none for "". Raises ValueError for anything else."""
    pairs = [window.split("-") for window in text.split()]
    try:
        return [given_ranks((int(low), int(high))) for low, high in pairs]
    except ValueError as refused:
        raise ValueError(f'windows must be pairs of ranks, such as "1-10 1-20", got {text!r}: {refused}') from None


def scaled(eigenvalues: ArrayLike) -> tuple[NDArray, float]:
    """Eigenvalues over the largest, and that; refused where later ones tend to be the larger."""
    values = validate.real("eigenvalues", eigenvalues)
    if values.ndim != 1 or values.size < 3:
        raise ValueError(f"eigenvalues must be a vector of at least 3, got shape {values.shape}")
    unit = float(np.abs(values).max())
    values = values / unit if unit > 0 else values
    uneven = np.ptp(values) > 1e-9
    if uneven and spearmanr(values, np.arange(values.size)).statistic > 0.5:
        raise ValueError(
            f"eigenvalues must stand largest first, got {values[0] * unit} first, {values[-1] * unit} last"
        )
    return values, unit


def usable(values: NDArray) -> tuple[int, int]:
    """The ranks (1, last) that noise and finite samples leave usable, as `fit_power_law` says.

    Raises ValueError for fewer than three values above 1e-12 of the largest.
    """
    size = int(np.flatnonzero(np.abs(values) > 1e-12 * np.abs(values).max(initial=0)).max(initial=-1)) + 1
    if size < 3:
        raise ValueError(f"eigenvalues must hold at least 3 above 1e-12 of the largest, got {size}")
    values = values[:size]
    most, fewest = int(_PART * size), min(_FEWEST, size)
    if size < 2 * _FEWEST:
        return 1, max(most, fewest)
    noise = 1.4826 * np.median(np.abs(np.diff(values[size // 2 :], 2))) / np.sqrt(6)
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(values, 2, mode="edge"), 5), axis=1)
    drowned = np.flatnonzero(smooth * _NOISE * _sampling_error(values[:_FIRST]) < noise)
    return 1, max(min([most, *drowned[:1].tolist()]), fewest)


def _sampling_error(values: NDArray) -> float:
    """Relative scatter of the first values about the line, in log-log, between their neighbours."""
    y, x = np.log(np.maximum(values, 1e-12 * np.abs(values).max())), np.log(np.arange(1.0, values.size + 1))
    t = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    off = (y[1:-1] - (1 - t) * y[:-2] - t * y[2:]) / np.sqrt(1 + t**2 + (1 - t) ** 2)
    return max(1e-3, 1.4826 * float(np.median(np.abs(off[: 2 * _FIRST // 3]))))
