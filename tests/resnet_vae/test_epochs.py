"""Weights after every epoch: those of shorter trainings, bit by bit; the epoch whose test bits come closest."""

from dataclasses import replace

import pytest
import torch
from sweep_tasks import TINY, few, weights

from polylib.resnet_vae.epochs import after_epoch, nearest_epoch
from polylib.resnet_vae.training import train

pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_epoch_is_kept_and_read_back(tmp_path):
    settings = replace(TINY, epochs=3)
    last, history = train(few(), settings, tmp_path, every_epoch=True)
    assert weights(after_epoch(settings, tmp_path, 3)) == weights(last)
    assert not after_epoch(settings, tmp_path, 3).training
    shorter = train(few(), replace(settings, epochs=2), tmp_path / "shorter")[0]
    assert weights(after_epoch(settings, tmp_path, 2)) == weights(shorter)
    assert len(history.rows) == 3 and len(list(tmp_path.glob("epoch-*.safetensors"))) == 3
    torch.manual_seed(9)
    stopped = tmp_path / "stopped"
    for _ in range(3):  # the draws do not depend on what is kept
        train(few(), settings, stopped, every_epoch=True, budget=0.0)
    assert weights(after_epoch(settings, stopped, 3)) == weights(last)


def test_nothing_is_kept_unless_asked(tmp_path):
    train(few(), replace(TINY, epochs=1), tmp_path)
    with pytest.raises(FileNotFoundError, match=r"epoch-01.safetensors must lie in .*: train again with every_epoch"):
        after_epoch(TINY, tmp_path, 1)
    with pytest.raises(ValueError, match="epoch must be a whole number of at least 1, got 0"):
        after_epoch(TINY, tmp_path, 0)


def test_the_nearest_epoch_is_counted_from_1_and_the_first_of_equals():
    assert nearest_epoch([0.9, 0.8, 0.7, 0.75], 0.74) == 4
    assert nearest_epoch([0.9, 0.8, 0.7], 2.0) == 1
    assert nearest_epoch([0.5, 0.7], 0.6) == 1
    with pytest.raises(ValueError, match=r"test_bits must hold one number an epoch, got \[\]"):
        nearest_epoch([], 0.5)
