"""Numbers of layers by other ways: a linear layer's, a path's energy, what masks leave; dead layers, short windows."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from polylib.representation.exponent import fit_power_law
from polylib.representation.numbers_of_layers import (
    Measures,
    exponent_over,
    fading,
    numbers_of_layers,
    relative_path_energy,
    rival_over,
)
from polylib.representation.spectrum import eigenspectrum

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def images():
    return torch.rand(60, 3, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def linear(rate=0.0, units=24):
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(192, units), nn.Dropout(rate), nn.Identity()).double()


def test_they_are_those_of_the_layers_activity(images):
    model = linear()
    found = numbers_of_layers(model, images, Measures(("1",), ((1, 8), (1, 20), (1, 30))))["1"]
    x = model[:2](images).detach().numpy()
    lam = eigenspectrum(x)
    fit = fit_power_law(lam, (1, 20))
    assert found["units"] == 24
    assert found[exponent_over((1, 8))] == pytest.approx(fit_power_law(lam, (1, 8)).alpha)
    assert found[exponent_over((1, 20))] == pytest.approx(fit.alpha)
    assert found[rival_over((1, 20))] == pytest.approx(min(fit.rivals.values()))
    assert found[rival_over((1, 8))] is None and found[exponent_over((1, 30))] is None
    assert found["dimensions"] == pytest.approx(lam.sum() ** 2 / np.square(lam).sum())
    assert found["bits"] == pytest.approx(np.log2(np.maximum(lam / lam[0] * 4.0**4, 1)).sum() / 2)
    assert 0 < found["held out"] < found["inside"] < 1
    assert "reliability" not in found
    json.dumps(found, allow_nan=False)


def test_a_linear_layer_takes_a_fading_path_to_a_line(images):
    """Its energy is then that of the share alone, whatever the weights: a cosine, of steps 2 - 2 cos(2 pi / n)."""
    found = numbers_of_layers(linear(), images, Measures(("1",), ((1, 8),), frames=16))["1"]
    assert found["path"] == pytest.approx(2 - 2 * np.cos(2 * np.pi / 16))
    frames = fading(images[0], images[1], 16)
    assert torch.equal(frames[0], images[0])
    torch.testing.assert_close(frames[8], images[1])
    assert relative_path_energy(torch.ones(8, 3)) is None


def test_reliability_is_what_masks_leave(images):
    """Of a unit of variance v and mean square q, half masks add q: v / (v + q) is shared, to chance."""
    model = linear(0.5)
    many = images.repeat(20, 1, 1, 1)
    found = numbers_of_layers(model, many, Measures(("2",), ((1, 8),), masked=("2",)))["2"]
    x = model[:2](many).detach()
    v, q = x.var(0).sum(), x.square().mean(0).sum()
    assert found["reliability"] == pytest.approx(float(v / (v + q)), rel=0.1)


def test_a_dead_layer_has_no_numbers_and_a_dead_unit_no_part(images):
    model = linear()
    with torch.no_grad():
        model[1].weight[:4] = 0
        alone = numbers_of_layers(model, images, Measures(("1",), ((1, 8), (1, 22))))["1"]
        assert alone[exponent_over((1, 22))] is None and alone[exponent_over((1, 8))] is not None
        model[1].weight.zero_()
    dead = numbers_of_layers(model, images, Measures(("1",), ((1, 8),)))["1"]
    assert dead["units"] == 24 and {v for k, v in dead.items() if k != "units"} == {None}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"windows": ((5, 6),)}, "ranks must hold at least 3 ranks"),
        ({"precision": 0.0}, "precision must be positive, got 0.0"),
        ({"reading": "per position"}, "reading must be one of pooled, flattened, got 'per position'"),
        ({"batch": 0}, "batch must be a whole number of at least 1, got 0"),
    ],
)
def test_measures_that_are_none(settings, said):
    with pytest.raises(ValueError, match=said):
        Measures(**{"layers": ("1",), "windows": ((1, 8),)} | settings)


def test_four_images_are_needed(images):
    with pytest.raises(ValueError, match="images must be at least 4, got 3"):
        numbers_of_layers(linear(), images[:3], Measures(("1",), ((1, 8),)))
