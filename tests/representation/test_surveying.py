"""One call for networks: a random one is no news, a planted one is; names over sweeps give the same as objects."""

import sys

import cloudpickle
import numpy as np
import pytest
import torch
from torch import nn

from polylib.representation.pictures import pictures
from polylib.representation.surveying import survey, survey_by_name

pytestmark = pytest.mark.usefixtures("one_thread")
sweeps = sys.modules["polylib.runs.sweep"]  # the function of the room hides its module
SMALL = {"windows": ((1, 8), (1, 16)), "first": 4, "frames": 8}


def block(given, made, rate):
    return nn.Sequential(nn.Conv2d(given, made, 3, padding=1), nn.BatchNorm2d(made), nn.ReLU(), nn.Dropout(rate))


def small():
    made = nn.Sequential(block(3, 20, 0.3), block(20, 24, 0.3), block(24, 32, 0.3), nn.Flatten(), nn.Linear(2048, 5))
    return made.double()


def planted():
    """What training might do: two directions of each block are loud."""
    made = small()
    with torch.no_grad():
        for index in range(3):
            made[index][1].weight[2:] *= 0.02
            made[index][1].bias[2:] *= 0.02
    return made


@pytest.fixture(scope="module")
def images():
    return torch.rand(120, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_a_random_network_is_not_told_from_its_twins(images):
    found = survey(small, images, parts=4, seed=3, **SMALL)
    assert found.how.layers == ("0", "1", "2") and found.how.masked == ("0", "1", "2")
    assert found.normalisation == ("measured over these images",) and found.networks == 1
    assert found.replicates == "parts of the images, each with a draw of the twin"
    verdicts = {number: found.finding(number).verdict for number in ("exponent", "dimensions", "bits", "reliability")}
    assert set(verdicts.values()) == {"not decided"}, verdicts


def test_a_planted_difference_is_seen_on_one_network_and_said_of_it_alone(images):
    torch.manual_seed(7)
    found = survey(planted(), images, parts=4, **SMALL)
    record = found.finding("dimensions").record()
    assert record["verdict"] == "seen" and record["on"] == "on one network" and record["about"] == "this network"
    assert "torch's default initialisation of each layer" in record["null"]
    by_layer = found.finding("dimensions", by_layer=True).record()
    assert [row["settings"] for row in by_layer["rows"]] == [{"layer": name} for name in "012"]


def test_three_networks_are_the_replicates(images):
    networks = []
    for seed in (11, 12, 13):
        torch.manual_seed(seed)
        networks.append(planted())
    found = survey(networks, images, **SMALL)
    record = found.finding("dimensions").record()
    assert (record["networks"], record["replicates"], record["about"]) == (3, "networks", "networks")
    assert all(len(pairs) == 1 for pairs in found.pairs)
    two = survey(networks[:2], images, parts=3, **SMALL).finding("bits").record()
    assert two["on"] == "on 2 networks" and two["rows"][0]["n"] == 3


def test_the_default_windows_are_ranks_that_all_layers_have(images):
    found = survey(small, images, parts=2, seed=3, frames=4)  # 0.7 of the 20 units of the first, 60 images a part
    assert found.how.windows == ((1, 7), (1, 14), (4, 14))
    with pytest.raises(ValueError, match=r"windows must be given where layers or images are few: .* the 20 images"):
        survey(small, images, parts=6, seed=3)


def test_stored_statistics_are_kept_unless_measured_anew(images):
    model = small().train()
    model(5 + images.double())
    stored, anew = (survey(model, images, parts=2, measured_anew=again, **SMALL) for again in (False, True))
    assert (stored.normalisation, anew.normalisation) == (("as stored",), ("measured over these images",))
    assert stored.values("dimensions", "2")[0] != anew.values("dimensions", "2")[0]
    assert stored.values("dimensions", "2")[1] == anew.values("dimensions", "2")[1]  # of the twins, which have none
    assert model.training


@pytest.mark.parametrize(
    ("networks", "settings", "said"),
    [
        ([], {}, "networks must be at least one, got none"),
        (small, {"parts": 1}, "parts must be a whole number of at least 2, got 1"),
        (small, {"layers": ["9"]}, "layers must be names of layers of the model, got '9'"),
        (small, {"precision": -1.0}, "precision must be positive, got -1.0"),
    ],
)
def test_what_cannot_be_surveyed(images, networks, settings, said):
    with pytest.raises(ValueError, match=said):
        survey(networks, images, **{**SMALL, "seed": 3, **settings})


NAMED = {"size": 32, "n": 24, "parts": 2, "windows": ((1, 8),), "layers": ["features.3", "features.12"], "frames": 4}


def test_by_name_it_is_the_same_and_what_is_finished_is_not_measured_again(tmp_path, monkeypatch):
    named = survey_by_name(["squeezenet1_1"], "mnist-5k", folder=tmp_path, **NAMED)
    shown = pictures("mnist-5k", size=32, n=24, rng=np.random.default_rng(0))
    bare = {k: v for k, v in NAMED.items() if k not in ("size", "n")}
    assert named.pairs[0][1]["twin"] == survey("squeezenet1_1", shown, **bare).pairs[0][1]["twin"]
    monkeypatch.setattr("polylib.representation.surveying._task", lambda *_: pytest.fail("it is finished"))
    assert survey_by_name(["squeezenet1_1"], "mnist-5k", folder=tmp_path, **NAMED).pairs == named.pairs


def test_a_name_that_comes_twice_is_of_two_networks(tmp_path):
    found = survey_by_name(["squeezenet1_1"] * 2, "mnist-5k", folder=tmp_path, **NAMED)
    assert found.pairs[0][0]["network"] != found.pairs[1][0]["network"]


@pytest.mark.parametrize("where", ["folder", "source", "weights"])
def test_with_a_scheduler_relative_paths_are_refused(tmp_path, where):
    given = {"folder": str(tmp_path / "runs"), "source": str(tmp_path), "weights": [str(tmp_path / "a.pt")]}
    given[where] = ["a.pt"] if where == "weights" else "here"
    with pytest.raises(ValueError, match=r"with a scheduler paths must be whole, .*, got '(here|a\.pt)'"):
        survey_by_name(["resnet18"], **given, scheduler="tcp://there:8786")
    with pytest.raises(ValueError, match="weights must be as many as names, at least one, got 2 for 1"):
        survey_by_name(["resnet18"], "mnist-5k", folder=tmp_path, weights=["", ""])


def test_what_travels_to_workers_is_settings_alone(tmp_path, monkeypatch):
    """The function and its tasks can be sent as Dask sends them, are small, and give there what they give here."""

    def away(function, tasks, folder, *_):
        assert len(cloudpickle.dumps((function, tasks))) < 20_000
        return sweeps._here(function, tasks, folder)

    sent = []
    monkeypatch.setattr(sweeps, "_on_workers", lambda *run: sent.append(run[-2:]) or away(*run))
    here = survey_by_name(["squeezenet1_1"], "mnist-5k", folder=tmp_path / "here", **NAMED)
    where = {"folder": tmp_path / "there", "scheduler": "tcp://there:8786"}
    assert survey_by_name(["squeezenet1_1"], "mnist-5k", **where, **NAMED).pairs == here.pairs
    assert len(sent) == 1
