"""Information layer by layer: what is handed to critics and decoders, layers that tell nothing or all, seeds."""

import math

import numpy as np
import pytest
import torch

from polylib.information import layers as layer_information
from polylib.information.layers import critic_curves, decoder_curves
from polylib.information.mask_enumeration import exact_information
from polylib.information.recipe import Phase, Recipe
from polylib.networks.dropout_network import Shape, networks

pytestmark = pytest.mark.usefixtures("one_thread")
TINY = Recipe(hidden=(8, 8), phases=(Phase(60, 32, 1e-2),), weight_decay=0.1, folds=2, every=20)
SHAPE = Shape(inputs=3, outputs=2, width=6, groups=2, per_group=2)


def corners(count, samples, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(2, (count, samples, 3), generator=generator) * 2.0 - 1


def silenced(found, later):
    """A network whose hidden layer `later` is saturated by its biases, so that nothing gets past it."""
    found.bias[later] = 1e4
    return found


@pytest.fixture
def handed_on(monkeypatch):
    """What is given to the critics, in place of training them."""
    calls = []

    def note(xs, ys, estimator, **options):
        calls.append({"xs": xs, "ys": ys, "estimator": estimator, **options})
        value = type("Value", (), {"bits": 7.0, "standard_error": 0.5})
        return [value] * len(xs)

    monkeypatch.setattr(layer_information, "estimate_many", note)
    return calls


def test_critics_have_the_shape_of_the_figure():
    found, x = networks(SHAPE, 2, [0.0, 0.2]), corners(2, 400)
    got = critic_curves(found, x, recipe=TINY)
    assert got.bits.shape == got.standard_error.shape == (2, 4)
    assert got.squared_error is None
    assert (got.standard_error > 0).all()
    assert (got.bits > 0.3).all()  # little training, but all layers tell something
    assert (got.bits < 3 + 4 * got.standard_error).all()


def test_a_layer_that_never_varies_tells_exactly_nothing():
    """In a network without dropout a saturated layer is constant, and all after it; the layers before it are not."""
    found = silenced(networks(SHAPE, 2, 0.0), later=2)
    got = critic_curves(found, corners(2, 400), recipe=TINY)
    np.testing.assert_array_equal(got.bits[:, 1:], 0)
    np.testing.assert_array_equal(got.standard_error[:, 1:], 0)
    assert (got.bits[:, 0] > 0.3).all()


def test_networks_whose_layers_all_are_constant_need_no_critic():
    found = silenced(networks(SHAPE, 2, 0.0), later=0)
    got = critic_curves(found, corners(2, 400), recipe=TINY)
    np.testing.assert_array_equal(got.bits, np.zeros((2, 4)))
    np.testing.assert_array_equal(got.standard_error, np.zeros((2, 4)))


def test_critics_are_given_every_layer_of_every_network(handed_on):
    found, x = networks(SHAPE, 2, 0.2), corners(2, 50)
    got = critic_curves(found, x, "infonce", recipe=TINY, seed=3, progress=False)
    (call,) = handed_on
    activity = found.activity(x, found.factors(50, torch.Generator().manual_seed(3)))
    for i, (n, layer) in enumerate((n, layer) for n in range(2) for layer in range(4)):
        assert torch.equal(call["xs"][i], x[n])
        assert torch.equal(call["ys"][i], activity[layer][n])
    assert call["names"] == [f"layer {i} of network {n}" for n in range(2) for i in (1, 4, 5, 8)]
    assert call["seed"] == [3_000_000, 3_000_001, 3_000_002, 3_000_003, 3_001_000, 3_001_001, 3_001_002, 3_001_003]
    assert (call["estimator"], call["recipe"]) == ("infonce", TINY)
    assert (got.bits == 7).all()
    assert (got.standard_error == 0.5).all()


def test_units_that_never_vary_are_left_out_and_values_stay_in_their_place(handed_on):
    found, x = networks(SHAPE, 2, 0.0), corners(2, 50)
    found.bias[1, 0, 0, :2] = 1e4  # two units of network 0's first layer that is read
    found.bias[2, 1] = 1e4  # network 1, all from its second layer that is read on
    got = critic_curves(found, x, recipe=TINY)
    assert [y.shape[1] for y in handed_on[0]["ys"]] == [4, 6, 6, 2, 6]
    np.testing.assert_array_equal(got.bits, [[7, 7, 7, 7], [7, 0, 0, 0]])


def test_critics_see_fresh_noise_by_seed(handed_on):
    found, x = networks(SHAPE, 1, 0.2), corners(1, 50)
    for seed in (1, 1, 2):
        critic_curves(found, x, recipe=TINY, seed=seed)
    first, again, other = (call["ys"] for call in handed_on)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert torch.equal(first[0], other[0])  # no dropout stands before it
    assert not any(torch.equal(a, b) for a, b in zip(first[1:], other[1:], strict=True))


def test_critics_repeat_with_their_seed():
    found, x = networks(SHAPE, 1, 0.2), corners(1, 300)
    first, again, other = (critic_curves(found, x, recipe=TINY, seed=s).bits for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_decoders_read_all_bits_where_nothing_is_lost():
    shape = Shape(inputs=3, outputs=3, width=8, groups=1, per_group=1)
    got = decoder_curves(networks(shape, 2, 0.0), corners(2, 2000), "bits", entropy=3.0, steps=600)
    assert got.bits.shape == got.standard_error.shape == (2, 2)
    assert got.squared_error.shape == (2, 2, 3)
    assert ((got.bits > 2.8) & (got.bits <= 3)).all()
    assert (got.squared_error < 0.05).all()


def test_decoders_stay_below_the_exact_information():
    found = networks(SHAPE, 2, [0.3, 0.6])
    x = corners(2, 4000)
    exact = exact_information(found, x[0].unique(dim=0))
    got = decoder_curves(found, x, "bits", entropy=3.0, steps=300)
    assert (got.bits < exact + 4 * got.standard_error).all()
    assert (got.bits[:, 0] > 2.95).all()
    assert (got.bits[0] > got.bits[1] + 0.2)[1:].all()  # each network in its own row
    assert (np.diff(got.bits) < 0.05).all()


def test_decoders_read_numbers_by_shannons_bound():
    shape = Shape(inputs=2, outputs=2, width=8, groups=1, per_group=1)
    x = torch.randn(2, 2000, 2, generator=torch.Generator().manual_seed(0))
    h = math.log2(2 * math.pi * math.e)
    got = decoder_curves(networks(shape, 2, [0.0, 1.0]), x, "squares", entropy=h, steps=300)
    assert (got.bits[:, 0] > 3).all()
    assert got.bits[0, 1] > 3
    assert abs(got.bits[1, 1]) < 0.1  # everything is switched off before the output
    from_errors = h - 0.5 * np.log2(2 * math.pi * math.e * got.squared_error).sum(2)
    np.testing.assert_allclose(got.bits, from_errors, rtol=1e-9, atol=1e-12)


def test_decoders_repeat_with_their_seed():
    found, x = networks(SHAPE, 1, 0.2), corners(1, 1000)
    first, again, other = (decoder_curves(found, x, "bits", entropy=3.0, steps=20, seed=s).bits for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


@pytest.mark.parametrize("curves", ["critics", "decoders"])
def test_a_layer_is_the_same_alone_and_among_all(curves):
    nets, x = networks(SHAPE, 2, 0.3, seed=1), corners(2, 1000)
    chosen = [SHAPE.read_layers[3], SHAPE.read_layers[1]]
    made = {"critics": lambda **k: critic_curves(nets, x, "dv", recipe=TINY, seed=2, **k)}
    made["decoders"] = lambda **k: decoder_curves(nets, x, "bits", entropy=3.0, steps=20, seed=2, **k)
    whole, some = made[curves](), made[curves](layers=chosen)
    np.testing.assert_allclose(some.bits, whole.bits[:, [3, 1]], atol=1e-4)


def test_layers_that_the_figure_does_not_show_are_refused():
    nets = networks(SHAPE, 1, 0.3)
    for curves in (
        lambda: critic_curves(nets, corners(1, 400), "dv", recipe=TINY, layers=[3]),
        lambda: decoder_curves(nets, corners(1, 400), "bits", entropy=3.0, layers=[3]),
    ):
        with pytest.raises(ValueError, match=r"layers must be among \[1, 4, 5, 8\], got 3"):
            curves()
