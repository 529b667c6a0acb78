"""A small network dissected: numbers found by other ways, records that JSON holds, dead layers."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from polylib.images.moving_dot import dot_frames
from polylib.representation.dissection import (
    along_the_path,
    exponent,
    many_projections,
    over_images,
    path_activity,
    step_slope,
)
from polylib.representation.exponent import fit_power_law
from polylib.representation.report import dissect
from polylib.representation.spectrum import eigenspectrum
from polylib.theory.energy import participation_ratio, path_energy, projected_energy

pytestmark = pytest.mark.usefixtures("one_thread")
LAYERS = ["0", "5"]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    first = nn.Sequential(nn.Conv2d(3, 24, 3, padding=1), nn.ReLU(inplace=True), nn.Dropout(0.5))
    rest = [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24 * 64, 40), nn.ReLU(), nn.Linear(40, 40)]
    return nn.Sequential(first, *rest[:2], nn.Identity(), rest[2], rest[3], rest[4])


@pytest.fixture(scope="module")
def images():
    return torch.rand(120, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def frames():
    return dot_frames(400, 16, channels=3)


def test_over_images_is_what_the_spectrum_says(model, images):
    found = over_images(model, images.split(50), LAYERS)
    with torch.no_grad():
        pooled = model[0].eval()(images).mean((2, 3)).numpy()
    model.train()
    lam = eigenspectrum(pooled)
    np.testing.assert_allclose(found["0"].eigenvalues, lam, rtol=1e-4, atol=1e-9)
    assert found["0"].exponent.alpha == pytest.approx(fit_power_law(lam).alpha, rel=1e-3)
    assert found["0"].participation == pytest.approx(participation_ratio(lam), rel=1e-3)
    assert found["0"].explained == pytest.approx(lam[:10].sum() / lam.sum(), rel=1e-3)
    above = lam[lam > lam[0] / 256]
    assert found["0"].bits == pytest.approx((np.log2(above * 256 / lam[0]) / 2).sum(), rel=1e-3)
    assert found["0"].shared is None and math.isnan(found["0"].reliability)


def test_masks_are_noise_that_two_passes_tell(model, images):
    torch.manual_seed(0)
    many = images.repeat(10, 1, 1, 1)
    quiet = over_images(model, [many], ["0"], reading="flattened")["0"]
    noisy = over_images(model, [many], ["0"], reading="flattened", dropout=True)["0"]
    gain = quiet.eigenvalues.sum() / noisy.eigenvalues.sum()
    assert noisy.reliability == pytest.approx(gain, abs=0.05) and noisy.reliability < 0.5


def test_energies_along_the_path(model, frames):
    activity = path_activity(model, frames, LAYERS)
    found = along_the_path(activity)
    for name, x in activity.items():
        coarse = x[::8].double().numpy()
        closed = np.concatenate([coarse, coarse[:1]])
        expected = 3 / x.shape[1] * path_energy(closed) / len(coarse)
        assert found[name].path == pytest.approx(expected, rel=1e-6)
        lam = eigenspectrum(x.double().numpy()) * (1 - 1 / len(x))
        assert found[name].level == pytest.approx(projected_energy(lam), rel=1e-6)
        assert found[name].units == x.shape[1] and 1.7 < found[name].slope < 2.01


def test_a_circle_of_known_exponent():
    """Frequency i with variance i^-s, sine and cosine: the slope is s - 1, and the exponent s."""
    angle = 2 * np.pi * torch.arange(512, dtype=torch.float64)[:, None] / 512
    i = torch.arange(1, 1500, dtype=torch.float64)
    for s in (2.0, 2.5, 4.5):
        x = torch.cat([torch.cos(i * angle), torch.sin(i * angle)], 1) * torch.cat([i, i]) ** (-s / 2)
        found = along_the_path({"x": x})["x"]
        assert found.exponent.alpha == pytest.approx(s, abs=0.1)
        assert found.slope == pytest.approx(min(s - 1, 2), abs=0.15)


@given(st.floats(4, 13), st.sampled_from([60, 1000]), st.floats(0, 10))
def test_steep_spectra_are_seen_to_their_end_or_not_at_all(s, units, mean):
    """Eigenvalues of 1e-24 of the first are no rounding yet; what rounding hides has no exponent."""
    rng = np.random.default_rng(0)
    turns = np.outer(np.arange(400), np.arange(1, 200)) * (2 * np.pi / 400)
    modes = np.stack([np.cos(turns), np.sin(turns)], 2).reshape(400, -1)[:, : min(units, 398)]
    basis = np.linalg.qr(rng.standard_normal((units, modes.shape[1])))[0].T
    x = torch.from_numpy(modes * np.arange(1, len(basis) + 1) ** (-s / 2) @ basis + mean)
    ranks = (10, min(units, 100))
    found = along_the_path({"x": x}, ranks=ranks)["x"].exponent
    hidden = along_the_path({"x": x.float()}, ranks=ranks)["x"].exponent
    assert (found is None and s > 12) or found.alpha == pytest.approx(s, abs=0.1)
    assert hidden is None or hidden.alpha == pytest.approx(s, abs=0.2)


def test_noise_of_uneven_size_has_no_slope():
    """Masks make some frames a hundred times louder than others; the slope must not depend on which ones are met."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        noise = rng.standard_normal((400, 2_000)) * rng.lognormal(0, 1.5, (400, 1))
        assert abs(step_slope(torch.from_numpy(noise))) < 0.05


def test_a_dead_layer_is_reported_as_such(model, images, frames):
    with torch.no_grad():
        dead = nn.Sequential(*list(model)[:-1], nn.Linear(40, 4))
        dead[-1].weight.zero_()
    last = str(len(dead) - 1)
    report = over_images(dead, [images], [last])[last]
    assert report.participation == 0 and report.bits == 0 and report.exponent is None
    assert math.isnan(report.explained) and math.isnan(report.link)
    moves = along_the_path(path_activity(dead, frames, [last]))[last]
    assert moves.path == 0 and math.isnan(moves.slope) and moves.exponent is None
    record = dissect(dead, images, frames, [last], dropout=True, n_projections=4, rng=np.random.default_rng(0))
    assert json.loads(json.dumps(record, allow_nan=False))[last]["correlation"] == [None] * 3


def test_records_hold_everything_once(model, images, frames):
    torch.manual_seed(0)
    with_masks = dissect(model, images, frames, LAYERS, dropout=True, n_projections=50, rng=np.random.default_rng(0))
    json.dumps(with_masks, allow_nan=False)
    without = dissect(model, images, frames, LAYERS, n_projections=50, rng=np.random.default_rng(0))
    extra = {"reliability", "shared_alpha", "noisy_alpha", "noisy_bits", "noisy_slope"}
    for name in LAYERS:
        assert with_masks[name].keys() - without[name].keys() == extra
        assert with_masks[name]["alpha"] == without[name]["alpha"]
        assert with_masks[name]["correlation"] == without[name]["correlation"]
        seen, error = without[name]["path_seen"]
        assert abs(seen - without[name]["path"]) < 5 * error
    assert abs(with_masks["0"]["noisy_slope"]) < 0.3


def test_double_frames_pass_a_copy_in_double(model, images, frames):
    rng = np.random.default_rng
    single = dissect(model, images, frames, LAYERS, n_projections=20, rng=rng(0))
    double = dissect(model, images, frames.double(), LAYERS, n_projections=20, rng=rng(0))
    for name in LAYERS:
        assert single[name]["path"] == pytest.approx(double[name]["path"], rel=1e-4)
    assert next(model.parameters()).dtype == torch.float32


def test_distances_of_the_frames_themselves(frames):
    pixels = {"pixels": frames[::8].flatten(1)}
    many = many_projections({"pixels": frames.flatten(1)}, frames, 30, rng=np.random.default_rng(0))
    assert many.correlation.shape == (1, 30) and (many.correlation > 0).all()
    assert len(pixels["pixels"]) == 50


def test_exponents_where_there_are_none():
    assert exponent(np.array([1.0, 0.5])) is None
    assert exponent(np.zeros(30)) is None
    assert exponent(np.arange(1.0, 60) ** -2).alpha == pytest.approx(2)


@pytest.mark.parametrize(("times", "stride"), [(200, 8), (401, 8), (404, 8)])
def test_paths_too_coarse_or_with_a_remainder(times, stride):
    with pytest.raises(ValueError, match=f"at least 400 times, a multiple of stride 8, got {times}"):
        along_the_path({"x": torch.rand(times, 5)}, stride=stride)
