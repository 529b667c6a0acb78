"""What a user calls a batch, a tensor, an array, inputs with targets, named inputs, and what a model is then given."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from polylib import validate

Call = Callable[[], object]


def calls(model: nn.Module, batches: Iterable[Any]) -> Iterator[tuple[Call, int]]:
    """For every batch the pass of the model through it, and how many samples it holds.

    A batch is the model's input, a tensor or an array; a list or tuple of the input and its targets, for a model of one
    input; or a mapping of inputs by their names. Arrays go to the model's device, real ones in its precision. Raises
    ValueError for anything else, one tensor in place of batches, input that is not finite, or what the model cannot
    take, with its own words.
    """
    if isinstance(batches, Tensor | np.ndarray | Mapping | str | bytes):
        shown = tuple(batches.shape) if isinstance(batches, Tensor | np.ndarray) else type(batches).__name__
        raise ValueError(f"batches must be several batches, such as images.split(100), got one {shown}")
    for number, batch in enumerate(batches):
        given = _inputs(model, batch, number)
        tensors = [x for x in given.values() if isinstance(x, Tensor) and x.ndim]
        if not tensors:
            raise ValueError(f"batches must hold tensors, arrays or mappings of them, got {_shown(batch)} in {number}")
        yield lambda given=given, number=number: _passed(model, given, number), len(tensors[0])


def _inputs(model: nn.Module, batch: Any, number: int) -> dict[str, Any]:
    """The model's inputs by name, or one without."""
    if isinstance(batch, list | tuple):
        if len(batch) > 1 and _several(model):
            raise ValueError(f"batches must be mappings for a model of several inputs, got {_shown(batch)} in {number}")
        batch = batch[0] if len(batch) else None
    named = dict(batch) if isinstance(batch, Mapping) else {"": batch}
    given = {name: _as_tensor(model, value) for name, value in named.items()}
    for name, value in given.items():
        if isinstance(value, Tensor) and "mask" not in name:  # a mask may hide by minus infinity
            dense = value if value.layout == torch.strided else value.to_dense()
            validate.finite("batches", dense, f" in batch {number}")
    return given


def _several(model: nn.Module) -> bool:
    """Whether the model's forward pass could take more than one input by its place."""
    whole = getattr(model, "_orig_mod", model)  # of a compiled one
    kinds = [p.kind for p in inspect.signature(whole.forward).parameters.values()]
    places = kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD) + kinds.count(inspect.Parameter.POSITIONAL_ONLY)
    return places > 1 or inspect.Parameter.VAR_POSITIONAL in kinds


def _as_tensor(model: nn.Module, value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    found = torch.from_numpy(np.ascontiguousarray(value))
    weights = [w for w in model.parameters() if w.is_floating_point()]
    if not weights:
        return found
    return found.to(weights[0].device, weights[0].dtype if found.is_floating_point() else found.dtype)


def _passed(model: nn.Module, given: dict[str, Any], number: int) -> object:
    try:
        return model(given[""]) if "" in given else model(**given)
    except torch.OutOfMemoryError:
        raise
    except Exception as failed:
        shown = ", ".join(f"{name} {_shown(value)}".strip() for name, value in given.items())
        raise ValueError(
            f"batches must be what the model takes, got {shown} in batch {number}: {type(failed).__name__}: {failed}"
        ) from failed


def _shown(value: Any) -> str:
    if isinstance(value, Tensor | np.ndarray):
        return f"{value.dtype} of shape {tuple(value.shape)}"
    return f"a {type(value).__name__}" + (f" of {len(value)}" if isinstance(value, list | tuple) else "")
