"""What users pass as batches: the right activations, or what is wrong with them."""

import inspect

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from polylib.representation.activations import stream
from polylib.representation.modes import evaluating

pytestmark = pytest.mark.usefixtures("one_thread")


class Two(nn.Module):
    """Two inputs, by place or name."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, x, scale):
        return self.layer(x * scale)


def activity(model, batches, name="0"):
    return torch.cat([found[name] for found in inspect.unwrap(stream)(model, batches, [name])])


def test_targets_arrays_and_one_tensor_of_a_list_are_the_same_input():
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(4, 3)), torch.rand(12, 4)
    expected = activity(model, [x])
    for batches in (DataLoader(TensorDataset(x, torch.zeros(12)), 5), [x.numpy()], [x.double().numpy()], [[x]]):
        torch.testing.assert_close(activity(model, batches), expected)
    two = Two()
    named = activity(two, [{"x": x, "scale": np.full((12, 1), 2.0)}], "layer")
    torch.testing.assert_close(named, activity(two, [{"x": 2 * x, "scale": torch.ones(12, 1)}], "layer"))


@pytest.mark.parametrize(
    ("batches", "words"),
    [
        (torch.rand(6, 4), r"batches must be several batches, such as images.split\(100\), got one \(6, 4\)"),
        (np.ones((6, 4)), "batches must be several batches"),
        ({"x": torch.rand(6, 4)}, "batches must be several batches, .* got one dict"),
        (["a text"], "batches must hold tensors, arrays or mappings of them, got a str in 0"),
        ([[]], "batches must hold tensors"),
        ([{"y": torch.rand(6, 4)}], "batches must be what the model takes, got y torch.float32 of shape .* TypeError"),
        ([torch.zeros(6, 4, dtype=torch.uint8)], r"got torch.uint8 of shape \(6, 4\) in batch 0: RuntimeError"),
        ([np.full((6, 4), np.nan)], "batches must be finite everywhere, got nan or infinity in batch 0"),
    ],
)
def test_what_is_no_batch_is_refused(batches, words):
    with pytest.raises(ValueError, match=words):
        activity(nn.Sequential(nn.Linear(4, 3)), batches)


def test_targets_are_not_told_from_a_second_input():
    with pytest.raises(
        ValueError, match="batches must be mappings for a model of several inputs, got a list of 2 in 0"
    ):
        activity(Two(), [[torch.rand(6, 4), torch.ones(6, 1)]], "layer")


class Functional(nn.Module):
    def forward(self, x):
        return nn.functional.dropout(x, 0.5, self.training)


class DropPath(nn.Module):
    def forward(self, x):
        return x * torch.randint(0, 2, (len(x), 1)) if self.training else x


@pytest.mark.parametrize("layer", [nn.Dropout(0.5), Functional(), DropPath()])
def test_dropout_acts_however_it_is_written(layer):
    x, model = torch.ones(200, 10), nn.Sequential(layer).train()
    model[0].eval()
    with evaluating(model, dropout=True):
        assert 0.3 < float((model(x) == 0).float().mean()) < 0.7
    assert model.training and not model[0].training
    with evaluating(model):
        assert torch.equal(model(x), x)
