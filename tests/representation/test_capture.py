"""Which call and which part of a layer's output a name means, and which axis of it holds the channels."""

import pytest
import torch
from torch import nn

from polylib.representation.activations import stream

pytestmark = pytest.mark.usefixtures("one_thread")


class Of(nn.Module):
    """A layer that is a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Shared(nn.Module):
    """One module under two names, called twice."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(5, 5)
        self.b = self.a

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))


def activity(model, x, name, **settings):
    return next(stream(model, [x], [name], **settings))[name]


def test_a_module_that_is_called_twice_is_told_apart_by_its_call():
    model, x = Shared(), torch.rand(9, 5)
    first, second = (activity(model, x, name) for name in ("a@1", "b@2"))
    with torch.no_grad():
        torch.testing.assert_close(first, model.a(x))
        torch.testing.assert_close(second, model(x))
    with pytest.raises(ValueError, match=r"layers must say which call .* got a, called 2 times: write a@1"):
        activity(model, x, "a")
    with pytest.raises(ValueError, match=r"layers must take part in a forward pass; \['a@3'\] did not"):
        activity(model, x, "a@3")


def test_parts_of_an_output_are_told_apart_by_their_place():
    model, x = nn.Sequential(nn.LSTM(4, 6, batch_first=True)), torch.rand(3, 7, 4)
    with torch.no_grad():
        out, (hidden, _) = model(x)
    torch.testing.assert_close(activity(model, x, "0[0]", reading="per position"), out.flatten(0, 1))
    torch.testing.assert_close(activity(model, x, "0[1][0]", batch_axis=1), hidden[0])
    with pytest.raises(ValueError, match=r"got 0, whose tensors are 0\[0\], 0\[1\]\[0\], 0\[1\]\[1\]"):
        activity(model, x, "0")
    with pytest.raises(ValueError, match=r"got 0, whose tensors are none"):
        activity(nn.Sequential(Of(lambda x: None)), x, "0")
    alone = nn.Sequential(Of(lambda x: {"state": (x.sum(1), None)}))
    torch.testing.assert_close(activity(alone, x, "0"), x.sum(1))


def test_the_time_before_the_batch_is_refused_until_it_is_said():
    model, x = nn.Sequential(nn.LSTM(4, 6), Of(lambda x: x[0])), torch.rand(5, 5, 4)
    with pytest.raises(ValueError, match=r"batch_axis must be given for a model with layers .* such as 0, got None"):
        activity(model, x, "0[0]")
    with torch.no_grad():
        expected = model[0](x)[0].mean(0)
    torch.testing.assert_close(activity(model, x, "0[0]", batch_axis=1), expected)
    with pytest.raises(ValueError, match="first axis must be the batch of 5, got shape"):
        activity(nn.Sequential(Of(lambda x: x.flatten(0, 1))), x, "0")


@pytest.mark.parametrize(
    ("model", "name", "shape"),
    [
        (nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU()), "1", (4, 6)),
        (nn.Sequential(nn.Conv2d(3, 6, 3), nn.MaxPool2d(2)), "1", (4, 6)),
        (nn.Sequential(nn.Conv2d(3, 6, 3), Of(lambda x: torch.cat([x, x], 1))), "1", (4, 12)),
        (nn.Sequential(Of(lambda x: x.permute(0, 2, 3, 1)), nn.Linear(3, 7), nn.ReLU()), "2", (4, 7)),
        (nn.Sequential(Of(lambda x: x.flatten(2).mT), nn.LayerNorm(3)), "0", (4, 3)),
        (nn.Sequential(nn.Conv2d(3, 6, 3), Of(lambda x: x.permute(0, 2, 3, 1)), nn.GELU()), "2", None),
        (nn.Sequential(Of(lambda x: x.flatten(2))), "0", None),
    ],
)
def test_channels_are_known_from_the_layers_that_ran_or_refused(model, name, shape):
    x = torch.rand(4, 3, 10, 10, generator=torch.Generator().manual_seed(0))
    if shape:
        assert activity(model, x, name).shape == shape
    else:
        with pytest.raises(ValueError, match=r"activations of .: channel_axis must be given for an output of shape"):
            activity(model, x, name)
        assert activity(model, x, name, channel_axis=-1).shape[0] == 4
        assert activity(model, x, name, reading="flattened").shape[0] == 4


def test_names_are_different_and_may_come_one_by_one():
    model, x = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 2)), torch.rand(4, 3)
    assert next(stream(model, [x], (name for name in ("0", "1")))).keys() == {"0", "1"}
    with pytest.raises(ValueError, match="layers must be different names, got 0 twice"):
        next(stream(model, [x], ["0", "0"]))


@pytest.mark.parametrize(
    "function", [lambda x: (10 * x).long(), lambda x: x > 0.5, lambda x: x.to_sparse(), lambda x: x.bfloat16()]
)
def test_whole_numbers_truth_values_and_sparse_outputs_are_matrices(function):
    x = torch.rand(8, 6)
    expected = function(x).to_dense() if function(x).is_sparse else function(x)
    found = activity(nn.Sequential(Of(function)), x, "0")
    assert found.is_floating_point() and torch.equal(found.double(), expected.double())


@pytest.mark.parametrize(
    ("function", "kind"), [(lambda x: x + 0j, "complex64"), (lambda x: torch.nested.nested_tensor(list(x)), "nested")]
)
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_outputs_that_are_no_real_matrix_are_refused(function, kind):
    with pytest.raises(ValueError, match=f"activations of 0: activation must be a plain tensor .* got .*{kind}"):
        activity(nn.Sequential(Of(function)), torch.rand(8, 6), "0")


def test_a_compiled_model_that_has_run_is_read_all_the_same():
    torch.manual_seed(0)
    plain, x = nn.Sequential(nn.Linear(4, 3), nn.Tanh()).eval(), torch.rand(6, 4)
    compiled = torch.compile(plain, backend="eager")
    with torch.no_grad():
        compiled(x)
    torch.testing.assert_close(activity(compiled, x, "_orig_mod.0"), activity(plain, x, "0"))
