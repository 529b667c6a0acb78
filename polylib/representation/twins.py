"""Untrained twins of any torch model: its architecture with new random weights, its normalisation measured."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from polylib import validate
from polylib.networks.normalisation import measured_anew
from polylib.representation.modes import evaluating

OWN, RESET = "its own initialisation", "torch's default initialisation of each layer"


@dataclass(frozen=True)
class Twin:
    """An untrained network of a model's architecture, and the rule that its weights were drawn by, in words."""

    model: nn.Module
    rule: str


def twin(
    model: nn.Module,
    images: Float[Tensor, "n channels height width"],
    *,
    seed: int,
    fresh: Callable[[], nn.Module] | None = None,
    batch: int = 100,
) -> Twin:
    """An untrained twin, ready to be looked at, its running statistics measured over `images`.

    Weights come from `fresh`, which makes the model anew; without it, from the class and configuration of a model of
    transformers, or from each layer's `reset_parameters`, which is torch's rule and may not be the model's own. Another
    seed is another draw; torch's random state stays as it was. Raises ValueError for `fresh` of another architecture,
    or that gives the model's own weights again, and for a model with weights that no layer draws anew.
    """
    seed = validate.integer("seed", seed, 0)
    rule = OWN if fresh or hasattr(model, "config") else RESET
    kind, place = next(((p.dtype, p.device) for p in model.parameters()), (torch.float32, torch.device("cpu")))
    cards = [place] if place.type == "cuda" else []
    with torch.random.fork_rng(cards):
        torch.manual_seed(seed)
        drawn = _drawn(model, fresh)
    return Twin(recalibrated(drawn.to(device=place, dtype=kind), images, batch=batch), rule)


@torch.no_grad()
def recalibrated(model: nn.Module, images: Float[Tensor, "n channels height width"], *, batch: int = 100) -> nn.Module:
    """A copy, in evaluation, whose batch normalisation has the statistics of `images`, masks off.

    The images pass once, in equal parts of at most `batch`, each normalised by its own statistics; the copy keeps the
    means over the parts, and its weights stay. Without running statistics it is a plain copy. Raises ValueError for
    fewer than two images or a batch below 2.
    """
    if len(images) < 2:
        raise ValueError(f"images must be at least 2, for a variance, got {len(images)}")
    parts = -(-len(images) // validate.integer("batch", batch, 2))
    copied = copy.deepcopy(model).eval()
    place = next((p.device for p in copied.parameters()), torch.device("cpu"))
    with evaluating(copied), measured_anew(copied) as any_there:
        for part in images.tensor_split(min(parts, len(images) // 2)) if any_there else ():
            copied(part.to(place))
    return copied.eval()


def statistics_of(model: nn.Module) -> str:
    """Of a model's running statistics: "stored" if they have seen data, "unmeasured" if some have not, "none"."""
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm) and m.num_batches_tracked is not None]
    if not norms:
        return "none"
    return "stored" if all(int(norm.num_batches_tracked) > 0 for norm in norms) else "unmeasured"


def _drawn(model: nn.Module, fresh: Callable[[], nn.Module] | None) -> nn.Module:
    if fresh is None and hasattr(model, "config"):
        return type(model)(copy.deepcopy(model.config))
    if fresh is None:
        return _reset(model)
    made = fresh()
    shapes = [{name: tuple(x.shape) for name, x in m.state_dict().items()} for m in (model, made)]
    if shapes[0] != shapes[1]:
        odd = sorted(name for name in shapes[0] | shapes[1] if shapes[0].get(name) != shapes[1].get(name))
        raise ValueError(f"fresh must make the model's own architecture, got another at {', '.join(odd[:5])}")
    pairs = zip(model.parameters(), made.parameters(), strict=True)
    if all(torch.equal(ours.cpu(), theirs.cpu()) for ours, theirs in pairs if ours.ndim > 1):
        raise ValueError("fresh must draw new weights at each call, got those of the model again")
    return made


def _reset(model: nn.Module) -> nn.Module:
    """A copy in which every layer has drawn its weights anew, inner layers first."""
    copied = copy.deepcopy(model)
    reached: set[int] = set()
    for module in reversed(list(copied.modules())):
        again = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
        if callable(again):
            again()
            reached |= {id(p) for p in module.parameters(recurse=False)}
    missed = [name for name, p in copied.named_parameters() if id(p) not in reached]
    if missed:
        more = f" and {len(missed) - 3} more" if len(missed) > 3 else ""
        raise ValueError(
            "fresh must be given, a function that makes the model with new weights, where layers do not say how they "
            f"draw theirs, got None for {', '.join(missed[:3])}{more}"
        )
    return copied
