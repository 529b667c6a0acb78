"""Decoders of frozen layers: exact recovery where theory promises it, and every refusal."""

import inspect

import pytest
import torch

from polylib.networks import decoders
from polylib.networks import superposition as toy


@pytest.fixture(scope="module")
def layer():
    """Four generic units, twelve features, forty samples with 0 to 3 of them on."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(4, 12, generator=generator, dtype=torch.float64)
    x = torch.rand(40, 12, generator=generator, dtype=torch.float64)
    rank = torch.rand(40, 12, generator=generator).argsort(1)
    return torch.where(rank < torch.arange(40)[:, None] % 4, x, 0), weight


def test_fewer_features_than_units_are_recovered_exactly(layer):
    x, weight = layer
    decoded, found = decoders.sparsest(x @ weight.mT, weight, 3, 1e-9)
    assert found.all()
    torch.testing.assert_close(decoded, x, atol=1e-7, rtol=0)


def test_what_too_many_features_made_is_not_found(layer):
    _, weight = layer
    x = torch.full((1, 12), 0.9, dtype=torch.float64)
    decoded, found = decoders.sparsest(x @ weight.mT, weight, 3, 1e-9)
    assert not found.any()
    assert not decoded.any()


def test_values_beyond_one_are_no_explanation(layer):
    _, weight = layer
    decoded, found = decoders.sparsest(torch.stack([1.5 * weight[:, 0], -weight[:, 1]]), weight, 1, 1e-9)
    assert not found.any()
    assert not decoded.any()


def test_the_smaller_set_wins_and_of_one_size_the_nearer():
    weight = torch.tensor([[1.0, 0.0, 0.6, 0.98], [0.0, 1.0, 0.8, 0.2], [0.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    hidden = torch.tensor([[0.5, 0.01, 0.0], [0.3, 0.4, 0.0]], dtype=torch.float64)
    decoded, found = decoders.sparsest(hidden, weight, 2, 0.2)
    assert found.all()
    assert decoded[0].nonzero().flatten().tolist() == [0]
    torch.testing.assert_close(decoded[1], torch.tensor([0, 0, 0.5, 0], dtype=torch.float64))


def test_a_search_from_fine_units_finds_each_instance_its_own_features_and_from_coarse_ones_fewer(layer):
    x, weight = layer
    both, weights = torch.stack([x, x.flip(0)]), torch.stack([weight, weight.flip(1)])
    decoded, found = decoders.search(both, weights, 40, 3)
    assert found.all()
    torch.testing.assert_close(decoded, both, atol=1e-6, rtol=0)
    coarse, _ = decoders.search(both, weights, 3, 3)
    assert ((coarse > 0) == (both > 0)).all(-1).float().mean() < 0.7


def test_rounding_moves_no_sample_farther_than_it_says():
    hidden = torch.randn(3, 50, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for bits in (1, 4, 12):
        rounded, moved = decoders.round_to_bits(hidden, bits)
        assert ((rounded - hidden).norm(dim=-1) <= moved[:, None] + 1e-12).all()
        assert max(len(unit.unique()) for unit in rounded[0].T) <= 2**bits
    torch.testing.assert_close(decoders.round_to_bits(torch.ones(2, 3), 4)[0], torch.ones(2, 3))


def test_an_mlp_learns_what_one_threshold_cannot_give():
    """Two features in one unit, x1 + 3 x2: the better guess of each is no threshold of a multiple."""
    sparsity = torch.full((2,), 0.5)
    weight = torch.tensor([[[1.0, 3.0]], [[1.0, -1.0]]])
    decoder = decoders.train_mlp(weight, sparsity, width=32, steps=400, seed=0)
    x = toy.sample_features(sparsity, 4096, 2, torch.Generator().manual_seed(1))
    hidden = x @ weight.mT
    line = torch.cat([hidden, torch.ones_like(hidden)], 2)
    affine = line @ torch.linalg.lstsq(line, x).solution
    ours, theirs = ((guess - x).square().mean((1, 2)) for guess in (decoder(hidden), affine))
    assert (ours < 0.9 * theirs).all()
    again = decoders.train_mlp(weight, sparsity, width=32, steps=400, seed=0)
    assert torch.equal(again(hidden), decoder(hidden))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda h, w: decoders.sparsest(h, w, 4, 1e-3), "most must be below the 4 hidden units and 12 features, got 4"),
        (lambda h, w: decoders.sparsest(h, w, 0, 1e-3), "most must be a whole number of at least 1, got 0"),
        (lambda h, w: decoders.sparsest(h, w, 1, 0), "tolerance must be positive, got 0"),
        (lambda h, w: decoders.round_to_bits(h, 0), "bits must be a whole number of at least 1, got 0"),
        (
            lambda h, w: inspect.unwrap(decoders.train_mlp)(w[None].float(), torch.zeros(1), width=0),
            "width must be a whole number of at least 1, got 0",
        ),
        (
            lambda h, w: inspect.unwrap(decoders.train_mlp)(w[None].float(), torch.zeros(1), learning_rate=-1.0),
            "learning_rate must be positive, got -1",
        ),
    ],
)
def test_bad_input_is_refused(layer, call, message):
    x, weight = layer
    with pytest.raises(ValueError, match=message):
        call(x @ weight.mT, weight)
