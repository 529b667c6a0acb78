"""Explanations that explain nothing: the floor under every score."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from polylib import validate
from polylib.explanation.records import Explanation


def shuffled_table(explanation: Explanation, *, rng: np.random.Generator) -> Explanation:
    """The same tokens and levels of a table, put together at random: what a table of no knowledge scores."""
    validate.generator("rng", rng)
    if not explanation.table:
        raise ValueError(f"explanation must have a table to shuffle, got {explanation.text!r} without one")
    tokens, values = list(explanation.table), list(explanation.table.values())
    order = rng.permutation(len(values))
    return replace(explanation, table={t: values[i] for t, i in zip(tokens, order, strict=True)})


def exchanged(explanations: Sequence[Explanation], *, rng: np.random.Generator) -> list[Explanation]:
    """Explanations handed round: everyone gets another's, along a random ring. Raises ValueError for fewer than two."""
    validate.generator("rng", rng)
    if len(explanations) < 2:
        raise ValueError(f"explanations must be at least two, got {len(explanations)}")
    ring, found = rng.permutation(len(explanations)), list(explanations)
    for giver, taker in zip(ring, np.roll(ring, 1), strict=True):
        found[taker] = explanations[giver]
    return found
