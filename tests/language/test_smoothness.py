"""Energies of whole layers: the mean over directions, and intervals that hold the truth."""

import inspect

import numpy as np
import pytest
import torch

from polylib.language.residual_stream import Batch
from polylib.language.slow_directions import PathMoments
from polylib.language.smoothness import LayerEnergies, interval


def batch(passages=20, tokens=15, units=4, rho=0.0, seed=0, start=0, offset=0.0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(2, passages, tokens, units, generator=generator)
    for t in range(1, tokens):
        x[:, :, t] = rho * x[:, :, t - 1] + (1 - rho**2) ** 0.5 * x[:, :, t]
    return Batch(slice(start, start + passages), x + offset, torch.ones(passages, tokens, dtype=bool))


def gathered(*batches, skip=0):
    energies = LayerEnergies(skip)
    for part in batches:
        energies.add(part)
    return energies


def test_it_is_the_ratio_of_two_traces():
    parts = batch(5, seed=1), batch(3, seed=2, start=5)
    moments = PathMoments([0, 1], skip=4)
    for part in parts:
        moments.add(part)
    step, covariance = moments.moments()
    ratio = np.trace(step, axis1=1, axis2=2) / np.trace(covariance, axis1=1, axis2=2)
    np.testing.assert_allclose(gathered(*parts, skip=4).energies(), ratio, rtol=1e-5)


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.6])
def test_a_stationary_sequence_has_one_less_its_correlation(rho):
    np.testing.assert_allclose(gathered(batch(2000, 30, rho=rho)).energies(), 1 - rho, atol=0.02)


def test_a_large_mean_costs_no_accuracy():
    np.testing.assert_allclose(gathered(batch(offset=500.0)).energies(), gathered(batch()).energies(), rtol=1e-3)


def test_a_first_batch_without_tokens_and_what_stands_in_padding_change_nothing():
    empty, parts = batch(2, 4, seed=3), (batch(5, 9, seed=1, start=2), batch(3, 9, seed=2, start=7))
    parts[0].mask[1, 7:] = False
    known = gathered(*parts, skip=4)
    parts[0].activations[:, 1, 7:] = float("nan")
    found = gathered(empty, *parts, skip=4)
    np.testing.assert_allclose(found.energies(), known.energies(), rtol=1e-12)
    np.testing.assert_allclose(found.energies(any_order=True), known.energies(any_order=True), rtol=1e-12)
    with pytest.raises(ValueError, match="passages must hold at least one step, got none"):
        gathered(empty, skip=4).energies()


def test_the_mean_over_all_orders_is_that_of_many_shuffles():
    part = batch(3, 12, rho=0.8)
    part.activations[:, 1] += 2.0
    rng, found = np.random.default_rng(0), []
    for _ in range(400):
        order = torch.from_numpy(rng.permuted(np.tile(np.arange(2, 12), (3, 1)), axis=1))
        x = part.activations.clone()
        x[:, :, 2:] = torch.stack([part.activations[:, p, order[p]] for p in range(3)], 1)
        found.append(gathered(Batch(part.rows, x, part.mask), skip=2).energies())
    exact = gathered(part, skip=2).energies(any_order=True)
    error = np.std(found, axis=0) / 20
    assert (np.abs(np.mean(found, axis=0) - exact) < 4 * error).all()


def test_weights_count_passages():
    one, other = batch(6, seed=1), batch(4, seed=2, start=6)
    both = gathered(one, other)
    assert both.n_passages == 10
    np.testing.assert_allclose(both.energies(np.repeat([1.0, 0.0], [6, 4])), gathered(one).energies(), rtol=1e-5)


def test_the_bootstrap_interval_holds_the_truth_about_as_often_as_it_says():
    held = 0
    for seed in range(60):
        found = gathered(batch(40, 20, rho=0.5, seed=seed))
        low, high = interval(found.bootstrap(200, rng=np.random.default_rng(seed)))
        held += int(((low < 0.5) & (high > 0.5)).sum())
    assert 0.85 < held / 120 <= 1


def test_the_same_state_draws_the_same_passages():
    found = gathered(batch())
    one, other = (found.bootstrap(5, rng=np.random.default_rng(0)) for _ in range(2))
    np.testing.assert_allclose(one, other, rtol=1e-9)
    assert one.shape == (5, 2)


def test_what_cannot_be_done_is_named():
    with pytest.raises(ValueError, match="passages must hold at least one step, got none"):
        gathered().energies()
    with pytest.raises(ValueError, match="passages must hold at least one step, got none"):
        gathered(batch(), skip=14).energies()
    with pytest.raises(ValueError, match=r"weights must be \(..., 20\), one a passage, got shape \(3,\)"):
        gathered(batch()).energies(np.ones(3))
    with pytest.raises(ValueError, match="skip must be a whole number of at least 0, got -1"):
        LayerEnergies(-1)
    with pytest.raises(ValueError, match="rng must be a numpy random Generator, got 0"):
        inspect.unwrap(LayerEnergies.bootstrap)(gathered(batch()), rng=0)
