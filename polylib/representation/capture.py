"""Outputs of named layers, caught as a model runs: copies, of the call and the part that a name says."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from torch import Size, Tensor, nn

from polylib.representation.axes import Known, of_layer, of_output

_NAME = re.compile(r"(?P<module>.*?)(@(?P<call>[1-9]\d*))?(?P<part>(\[[^\[\]]*\])*)")


@dataclass(frozen=True)
class Output:
    """What a layer gave, and the axis of its channels, None where that is not known."""

    value: Tensor
    axis: int | None
    own: bool
    """whether the layer itself says which axis, not the others of the pass"""
    sequence_first: str
    """a layer of the model that has the time before the batch; empty if there is none"""


@dataclass
class _Caught:
    """Of one pass: how often each module was called, what the named ones gave, what is known of axes, by shape too."""

    parts: dict[str, dict[str, Output]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    known: dict[int, Known] = field(default_factory=dict)
    shapes: dict[Size, set[int]] = field(default_factory=dict)


class Capture:
    """The outputs of a model's last pass, by the names that were asked for; `clear` before the next one."""

    def __init__(self, model: nn.Module, layers: Sequence[str]) -> None:
        self.modules = dict(model.named_modules(remove_duplicate=False))
        self.asked = _parsed(layers, self.modules)
        named = ((n, m) for n, m in self.modules.items() if getattr(m, "batch_first", True) is False)
        self.sequence_first = next((name for name, _ in named), "")
        self.caught = _Caught()

    def clear(self) -> None:
        """Forget the last pass."""
        self.caught = _Caught()

    def outputs(self) -> dict[str, Output]:
        """What was caught, by name. Raises ValueError as `one` does."""
        return {name: self.one(name) for name in self.asked}

    def one(self, name: str) -> Output:
        """What was caught under a name that was asked for. Raises ValueError for a layer that took no part, one call of
        several or one part of several that the name does not say, or an output without a tensor."""
        module, call, part = self.asked[name]
        if self.calls(module) < (call or 1):
            raise ValueError(f"layers must take part in a forward pass; {[name]} did not")
        found = self._one(name, module, call, part)
        if found.own or not _plain(found.value):
            return found
        axes = self.caught.shapes.get(found.value.shape, {found.axis})
        return replace(found, axis=min(axes) if len(axes) == 1 else None)

    def calls(self, module: str) -> int:
        """How often the module was called in the last pass."""
        return self.caught.calls.get(module, 0)

    def _one(self, name: str, module: str, call: int | None, part: str) -> Output:
        if call is None and self.calls(module) > 1:
            raise ValueError(
                f"layers must say which call where a layer has several, got {name}, called {self.calls(module)} times: "
                f"write {module}@1{part} or another"
            )
        parts = self.caught.parts[f"{module}@{call or 1}"]
        if part in parts:
            return parts[part]
        found = [output for key, output in parts.items() if key.startswith(part)]
        if len(found) == 1:
            return found[0]
        choice = ", ".join(f"{module}{key}" for key in parts) or "none"
        raise ValueError(f"layers must name one tensor of an output, got {name}, whose tensors are {choice}")

    def follow(self, name: str, module: nn.Module, output: object) -> None:
        """Note what the output of a layer says about axes."""
        if isinstance(output, list | tuple) and output:
            output = output[0]
        if isinstance(output, Tensor) and _plain(output) and (known := of_layer(module, output)):
            self.caught.known[output.ndim] = known
            self.caught.shapes.setdefault(output.shape, set()).add(known.axis)

    def keep(self, name: str, output: object) -> None:
        """Keep copies of the tensors of a call that was asked for, or may have been the only one."""
        call = self.caught.calls[name] = self.calls(name) + 1
        if any(module == name and call == (wanted or 1) for module, wanted, _ in self.asked.values()):
            self.caught.parts[f"{name}@{call}"] = {
                path: Output(value.detach().clone(), *self._axis(name, value), self.sequence_first)
                for path, value in _tensors(output)
            }

    def _axis(self, name: str, value: Tensor) -> tuple[int | None, bool]:
        """The axis of channels, and whether the layer itself says it."""
        if not _plain(value):
            return None, False
        known = of_layer(self.modules[name], value)
        return (known.axis, True) if known else (of_output(value, self.caught.known.get(value.ndim)), False)


@contextmanager
def captured(model: nn.Module, layers: Sequence[str]) -> Iterator[Capture]:
    """Inside the block, each forward pass leaves a copy of the output of every named layer.

    A name is that of a module, and where it needs them the number of the call and the part of an output that holds
    several tensors: "relu@2", "lstm[1][0]", "encoder[last_hidden_state]". Copies, because a ReLU that works in place,
    or a sum onto the output, would change what was kept. The hooks go when the block ends, by an error too. Raises
    ValueError for names that are not different, or that the model does not have (and lists its names).
    """
    found, handles = Capture(model, layers), []
    wanted = dict.fromkeys(module for module, _, _ in found.asked.values())
    try:
        for name, module in model.named_modules():
            handles.append(module.register_forward_hook(lambda m, _, out, name=name: found.follow(name, m, out)))
        for name in wanted:
            hook = found.modules[name].register_forward_hook(lambda _, __, out, name=name: found.keep(name, out))
            handles.append(hook)
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _parsed(layers: Sequence[str], modules: Mapping[str, nn.Module]) -> dict[str, tuple[str, int | None, str]]:
    """Module, call and part of every name."""
    asked = {}
    for name in [] if isinstance(layers, str) else layers:
        match = _NAME.fullmatch(name) if isinstance(name, str) else None
        if match is None or not match["module"] or match["module"] not in modules:
            raise ValueError(f"layers must be names of layers of the model, got {name!r}; it has {_names(modules)}")
        if name in asked:
            raise ValueError(f"layers must be different names, got {name} twice")
        asked[name] = match["module"], int(match["call"]) if match["call"] else None, match["part"]
    if not asked:
        raise ValueError(f"layers must be names of layers of the model, got {layers!r}; it has {_names(modules)}")
    return asked


def _names(modules: Mapping[str, nn.Module]) -> str:
    return ", ".join(name for name in modules if name)


def _plain(x: Tensor) -> bool:
    return not x.is_nested and x.ndim > 1


def _tensors(output: object, path: str = "") -> Iterator[tuple[str, Tensor]]:
    """All tensors in an output, however nested, with their places in it."""
    if isinstance(output, Tensor):
        yield path, output
    elif isinstance(output, Mapping):
        for key, value in output.items():
            yield from _tensors(value, f"{path}[{key}]")
    elif isinstance(output, list | tuple):
        for index, value in enumerate(output):
            yield from _tensors(value, f"{path}[{index}]")
