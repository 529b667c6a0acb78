"""Toy models: gradients against automatic differentiation, training against known optima, geometry against theory."""

import inspect

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from polylib.networks import superposition as toy


def random_models(seed, instances=3, hidden=2, features=5, samples=7):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(instances, hidden, features, generator=generator, dtype=torch.float64)
    bias = torch.randn(instances, features, generator=generator, dtype=torch.float64)
    x = torch.rand(instances, samples, features, generator=generator, dtype=torch.float64)
    return x, weight, bias


@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_are_those_of_automatic_differentiation(weighted):
    x, weight, bias = random_models(0)
    importance = 0.9 ** torch.arange(5, dtype=torch.float64) if weighted else None
    weight.requires_grad_()
    bias.requires_grad_()
    error = (toy.reconstruct(x, weight, bias) - x).square()
    loss = (error if importance is None else error * importance).mean((1, 2)).sum()
    expected = torch.autograd.grad(loss, (weight, bias))
    got = toy.gradients(x, weight.detach(), bias.detach(), importance)
    for ours, theirs in zip(got, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)  # sums of at most 21 terms below 10


def test_features_are_sparse_and_uniform():
    sparsity = torch.tensor([0.0, 0.5, 0.95])
    x = toy.sample_features(sparsity, 20_000, 10, torch.Generator().manual_seed(0))
    assert (x >= 0).all()
    assert (x < 1).all()
    torch.testing.assert_close((x == 0).float().mean((1, 2)), sparsity, atol=0.01, rtol=0)
    on = x[1][x[1] > 0]
    assert on.mean().item() == pytest.approx(1 / 2, abs=0.01)
    assert on.var().item() == pytest.approx(1 / 12, abs=0.005)


def test_gradients_in_a_batch_are_those_of_the_instance_alone():
    """Instances share steps, not gradients: another instance's sparsity must not matter."""
    x, weight, bias = random_models(1)
    together = toy.gradients(x, weight, bias)
    alone = toy.gradients(x[1:2], weight[1:2], bias[1:2])
    for batch, single in zip(together, alone, strict=True):
        torch.testing.assert_close(batch[1:2], single, rtol=1e-12, atol=1e-13)


@pytest.fixture(scope="module")
def trained():
    sparsity = torch.tensor([0.0, 0.0, 0.9, 0.9])
    return toy.train(sparsity, 6, 6, steps=3000, batch_size=64, learning_rate=3e-3, decay=True, seed=0)


def test_with_a_unit_a_feature_everything_is_stored(trained):
    assert (trained.mse.mean(1) < 1e-3).all()
    torch.testing.assert_close(toy.dimensions_per_feature(trained.weight), torch.ones(4), atol=0.05, rtol=0)


def test_dense_features_in_few_units_leave_the_variance_of_the_rest():
    """Dense uniform features, m of n stored: the best error is (1 - m/n) / 12."""
    model = toy.train(torch.zeros(2), 4, 2, steps=6000, batch_size=128, learning_rate=3e-3, decay=True, seed=0)
    assert model.mse.mean(1).tolist() == pytest.approx([1 / 24] * 2, rel=0.1)


def test_sparse_pairs_share_a_unit():
    """Two sparse features in one unit sit at opposite ends: the antipodal pair of Elhage et al."""
    model = toy.train(torch.full((4,), 0.95), 2, 1, steps=4000, batch_size=256, learning_rate=3e-3, seed=0)
    share = toy.feature_dimensionality(model.weight)
    antipodal = (model.weight[:, 0, 0] * model.weight[:, 0, 1]) < 0
    assert antipodal.any()
    torch.testing.assert_close(share[antipodal], torch.full_like(share[antipodal], 0.5), atol=0.05, rtol=0)


def test_training_repeats_with_its_seed():
    arguments = (torch.tensor([0.5]), 4, 2)
    first, again, other = (toy.train(*arguments, steps=50, batch_size=8, seed=s) for s in (3, 3, 4))
    assert torch.equal(first.weight, again.weight)
    assert not torch.equal(first.weight, other.weight)


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 9))
def test_dimensionalities_share_out_at_most_the_hidden_units(seed, hidden, features):
    _, weight, _ = random_models(seed, hidden=hidden, features=features)
    weight[:, :, 0] = 0
    share = toy.feature_dimensionality(weight)
    assert (share[:, 0] == 0).all()
    assert (share >= 0).all()
    assert (share <= 1 + 1e-9).all()
    assert (share.sum(1) <= min(hidden, features) + 1e-9).all()


def test_dimensionality_of_a_regular_polygon():
    angles = torch.arange(5) * 2 * torch.pi / 5
    pentagon = torch.stack([angles.cos(), angles.sin()])[None]
    torch.testing.assert_close(toy.feature_dimensionality(pentagon), torch.full((1, 5), 2 / 5))
    torch.testing.assert_close(toy.dimensions_per_feature(pentagon), torch.tensor([2 / 5]))


GOOD = {"steps": 1, "batch_size": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sparsity": torch.tensor([1.0])}, r"sparsity must be a vector in \[0, 1\), got"),
        ({"sparsity": torch.tensor([float("nan")])}, r"sparsity must be a vector in \[0, 1\), got"),
        ({"sparsity": [0.5]}, r"sparsity must be a floating-point tensor, got \[0.5\]"),
        ({"steps": 4.0}, "steps must be a whole number of at least 1, got 4.0, a float"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"n_features": 0}, "n_features must be a whole number of at least 1, got 0"),
        ({"n_hidden": -1}, "n_hidden must be a whole number of at least 1, got -1"),
        ({"steps": 0}, "steps must be a whole number of at least 1, got 0"),
        ({"held_out": 0}, "held_out must be a whole number of at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"learning_rate": 0.0}, "learning_rate must be positive, got 0"),
        ({"importance": torch.ones(3)}, "importance must be 4 numbers of at least 0, got"),
        ({"importance": -torch.ones(4)}, "importance must be 4 numbers of at least 0, got"),
    ],
)
def test_bad_input_is_refused(change, message):
    arguments = {"sparsity": torch.tensor([0.5]), "n_features": 4, "n_hidden": 2, **GOOD} | change
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(toy.train)(**arguments)


def test_a_weight_that_is_not_finite_has_no_dimensionality():
    with pytest.raises(ValueError, match="weight must be finite everywhere"):
        toy.feature_dimensionality(torch.tensor([[[float("nan"), 1.0]]]))


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_dimensionality_does_not_depend_on_scale(scale):
    torch.testing.assert_close(toy.feature_dimensionality(scale * torch.eye(3)[None]), torch.ones(1, 3))


def test_double_precision_works():
    model = toy.train(torch.tensor([0.5], dtype=torch.float64), 4, 2, steps=3, batch_size=8)
    assert model.weight.dtype == model.mse.dtype == torch.float64


def test_divergence_is_an_error_that_says_when():
    with pytest.raises(FloatingPointError, match="a weight is no longer finite at step"):
        toy.train(torch.tensor([0.0]), 4, 2, steps=1001, batch_size=8, learning_rate=1e38)
