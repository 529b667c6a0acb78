"""What trajectories read: planted places, passages and seams are found, and nothing where there is none."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from polylib.language import readings


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def test_the_climb_is_spearmans_correlation_with_the_place():
    paths = noise(2, 3, 20).round(1)  # with ties
    found = readings.climb(paths)
    for index in np.ndindex(2, 3):
        assert found[index] == pytest.approx(spearmanr(paths[index], np.arange(20)).statistic, abs=1e-12)
    assert readings.climb(np.exp(np.arange(9.0))) == pytest.approx(1)


def test_variance_is_shared_between_the_place_the_passage_and_a_rest():
    place, own, rest = noise(1, 300, seed=1), noise(400, 1, seed=2), noise(400, 300, seed=3)
    by_place, by_passage = readings.explained(np.sqrt(0.5) * place + np.sqrt(0.3) * own + np.sqrt(0.2) * rest)
    assert by_place == pytest.approx(0.5, abs=0.06)
    assert by_passage == pytest.approx(0.3, abs=0.06)
    layers = readings.explained(noise(2, 40, 25, seed=4))  # of noise, one share of the number of others
    np.testing.assert_allclose(layers[0], 1 / 40, atol=0.02)
    np.testing.assert_allclose(layers[1], 1 / 25, atol=0.02)


@pytest.mark.parametrize("seam", [1, 12, 19])
def test_a_planted_seam_is_found_with_its_shift(seam):
    paths = 0.01 * noise(5, 20, seed=5)
    paths[:, seam:] -= 3
    near, shift = readings.at_seam(paths, seam, near=0)
    assert near.all()
    np.testing.assert_allclose(shift, 3, atol=0.05)


def test_without_a_seam_the_largest_step_stands_near_its_place_as_often_as_chance_has_it():
    near, shift = readings.at_seam(noise(4_000, 60, seed=6), 30)
    assert near.mean() == pytest.approx(11 / 59, abs=0.02)  # 11 of 59 steps
    assert shift.mean() == pytest.approx(np.sqrt(2 / 30) * np.sqrt(2 / np.pi), rel=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: readings.climb([1.0, 2.0]), r"paths must be \(..., tokens\) with 3 tokens or more, got shape \(2,\)"),
        (lambda: readings.climb(np.ones((2, 5))), "paths must vary, got 2 without variation"),
        (lambda: readings.explained(noise(5)), r"paths must be \(..., passages, tokens\) and vary, got shape \(5,\)"),
        (lambda: readings.explained(np.ones((3, 4))), r"and vary, got shape \(3, 4\)"),
        (lambda: readings.at_seam(noise(6), 6), "seam must lie within the 6 tokens, got 6"),
        (lambda: readings.at_seam(noise(6), 0), "seam must be a whole number of at least 1, got 0"),
        (lambda: readings.at_seam(noise(6), 3, near=-1), "near must be a whole number of at least 0, got -1"),
        (lambda: readings.climb([1.0, np.nan, 2.0]), "paths must be finite"),
    ],
)
def test_what_it_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()
