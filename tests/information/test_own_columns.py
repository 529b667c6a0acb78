"""A reader's own arrays: what they may be, and what is wrong with them in words that name the place."""

import numpy as np
import pandas as pd
import pytest
import torch

from polylib.information.own_columns import checked_columns, one_hot


@pytest.mark.parametrize(
    "given",
    [
        [1, 2, 3],
        np.array([[1], [2], [3]], dtype=np.uint8),
        torch.tensor([1.0, 2.0, 3.0], requires_grad=True),
        pd.DataFrame({"a": [1, 2, 3]}),
        ["1", "2", "3"],
    ],
)
def test_numbers_become_columns(given):
    found = checked_columns("x", given)
    assert found.dtype == np.float64 and found.tolist() == [[1.0], [2.0], [3.0]]


def test_words_become_labels():
    assert checked_columns("y", ["cat", "dog", "cat"]).ravel().tolist() == [0, 1, 0]
    assert checked_columns("y", pd.Series(["b", "a"])).ravel().tolist() == [1, 0]
    assert one_hot(np.array([[2.0], [5.0], [2.0]])).tolist() == [[1, 0], [0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([[1.0, 2], [3, np.nan], [np.inf, 1]], "got nan or infinity in 2 of 3 rows, first in row 1, column 1: leave"),
        ([[1.0, 2], [1, 3]], r"x must vary in every column, got one value in columns \[0\]: leave them out"),
        (np.zeros((2, 2, 2)), r"x must be \(samples, columns\) or \(samples,\), got shape \(2, 2, 2\)"),
        ([], r"got shape \(0,\)"),
        (3.0, r"got shape \(\)"),
        ([1j, 2j], "x must hold numbers, or words as labels, got complex128"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "x must hold numbers, or words as labels, got datetime64"),
    ],
)
def test_what_is_wrong_is_named(given, said):
    with pytest.raises(ValueError, match=said):
        checked_columns("x", given)
