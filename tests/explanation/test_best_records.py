"""Choosing records by their values: the range grows, the score with it, and clusters add to it."""

import numpy as np
import pytest

from polylib.explanation.best_records import best_and_rest, best_of_directions, flattery
from polylib.explanation.rules import RULES, each
from polylib.language.activation_records import ActivationRecord, ActivationRecords

RULE = {rule.name: rule for rule in RULES}


def texts(chance, n=400, size=30, seed=0, clusters=False):
    """Texts of words, of which some are digits: here and there, or half of a few texts."""
    rng = np.random.default_rng(seed)
    shares = 0.5 * (rng.permutation(n) < 2 * chance * n) if clusters else np.full(n, chance)
    return [["7" if digit else "word" for digit in rng.random(size) < share] for share in shares]


def test_the_theorem_holds_for_records_that_are_noise():
    """Half of all tokens fire: the simulation is two-valued, and the noise does not know it."""
    one = flattery(RULE["digits"], texts(0.5), noise=2.0, draws=40, rng=np.random.default_rng(1))
    assert one.everywhere == pytest.approx(1 / np.sqrt(3), abs=0.01)
    assert one.computed == pytest.approx(
        one.everywhere * one.growth / np.sqrt(1 + one.everywhere**2 * (one.growth**2 - 1)), abs=0.005
    )
    assert one.growth == pytest.approx(1.1, abs=0.1)
    assert one.best == pytest.approx(one.computed, abs=0.06)


def test_clusters_flatter_beyond_the_range_and_shuffling_takes_that_away():
    rng = np.random.default_rng(2)
    here, there = texts(0.04, clusters=True), texts(0.04)
    clustered, spread = (flattery(RULE["digits"], some, rng=rng) for some in (here, there))
    assert clustered.best > clustered.shuffled + 0.03
    assert spread.best == pytest.approx(spread.shuffled, abs=0.03)
    assert clustered.best > clustered.everywhere
    assert spread.best > spread.everywhere


def test_a_rule_without_noise_scores_one_everywhere():
    one = flattery(RULE["digits"], texts(0.2), noise=0.0, draws=1, rng=np.random.default_rng(3))
    assert (one.everywhere, one.best) == (pytest.approx(1), pytest.approx(1))


def records(values):
    return [ActivationRecord(list("abcd"), np.asarray(x, float), p) for p, x in enumerate(values)]


def test_the_scripts_table_is_scored_on_the_other_best_records_and_on_the_rest():
    rng = np.random.default_rng(4)
    effect = np.array([3.0, 0.5, 1.0, 2.0])
    made = records(effect + 0.01 * rng.standard_normal((12, 4)))
    best, rest = best_and_rest(made, 4)
    assert best > 0.95
    assert rest > 0.95
    flipped = records([effect] * 4 + [-effect + 2.9] * 8)  # the best ones are of another kind
    best, rest = best_and_rest(flipped, 4)
    assert best > 0.95
    assert rest < -0.9


def test_both_ends_of_directions_are_averaged_and_lost_ends_counted():
    rng = np.random.default_rng(5)
    effect = np.array([3.0, -2.5, 1.0, -1.0])
    values = np.stack([effect + 0.01 * rng.standard_normal((12, 4)) for _ in range(2)] + [-1.0 - rng.random((12, 4))])
    made = ActivationRecords(
        "some", [0], ["0", "1", "2"], [list("abcd")] * 12, values[:, None].astype(np.float32), np.zeros((1, 1, 3), "f4")
    )
    best, rest, lost = best_of_directions(made, [0, 1], 0, n_best=4, skip=0)
    assert min(best, rest) > 0.9  # levels are cut at 0
    assert lost == 0
    assert best_of_directions(made, [0, 1, 2], 0, n_best=4, skip=0)[2] == 1
    with pytest.raises(ValueError, match="directions must have an end with both scores, got none among 0"):
        best_of_directions(made, [], 0, n_best=4, skip=0)


def test_an_end_that_never_fires_has_no_score():
    assert best_and_rest(records(-np.ones((12, 4)) - np.arange(4)), 4) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: flattery(RULE["digits"], texts(0.5, n=5), rng=rng), "at least n_best = 10, got 5"),
        (
            lambda rng: flattery(RULE["digits"], texts(0.5), draws=0, rng=rng),
            "draws must be a whole number of at least 1",
        ),
        (lambda rng: flattery(each_never(), texts(0.5), rng=rng), "fire on some tokens alone, got a constant"),
        (lambda rng: best_and_rest(records(np.ones((3, 4))), 4), "records must be at least n = 4, got 3"),
    ],
)
def test_what_it_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))


def each_never():
    return type(RULES[0])("never", "nothing", each(lambda token: False))
