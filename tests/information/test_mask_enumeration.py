"""Exact information by masks: against a count by hand, closed forms and laws of information."""

import inspect
import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import linear

from polylib.information import mask_enumeration
from polylib.information.mask_enumeration import exact_information, reader
from polylib.networks.dropout_network import Shape, joined, networks

pytestmark = pytest.mark.usefixtures("one_thread")
ROUNDING = 1e-9
"""Bits: a sum of 2^18 terms, one after another, is off by 2^18 times 1.1e-16 of its 18 bits at the most, 5e-10."""
SHAPE = Shape(inputs=2, outputs=2, width=3, groups=2, per_group=2)
CORNERS = torch.tensor(list(product([-1.0, 1.0], repeat=2)), dtype=torch.float64)


def random_networks(shape=SHAPE, rate=0.2, count=1, seed=0, step=None):
    """Generic weights, or multiples of `step`, for which different masks often give one activity."""
    found = networks(shape, count, rate, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    for w in found.weights:
        w.normal_(generator=generator)
        if step:
            w.copy_((w / step).round() * step)
    return found


def by_hand(found, n, symbols, read=None):
    """Network n, one symbol and one pair of masks at a time; outcomes are tuples of rounded activities."""
    shape, rate = found.shape, float(found.rate[n])
    joint = [{} for _ in shape.read_layers]
    masks = list(product([0, 1], repeat=shape.width))
    for s, symbol in enumerate(symbols):
        for chosen in product(masks, repeat=shape.groups):
            kept = sum(map(sum, chosen))
            weight = (1 - rate) ** kept * rate ** (shape.width * shape.groups - kept) / len(symbols)
            h, layers = linear(symbol, found.first[n].T, found.bias[0, n, 0]).tanh(), []
            for i in range(1, shape.depth + 1):
                if i % shape.per_group == 0:
                    layers.append(h)
                    h = h * torch.tensor(chosen[i // shape.per_group - 1], dtype=torch.float64)
                if i < shape.depth:
                    h = linear(h, found.hidden[i - 1, n].T, found.bias[i, n, 0]).tanh()
                else:
                    h = linear(h, found.last[n].T, found.last_bias[n, 0])
                if i % shape.per_group == 0:
                    layers.append(h)
            for counts, layer in zip(joint, layers, strict=True):
                seen = layer if read is None else read(layer)
                key = s, tuple(np.round(seen.tolist(), 8) + 0.0)
                counts[key] = counts.get(key, 0) + weight
    return [information_by_hand(counts, len(symbols)) for counts in joint]


def information_by_hand(joint, symbols):
    total = {}
    for (_, outcome), p in joint.items():
        total[outcome] = total.get(outcome, 0) + p
    return sum(p * math.log2(p * symbols / total[outcome]) for (_, outcome), p in joint.items() if p)


@pytest.mark.parametrize("read", [None, torch.sign, lambda layer: layer[:, :1]], ids=["all", "signs", "one unit"])
@pytest.mark.parametrize("step", [None, 1.0], ids=["generic", "coarse"])
@pytest.mark.parametrize("per_group", [1, 2])
def test_information_is_that_of_a_count_by_hand(per_group, step, read):
    shape = Shape(inputs=2, outputs=2, width=3, groups=2, per_group=per_group)
    found = random_networks(shape, [0.2, 0.5], 2, seed=per_group, step=step)
    # one activity at a time, a row of one for what reads rows
    by_row = None if read is None else lambda layer: read(layer[None])[0]
    expected = [by_hand(found, n, CORNERS, by_row) for n in range(2)]
    np.testing.assert_allclose(exact_information(found, CORNERS, read), expected, rtol=0, atol=ROUNDING)


def test_the_count_would_notice_masks_of_another_rate():
    """What is planted: the probabilities of rate 0.2 for a network of rate 0.5."""
    found, other = random_networks(rate=0.5), random_networks(rate=0.2)
    assert np.abs(exact_information(found, CORNERS)[0, 1:] - by_hand(other, 0, CORNERS)[1:]).min() > 0.05


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.8])
@pytest.mark.parametrize(("width", "groups"), [(1, 1), (3, 2), (2, 4), (4, 2)])
def test_generic_weights_forget_only_when_a_whole_group_is_off(width, groups, rate):
    """Every set of units that is not empty tells the symbol: (1 - D^width)^dropouts of its bits."""
    shape = Shape(inputs=2, outputs=2, width=width, groups=groups, per_group=1)
    got = exact_information(random_networks(shape, rate, seed=3), CORNERS)
    expected = [2 * (1 - rate**width) ** d for d in shape.dropouts_before]
    np.testing.assert_allclose(got[0], expected, rtol=0, atol=ROUNDING)


def test_many_masks_are_told_apart():
    """A million activities, half of what is held at once: with a coarser mark for each, some would be taken for one."""
    shape = Shape(inputs=2, outputs=3, width=9, groups=2, per_group=1)
    got = exact_information(random_networks(shape, 0.5, seed=1), CORNERS)
    assert got[0, -1] == pytest.approx(2 * (1 - 0.5**9) ** 2, abs=ROUNDING)


@given(st.integers(0, 10_000), st.floats(0.05, 0.95), st.sampled_from([None, 0.5, 1.0]))
@settings(max_examples=20)
def test_later_layers_and_what_is_read_of_them_tell_no_more(seed, rate, step):
    found = random_networks(rate=rate, seed=seed, step=step)
    whole = exact_information(found, CORNERS)[0]
    signs = exact_information(found, CORNERS, torch.sign)[0]
    assert (np.diff(whole) <= ROUNDING).all()
    assert (signs <= whole + ROUNDING).all()
    assert (signs >= -ROUNDING).all()
    assert whole[0] <= 2 + ROUNDING


def test_without_dropout_all_is_told_and_with_nothing_else_nothing():
    found = random_networks(rate=[0.0, 1.0], count=2, seed=3)
    got = exact_information(found, CORNERS)
    np.testing.assert_allclose(got, [[2, 2, 2, 2], [2, 0, 0, 0]], rtol=0, atol=ROUNDING)


def test_a_batch_is_each_network_alone_and_precision_is_double():
    found = random_networks(rate=[0.1, 0.5, 0.7], count=3, seed=2)
    whole = exact_information(found, CORNERS)
    assert whole.shape == (3, 4)
    for n in range(3):
        alone = joined([found.take(slice(n, n + 1))])
        np.testing.assert_allclose(exact_information(alone, CORNERS)[0], whole[n], rtol=0, atol=ROUNDING)
    single = networks(SHAPE, 1, 0.2)
    double = networks(SHAPE, 1, 0.2, dtype=torch.float64)
    for a, b in zip(single.weights, double.weights, strict=True):
        b.copy_(a)
    got = exact_information(single, CORNERS.float())
    np.testing.assert_allclose(got, exact_information(double, CORNERS), atol=1e-6)  # the rate, too, was a float32


def test_trained_weights_may_ask_for_gradients():
    found = random_networks()
    for w in found.weights:
        w.requires_grad_()
    assert exact_information(found, CORNERS)[0, 0] == pytest.approx(2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"networks": networks(SHAPE, 1, noise="gaussian")},
            "noise must be 'dropout', whose masks can be counted, got 'gaussian'",
        ),
        ({"symbols": CORNERS[[0, 1, 0]]}, "symbols must differ from one another, got 3 rows with a repetition"),
        ({"networks": networks(Shape(2), 1)}, "width \\* groups must give at most 2097152 activities, got 32 \\* 10"),
    ],
)
def test_what_cannot_be_counted_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(exact_information)(**{"networks": networks(SHAPE, 1), "symbols": CORNERS} | change)


def test_the_limit_is_kept(monkeypatch):
    monkeypatch.setattr(mask_enumeration, "MOST_ROWS", 4 * 2**6)
    assert exact_information(random_networks(), CORNERS).shape == (1, 4)
    monkeypatch.setattr(mask_enumeration, "MOST_ROWS", 4 * 2**6 - 1)
    with pytest.raises(ValueError, match="at most 255 activities, got 3 \\* 2"):
        exact_information(random_networks(), CORNERS)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_units_do_not_matter(size):
    found = random_networks()
    expected = exact_information(found, CORNERS)
    np.testing.assert_allclose(exact_information(found, CORNERS, lambda v: v * size), expected, rtol=0, atol=ROUNDING)


def test_more_digits_never_tell_less_and_one_is_the_sign():
    found = random_networks(rate=[0.2, 0.5], count=2)
    seen = np.stack([exact_information(found, CORNERS, reader(bits)) for bits in (1, 2, 3, 8, 30)])
    assert (np.diff(seen, axis=0) >= -ROUNDING).all()
    np.testing.assert_allclose(seen[-1], exact_information(found, CORNERS), rtol=0, atol=ROUNDING)
    signs = exact_information(found, CORNERS, lambda v: (v >= 0).double())
    np.testing.assert_allclose(seen[0], signs, rtol=0, atol=ROUNDING)


def test_masks_that_are_told_apart_one_by_one_may_be_confused_together():
    """x of -1 or 1, three units that hold tanh x, read with weights 1, 2, -4: every mask that leaves a unit tells x,
    and yet two masks of x and of -x agree, 1 + 2 = 3 = -(1 - 4)."""
    found = networks(Shape(inputs=1, outputs=1, width=3, groups=1, per_group=1), 1, 0.2, dtype=torch.float64)
    found.first.fill_(1.0)
    found.last[0, :, 0] = torch.tensor([1.0, 2.0, -4.0])
    got = exact_information(found, torch.tensor([[-1.0], [1.0]]))[0, -1]
    alike = {0: 0.8 * 0.04, 1: 0.8 * 0.04, 2: 0.8 * 0.04, 3: 0.64 * 0.2, 4: 0.64 * 0.2, 5: 0.64 * 0.2, 6: 0.512}
    sums = [1, 2, -4, 3, -3, -2, -1]
    law = {v: sum(p for s, p in zip(sums, alike.values(), strict=True) if s == v) for v in range(-4, 5)}
    expected = sum(p / 2 * math.log2(2 * p / (p + law[-v])) for sign in (1, -1) for v, p in law.items() if p and sign)
    assert got == pytest.approx(expected, abs=ROUNDING)
    assert got == pytest.approx(0.445, abs=0.001)


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        (CORNERS[:, :1], r"symbols must have 2 columns, got shape \(4, 1\)"),
        (CORNERS * math.nan, "symbols must be finite everywhere"),
    ],
)
def test_bad_symbols_are_refused(symbols, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(exact_information)(random_networks(), symbols)
    with pytest.raises(ValueError, match="activity must be finite everywhere, got nan or infinity as it was read"):
        exact_information(random_networks(), CORNERS, lambda v: v * math.nan)
    with pytest.raises(ValueError, match="bits must be a whole number of at least 1, got 0"):
        reader(0)
