"""What a score becomes if only the records with the largest values are scored, a choice by what is predicted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polylib import validate
from polylib.explanation import rules
from polylib.explanation.explainers import TokenTable
from polylib.explanation.records import Split
from polylib.explanation.run import score
from polylib.explanation.scores import Score
from polylib.explanation.selection import record_windows, select_even_odd
from polylib.explanation.simulators import Lookup
from polylib.language.activation_records import ActivationRecord, ActivationRecords

Part = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Flattery:
    """Correlations of a noisy rule neuron's values with its rule: means over draws of the noise."""

    growth: float
    """of the standard deviation of values, from all records to the best"""
    everywhere: float
    """on all records"""
    best: float
    """on the records with the largest values"""
    shuffled: float
    """the same, after the tokens were shuffled over the records, so that nothing comes in clusters"""
    computed: float
    """what `everywhere` and `growth` make of it if the simulation's error does not depend on the value"""


def flattery(
    rule: rules.Rule,
    texts: Sequence[Sequence[str]],
    *,
    rng: np.random.Generator,
    noise: float = 2.0,
    n_best: int = 10,
    draws: int = 20,
) -> Flattery:
    """How the best `n_best` of all texts flatter a rule's neuron whose noise has `noise` times its variance.

    Raises ValueError for fewer texts than n_best, counts below 1, and as `rules.records` does.
    """
    n_best, draws = validate.integer("n_best", n_best), validate.integer("draws", draws)
    if len(texts) < n_best:
        raise ValueError(f"texts must be at least n_best = {n_best}, got {len(texts)}")
    found = []
    for _ in range(draws):
        drawn = rules.records(rule, texts, noise=noise, rng=rng)
        parts = [(r.values, rule(r.tokens)) for r in drawn]
        values, signals = map(np.concatenate, zip(*parts, strict=True))
        rho = np.corrcoef(values, signals)[0, 1]
        (wide, best), (_, loose) = _best(parts, n_best), _best(_mixed(parts, rng), n_best)
        u = wide / values.std()
        found.append((u, rho, best, loose, rho * u / np.sqrt(1 + rho**2 * (u**2 - 1))))
    return Flattery(*map(float, np.mean(found, 0)))


def best_and_rest(records: Sequence[ActivationRecord], n_best: int) -> tuple[float, float] | None:
    """The script's table of tokens, from every second of the best records: its score on the other best, and elsewhere.

    records: one a passage. None if one of the two is undefined. Raises ValueError for fewer records than n_best.
    """
    best = select_even_odd(records, n_best)
    seen = {r.passage for r in best.explain + best.score}
    rest = [r for r in records if r.passage not in seen]
    words = TokenTable().explain(best.explain)
    pair = [score(Split(best.explain, side), words, Lookup()).correlation for side in (best.score, rest)]
    found = [one.value for one in pair if isinstance(one, Score)]
    return (found[0], found[1]) if len(found) == 2 else None


def best_of_directions(
    recorded: ActivationRecords, directions: Sequence[int], layer: int, *, n_best: int, skip: int = 4
) -> tuple[float, float, int]:
    """Means of `best_and_rest` over both ends of some directions at a layer (by place), and how many ends had none.

    Raises ValueError if no end has both scores.
    """
    ends = [(d, sign) for d in directions for sign in (1, -1)]
    found = [best_and_rest(record_windows(recorded, d, layer, sign=sign, skip=skip), n_best) for d, sign in ends]
    scored = [pair for pair in found if pair is not None]
    if not scored:
        raise ValueError(f"directions must have an end with both scores, got none among {len(ends)}")
    best, rest = np.mean(scored, 0)
    return float(best), float(rest), len(found) - len(scored)


def _best(parts: list[Part], n_best: int) -> tuple[float, float]:
    """Spread of values, and correlation, on the records of largest maximum."""
    best = sorted(parts, key=lambda part: -part[0].max())[:n_best]
    values, signals = (np.concatenate(side) for side in zip(*best, strict=True))
    return float(values.std()), float(np.corrcoef(values, signals)[0, 1])


def _mixed(parts: list[Part], rng: np.random.Generator) -> list[Part]:
    """The same tokens, shuffled over the records."""
    ends = np.cumsum([len(values) for values, _ in parts])
    order = rng.permutation(ends[-1])
    sides = (np.concatenate(side)[order] for side in zip(*parts, strict=True))
    return list(zip(*(np.split(side, ends[:-1]) for side in sides), strict=True))
