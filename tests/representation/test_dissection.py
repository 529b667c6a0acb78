"""A small network dissected: numbers found by other ways, records that JSON holds, dead layers, tokens."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from polylib.images.moving_dot import dot_frames
from polylib.representation.dissection import dissect, over_images
from polylib.representation.exponent import fit_power_law
from polylib.representation.spectrum import eigenspectrum
from polylib.theory.energy import partial_zeta, participation_ratio

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


def dissected(model, images, frames, layers=LAYERS, n_projections=20, **settings):
    return dissect(model, images, frames, layers, n_projections=n_projections, rng=np.random.default_rng(0), **settings)


def test_over_images_is_what_the_spectrum_says(model, images):
    """To 1e-4: single precision rounds a pooled activity of 0.1 to 1e-8; the last component's deviation is 7e-4."""
    found = over_images(model, images.split(50), LAYERS)["0"]
    with torch.no_grad():
        pooled = model[0].eval()(images).mean((2, 3)).numpy()
    model.train()
    lam = eigenspectrum(pooled)
    at_ranks = lam[np.array(found["spectrum_ranks"]) - 1]
    np.testing.assert_allclose(found["spectrum"], at_ranks, rtol=6e-4, atol=1e-12 * lam[0])  # they are kept to 4 digits
    fit, above = fit_power_law(lam), lam[lam > lam[0] / 256]
    expected = {
        "alpha": [fit.alpha, *fit.interval],
        "participation": participation_ratio(lam),
        "explained": lam[:10].sum() / lam.sum(),
        "bits": (np.log2(above * 256 / lam[0]) / 2).sum(),
        "link": lam[0] * partial_zeta(fit.alpha, 24) / lam.sum(),
    }
    assert {name: found[name] for name in expected} == {k: pytest.approx(v, rel=1e-4) for k, v in expected.items()}
    assert found["units"] == 24 and "shared_alpha" not in found and "reliability" not in found


def test_masks_are_noise_that_two_passes_tell(model, images):
    """A mask of rate 1/2 adds an activity's square to its variance; which masks are drawn moves the ratio by 0.003."""
    with torch.no_grad():
        quiet = model[0].eval()(images).flatten(1)
    model.train()
    expected = quiet.var(0).sum() / (quiet.var(0) + quiet.square().mean(0)).sum()
    noisy = over_images(model, [images], ["0"], reading="flattened", dropout=True)["0"]
    assert noisy["reliability"] == pytest.approx(float(expected), abs=0.02) and expected < 0.5


def test_tokens_have_their_channels_last(images, frames):
    """A transformer's output is (batch, tokens, channels)."""

    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Linear(48, 6)

        def forward(self, x):
            return self.embed(x.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2))

    model = Tokens()
    assert dissected(model, images, frames, ["embed"], channel_axis=1)["embed"]["units"] == 16
    record = dissected(model, images, frames, ["embed"])["embed"]
    with torch.no_grad():
        lam = eigenspectrum(model(images).mean(1).numpy())
    assert record["units"] == 6
    np.testing.assert_allclose(record["spectrum"], lam, rtol=6e-4)


def test_a_dead_layer_is_reported_as_such(model, images, frames):
    with torch.no_grad():
        dead = nn.Sequential(*list(model)[:-1], nn.Linear(40, 4))
        dead[-1].weight.zero_()
    last = str(len(dead) - 1)
    record = dissected(dead, images, frames, [last], dropout=True)[last]
    numbers = {name: record.pop(name) for name in ("units", "spectrum_ranks", "mean_square")}
    assert numbers["units"] == 4 and numbers["mean_square"] > 0
    nothing = {"participation": 0, "bits": 0, "spectrum": [0] * 4, "level": 0, "path": 0, "noisy_bits": 0}
    nothing |= {"level_seen": [0, 0], "path_seen": [0, 0]}
    assert {name: value for name, value in record.items() if value is not None} == nothing


def test_records_hold_everything_once(model, images, frames):
    with_masks = dissected(model, images, frames, dropout=True, n_projections=50)
    json.dumps(with_masks, allow_nan=False)
    without = dissected(model, images, frames, n_projections=50)
    extra = {"reliability", "shared_alpha", "noisy_alpha", "noisy_bits", "noisy_slope"}
    for name in LAYERS:
        assert with_masks[name].keys() - without[name].keys() == extra
        for same, value in without[name].items():
            assert with_masks[name][same] == (None if value is None else pytest.approx(value, rel=1e-3)), same
        seen, error = without[name]["path_seen"]
        assert abs(seen - without[name]["path"]) < 5 * error
    assert abs(with_masks["0"]["noisy_slope"]) < 0.3


def test_double_frames_pass_a_copy_in_double(model, images, frames):
    single, double = (dissected(model, images, moving) for moving in (frames, frames.double()))
    for name in LAYERS:
        assert single[name]["path"] == pytest.approx(double[name]["path"], rel=1e-4)
    assert single["0"]["path"] != double["0"]["path"]
    assert next(model.parameters()).dtype == torch.float32
