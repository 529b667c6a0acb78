"""Modes of a model while it is looked at: evaluation, with masks if asked for, compiled or not, all as before after."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

_MASKS = {
    getattr(functional, name)
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
}


@contextmanager
def evaluating(model: nn.Module, dropout: bool = False) -> Iterator[nn.Module]:
    """Inside the block the model evaluates, with its dropout on if `dropout`; then every mode is as before.

    Dropout: modules of torch, modules without parts that are called after it, such as DropPath, and torch's functions,
    wherever a module calls them. Batch normalisation keeps its running statistics either way, so with `dropout` the
    masks are the only noise. What was compiled runs as it was before that, since it does not see hooks.
    """
    before = {module: module.training for module in model.modules()}
    stance = getattr(torch.compiler, "set_stance", None)  # since torch 2.6
    try:
        model.eval()
        for module in before:
            if dropout and _is_dropout(module):
                module.train()
        with stance("force_eager") if stance else nullcontext(), _Masks() if dropout else nullcontext():
            yield model
    finally:
        for module, training in before.items():
            module.training = training


class _Masks(TorchFunctionMode):
    """torch's dropout functions act, whatever mode the module that calls them is in."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if function in _MASKS:
            args, kwargs["training"] = (*args[:2], *args[3:]), True  # its place is the third
            if len(args) > 2:
                args, kwargs["inplace"] = args[:2], args[2]
        return function(*args, **kwargs)


def _is_dropout(module: nn.Module) -> bool:
    named = type(module).__name__.lower()
    own = not list(module.children()) and ("drop" in named or named == "stochasticdepth")
    return own or isinstance(module, nn.modules.dropout._DropoutNd)
