"""Trajectories: many directions at once against one at a time."""

import inspect

import numpy as np
import pytest
import tiny
import torch

from polylib.language.passages import tokenize
from polylib.language.residual_stream import Batch, residual_stream
from polylib.language.trajectory import DirectionEnergies, random_directions
from polylib.theory.energy import path_energy

TEXTS = ["A passage of text", "shorter than it", "of middling length", "and one more of them"]


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
    """Beside 1000, single precision rounds by 3e-5 of steps whose root mean square is 0.1 or more."""
    x = torch.randn(1, 4, 100, 5, generator=torch.Generator().manual_seed(0)).cumsum(2) / 10
    u = random_directions(1, 5, 3, rng=np.random.default_rng(0))
    found = []
    for offset in (0, 1000):
        energies = DirectionEnergies(u, 0)
        energies.add(Batch(slice(0, 4), x + offset, torch.ones(4, 100, dtype=bool)))
        found.append(energies.relative())
    np.testing.assert_allclose(*found, rtol=2e-3)


def test_a_first_batch_without_tokens_and_what_stands_in_padding_change_nothing():
    x, mask = torch.randn(2, 5, 9, 4, generator=torch.Generator().manual_seed(0)), torch.ones(5, 9, dtype=bool)
    mask[:2, 4:], mask[3, 7:] = False, False
    u, found = random_directions(2, 4, 3, rng=np.random.default_rng(0)), []
    for size, padding in ((5, 0.0), (2, float("nan"))):
        x[:, 3, 7:], energies = padding, DirectionEnergies(u, 4)
        for start in range(0, 5, size):
            rows = slice(start, min(start + size, 5))
            energies.add(Batch(rows, x[:, rows], mask[rows]))
        found.append((energies.relative(), energies.energy))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4)
    energies = DirectionEnergies(u, 9)
    energies.add(Batch(slice(0, 5), x, mask))
    with pytest.raises(ValueError, match="batches must hold a passage with a step after 9 tokens, got none"):
        energies.relative()


def test_white_noise_has_relative_energy_one():
    x = torch.randn(1, 200, 50, 6, generator=torch.Generator().manual_seed(0))
    energies = DirectionEnergies(random_directions(1, 6, 20, rng=np.random.default_rng(0)), 0)
    energies.add(Batch(slice(0, 200), x, torch.ones(200, 50, dtype=bool)))
    np.testing.assert_allclose(energies.relative(), 1, atol=0.05)


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
