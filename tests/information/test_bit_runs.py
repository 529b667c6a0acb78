"""Bits through dropout: fair draws, networks that begin at their twins, what decoders read against exact values."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from polylib.information.bit_runs import Sending, output_bits
from polylib.information.mask_enumeration import exact_information
from polylib.information.recipe import Phase, Recipe
from polylib.networks.dropout_network import Shape

pytestmark = pytest.mark.usefixtures("one_thread")
SENDING = Sending(2, 4000, 3e-3, 4000, 300, seed=0)
SHAPE = Shape(width=6, groups=2, per_group=1)


def test_bits_are_fair_and_one_use_is_not_another():
    x = SENDING.bits(3, 20_000, 2, 0)
    assert x.shape == (3, 20_000, 2)
    assert set(x.unique().tolist()) == {-1.0, 1.0}
    assert float(x.mean().abs()) < 0.01
    assert not torch.equal(x, SENDING.bits(3, 20_000, 2, 1))
    assert not torch.equal(x, replace(SENDING, seed=1).bits(3, 20_000, 2, 0))
    assert torch.equal(x, SENDING.bits(3, 20_000, 2, 0))


def test_training_begins_at_the_twins_and_leaves_them():
    start, carried = SENDING.start(SHAPE, [0.2] * 2), SENDING.carry(SHAPE, [0.2] * 2)
    assert not torch.equal(start.first, carried.first)
    nothing = replace(SENDING, learning_rate=1e-12).carry(SHAPE, [0.2] * 2)
    torch.testing.assert_close(start.first, nothing.first, rtol=0, atol=1e-6)


def test_decoders_read_at_most_what_there_is_and_most_of_it_without_noise():
    eight = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 3)
    nets = SENDING.start(SHAPE, [0.3] * 2)
    exact, read = exact_information(nets, eight), SENDING.read(nets)
    assert read.shape == exact.shape == (2, 4)
    assert (read <= exact + 0.05).all()
    quiet = SENDING.carry(SHAPE, [0.0] * 2)
    assert (SENDING.read(quiet) > 2.8).all()


def test_training_helps_decoders():
    start, carried = SENDING.start(SHAPE, [0.3] * 2), SENDING.carry(SHAPE, [0.3] * 2)
    assert (SENDING.read(carried)[:, -1] > SENDING.read(start)[:, -1]).all()


def test_critics_agree_with_decoders_where_nothing_is_lost():
    recipe = Recipe(hidden=(16, 16), phases=(Phase(400, 128, 1e-2),), folds=1, every=50, weight_decay=0.0)
    found = SENDING.estimate(SENDING.start(SHAPE, [0.2]), recipe)
    assert found.shape == (1, 4)
    assert found[0, 0] == pytest.approx(3, abs=0.4)
    with pytest.raises(ValueError, match="estimator must be one of"):
        SENDING.estimate(SENDING.start(SHAPE, [0.2]), recipe, "ksg")


def test_outputs_come_by_what_is_varied_in_the_order_asked_for(tmp_path):
    sending = replace(SENDING, samples=1000, read_samples=1000, decoder_steps=50)
    tried = {"rate": [0.0, 0.5], "width": [4, 8], "load": [1]}
    found = output_bits(sending, SHAPE, 0.2, tried, tmp_path)
    assert {kind: np.shape(rows) for kind, rows in found.items()} == {"rate": (2, 2), "width": (2, 2), "load": (1, 2)}
    alone = sending.read(sending.carry(Shape(width=8, groups=2, per_group=1), [0.2] * 2))[:, -1]
    np.testing.assert_allclose(found["width"][1], alone, rtol=1e-4)
    assert np.max(found["load"]) <= 1
    assert output_bits(sending, SHAPE, 0.2, {"rate": [0.0, 0.5]}, tmp_path)["rate"] == found["rate"]


def test_what_is_not_varied_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"tried must be one of .*got 'height'"):
        output_bits(SENDING, SHAPE, 0.2, {"height": [1]}, tmp_path)
