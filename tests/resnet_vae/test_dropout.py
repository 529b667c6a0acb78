"""Faster masks: the law is that of torch.nn.Dropout, wherever the units lie in memory."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from polylib.resnet_vae.dropout import Dropout

N = 200_000


@given(st.floats(0.01, 0.99), st.integers(0, 2**31))
def test_units_are_dropped_at_the_rate_and_the_others_are_scaled(rate, seed):
    torch.manual_seed(seed)
    x = torch.ones(N, dtype=torch.float64)
    y = Dropout(rate)(x)
    share = float((y == 0).double().mean())
    assert abs(share - rate) < 6 * math.sqrt(rate * (1 - rate) / N) + 2**-17
    kept = y[y != 0]
    assert torch.all(kept == kept[0])
    exact = 1 - round(rate * 2**16) / 2**16  # the mean over masks is the unit itself, to the last digit
    assert float(kept[0]) * exact == pytest.approx(1, rel=1e-12)


def test_every_16th_of_the_random_bits_counts_alike_and_units_are_independent():
    """Four units share 64 bits: each of the four is dropped as often, and no pair together more often than apart."""
    torch.manual_seed(0)
    dropped = (Dropout(0.3)(torch.ones(4 * N)) == 0).double().reshape(-1, 4)
    assert torch.allclose(dropped.mean(0), torch.tensor(0.3).double(), atol=6 * math.sqrt(0.21 / N))
    together = dropped.T @ dropped / N
    off = together[~torch.eye(4, dtype=torch.bool)]
    assert torch.allclose(off, torch.tensor(0.09).double(), atol=6 * 0.3 / math.sqrt(N))
    assert abs(float((dropped[1:, 0] * dropped[:-1, 3]).mean()) - 0.09) < 6 * 0.3 / math.sqrt(N)


def test_the_gradient_passes_where_the_unit_did():
    torch.manual_seed(0)
    x = torch.randn(7, 5, requires_grad=True)
    y = Dropout(0.4)(x)
    y.sum().backward()
    assert torch.equal(y == 0, x.grad == 0) and torch.allclose(y, x * x.grad)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3,), (2, 3, 5, 7)])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16])
def test_any_shape_and_precision_and_every_order_in_memory(shape, kind):
    torch.manual_seed(0)
    x = torch.rand(shape, dtype=kind) + 1
    orders = [x, x.expand(4, *shape), x[..., ::2] if shape else x, x.T if x.ndim == 2 else x]
    if len(shape) == 4:
        orders += [x.contiguous(memory_format=torch.channels_last), x.permute(3, 1, 0, 2)]
    for one in orders:
        y = Dropout(0.5)(one)
        assert y.shape == one.shape and y.dtype == kind
        assert torch.all((y == 0) | (y == 2 * one))


def test_outside_of_training_and_at_rates_that_round_to_nothing_or_all():
    x = torch.rand(1_000)
    assert torch.equal(Dropout(0.5).eval()(x), x) and torch.equal(Dropout(0.0)(x), x)
    assert torch.equal(Dropout(1.0)(x), torch.zeros(1_000))
    torch.manual_seed(0)
    rare = Dropout(1e-6)(torch.ones(10**7))
    assert 1 <= int((rare == 0).sum()) <= 30  # a rate below 2^-17 is torch's own, not 0


def test_it_is_torchs_module_to_whoever_looks_for_dropout():
    assert isinstance(Dropout(0.2), nn.Dropout) and str(Dropout(0.2)) == str(nn.Dropout(0.2))


def test_the_masks_come_from_torchs_random_state():
    torch.manual_seed(5)
    first, second = Dropout(0.5)(torch.ones(1_000)), Dropout(0.5)(torch.ones(1_000))
    torch.manual_seed(5)
    assert torch.equal(first, Dropout(0.5)(torch.ones(1_000))) and not torch.equal(first, second)
