"""Trajectories: many directions at once against one at a time, and the least energy against every rival."""

import inspect

import numpy as np
import pytest
import scipy.linalg
import tiny
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polylib.language.passages import tokenize
from polylib.language.residual_stream import Batch, residual_stream
from polylib.language.trajectory import DirectionEnergies, minimum_energy_direction, random_directions
from polylib.theory.energy import path_energy

TEXTS = ["A passage of text", "shorter than it", "of middling length", "and one more of them"]


def walk(times, units, seed=0, rho=0.5):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((times, units))
    for t in range(1, times):
        x[t] = rho * x[t - 1] + np.sqrt(1 - rho**2) * x[t]
    return x * np.geomspace(1, 0.05, units) + rng.standard_normal(units)


def test_directions_are_seeded_unit_vectors_and_differ_by_layer():
    u, same = (random_directions(3, 12, 50, rng=np.random.default_rng(1)) for _ in range(2))
    assert u.shape == (3, 12, 50)
    assert u.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(u, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(u, same)
    assert np.abs(u[0] - u[1]).max() > 0.1


def test_directions_have_no_favourite_axis():
    u = random_directions(1, 8, 40_000, rng=np.random.default_rng(0))[0].astype(float)
    np.testing.assert_allclose(u @ u.T / 40_000, np.eye(8) / 8, atol=0.003)


@pytest.mark.parametrize("skip", [0, 2])
def test_all_at_once_equals_one_at_a_time(skip, one_thread):
    language, passages = tiny.model(), tokenize(TEXTS, tiny.tokenizer())
    u = random_directions(4, 12, 7, rng=np.random.default_rng(0))
    energies = DirectionEnergies(u, skip)
    for batch in residual_stream(language, passages, batch_size=3):
        energies.add(batch)
    (whole,) = residual_stream(language, passages)
    assert energies.energy.shape == (4, 4, 7)
    for layer in range(4):
        for d in range(7):
            paths = [
                whole.activations[layer, p, skip:n].double().numpy() @ u[layer, :, d]
                for p, n in enumerate(map(len, passages.tokens))
            ]
            own = [path_energy(z[:, None]) for z in paths]
            np.testing.assert_allclose(energies.energy[layer, :, d], own, rtol=1e-4)
            variance, steps = np.var(np.concatenate(paths)), sum(len(z) - 1 for z in paths)
            np.testing.assert_allclose(energies.variance()[layer, d], variance, rtol=1e-4)
            np.testing.assert_allclose(energies.per_step()[layer, d], sum(own) / steps, rtol=1e-4)
            np.testing.assert_allclose(energies.relative()[layer, d], sum(own) / steps / variance, rtol=1e-4)


def test_a_large_mean_costs_no_accuracy():
    x = torch.from_numpy(walk(400, 5)).float()[None].reshape(1, 4, 100, 5)
    u = random_directions(1, 5, 3, rng=np.random.default_rng(0))
    found = []
    for offset in (0, 1000):
        energies = DirectionEnergies(u, 0)
        energies.add(Batch(slice(0, 4), x + offset, torch.ones(4, 100, dtype=bool)))
        found.append(energies.relative())
    np.testing.assert_allclose(*found, rtol=2e-3)


def test_white_noise_has_relative_energy_one():
    x = torch.randn(1, 200, 50, 6, generator=torch.Generator().manual_seed(0))
    energies = DirectionEnergies(random_directions(1, 6, 20, rng=np.random.default_rng(0)), 0)
    energies.add(Batch(slice(0, 200), x, torch.ones(200, 50, dtype=bool)))
    np.testing.assert_allclose(energies.relative(), 1, atol=0.05)


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
    assert np.isclose(energy, sum(path_energy((p @ direction)[:, None]) for p in paths), rtol=1e-12)
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
    assert one[1] == other[1]
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


def test_bad_directions_and_batches():
    batch = Batch(slice(0, 1), torch.zeros(2, 1, 3, 4), torch.ones(1, 3, dtype=bool))
    with pytest.raises(ValueError, match=r"batch must have the \(layers, units\) \(2, 5\) .* got \(2, 4\)"):
        DirectionEnergies(np.ones((2, 5, 1))).add(batch)
    with pytest.raises(ValueError, match=r"directions must have shape \(layers, units, n\), got \(2, 5\)"):
        DirectionEnergies(np.ones((2, 5)))
    with pytest.raises(ValueError, match="batches must be added before energies are asked for, got none"):
        DirectionEnergies(np.ones((2, 5, 1))).relative()
    with pytest.raises(ValueError, match="n_units must be a whole number of at least 1, got 0"):
        random_directions(1, 0, 1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="rng must be a numpy random Generator, got 0"):
        inspect.unwrap(random_directions)(1, 1, 1, rng=0)
