"""Activations at named layers: those of a model taken apart by hand, in every reading; hooks leave no trace."""

import pytest
import torch
from torch import nn

from polylib.representation.activations import layer_names, read, stream
from polylib.representation.capture import captured
from polylib.representation.modes import evaluating

pytestmark = pytest.mark.usefixtures("one_thread")


class Residual(nn.Module):
    """A block that changes what its layers gave: in-place ReLU, a sum onto an output, one ReLU called twice."""

    def __init__(self, rate=0.5):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.Sequential(nn.ReLU(inplace=True), nn.Dropout(rate))
        self.back = nn.Conv2d(4, 3, 1)
        self.unused = nn.Linear(2, 2)
        self.pair = Pair()

    def forward(self, x):
        y = self.norm(self.conv(x))
        y = self.back(self.relu(y))
        y += x
        return self.pair(self.relu(y))[0]


class Pair(nn.Module):
    def forward(self, x):
        return x, x


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Residual().double()


@pytest.fixture
def images():
    return torch.rand(12, 3, 5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def by_hand(model, x):
    """Every layer's output, with nothing in place; the ReLU's is that of its second call."""
    normal = nn.functional.batch_norm(
        model.conv(x), model.norm.running_mean, model.norm.running_var, model.norm.weight, model.norm.bias
    )
    back = model.back(normal.relu())
    return {"conv": model.conv(x), "norm": normal, "back": back, "relu@2": (back + x).relu()}


def test_outputs_are_those_before_anything_was_changed_in_place(model, images):
    with captured(model, ["conv", "norm", "relu@2", "back"]) as caught, evaluating(model), torch.no_grad():
        model(images)
        outputs = caught.outputs()
    for name, expected in by_hand(model.eval(), images).items():
        torch.testing.assert_close(outputs[name].value, expected)


@pytest.mark.parametrize("reading", ["pooled", "flattened", "per position"])
def test_batches_give_what_all_images_give(model, images, reading):
    names = ["norm", "relu@2"]
    whole = next(stream(model, [images], names, reading=reading))
    parts = list(stream(model, images.split(5), names, reading=reading))
    for name in names:
        torch.testing.assert_close(torch.cat([part[name] for part in parts]), whole[name])


def test_the_three_readings_of_a_map():
    x = torch.arange(2 * 3 * 2 * 2.0).reshape(2, 3, 2, 2)
    torch.testing.assert_close(read(x, "pooled"), x.mean((2, 3)))
    torch.testing.assert_close(read(x, "flattened"), x.reshape(2, 12))
    positions = read(x, "per position")
    assert positions.shape == (8, 3)
    torch.testing.assert_close(positions[1], x[0, :, 0, 1])
    torch.testing.assert_close(positions[7], x[1, :, 1, 1])


def test_tokens_have_their_channels_last():
    x = torch.rand(2, 5, 3)
    torch.testing.assert_close(read(x, "pooled", -1), x.mean(1))
    torch.testing.assert_close(read(x, "per position", 2), x.reshape(10, 3))


def test_a_vector_is_the_same_in_every_reading_and_half_precision_becomes_single():
    x = torch.rand(4, 6).bfloat16()
    for reading in ("pooled", "flattened", "per position"):
        torch.testing.assert_close(read(x, reading), x.float())


def test_dropout_acts_if_asked_and_batch_normalisation_never_learns(model, images):
    model.train()
    before = model.norm.running_mean.clone()
    quiet = next(stream(model, [images], ["relu@2"], reading="flattened", passes=2))["relu@2"]
    torch.testing.assert_close(quiet[:, :75], quiet[:, 75:])
    noisy = next(stream(model, [images], ["relu@2"], reading="flattened", passes=2, dropout=True))["relu@2"]
    assert not torch.allclose(noisy[:, :75], noisy[:, 75:])
    assert (noisy == 0).double().mean() > (quiet == 0).double().mean() + 0.2
    assert torch.equal(model.norm.running_mean, before)
    assert all(module.training for module in model.modules())


def test_modes_come_back_one_by_one(model):
    model.train()
    model.norm.eval()
    with evaluating(model, dropout=True):
        assert model.relu[1].training and not model.relu[0].training and not model.training
    assert model.training and model.relu[0].training and not model.norm.training


def hooks(model):
    return sum(len(module._forward_hooks) for module in model.modules())


def test_hooks_go_when_the_model_fails(model, images):
    with pytest.raises(
        ValueError, match=r"batches must be what the model takes, got torch.float64 of shape \(12, 2, 5, 5\)"
    ):
        list(stream(model, [images[:, :2]], ["relu"]))
    with pytest.raises(ValueError, match="stop"), captured(model, ["relu"]):
        raise ValueError("stop")
    assert hooks(model) == 0 and model.training


def test_hooks_go_when_a_reader_stops_early(model, images):
    found = stream(model, images.split(4), ["relu@2"])
    next(found)
    assert hooks(model) > 1
    found.close()
    assert hooks(model) == 0 and model.training


def test_two_streams_of_one_model_do_not_mix(model, images):
    noisy = stream(model, images.split(4), ["relu@2"], reading="flattened", dropout=True, passes=2)
    quiet = stream(model, images.split(4), ["relu@2"], reading="flattened")
    for pair, alone, part in zip(noisy, quiet, images.split(4), strict=True):
        one, two = pair["relu@2"].chunk(2, dim=1)
        assert not torch.equal(one, two) and model.training
        with torch.no_grad(), evaluating(model):
            torch.testing.assert_close(alone["relu@2"], by_hand(model, part)["relu@2"].flatten(1))


def test_gradients_are_the_readers_own_business(model, images):
    for _ in stream(model, [images], ["relu@2"]):
        assert torch.is_grad_enabled()


def test_unknown_layers_are_answered_with_the_real_ones(model, images):
    with pytest.raises(ValueError, match=r"got 'reluu'; it has conv, norm, relu, relu\.0, relu\.1, back"):
        next(stream(model, [images], ["reluu", "conv"]))
    for nothing in ([], [""], "conv"):
        with pytest.raises(ValueError, match="layers must be names of layers of the model"):
            next(stream(model, [images], nothing))
    assert layer_names(model)[:3] == ["conv", "norm", "relu"] and hooks(model) == 0


def test_layers_without_a_tensor_or_without_a_part_are_refused(model, images):
    with pytest.raises(ValueError, match=r"one tensor of an output, got pair, whose tensors are pair\[0\], pair\[1\]"):
        next(stream(model, [images], ["pair"]))
    with pytest.raises(ValueError, match=r"take part in a forward pass; \['unused'\] did not"):
        next(stream(model, [images], ["unused"]))


def test_bad_numbers_are_found_where_they_arise(model, images):
    images[7, 0, 0, 0] = float("nan")
    with pytest.raises(ValueError, match="batches must be finite everywhere, got nan or infinity in batch 1"):
        list(stream(model, images.split(6), ["relu@2"]))
    with torch.no_grad():
        model.back.weight.fill_(float("inf"))
    with pytest.raises(ValueError, match="activations of back must be finite"):
        list(stream(model, [images[:6]], ["conv", "back"]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reading": "mean"}, "reading must be one of pooled, flattened, per position, got 'mean'"),
        ({"channel_axis": 4}, "channel_axis must be an axis of"),
        ({"channel_axis": 0}, "channel_axis must be an axis of"),
        ({"passes": 0}, "passes must be a whole number of at least 1, got 0"),
    ],
)
def test_settings_that_make_no_sense(model, images, change, words):
    with pytest.raises(ValueError, match=words):
        next(stream(model, [images], ["conv"], **change))


def test_one_number_an_image_is_no_matrix():
    with pytest.raises(ValueError, match=r"at least the axes \(batch, units\), got shape \(5,\)"):
        read(torch.ones(5), "pooled")
