"""Activations of any torch model at named layers, as matrices (samples, units), streamed batch by batch."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn

from polylib import validate

READINGS = ("pooled", "flattened", "per position")


def layer_names(model: nn.Module) -> list[str]:
    """Names of all modules inside `model`, in order of definition: what `stream` takes as layers."""
    return [name for name, _ in model.named_modules(remove_duplicate=False) if name]


def read(activation: Tensor, reading: str, channel_axis: int = 1) -> Float[Tensor, "samples units"]:
    """A layer's output (batch, ..., channels, ...) as samples and units, in one of three declared ways.

    "pooled": a unit is a channel's mean over all positions. "flattened": every channel at every position is a unit.
    "per position": a unit is a channel, and every position of every image is a sample. An output of shape (batch,
    units) is the same in all three. Half precision becomes single. Raises ValueError for another reading, an output
    with fewer than two axes, or a channel axis that it does not have.
    """
    validate.one_of("reading", reading, READINGS)
    if activation.ndim < 2:
        raise ValueError(f"activation must have at least the axes (batch, units), got shape {tuple(activation.shape)}")
    if activation.ndim > 2 and not (1 <= channel_axis < activation.ndim or -activation.ndim < channel_axis < 0):
        raise ValueError(f"channel_axis must be an axis of {tuple(activation.shape)} but the first, got {channel_axis}")
    x = activation.float() if activation.dtype in (torch.float16, torch.bfloat16) else activation
    if x.ndim == 2 or reading == "flattened":
        return x.flatten(1)
    x = x.movedim(channel_axis, 1).flatten(2)
    return x.mean(2) if reading == "pooled" else x.mT.flatten(0, 1)


@contextmanager
def captured(model: nn.Module, layers: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Inside the block, each forward pass leaves a copy of the output of every named layer in the dict.

    Copies, because a ReLU that works in place, or a sum onto the output, would change what was kept. Of a layer that
    a pass calls several times the last output stays. The hooks go when the block ends, by an error too. Raises
    ValueError for names that the model does not have (and lists its names), or a layer whose output is no tensor.
    """
    modules = dict(model.named_modules(remove_duplicate=False))
    unknown = [name for name in layers if not name or name not in modules]
    if unknown or not layers or isinstance(layers, str):
        raise ValueError(
            f"layers must be names of layers of the model, got {unknown or layers!r}; "
            f"it has {', '.join(layer_names(model))}"
        )
    outputs: dict[str, Tensor] = {}

    def keep(name: str, output: object) -> None:
        if not isinstance(output, Tensor):
            raise ValueError(f"layers must name layers whose output is a tensor; {name} gives {type(output).__name__}")
        outputs[name] = output.detach().clone()

    handles = []
    try:
        for name in layers:
            handles.append(modules[name].register_forward_hook(lambda _, __, output, name=name: keep(name, output)))
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def evaluating(model: nn.Module, dropout: bool = False) -> Iterator[nn.Module]:
    """Inside the block the model evaluates, with its dropout layers on if `dropout`; then every mode is as before.

    Batch normalisation keeps its running statistics either way, so with `dropout` the masks are the only noise.
    """
    before = {module: module.training for module in model.modules()}
    try:
        model.eval()
        for module in before:
            if isinstance(module, nn.modules.dropout._DropoutNd):
                module.train(dropout)
        yield model
    finally:
        for module, training in before.items():
            module.training = training


def stream(
    model: nn.Module,
    batches: Iterable[Tensor],
    layers: Sequence[str],
    *,
    reading: str = "pooled",
    dropout: bool = False,
    channel_axis: int = 1,
    passes: int = 1,
) -> Iterator[dict[str, Float[Tensor, "samples units"]]]:
    """Activations of the named layers, one dict a batch, read as `read` says, without gradients.

    `batches` are the model's inputs, on its device. With `dropout` the masks are drawn from torch's random state of
    that device. With `passes` above 1 every batch goes through as often, under new masks, and the passes stand beside
    each other: units of the first, then of the second. Nothing is kept between batches, and in between the model is
    in the modes that it was in. Raises ValueError as `captured` and `read` do, for inputs or activations that are not
    finite, or a layer that no pass reaches.
    """
    validate.integer("passes", passes)
    with captured(model, layers) as outputs:
        for number, batch in enumerate(batches):
            validate.finite("batches", batch, f" in batch {number}")
            repeats = []
            for _ in range(passes):
                outputs.clear()
                with evaluating(model, dropout), torch.no_grad():
                    model(batch)
                silent = [name for name in layers if name not in outputs]
                if silent:
                    raise ValueError(f"layers must take part in a forward pass; {silent} did not")
                repeats.append({name: read(outputs[name], reading, channel_axis) for name in layers})
            for name in layers:
                validate.finite(f"activations of {name}", repeats[0][name], f" in batch {number}")
            yield {name: torch.cat([r[name] for r in repeats], dim=1) for name in layers}
