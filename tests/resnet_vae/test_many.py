"""Many networks: each in its folder, none trained twice, unfinished ones left out where only finished are asked for."""

from dataclasses import replace

import pytest
from sweep_tasks import TINY, few, weights

from polylib.resnet_vae import many
from polylib.resnet_vae.epochs import after_epoch
from polylib.resnet_vae.many import place, train_many
from polylib.resnet_vae.training import train

pytestmark = pytest.mark.usefixtures("one_thread")
ASKED = [replace(TINY, epochs=1, seed=seed, dropout=rate) for seed, rate in ((0, 0.0), (0, 0.4), (1, 0.0))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("many")


@pytest.fixture(scope="module")
def found(folder):
    return train_many(few, ASKED, folder)


def test_each_is_the_network_that_it_would_be_alone(found, folder, tmp_path):
    assert list(found) == [(0, 0.0), (0, 0.4), (1, 0.0)]
    alone, _ = train(few(), ASKED[1], tmp_path)
    assert weights(found[0, 0.4][0]) == weights(alone) != weights(found[0, 0.0][0])
    places = {str(path.parent.relative_to(folder)) for path in folder.glob("*/*/history.csv")}
    assert places == {f"seed-{s}/dropout-{d}" for s, d in ((0, 0), (0, 0.4), (1, 0))}


def test_networks_without_dropout_leave_their_epochs(found, folder):
    model = after_epoch(ASKED[0], place(folder, ASKED[0]), 1)
    assert weights(model) == weights(found[0, 0.0][0])
    assert not list(place(folder, ASKED[1]).glob("epoch-*"))


def test_what_is_finished_is_not_trained_again(found, folder, monkeypatch):
    def refuse(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr(many, "_train_one", refuse)
    again = train_many(few, ASKED, folder)
    assert {k: h.rows for k, (_, h) in again.items()} == {k: h.rows for k, (_, h) in found.items()}


def test_only_finished_ones_are_given_where_none_is_to_be_trained(found, folder):
    longer = [replace(ASKED[0], epochs=2), ASKED[1], replace(TINY, seed=5)]
    assert list(train_many(few, longer, folder, finished_only=True)) == [(0, 0.4)]
    assert not (folder / "seed-5").exists()


def test_two_networks_of_one_seed_and_rate_are_refused(folder):
    with pytest.raises(ValueError, match="asked must hold one network for each seed and rate, got 2 settings"):
        train_many(few, [TINY, replace(TINY, epochs=9)], folder)
