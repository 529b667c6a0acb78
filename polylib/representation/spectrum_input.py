"""Samples and eigenvalues as people have them, checked: constant columns, nan, too few rows, a wrong order."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polylib import validate
from polylib.representation.ranks import given_ranks


def checked_samples(name: str, values: ArrayLike, parts: int) -> NDArray[np.float64]:
    """A matrix (samples, units) that can be divided into `parts`, every column of which varies.

    Raises ValueError for another shape, values that are no finite numbers, with the place of the first, fewer than four
    samples for each part, or constant columns, with what leaves them out.
    """
    parts = validate.integer("parts", parts, 2)
    x = _numbers(name, values)
    if x.ndim != 2 or not x.shape[1]:
        one = 'is it one spectrum? then say kind="eigenvalues"' if x.ndim == 1 else "bring each sample to one row"
        raise ValueError(f"{name} must be a matrix (samples, units), got shape {x.shape}: {one}")
    if len(x) < 4 * parts:
        wide = ", which are more units than samples; transpose?" if len(x) < x.shape[1] else ""
        raise ValueError(f"{name} must hold at least {4 * parts} rows, 4 for each part, got shape {x.shape}{wide}")
    constant = np.flatnonzero(np.ptp(x, axis=0) == 0)
    if constant.size:
        raise ValueError(
            f"{name} must vary in every column, got {constant.size} constant ones, the first is column {constant[0]}; "
            f"leave them out: {name}[:, np.ptp({name}, 0) > 0]"
        )
    return x


def checked_spectra(values: ArrayLike, cross_validated: bool = False) -> list[NDArray[np.float64]]:
    """Spectra from eigenvalues (units,) or (spectra, units), at least 8 each, largest first.

    Those of cross-validated PCA, which may be negative and need not fall, are not held to their order rank by rank.
    Raises ValueError for another shape, values that are no finite numbers, negative ones or a value above the one
    before it, with its place.
    """
    lam = np.atleast_2d(_numbers("eigenvalues", values))
    if lam.ndim != 2 or lam.shape[1] < 8:
        turned = ": a row is a spectrum, turn it" if lam.ndim == 2 and lam.shape[0] >= 8 else ""
        said = "eigenvalues must be at least 8, (units,) or (spectra, units), got shape"
        raise ValueError(f"{said} {np.shape(values)}{turned}")
    for row in () if cross_validated else lam:
        rises = np.flatnonzero(np.diff(row) > 1e-9 * np.abs(row).max())
        if rises.size:
            place = rises[0]
            raise ValueError(
                f"eigenvalues must stand largest first, got {row[place]:.6g} and then {row[place + 1]:.6g} at rank "
                f"{place + 2}; turn or sort them, or say cross_validated=True"
            )
        if row[-1] < -1e-9 * row[0] or row[0] <= 0:
            raise ValueError(f"eigenvalues must be at least 0, the first above it, got {row.min():.6g}")
    return list(lam)


def refuse_order(neighbours: float, samples: int) -> None:
    """ValueError for samples whose first component correlates at `neighbours` with itself one row on, beyond chance."""
    if abs(neighbours) > max(0.1, 5 / np.sqrt(samples)):
        raise ValueError(
            f"samples must be in no order, or in_order be True, got rows that correlate at {neighbours:.2f} with the "
            "next: say in_order=True for a series in time, and shuffle rows that are sorted, by class say"
        )


def chosen_windows(
    lam: NDArray[np.float64], windows: Sequence[tuple[int, int]] | None, limit: int, of: str
) -> list[tuple[int, int]]:
    """The `windows` that were given for a spectrum, or three up to `limit` and 0.7 of its ranks above rounding.

    Raises ValueError for windows beyond the spectrum, and where fewer than 8 ranks are left to choose from: `of` says
    in words what the limit is.
    """
    if windows:
        return [given_ranks(window, lam.size) for window in windows]
    last = int(min(0.7 * np.count_nonzero(np.abs(lam) > 1e-12 * lam.max()), limit))
    if last < 8:
        raise ValueError(
            f"windows must be given where units or samples are few, got None with {last} ranks to use: no more than "
            f"0.7 of {lam.size} units{of}"
        )
    return [(1, last // 2), (1, last), (last // 4 + 1, last)]


def _numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        return validate.real(name, values)
    except ValueError:
        lost = np.argwhere(~np.isfinite(values)) if np.asarray(values).dtype.kind == "f" else np.empty(0)
        if not lost.size:
            raise
        at = tuple(int(place) for place in lost[0])
        raise ValueError(
            f"{name} must be finite, got nan or infinity {len(lost)} times, first at {at}, counted from 0"
        ) from None
