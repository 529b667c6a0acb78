"""Covariance in one pass, against all samples at once."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polylib.representation.covariance import RunningCovariance
from polylib.representation.spectrum import eigenspectrum


def samples(n, m, offset=0.0, seed=0):
    x = torch.randn(n, m, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return x * torch.arange(1, m + 1) + offset


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(1, 7), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_batches_of_any_size_give_what_all_samples_give(sizes, units, seed):
    x = samples(sum(sizes) + 2, units, 3.0, seed)
    running = RunningCovariance()
    for part in x.split([*sizes, 2]):
        running.add(part)
    assert running.count == len(x)
    torch.testing.assert_close(running.mean, x.mean(0))
    torch.testing.assert_close(running.covariance, torch.cov(x.T).reshape(units, units))


def test_a_large_mean_costs_no_accuracy():
    x = samples(5000, 6)
    moved = RunningCovariance()
    for part in (x + 1e6).split(64):
        moved.add(part)
    torch.testing.assert_close(moved.covariance, torch.cov(x.T), rtol=1e-8, atol=1e-8)


def test_single_precision_is_summed_in_double():
    x = samples(4000, 5).float()
    running = RunningCovariance()
    for part in x.split(100):
        running.add(part)
    assert running.covariance.dtype == torch.float64
    torch.testing.assert_close(running.covariance, torch.cov(x.double().T))


def test_eigenvalues_are_those_of_the_samples_and_directions_belong_to_them():
    x = samples(300, 8)
    running = RunningCovariance().add(x)
    values, directions = running.eigh()
    np.testing.assert_allclose(values, eigenspectrum(x.numpy()), rtol=1e-10)
    torch.testing.assert_close(running.covariance @ directions, directions * values)


def test_a_constant_unit_has_variance_0():
    x = samples(50, 3)
    x[:, 1] = 7.0
    assert float(RunningCovariance().add(x).covariance[1].abs().max()) == 0


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(3), r"x must have shape \(samples, units\), got \(3,\)"),
        (torch.zeros(3, 0), r"x must have shape \(samples, units\), got \(3, 0\)"),
        (torch.zeros(3, 5), "x must have 4 units as before, got 5"),
        (torch.full((1, 4), torch.nan), "x must be finite everywhere, got nan or infinity after 2 samples"),
    ],
)
def test_bad_rows_are_named_and_leave_the_state_as_it_was(x, message):
    running = RunningCovariance().add(torch.eye(4)[:2])
    before = running.covariance
    with pytest.raises(ValueError, match=message):
        running.add(x)
    torch.testing.assert_close(running.covariance, before)


def test_too_few_samples():
    with pytest.raises(ValueError, match="count must be at least 1 samples, got 0"):
        _ = RunningCovariance().mean
    with pytest.raises(ValueError, match="count must be at least 2 samples, got 1"):
        _ = RunningCovariance().add(torch.ones(1, 3)).covariance
