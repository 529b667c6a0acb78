"""Slow directions of whole layers, and how rarely a random direction comes close, against exact cases."""

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polylib.language.residual_stream import Batch
from polylib.language.slow_directions import (
    PathMoments,
    expected_best,
    log10_rarity,
    minimum_energy_direction,
    relative_energy,
    slowest,
)
from polylib.theory.energy import path_energy


def batches(lengths=(9, 7, 12, 5), units=3, offset=0.0):
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.standard_normal((2, len(lengths), 12, units)).cumsum(2) * 0.3 + offset).float()
    mask = torch.arange(12) < torch.tensor(lengths)[:, None]
    return [Batch(slice(0, 3), x[:, :3], mask[:3]), Batch(slice(3, 4), x[:, 3:], mask[3:])], x, mask


def gathered(skip=1, groups=2, **options):
    parts, x, mask = batches(**options)
    moments = PathMoments([0, 1], groups, skip)
    for batch in parts:
        moments.add(batch)
    return moments, [[layer[p][mask[p]][skip:].double().numpy() for p in range(4)] for layer in x]


@pytest.mark.parametrize("offset", [0.0, 50.0])
def test_moments_are_those_of_all_passages_at_once(offset):
    moments, paths = gathered(offset=offset)
    step, covariance = moments.moments()
    for layer in range(2):
        d = np.concatenate([np.diff(p, axis=0) for p in paths[layer]])
        np.testing.assert_allclose(step[layer], d.T @ d / (2 * len(d)), rtol=1e-6)
        np.testing.assert_allclose(covariance[layer], np.cov(np.concatenate(paths[layer]).T, ddof=0), rtol=1e-6)


def test_a_first_batch_without_tokens_and_what_stands_in_padding_change_nothing():
    parts = batches()[0]
    known, found = PathMoments([0, 1], 2, 1), PathMoments([0, 1], 2, 1)
    found.add(Batch(slice(0, 2), torch.randn(2, 2, 1, 3), torch.ones(2, 1, dtype=bool)))
    with pytest.raises(ValueError, match="groups must hold passages with two tokens or more"):
        found.moments()
    for part in parts:
        known.add(part)
        part.activations[:, ~part.mask] = float("nan")
        found.add(part)
    assert found.n_tokens() == known.n_tokens() == 9 + 7 + 12 + 5 - 4
    assert found.n_tokens([1]) == 7 + 5 - 2
    for one, other in zip(found.moments(), known.moments(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_groups_are_passages_in_turn():
    moments, paths = gathered()
    _, covariance = moments.moments([1])
    chosen = np.concatenate([paths[0][1], paths[0][3]])
    np.testing.assert_allclose(covariance[0], np.cov(chosen.T, ddof=0), rtol=1e-6)


def test_the_slowest_is_the_minimum_energy_direction():
    moments, paths = gathered()
    step, covariance = moments.moments()
    energies, v = slowest(step[0], covariance[0], 3)
    steps = sum(len(p) - 1 for p in paths[0])
    direction, energy = minimum_energy_direction(paths[0])
    assert np.isclose(energies[0] * steps, energy, rtol=1e-6)
    np.testing.assert_allclose(np.abs(v[:, 0]), np.abs(direction), rtol=1e-4)
    np.testing.assert_allclose(v.T @ covariance[0] @ v, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(relative_energy(step[0], covariance[0], v), energies, rtol=1e-9)
    assert (np.diff(energies) >= 0).all()


def test_directions_without_variance_are_left_out():
    step, covariance = np.diag([1.0, 0.5, 0.0]), np.diag([1.0, 1.0, 0.0])
    np.testing.assert_allclose(slowest(step, covariance, 2)[0], [0.5, 1.0])
    with pytest.raises(ValueError, match="n must be at most the 2 directions of variance above 0, got 3"):
        slowest(step, covariance, 3)


@pytest.mark.parametrize("least", [0.01, 0.3, 0.9])
def test_rarity_bounds_the_exact_chance_in_the_plane(least):
    """Energies least and 1 on two axes: cos^2 times their gap must reach 1 - energy."""
    step, covariance = np.diag([least, 1.0]), np.eye(2)
    for energy in np.linspace(least, (1 + least) / 2, 7)[1:-1]:
        down, up = energy - least, 1 - energy
        exact = 2 / np.pi * np.arctan(np.sqrt(down / up))
        bound = 10 ** -log10_rarity(step, covariance, energy)
        assert exact <= bound
        assert np.isclose(bound, 2 * np.sqrt(down * up) / (down + up), rtol=1e-9)


def test_rarity_bounds_what_random_directions_do():
    rng = np.random.default_rng(0)
    step, covariance = np.diag(np.linspace(0.1, 1, 10)), np.eye(10)
    found = relative_energy(step, covariance, rng.standard_normal((10, 200_000)))
    for energy in (0.25, 0.35, 0.45):
        share = (found <= energy).mean()
        assert 0 < share <= 10 ** -log10_rarity(step, covariance, energy) < 20 * share


def test_rarity_at_the_ends():
    step, covariance = np.diag([0.2, 1.0]), np.eye(2)
    assert log10_rarity(step, covariance, 0.6) == log10_rarity(step, covariance, 2.0) == 0
    assert log10_rarity(step, covariance, 0.1) == np.inf
    assert log10_rarity(step, covariance, 0.2 + 1e-9) > 4


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.integers(1, 8))
def test_the_best_of_n_is_the_mean_over_all_subsets(energies, n):
    from itertools import combinations

    n = min(n, len(energies))
    exact = np.mean([min(some) for some in combinations(energies, n)])
    np.testing.assert_allclose(expected_best(energies, [n]), exact, atol=1e-9)


def test_the_best_of_n_follows_the_uniform_law():
    """The least of n uniform numbers has mean 1 / (n + 1); of N, its estimate has the relative error sqrt(n / 2N)."""
    x = np.random.default_rng(0).random(100_000)
    counts = np.array([1, 10, 100, 1000])
    assert (np.abs(expected_best(x, counts) * (counts + 1) - 1) < 5 * np.sqrt(counts / 200_000)).all()


def walk(times, units, seed=0, rho=0.5):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((times, units))
    for t in range(1, times):
        x[t] = rho * x[t - 1] + np.sqrt(1 - rho**2) * x[t]
    return x * np.geomspace(1, 0.05, units) + rng.standard_normal(units)


def solved(paths):
    """Least eigenvalue of the same problem by scipy, where the covariance is not singular."""
    x = np.concatenate(paths)
    steps = np.concatenate([np.diff(p, axis=0) for p in paths])
    return scipy.linalg.eigh(steps.T @ steps / 2, np.cov(x.T, ddof=0))[0][0]


@given(st.integers(2, 8), st.integers(0, 20), st.booleans())
@settings(max_examples=40)
def test_the_minimum_is_that_of_the_generalised_eigenproblem(units, seed, several):
    paths = [walk(40 + i, units, seed + i) for i in range(3 if several else 1)]
    direction, energy = minimum_energy_direction(paths if several else paths[0])
    assert np.isclose(energy, solved(paths), rtol=1e-9)
    assert np.isclose(np.var(np.concatenate(paths) @ direction), 1, rtol=1e-9)
    assert np.isclose(energy, sum(path_energy((p @ direction)[:, None]) for p in paths), rtol=1e-9)
    rivals = np.random.default_rng(seed).standard_normal((units, 200))
    spread = np.std(np.concatenate(paths) @ rivals, axis=0)
    assert energy <= sum(path_energy((p @ (rivals / spread)).T[..., None]) for p in paths).min() + 1e-9


@pytest.mark.parametrize("units", [64, 65, 300])
def test_with_more_units_than_times_the_minimum_is_half_a_cosine(units):
    """Whatever the activity: the range holds every path of mean 0."""
    times = 64
    x = np.random.default_rng(0).standard_normal((times, units))
    direction, energy = minimum_energy_direction(x)
    assert np.isclose(energy, times * (1 - np.cos(np.pi / times)), rtol=1e-9)
    z = (x - x.mean(0)) @ direction
    cosine = np.sqrt(2) * np.cos(np.pi * (np.arange(times) + 0.5) / times)
    np.testing.assert_allclose(np.abs(z @ cosine) / times, 1, rtol=1e-9)


def test_a_singular_covariance_is_solved_in_its_range():
    x = walk(200, 4)
    wide = x @ np.random.default_rng(1).standard_normal((4, 9))
    direction, energy = minimum_energy_direction(wide)
    assert np.isclose(energy, minimum_energy_direction(x)[1], rtol=1e-7)
    assert np.isclose(np.var(wide @ direction), 1, rtol=1e-9)


def test_units_of_any_size_and_offset_are_no_trouble():
    x = walk(300, 5)
    known = minimum_energy_direction(x)[1]
    for scale in (1e-6, 1e8):
        assert np.isclose(minimum_energy_direction(x * scale)[1], known, rtol=1e-9)
    assert np.isclose(minimum_energy_direction(x + 1e5)[1], known, rtol=1e-6)


def test_a_mixing_of_the_units_changes_nothing():
    x = walk(300, 5)
    mixed = minimum_energy_direction(x @ np.random.default_rng(3).standard_normal((5, 5)))
    assert np.isclose(mixed[1], minimum_energy_direction(x)[1], rtol=1e-8)


def test_a_stack_of_paths_is_a_list_of_paths_and_one_slow_unit_is_found():
    stack = np.stack([walk(50, 4, seed) for seed in range(5)])
    slow = np.sin(np.arange(50) / 20)[None] * np.array([1, -1, 1, -1, 0.5])[:, None]
    stack = np.concatenate([stack, slow[..., None]], axis=2)
    one, other = minimum_energy_direction(stack), minimum_energy_direction(list(stack))
    assert np.isclose(one[1], other[1], rtol=1e-9)
    assert np.abs(one[0]).argmax() == 4 and one[0][4] > 0


def test_levels_that_differ_between_paths_cost_nothing():
    """A direction that tells passages apart and never moves within one has no energy."""
    paths = [np.hstack([walk(30, 3, i), np.full((30, 1), float(i))]) for i in range(4)]
    assert minimum_energy_direction(paths)[1] < 1e-12


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones(5), r"activations must be arrays \(time, units\) .* got shapes \[\(5,\)\]"),
        ([np.ones((4, 2)), np.ones((4, 3))], r"as many units each, got shapes \[\(4, 2\), \(4, 3\)\]"),
        (np.ones((0, 3)), r"got shapes \[\(0, 3\)\]"),
        (np.full((6, 3), 0.1), "activations must vary, got 6 equal rows"),
        (np.ones((1, 3)), "activations must vary, got 1 equal rows"),
        ([[0.0, np.nan]], "activations must be finite, got nan"),
    ],
)
def test_activity_without_a_minimum(x, message):
    with pytest.raises(ValueError, match=message):
        minimum_energy_direction(x)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: PathMoments([-1]), "layers must be a whole number of at least 0, got -1"),
        (lambda: PathMoments([0], 0), "groups must be a whole number of at least 1, got 0"),
        (lambda: PathMoments([0]).moments(), r"groups must hold passages with two tokens or more, got \[0, 1\] with 0"),
        (lambda: gathered(skip=12)[0].moments(), "with 0 steps"),
        (lambda: slowest(np.eye(2), np.eye(3)), r"square matrices of one shape, got \(2, 2\) and \(3, 3\)"),
        (lambda: expected_best([1.0, 2.0], [3]), "draws must be at most the 2 energies, got 3"),
        (
            lambda: relative_energy(np.eye(3), np.eye(3), np.zeros((3, 1))),
            r"directions must have a variance above 0, got 0\.0",
        ),
        (
            lambda: relative_energy(np.eye(3), np.eye(3), np.ones((2, 1))),
            r"directions must have shape \(3, n\), got \(2, 1\)",
        ),
        (
            lambda: PathMoments([0, 7]).add(Batch(slice(0, 1), torch.ones(3, 1, 9, 2), torch.ones(1, 9, dtype=bool))),
            r"layers must be at most 2, the last, got \[0, 7\]",
        ),
    ],
)
def test_what_cannot_be_done_is_named(action, message):
    with pytest.raises(ValueError, match=message):
        action()
