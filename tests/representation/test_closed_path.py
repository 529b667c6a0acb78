"""Paths around a circle: energies by their definition, known exponents and slopes, what rounding hides."""

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from polylib.images.moving_dot import dot_frames
from polylib.representation.closed_path import along_the_path, mean_step_energy, path_activity, step_slope
from polylib.representation.spectrum import eigenspectrum
from polylib.theory.energy import path_energy, projected_energy

pytestmark = pytest.mark.usefixtures("one_thread")


def test_energies_along_the_path():
    model = nn.Sequential(nn.Conv2d(3, 24, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(24 * 256, 40))
    activity = path_activity(model, dot_frames(400, 16, channels=3), ["1", "3"])
    found = along_the_path(activity)
    for name, x in activity.items():
        coarse = x[::8].double().numpy()
        closed = np.concatenate([coarse, coarse[:1]])
        expected = 3 / x.shape[1] * path_energy(closed) / len(coarse)
        assert found[name]["path"] == pytest.approx(expected, rel=1e-6)  # steps are rounded to single precision, 2^-24
        lam = eigenspectrum(x.double().numpy()) * (1 - 1 / len(x))
        assert found[name]["level"] == pytest.approx(projected_energy(lam), rel=1e-9)
        assert found[name]["mean_square"] == pytest.approx(x.double().square().mean().item(), rel=1e-9)
        assert 1.7 < found[name]["slope"] < 2.01


def test_a_circle_of_known_exponent():
    """Frequency i with variance i^-s, sine and cosine: the slope is s - 1, and the exponent s."""
    angle = 2 * np.pi * torch.arange(512, dtype=torch.float64)[:, None] / 512
    i = torch.arange(1, 1500, dtype=torch.float64)
    for s in (2.0, 2.5, 4.5):
        x = torch.cat([torch.cos(i * angle), torch.sin(i * angle)], 1) * torch.cat([i, i]) ** (-s / 2)
        found = along_the_path({"x": x})["x"]
        assert found["ring_alpha"][0] == pytest.approx(s, abs=0.1)
        assert found["slope"] == pytest.approx(min(s - 1, 2), abs=0.15)


@cache
def modes(units):
    """Sines and cosines of 400 times, each in a direction of its own among so many units."""
    turns = np.outer(np.arange(400), np.arange(1, 200)) * (2 * np.pi / 400)
    waves = np.stack([np.cos(turns), np.sin(turns)], 2).reshape(400, -1)[:, : min(units, 398)]
    return waves, np.linalg.qr(np.random.default_rng(0).standard_normal((units, waves.shape[1])))[0].T


@given(st.floats(4, 13), st.sampled_from([60, 500]), st.floats(0, 10))
@settings(max_examples=25)
def test_steep_spectra_are_seen_to_their_end_or_not_at_all(s, units, mean):
    """Eigenvalues of 1e-24 of the first are no rounding yet; what rounding hides has no exponent."""
    waves, basis = modes(units)
    x = torch.from_numpy(waves * np.arange(1, len(basis) + 1) ** (-s / 2) @ basis + mean)
    ranks = (10, min(units, 100))
    found = along_the_path({"x": x}, ranks=ranks)["x"]["ring_alpha"]
    hidden = along_the_path({"x": x.float()}, ranks=ranks)["x"]["ring_alpha"]
    assert (found is None and s > 12) or found[0] == pytest.approx(s, abs=0.1)
    assert hidden is None or hidden[0] == pytest.approx(s, abs=0.2)


def test_noise_of_uneven_size_has_no_slope():
    """Masks make some frames a hundred times louder than others; the slope must not depend on which ones are met."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        noise = rng.standard_normal((400, 2_000)) * rng.lognormal(0, 1.5, (400, 1))
        assert abs(step_slope(torch.from_numpy(noise))) < 0.05


def test_what_does_not_move_has_no_slope_and_no_exponent():
    found = along_the_path({"x": torch.ones(400, 4)})["x"]
    assert found == {"ring_alpha": None, "slope": None, "level": 0, "path": 0, "mean_square": 1}


def test_the_step_back_to_the_start_counts():
    x = torch.tensor([[0.0], [1.0], [3.0]])
    assert mean_step_energy(x, 1) == pytest.approx((1 + 4 + 9) / 6)
    assert mean_step_energy(x, 1, stride=2) == pytest.approx((9 + 1 + 4) / 6)
    assert mean_step_energy(x, 1, stride=3) == 0


@pytest.mark.parametrize(("times", "stride"), [(200, 8), (401, 8), (404, 8)])
def test_paths_too_coarse_or_with_a_remainder(times, stride):
    with pytest.raises(ValueError, match=f"at least 400 times, a multiple of stride 8, got {times}"):
        along_the_path({"x": torch.rand(times, 5)}, stride=stride)


def test_counts():
    x = torch.ones(400, 2)
    with pytest.raises(ValueError, match="n_dims must be a whole number of at least 1, got 0"):
        mean_step_energy(x, 0)
    with pytest.raises(ValueError, match="stride must be a whole number of at least 1, got 0"):
        along_the_path({"x": x}, stride=0)
    with pytest.raises(ValueError, match="batch must be a whole number of at least 1, got 0"):
        path_activity(nn.Sequential(nn.Flatten()), torch.ones(4, 1, 2, 2), ["0"], batch=0)
