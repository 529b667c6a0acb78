"""Spectra against numpy's covariance, and what cross-validation removes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylib.representation.spectrum import cross_validated_spectrum, eigenspectrum


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
    x, _ = np.linalg.qr(rng.standard_normal((200, 6)) - 0)
    x = x - x.mean(axis=0)
    x = np.linalg.qr(x)[0] * np.sqrt(199) * [6, 5, 4, 3, 2, 1]
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    np.testing.assert_allclose(eigenspectrum(x @ turn), np.array([6, 5, 4, 3, 2, 1]) ** 2, rtol=1e-10)


def test_one_recording_twice_is_its_spectrum():
    x = np.random.default_rng(1).standard_normal((50, 8))
    np.testing.assert_allclose(cross_validated_spectrum(x, x), eigenspectrum(x), rtol=1e-9)


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
