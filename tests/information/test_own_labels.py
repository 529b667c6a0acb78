"""Words that can be labels pass as they are; those that would turn into numbers without a meaning are named."""

import numpy as np
import pandas as pd
import pytest
import torch

from polylib.information.own_labels import checked_words


@pytest.mark.parametrize(
    "given",
    [
        ["cat", "dog"] * 4,
        np.array([["cat", "left"], ["dog", "left"]] * 4),
        pd.Series(["cat", "dog"] * 4),
        ["1", "2", "3"],
        np.array([1, None, 3], dtype=object),
        torch.tensor([1.0, 2.0], requires_grad=True),
        [1.5, np.nan],
    ],
)
def test_what_is_right_passes_as_it_is(given):
    found = checked_words("y", given)
    expected = given.detach().numpy() if isinstance(given, torch.Tensor) else np.asarray(given)
    assert found.dtype == expected.dtype and found.astype(str).tolist() == expected.astype(str).tolist()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([["a", 1.5]] * 8, r"y must hold numbers alone or words alone, got words in columns \[0\]: leave one out"),
        (
            np.array([["a", 1.5], ["b", 2.5]] * 4, dtype=object),
            r"numbers alone or words alone, got words in columns \[0\]",
        ),
        (np.array(["a", "b", None, np.nan] * 4, dtype=object), "a word in every row, got 8 without, first in row 2"),
        ([f"{i},5;{i},7" for i in range(200)], "of at most 32 kinds .*, got 200 kinds in 200 rows, such as '0,5;0,7'"),
        ([f"person {i // 2}" for i in range(60)], "four times on average, got 30 kinds in 60 rows"),
    ],
)
def test_words_that_are_no_labels_are_named(given, said):
    with pytest.raises(ValueError, match=said):
        checked_words("y", given)
