"""Activations of any torch model at named layers, as matrices (samples, units), streamed batch by batch."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from polylib import validate
from polylib.representation.capture import Output, captured
from polylib.representation.inputs import calls
from polylib.representation.modes import evaluating

READINGS = ("pooled", "flattened", "per position")


@dataclass(frozen=True)
class Reading:
    """How outputs become matrices: one of `READINGS`, and the axes of channels and of samples, None where they follow.

    Raises ValueError for another reading, or an axis that is no whole number.
    """

    how: str = "pooled"
    channel_axis: int | None = None
    batch_axis: int | None = None

    def __post_init__(self) -> None:
        validate.one_of("reading", self.how, READINGS)
        for name in ("channel_axis", "batch_axis"):
            axis = getattr(self, name)
            if axis is not None and (isinstance(axis, bool) or not isinstance(axis, int)):
                raise ValueError(f"{name} must be a whole number or None, got {axis!r}")


def layer_names(model: nn.Module) -> list[str]:
    """Names of all modules inside `model`, in order of definition: what `stream` takes as layers."""
    return [name for name, _ in model.named_modules(remove_duplicate=False) if name]


def read(activation: Tensor, reading: str, channel_axis: int = 1) -> Float[Tensor, "samples units"]:
    """A layer's output (batch, ..., channels, ...) as samples and units, in one of three declared ways.

    "pooled": a unit is a channel's mean over all positions. "flattened": every channel at every position is a unit.
    "per position": a unit is a channel, and every position of every image is a sample. An output of shape (batch,
    units) is the same in all three. Half precision becomes single, whole numbers and sparse tensors dense double.
    Raises ValueError for another reading, an output with fewer than two axes, complex or nested, or a channel axis that
    it does not have.
    """
    x = _real(activation)
    validate.one_of("reading", reading, READINGS)
    if x.ndim < 2:
        raise ValueError(f"activation must have at least the axes (batch, units), got shape {tuple(x.shape)}")
    if x.ndim > 2 and not (1 <= channel_axis < x.ndim or -x.ndim < channel_axis < 0):
        raise ValueError(f"channel_axis must be an axis of {tuple(x.shape)} but the first, got {channel_axis}")
    if x.ndim == 2 or reading == "flattened":
        return x.flatten(1)
    x = x.movedim(channel_axis, 1).flatten(2)
    return x.mean(2) if reading == "pooled" else x.mT.flatten(0, 1)


def stream(
    model: nn.Module,
    batches: Iterable[Any],
    layers: Iterable[str],
    *,
    reading: str = "pooled",
    dropout: bool = False,
    channel_axis: int | None = None,
    batch_axis: int | None = None,
    passes: int = 1,
) -> Iterator[dict[str, Float[Tensor, "samples units"]]]:
    """Activations of the named layers, one dict a batch, read as `read` says, without gradients.

    `batches` are the model's inputs, on its device, as `inputs.calls` takes them; `layers` are names as `captured`
    takes them. `channel_axis` None: each layer's own, known from its kind or from the layers before it.
    `batch_axis` None: the first, unless the model has layers that are given the time first. With `dropout` the masks
    are drawn from torch's random state of the device. With `passes` above 1 every batch goes through as often, under
    new masks, and the passes stand beside each other: units of the first, then of the second. Nothing is kept between
    batches, and in between the model is in the modes that it was in. Raises ValueError as `captured`, `calls` and
    `read` do, for activations that are not finite, a layer that no pass reaches, or axes that are not known.
    """
    how = Reading(reading, channel_axis, batch_axis)
    for activations, _ in with_precision(model, batches, layers, how, dropout=dropout, passes=passes):
        yield activations


def with_precision(
    model: nn.Module, batches: Iterable[Any], layers: Iterable[str], how: Reading, *, dropout: bool, passes: int
) -> Iterator[tuple[dict[str, Tensor], dict[str, float]]]:
    """The same, with what rounding can change in a layer's activations, as a share of them."""
    validate.integer("passes", passes)
    layers = list(layers) if not isinstance(layers, str) else layers
    with captured(model, layers) as caught:
        for number, (call, samples) in enumerate(calls(model, batches)):
            repeats = []
            for _ in range(passes):
                caught.clear()
                with evaluating(model, dropout), torch.no_grad():
                    call()
                outputs = caught.outputs()
                repeats.append({name: _matrix(name, outputs[name], samples, how) for name in layers})
            for name in layers:
                for one in repeats:
                    validate.finite(f"activations of {name}", one[name], f" in batch {number}")
            both = {name: torch.cat([one[name] for one in repeats], dim=1) for name in layers}
            yield both, {name: rounding(outputs[name].value.dtype) for name in layers}


def rounding(kind: torch.dtype) -> float:
    """What rounding can change in an activation of that kind, as a share of it.

    Once in the precision that it is stored in, and three times in that of sums, which is single or better.
    """
    if not kind.is_floating_point:
        return 0.0
    return torch.finfo(kind).eps + 3 * min(torch.finfo(kind).eps, torch.finfo(torch.float32).eps)


def _matrix(name: str, output: Output, samples: int, how: Reading) -> Tensor:
    """An output as its reading says. Raises ValueError for axes that are neither known nor given."""
    try:
        x, axis, given = _real(output.value), output.axis, how.channel_axis
        if how.batch_axis is not None and x.ndim > 2:
            x, given, axis = _batch_first(x, how.batch_axis, given, axis)
        elif output.sequence_first and x.ndim > 2:
            first = f"with layers that are given the time first, such as {output.sequence_first}"
            raise ValueError(f"batch_axis must be given for a model {first}, got None")
        elif x.ndim and len(x) != samples:
            raise ValueError(f"its first axis must be the batch of {samples}, got shape {tuple(x.shape)}")
        axis = given if given is not None else axis
        if axis is None and how.how != "flattened" and x.ndim > 2:
            raise ValueError(f"channel_axis must be given for an output of shape {tuple(x.shape)}, got None")
        return read(x, how.how, 1 if axis is None else axis)
    except ValueError as refused:
        raise ValueError(f"activations of {name}: {refused}") from None


def _batch_first(x: Tensor, batch: int, given: int | None, known: int | None) -> tuple[Tensor, int | None, int | None]:
    """The samples to the front, and where the axes of channels, as given and as known, are then."""
    if not -x.ndim <= batch < x.ndim:
        raise ValueError(f"batch_axis must be an axis of {tuple(x.shape)}, got {batch}")
    order = [batch % x.ndim, *(axis for axis in range(x.ndim) if axis != batch % x.ndim)]
    if given is not None and not -x.ndim <= given < x.ndim:
        raise ValueError(f"channel_axis must be an axis of {tuple(x.shape)}, got {given}")
    moved = [None if axis is None else order.index(axis % x.ndim) for axis in (given, known)]
    return x.permute(order), *moved


def _real(x: Tensor) -> Tensor:
    """Dense, of real numbers, at least in single precision."""
    if x.is_nested or x.is_complex() or x.is_quantized:
        kind = "nested" if x.is_nested else x.dtype
        raise ValueError(f"activation must be a plain tensor of real numbers, got {kind}")
    x = x if x.layout == torch.strided else x.to_dense()
    if not x.is_floating_point():
        return x.double()
    return x.float() if x.dtype.itemsize < 4 else x
