"""Networks as a user has them: objects, makers, names, files of weights; and what no network can be had from."""

import sys
from types import ModuleType
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from polylib.representation.subjects import subject


def small():
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU())


@pytest.fixture
def own_module(monkeypatch):
    module = ModuleType("own_nets")
    module.small, module.number, module.text = small, 3, lambda: "no model"
    monkeypatch.setitem(sys.modules, "own_nets", module)


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_an_object_is_itself_and_a_maker_is_called_with_the_seed():
    model = small()
    assert subject(model).model is model and subject(model).fresh is None
    before = torch.get_rng_state()
    found, again, other = (subject(small, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert same(found.model, again.model) and not same(found.model, other.model)
    assert found.fresh is small and "small" in found.said
    moved = found.with_model(model, "trained here")
    assert (moved.model, moved.fresh, moved.said) == (model, small, "small, trained here")


def test_a_name_of_ones_own(own_module):
    assert isinstance(subject("own_nets:small").model, nn.Sequential)
    for name, said in (
        ("own_nets:absent", "can be imported, as package.module:function, got 'own_nets:absent'"),
        ("not_there:small", "can be imported"),
        ("own_nets:number", "a function or class, got 'own_nets:number', a int"),
        ("own_nets:text", "gives a torch module, got a str"),
    ):
        with pytest.raises(ValueError, match=said):
            subject(name)


def test_names_of_torchvision_with_random_weights_for_any_size():
    found = subject("squeezenet1_1", seed=3)
    assert "random weights" in found.said and same(found.model, subject("squeezenet1_1", seed=3).model)
    assert not same(found.model, found.fresh())
    assert subject("vit_b_32", size=64).model.image_size == 64


def test_weights_from_files(tmp_path):
    torch.manual_seed(9)  # not the subject's
    torch.save(small().state_dict(), tmp_path / "own.pt")
    save_file(small().state_dict(), tmp_path / "own.safetensors")
    for name in ("own.pt", "own.safetensors"):
        found = subject(small, weights=str(tmp_path / name))
        assert not same(found.model, subject(small).model) and found.said.endswith(f"weights of {name}")
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "other.pt")
    with pytest.raises(ValueError, match=r"state dict of this network, got other\.pt: (?s:.*)Missing key"):
        subject(small, weights=str(tmp_path / "other.pt"))
    with pytest.raises(ValueError, match=r"weights must be a file, .*, got 'absent\.pt'"):
        subject("resnet18", weights="absent.pt")


def test_published_weights_without_a_network_say_what_to_do(monkeypatch):
    asked = []

    def unreachable(name, weights=None, **_):
        asked.append(weights)
        raise URLError("no route to host")

    monkeypatch.setattr(models, "get_model", unreachable)
    said = (
        r"weights must be a file or at hand, got DEFAULT of resnet18, .*no route.*name the file, or take .* for random"
    )
    with pytest.raises(ValueError, match=said):
        subject("resnet18", weights="DEFAULT")
    assert asked == ["DEFAULT"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("microsoft/resnet-50", "got 'microsoft/resnet-50', a name on a hub: load it with the hub's own library"),
        ("resnet19", r"one of torchvision's, .*resnet18.*, got 'resnet19'"),
    ],
)
def test_names_that_are_none_here(name, said):
    with pytest.raises(ValueError, match=said):
        subject(name)
