"""Which layers are looked at, where nobody says: readable, alike in depth, evenly spaced, reached by dropout."""

import pytest
import torch
from torch import nn
from torchvision.models import get_model

from polylib.representation.choice import chosen_layers, masked_layers, readable_layers

pytestmark = pytest.mark.usefixtures("one_thread")
BATCH = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def block(given, made, rate=0.0):
    return nn.Sequential(nn.Conv2d(given, made, 3, padding=1), nn.ReLU(), nn.Dropout(rate))


def test_blocks_of_one_depth_are_chosen_and_layers_that_cannot_be_read_are_not():
    resnet = get_model("resnet18", weights=None)
    assert chosen_layers(resnet, BATCH) == [f"layer{i}.{j}" for i in (1, 2, 3, 4) for j in (0, 1)]
    assert "layer1.0.relu" not in readable_layers(resnet, BATCH)  # it is called twice
    assert chosen_layers(resnet, BATCH, most=3) == ["layer1.0", "layer3.0", "layer4.1"]  # 0, 3.5 and 7 of eight


def test_three_blocks_come_before_layers_and_fewer_do_not():
    three = nn.Sequential(block(3, 16), block(16, 20), block(20, 24), nn.Flatten(), nn.Linear(24 * 32**2, 5))
    assert chosen_layers(three, BATCH) == ["0", "1", "2"]
    flat = nn.Sequential(*block(3, 16), *block(16, 20))
    assert chosen_layers(flat, BATCH) == ["0", "1", "2", "3", "4", "5"]


def test_narrow_layers_are_left_out_and_a_network_of_them_is_refused():
    narrow = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 16, 3))
    assert readable_layers(narrow, BATCH) == ["1"]
    with pytest.raises(
        ValueError, match="model must have a layer that can be read with 64 units or more, got 2 layers"
    ):
        readable_layers(narrow, BATCH, least=64)
    with pytest.raises(ValueError, match="batches must be what the model takes"):
        readable_layers(nn.Sequential(nn.Conv2d(5, 8, 3)), BATCH)


def test_dropout_reaches_what_follows_it_and_the_random_state_stays():
    model, before = nn.Sequential(block(3, 16), block(16, 16, 0.5), block(16, 16)), torch.get_rng_state()
    assert masked_layers(model, BATCH, ["0", "1", "2"]) == ["1", "2"]
    assert torch.equal(before, torch.get_rng_state())
    assert masked_layers(nn.Sequential(block(3, 16)), BATCH, ["0"]) == []
