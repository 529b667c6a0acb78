"""Batches of dropout networks: against a plain loop over layers, their noise and first weights against their laws."""

import inspect
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import linear

from polylib.networks.dropout_network import NOISES, Shape, joined, networks

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = Shape(inputs=2, outputs=4, width=5, groups=3, per_group=2)


def biased(shape=SMALL, count=3, rate=0.3, seed=0, **options):
    """Networks in double precision whose biases are not 0 either."""
    found = networks(shape, count, rate, seed=seed, dtype=torch.float64, **options)
    for i, bias in enumerate((found.bias, found.last_bias)):
        bias.normal_(generator=torch.Generator().manual_seed(seed + i))
    return found


def inputs(count, samples, width, seed=0):
    return torch.randn(count, samples, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def drawn(found, samples, seed=0):
    return list(found.factors(samples, torch.Generator().manual_seed(seed)))


def plain(found, n, x, factors):
    """Network n by the layers of the supplement's program: dense, ..., dense, dropout, a rescaling left out, ..."""
    shape, layers, h = found.shape, [], x[n]
    weights = iter([found.first[n], *found.hidden[:, n]])
    bias = iter(found.bias[:, n, 0])
    for group in range(shape.groups):
        for _ in range(shape.per_group):
            h = linear(h, next(weights).T, next(bias)).tanh()
            layers.append(h)
        h = h * factors[group][n]
        layers += [h, h]
    return [*layers, linear(h, found.last[n].T, found.last_bias[n, 0])]


def test_the_supplements_shape():
    shape = Shape()
    assert (shape.inputs, shape.outputs, shape.width, shape.groups, shape.per_group, shape.depth) == (
        3,
        3,
        32,
        10,
        4,
        40,
    )
    assert shape.read_layers == list(range(3, 61, 3))
    assert shape.dropouts_before == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10]


SHAPES = st.builds(
    Shape,
    inputs=st.integers(1, 3),
    outputs=st.integers(1, 3),
    width=st.integers(1, 6),
    groups=st.integers(1, 4),
    per_group=st.integers(1, 4),
)


@given(SHAPES, st.integers(1, 3), st.integers(1, 4), st.sampled_from(NOISES), st.integers(0, 99))
@settings(max_examples=12)
def test_every_layer_is_that_of_a_plain_loop(shape, count, samples, noise, seed):
    found, x = biased(shape, count, seed=seed, noise=noise), inputs(count, samples, shape.inputs, seed)
    factors = drawn(found, samples, seed)
    activity, output = found.activity(x, factors), found.output(x, factors)
    for n in range(count):
        layers = plain(found, n, x, factors)
        for i, got in zip(shape.read_layers, activity, strict=True):
            torch.testing.assert_close(got[n], layers[i], rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(output[n], layers[-1], rtol=1e-12, atol=1e-12)
    assert torch.equal(activity[-1], output)


def test_a_layer_feels_the_dropouts_that_stand_before_it_and_no_other():
    found, x = biased(), inputs(3, 4, 2)
    factors = drawn(found, 4)
    before = found.activity(x, factors)
    for g in range(SMALL.groups):
        changed = [f * 1.5 + 0.1 if i == g else f for i, f in enumerate(factors)]
        moved = [not torch.equal(a, b) for a, b in zip(before, found.activity(x, changed), strict=True)]
        assert moved == [d > g for d in SMALL.dropouts_before]


def test_a_batch_is_each_network_alone():
    found, x = biased(), inputs(3, 7, 2)
    factors = drawn(found, 7)
    together = found.activity(x, factors)
    for n in range(3):
        one = slice(n, n + 1)
        alone = found.take(one).activity(x[one], [f[one] for f in factors])
        for a, b in zip(together, alone, strict=True):
            torch.testing.assert_close(a[one], b, rtol=1e-12, atol=1e-12)


def test_gradients_reach_every_weight():
    found, x = biased(rate=0.0), inputs(3, 4, 2)
    for w in found.weights:
        w.requires_grad_()
    found.output(x, drawn(found, 4)).square().sum().backward()
    assert all(bool((w.grad != 0).any()) for w in found.weights)


def test_untrained_weights_are_glorot_uniform():
    found = networks(Shape(), 4, seed=5, dtype=torch.float64)
    for weights, ends in ((found.first, 35), (found.hidden, 64), (found.last, 35)):
        limit = math.sqrt(6 / ends)
        assert 0.97 * limit < weights.abs().max().item() <= limit
        assert weights.mean().item() == pytest.approx(0, abs=4 * limit / math.sqrt(3 * weights.numel()))
        assert weights.var().item() == pytest.approx(limit**2 / 3, rel=0.15)
    assert not found.bias.any()
    assert not found.last_bias.any()
    assert found.hidden.shape == (39, 4, 32, 32)
    assert len(found) == 4


def test_seeds_decide_and_precision_only_rounds():
    first, again, other = (networks(SMALL, 2, seed=s) for s in (1, 1, 2))
    double = networks(SMALL, 2, seed=1, dtype=torch.float64)
    for a, b, c in zip(first.weights, again.weights, double.weights, strict=True):
        assert torch.equal(a, b)
        assert torch.equal(a, c.float())
    assert not torch.equal(first.first, other.first)
    assert not torch.equal(first.first[0], first.first[1])


RATES = [0.0, 0.2, 0.5, 0.9, 1.0]


@pytest.mark.parametrize("noise", NOISES)
def test_noise_has_the_mean_and_variance_of_dropout_that_nothing_rescales(noise):
    found = networks(SMALL, len(RATES), RATES, noise=noise, dtype=torch.float64)
    factors = torch.stack(drawn(found, 8000))
    assert factors.shape == (SMALL.groups, len(RATES), 8000, SMALL.width)
    for n, rate in enumerate(RATES):
        values, variance = factors[:, n].flatten(), rate * (1 - rate)
        error = math.sqrt(variance / len(values))
        assert values.mean().item() == pytest.approx(1 - rate, abs=4 * error)
        assert values.var().item() == pytest.approx(variance, rel=0.02)
    if noise == "dropout":
        assert set(factors.unique().tolist()) == {0.0, 1.0}
    else:  # Gaussian: its fourth moment too
        values = factors[:, 2] - 0.5
        assert values.pow(4).mean().item() == pytest.approx(3 * 0.25**2, rel=0.05)


@pytest.mark.parametrize("noise", NOISES)
def test_groups_networks_samples_and_units_have_noise_of_their_own(noise):
    found = networks(SMALL, 2, 0.5, noise=noise)
    f = torch.stack(drawn(found, 4000)).double()
    first = f[0, 0, :, 0]
    for other in (f[1, 0, :, 0], f[0, 1, :, 0], f[0, 0, :, 1], f[0, 0, :, 0].roll(1)):
        assert torch.corrcoef(torch.stack([first, other]))[0, 1].abs() < 0.07
    assert torch.equal(f, torch.stack(drawn(found, 4000)).double())
    assert not torch.equal(f, torch.stack(drawn(found, 4000, seed=1)).double())


def test_joining_undoes_taking():
    found = biased(rate=[0.1, 0.2, 0.3], noise="gaussian")
    parts = [found.take(slice(0, 1)), found.take(slice(1, 3))]
    whole = joined(parts)
    assert (whole.shape, whole.noise, len(whole)) == (found.shape, found.noise, 3)
    for a, b in zip([*whole.weights, whole.rate], [*found.weights, found.rate], strict=True):
        assert torch.equal(a, b)
    again = whole.take(slice(1, 3))
    for a, b in zip([*again.weights, again.rate], [*parts[1].weights, parts[1].rate], strict=True):
        assert torch.equal(a, b)
    parts[1].first.zero_()
    assert not found.first[1:].any()  # what is taken is a view
    assert whole.first[1:].any()  # what is joined is a copy


@pytest.mark.parametrize("size", ["inputs", "outputs", "width", "groups", "per_group"])
def test_a_shape_without_layers_or_units_is_refused(size):
    with pytest.raises(ValueError, match=f"{size} must be a whole number of at least 1, got 0"):
        Shape(**{size: 0})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": 0}, "count must be a whole number of at least 1, got 0"),
        ({"rate": 1.5}, r"rate must be in \[0, 1\], got 1.5"),
        ({"rate": [0.1, 0.2, -0.3]}, r"rate must be in \[0, 1\], got -0.3"),
        ({"rate": float("nan")}, "rate must be finite, got nan"),
        ({"rate": [0.1, 0.2]}, r"rate must be one number or 3 of them, got shape \(2,\)"),
        ({"rate": [[0.1, 0.2, 0.3]]}, r"rate must be one number or 3 of them, got shape \(1, 3\)"),
        ({"noise": "none"}, "noise must be one of dropout, gaussian, got 'none'"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
    ],
)
def test_bad_input_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(networks)(**{"shape": SMALL, "count": 3, "rate": 0.2} | change)


def test_networks_check_what_they_are_given():
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got 2.0"):
        replace(biased(), rate=torch.full((3,), 2.0))


def test_only_networks_of_a_kind_are_joined():
    with pytest.raises(ValueError, match="parts must have one shape and one noise, got no parts"):
        joined([])
    for other in (biased(noise="gaussian"), biased(replace(SMALL, width=6))):
        with pytest.raises(ValueError, match=r"parts must have one shape and one noise, got \{.*Shape.*Shape"):
            joined([biased(), other])
