"""The network that a user has in mind: an object, what makes one, or a name; and how to draw its weights anew."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import URLError

import torch
from torch import nn

Maker = Callable[[], nn.Module]


@dataclass(frozen=True)
class Subject:
    """A network and, where it is known, what makes another of its kind with new random weights."""

    model: nn.Module
    fresh: Maker | None
    said: str
    """what it is, in words, the origin of its weights among them"""

    def with_model(self, model: nn.Module, origin: str) -> "Subject":
        """The same kind with another model, such as a trained one; `origin` says where its weights are from."""
        return replace(self, model=model, said=f"{self.said.split(',')[0]}, {origin}")


def subject(source: nn.Module | Maker | str, *, weights: str = "", size: int | None = None, seed: int = 0) -> Subject:
    """The network that `source` names, ready to be looked at.

    `source`: a model, whatever it has in it; what makes a model when it is called, which is taken for its own
    initialisation; "package.module:function", which names that; or the name of a network of torchvision, made for
    images of `size` pixels where its kind depends on them. `weights`: a file of a state dict, .pt or .safetensors, or
    the name of published weights of torchvision, such as "DEFAULT", which may have to be fetched; "": those that it
    comes with, for a name random ones by `seed`. Raises ValueError for a name of neither kind, a name on a hub, what
    makes no model, weights that do not fit, and weights that cannot be fetched from here.
    """
    if isinstance(source, nn.Module):
        return _loaded(Subject(source, None, f"a {type(source).__name__} with its own weights"), weights)
    if isinstance(source, str) and ":" not in source:
        return _of_torchvision(source, weights, size, seed)
    maker = _imported(source) if isinstance(source, str) else source
    said = source if isinstance(source, str) else getattr(maker, "__name__", type(maker).__name__)
    return _loaded(Subject(_made(maker, seed), maker, f"{said}, as it is made"), weights)


def _made(maker: Maker, seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = maker()
    if not isinstance(model, nn.Module):
        raise ValueError(f"model must come from a function that gives a torch module, got a {type(model).__name__}")
    return model


def _imported(name: str) -> Maker:
    place, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(place), function)
    except (ImportError, AttributeError, ValueError) as missing:
        rule = "must name what can be imported, as package.module:function"
        raise ValueError(f"model {rule}, got {name!r}: {missing}") from None
    if not callable(found):
        raise ValueError(f"model must name a function or class, got {name!r}, a {type(found).__name__}")
    return found


def _of_torchvision(name: str, weights: str, size: int | None, seed: int) -> Subject:
    from torchvision.models import get_model, get_model_weights, list_models  # slow to import

    if "/" in name:
        raise ValueError(
            f"model must be an object, a torchvision name or package.module:function, got {name!r}, a name on a hub: "
            "load it with the hub's own library and hand over the object"
        )
    if name not in list_models():
        raise ValueError(f"model must be one of torchvision's, {', '.join(list_models())}, got {name!r}")
    own = {"image_size": size} if name.startswith("vit_") and size else {}
    own |= {"init_weights": True} if name in ("googlenet", "inception_v3") else {}

    def fresh() -> nn.Module:
        return get_model(name, weights=None, **own)

    published = [w.name for w in get_model_weights(name)]
    if weights and weights != "DEFAULT" and weights not in published:
        return _loaded(Subject(_made(fresh, seed), fresh, f"{name} of torchvision"), weights)
    if not weights:
        return Subject(_made(fresh, seed), fresh, f"{name} of torchvision, random weights")
    try:
        model = get_model(name, weights=weights)
    except (URLError, OSError) as missing:
        raise ValueError(
            f"weights must be a file or at hand, got {weights} of {name}, which torchvision could not fetch: "
            f'{missing}; fetch them where there is a network and name the file, or take "" for random ones'
        ) from None
    return Subject(model, fresh if not own else None, f"{name} of torchvision, weights {weights}")


def _loaded(found: Subject, weights: str) -> Subject:
    """The same network with the weights of a file."""
    if not weights:
        return found
    path = Path(weights).expanduser()
    if not path.is_file():
        raise ValueError(f"weights must be a file, or a name that torchvision has for this network, got {weights!r}")
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        state = load_file(path)
    else:
        state = torch.load(path, map_location="cpu", weights_only=True)
    try:
        found.model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as misfit:
        raise ValueError(f"weights must be the state dict of this network, got {path.name}: {misfit}") from None
    return Subject(found.model, found.fresh, f"{found.said.split(',')[0]}, weights of {path.name}")
