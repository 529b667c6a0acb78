"""Spectra against numpy's covariance, what cross-validation removes, covariance in one pass against all at once."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polylib.representation.spectrum import RunningCovariance, cross_validated_spectrum, eigenspectrum


@given(st.integers(0, 1000), st.integers(2, 30), st.integers(1, 30))
def test_eigenvalues_of_the_covariance(seed, samples, units):
    x = np.random.default_rng(seed).standard_normal((samples, units)) + 100
    expected = np.linalg.eigvalsh(np.atleast_2d(np.cov(x.T)))[::-1]
    found = eigenspectrum(x)
    np.testing.assert_allclose(found, expected, atol=1e-11)
    assert found.shape == (units,) and (np.diff(found) <= 0).all() and (found >= 0).all()
    assert found.sum() == pytest.approx(x.var(axis=0, ddof=1).sum())


def test_a_known_spectrum_in_a_random_basis():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 6))
    x = np.linalg.qr(x - x.mean(axis=0))[0] * np.sqrt(199) * [6, 5, 4, 3, 2, 1]
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    np.testing.assert_allclose(eigenspectrum(x @ turn), np.array([6, 5, 4, 3, 2, 1]) ** 2, rtol=1e-10)


def test_one_recording_twice_is_its_spectrum():
    x = np.random.default_rng(1).standard_normal((50, 8))
    np.testing.assert_allclose(cross_validated_spectrum(x, x), eigenspectrum(x), rtol=1e-9)


@pytest.mark.parametrize(("samples", "units"), [(12, 40), (40, 40), (41, 40), (2, 9)])
def test_fewer_samples_than_units_by_singular_vectors(samples, units):
    rng = np.random.default_rng(4)
    first, second = rng.standard_normal((2, samples, units)) * np.arange(1, units + 1.0) ** -0.5
    own, other = first - first.mean(0), second - second.mean(0)
    turned = np.linalg.svd(own, full_matrices=False)[2].T
    expected = ((own @ turned) * (other @ turned)).sum(0) / (samples - 1)
    found = cross_validated_spectrum(first, second)
    rank = min(samples - 1, units)
    np.testing.assert_allclose(found[:rank], expected[:rank], atol=1e-12)
    assert found.shape == (units,) and (found[rank:] == 0).all()


def test_noise_drops_out_and_leaves_negative_values():
    rng = np.random.default_rng(2)
    signal = rng.standard_normal((4000, 40)) * np.r_[3, 2, np.zeros(38)]
    first, second = (signal + rng.standard_normal(signal.shape) for _ in range(2))
    shared = cross_validated_spectrum(first, second)
    assert shared[:2] == pytest.approx([9, 4], rel=0.1)
    assert eigenspectrum(first)[2:].mean() == pytest.approx(1, abs=0.05)
    assert abs(shared[2:].mean()) < 0.02 and (shared < 0).any()


def test_nothing_is_changed():
    x = np.random.default_rng(3).standard_normal((9, 4))
    before = x.copy()
    eigenspectrum(x)
    cross_validated_spectrum(x, x)
    assert (x == before).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: eigenspectrum([1, 2, 3]),
            r"x must be a matrix \(samples, units\) with at least two samples, got shape",
        ),
        (lambda: eigenspectrum([[1, 2]]), r"x must be a matrix .* got shape \(1, 2\)"),
        (lambda: eigenspectrum([[1], [np.inf]]), "x must be finite, got inf"),
        (lambda: cross_validated_spectrum(np.eye(3), np.eye(4)), r"second must have the shape of first, \(3, 3\), got"),
        (lambda: cross_validated_spectrum(np.eye(3), [1, 2]), "second must be a matrix"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def samples(n, m, offset=0.0, seed=0):
    x = torch.randn(n, m, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return x * torch.arange(1, m + 1) + offset


def in_batches(x, sizes):
    running = RunningCovariance()
    for part in x.split(sizes):
        running.add(part)
    return running


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(1, 7), st.integers(0, 9))
@settings(max_examples=40)
def test_batches_of_any_size_give_what_all_samples_give(sizes, units, seed):
    x = samples(sum(sizes) + 2, units, 3.0, seed)
    running = in_batches(x, [*sizes, 2])
    assert running.count == len(x)
    torch.testing.assert_close(running.covariance, torch.cov(x.T).reshape(units, units))


def test_a_large_mean_costs_no_accuracy():
    """But for what storing 1e6 costs a sample, eps 1e6 = 2e-10, times twice the largest deviation, 6."""
    x = samples(5000, 6)
    torch.testing.assert_close(in_batches(x + 1e6, 64).covariance, torch.cov(x.T), rtol=1e-8, atol=1e-8)


def test_single_precision_is_summed_in_double():
    x = samples(4000, 5).float()
    covariance = in_batches(x, 100).covariance
    assert covariance.dtype == torch.float64
    torch.testing.assert_close(covariance, torch.cov(x.double().T))


def test_a_constant_unit_has_variance_0():
    x = samples(64, 3)
    x[:, 1] = 7.0  # whole numbers, and as many of them as a power of two: its mean is exact
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
    with pytest.raises(ValueError, match="count must be at least 2 samples, got 1"):
        _ = RunningCovariance().add(torch.ones(1, 3)).covariance
