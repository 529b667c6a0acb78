"""Networks learn small tables, every network its own part, and their layers are what they are said to be."""

import pytest
import torch

from polylib.networks import bit_network as bn

pytestmark = pytest.mark.usefixtures("one_thread")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def table():
    x = torch.arange(16)
    return bn.digits(x, 4), bn.digits(x * 7 % 16, 4)


@pytest.fixture(scope="module")
def trained(table):
    return bn.train(*table, n_networks=3, hidden=(32, 16), steps=1000, generator=generator())


def test_digits_are_binary_and_lowest_first():
    assert bn.digits(torch.tensor([6, 1]), 3).tolist() == [[0, 1, 1], [1, 0, 0]]
    values = torch.arange(64)
    assert ((bn.digits(values, 6) * 2.0 ** torch.arange(6)).sum(1) == values).all()


def test_a_permutation_is_learnt_by_all(table, trained):
    assert bool((trained.right(*table) == 1).all())


def test_training_stops_when_all_is_right(table):
    settings = {"n_networks": 3, "hidden": (32, 16)}
    a, b = (bn.train(*table, steps=steps, generator=generator(), **settings) for steps in (1000, 2000))
    assert torch.equal(a.weights[0], b.weights[0])
    start = bn.untrained(4, 4, generator=generator(), **settings)
    assert [w.shape for w in start.weights] == [(3, 4, 32), (3, 32, 16), (3, 16, 4)]
    assert not bool((start.right(*table) == 1).all())
    assert not torch.equal(a.weights[0], start.weights[0])


def test_layers_by_hand(table, trained):
    one = table[0][5:6].double()
    weights, biases = ([m.double() for m in part] for part in (trained.weights, trained.biases))
    hidden, second, logits = bn.BitNetworks(weights, biases).layers(one)
    for i in range(3):
        (a, b, c), (u, v, w) = [m[i] for m in weights], [m[i] for m in biases]
        first = ((2 * one - 1) @ a + u).relu()
        assert torch.allclose(hidden[i], first, rtol=1e-12, atol=1e-12)
        assert torch.allclose(second[i], (first @ b + v).relu(), rtol=1e-12, atol=1e-12)
        assert torch.allclose(logits[i], (first @ b + v).relu() @ c + w, rtol=1e-12, atol=1e-12)


def test_a_held_out_sample_has_no_influence(table):
    bits, targets = table
    use = torch.ones(2, 16)
    use[1, 3] = 0
    other = targets.clone()
    other[3] = 1 - other[3]
    settings = {"n_networks": 2, "hidden": (16,), "steps": 30, "use": use}
    a = bn.train(bits, targets, generator=generator(), **settings)
    b = bn.train(bits, other, generator=generator(), **settings)
    assert torch.equal(a.weights[0][1], b.weights[0][1])
    assert not torch.equal(a.weights[0][0], b.weights[0][0])


def test_the_same_seed_gives_the_same_networks(table):
    settings = {"n_networks": 2, "hidden": (8,), "steps": 5}
    a, b, c = (bn.train(*table, generator=generator(seed), **settings) for seed in (1, 1, 2))
    assert torch.equal(a.weights[0], b.weights[0])
    assert not torch.equal(a.weights[0], c.weights[0])
    assert not a.weights[0].requires_grad


def test_divergence_is_an_error(table):
    settings = {"n_networks": 2, "hidden": (8,), "steps": 20, "learning_rate": 1e38}
    with pytest.raises(FloatingPointError, match=r"a weight is no longer finite: try a learning_rate below 1e\+38"):
        bn.train(*table, generator=generator(), **settings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_networks": 0}, "n_networks must be a whole number of at least 1, got 0"),
        ({"steps": 0}, "steps must be a whole number of at least 1, got 0"),
        ({"hidden": (8, 0)}, "hidden 0 must be a whole number of at least 1, got 0"),
        ({"targets": torch.zeros(15, 4)}, "targets must have one row for each of 16 inputs, got 15"),
        ({"use": torch.ones(2, 15)}, r"use must have shape \(2, 16\), got \(2, 15\)"),
    ],
)
def test_bad_input_is_refused(table, change, message):
    from inspect import unwrap

    settings = {"bits": table[0], "targets": table[1], "n_networks": 2, "hidden": (8,), "steps": 3} | change
    with pytest.raises(ValueError, match=message):
        unwrap(bn.train)(generator=generator(), **settings)
