"""Samples and eigenvalues that cannot be used, each with its place and what to do."""

import numpy as np
import pytest

from polylib.representation.spectrum_input import checked_samples, checked_spectra

X = np.random.default_rng(0).standard_normal((40, 6))
FALLING = np.arange(1, 21.0) ** -1


def changed(place, value):
    x = X.copy()
    x[place] = value
    return x


def test_what_is_right_passes():
    assert np.array_equal(checked_samples("samples", X, 5), X)
    assert len(checked_spectra(FALLING)) == 1 and len(checked_spectra([FALLING, FALLING * 2])) == 2
    assert len(checked_spectra(-FALLING, cross_validated=True)) == 1


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (
            changed((3, 2), np.nan),
            r"samples must be finite, got nan or infinity 1 times, first at \(3, 2\), counted from 0",
        ),
        (
            changed((slice(None), 4), 7),
            r"vary in every column, got 1 constant ones, the first is column 4; leave .*ptp",
        ),
        (X[:1], r"at least 20 rows, 4 for each part, got shape \(1, 6\), which are more units than samples; transpose"),
        (X[:19], r"at least 20 rows, 4 for each part, got shape \(19, 6\)$"),
        (X[:, 0], r"got shape \(40,\): is it one spectrum\? then say kind=\"eigenvalues\""),
        (X.reshape(20, 2, 6), r"got shape \(20, 2, 6\): bring each sample to one row"),
        ([["a"] * 3] * 30, "samples must be a real number or an array of them"),
    ],
)
def test_samples_that_cannot_be_used(x, said):
    with pytest.raises(ValueError, match=said):
        checked_samples("samples", x, 5)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (FALLING[::-1], r"stand largest first, got 0\.05 and then 0\.0526316 at rank 2; turn or sort them"),
        (np.r_[1, 0.5, 0.7, FALLING[3:]], r"got 0\.5 and then 0\.7 at rank 3"),
        (np.r_[FALLING, -1], r"eigenvalues must be at least 0, the first above it, got -1"),
        (np.zeros(9), r"the first above it, got 0"),
        (FALLING[:7], r"at least 8, \(units,\) or \(spectra, units\), got shape \(7,\)"),
        (np.column_stack([FALLING, FALLING]), r"got shape \(20, 2\): a row is a spectrum, turn it"),
        (np.r_[FALLING, np.nan], r"eigenvalues must be finite, got nan or infinity 1 times, first at \(20,\)"),
    ],
)
def test_eigenvalues_that_cannot_be_used(values, said):
    with pytest.raises(ValueError, match=said):
        checked_spectra(values)
