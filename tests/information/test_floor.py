"""Floors: below the truth, near it where decoders can be, nothing where there is nothing, and no group is cut."""

import math

import numpy as np
import pytest

from polylib.information import decoder_floor
from polylib.information.floor import _orders, _uncut, entropy_of_labels

pytestmark = pytest.mark.usefixtures("one_thread")
FAST = {"steps": 150, "hidden": 32}


def gaussian(n=800, r=0.8, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 1))
    return x, r * x + math.sqrt(1 - r**2) * rng.standard_normal((n, 1))


def test_a_gaussian_pair_is_read_to_its_information():
    found = decoder_floor(*gaussian(2000), **FAST)
    truth = -math.log2(1 - 0.64) / 2
    assert found.interval[0] < truth < found.interval[1] + 0.05
    assert found.bits == pytest.approx(truth, abs=0.1)
    assert abs(found.null.mean()) < 0.1
    assert len(found.folds) == len(found.null) == 5


def test_the_column_that_tells_is_found():
    x, y = gaussian()
    noise = np.random.default_rng(1).standard_normal((800, 2))
    found = decoder_floor(np.hstack([noise, x]), y, **FAST)
    assert found.read in {"column 2 of x", "y"}
    assert 0.4 < found.bits < 0.9


def test_labels_are_read_whole_and_never_above_their_entropy():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 5, 1000)
    x = np.eye(5)[label] + 0.1 * rng.standard_normal((1000, 5))
    found = decoder_floor(x, label[:, None].astype(float), **FAST)
    entropy = entropy_of_labels(label[:, None].astype(float))
    assert entropy == pytest.approx(math.log2(5), abs=0.01)
    assert found.read == "y" and entropy - 0.3 < found.bits <= entropy


def test_a_noisy_bit_is_read_to_the_capacity_of_its_channel():
    rng = np.random.default_rng(0)
    bit = rng.integers(0, 2, (3000, 1))
    turned = bit ^ (rng.random((3000, 1)) < 0.2)
    found = decoder_floor(bit.astype(float), turned.astype(float), **FAST)
    truth = 1 + 0.2 * math.log2(0.2) + 0.8 * math.log2(0.8)
    assert found.interval[0] - 0.05 < truth < found.interval[1] + 0.05


def test_independent_arrays_give_nothing():
    rng = np.random.default_rng(0)
    found = decoder_floor(rng.standard_normal((500, 3)), rng.standard_normal((500, 2)), **FAST)
    assert found.interval[0] < 0.05 and found.bits < 0.1


@pytest.mark.parametrize(("values", "labels"), [(4, True), (40, False)])
def test_few_different_rows_are_labels(values, labels):
    rng = np.random.default_rng(0)
    found = entropy_of_labels(rng.integers(0, values, (400, 1)).astype(float))
    assert (found is not None) == labels
    assert entropy_of_labels(rng.standard_normal((400, 1))) is None


def test_each_row_is_tested_once_and_no_group_is_cut():
    groups = np.random.default_rng(3).integers(0, 12, 203)
    for given in (None, groups):
        orders = _orders(203, given, 0)
        n_train = round(203 * 0.8)
        tests = [set(order[n_train:].tolist()) for order in orders]
        assert len(set.union(*tests)) >= 200
        if given is not None:
            for order in orders:
                assert not set(groups[order[:n_train]]) & set(groups[order[n_train:]])
    with pytest.raises(ValueError, match="groups must leave rows to train on"):
        _uncut(np.arange(100), np.zeros(100, dtype=np.int64))


def test_few_rows_are_refused():
    with pytest.raises(ValueError, match=r"x must have at least 60 samples for decoders .* got 59"):
        decoder_floor(*gaussian(59))
