"""Twins of a language model: the same architecture and tokenizer, with weights that have learnt nothing.

A twin is called by everything that its numbers hang on: model, scale, seed and precision. Simulations that are kept by
the name of a network are never those of another draw.
"""

import copy
from typing import Any

import torch
from torch import nn

from polylib import validate
from polylib.language import smollm2
from polylib.language.models import LanguageModel

PUBLISHED = {smollm2.NAME: 1 / 24}
"""Initial standard deviations that a model's own file does not carry. SmolLM2's is `initializer_range` in config.json
of HuggingFaceTB/SmolLM2-135M: one over the root of its 576 units, as the recipe of SmolLM1 says in words."""
_KEYS = "initializer_range", "init_std"
_OUTPUTS = "o_proj", "down_proj"
_WRITING = "o_proj.weight", "down_proj.weight", "c_proj.weight"


def initial_scale(language: LanguageModel) -> float:
    """Standard deviation of the weights that training starts from: the published one, else that of the configuration.

    Raises ValueError for a model whose configuration does not say.
    """
    if language.name in PUBLISHED:
        return PUBLISHED[language.name]
    places = _places(language.model.config)
    return float(getattr(*places[0]))


def untrained(
    language: LanguageModel, *, seed: int, scale: float | None = None, divided: bool = False
) -> LanguageModel:
    """The same architecture with the random weights that training would start from; the caller's seeds stay.

    Weights are drawn by the architecture's own rule in transformers with standard deviation `scale`, by default
    `initial_scale`, and left to a rule that asks for none; a seed draws the same numbers at every scale. `divided`
    divides the matrices that write to the residual stream by the root of twice the number of blocks. So does the
    standard rule of nanotron, with which SmolLM2 was trained, and not transformers' rule for it; GPT-2's own divides
    them anyway. Raises ValueError for a seed below 0, a scale that is not positive or has no place in the
    configuration, blocks without o_proj and down_proj to divide, or normalisation by running statistics, which only
    data could give.
    """
    from transformers import AutoModelForCausalLM

    seed = validate.integer("seed", seed, 0)
    config = copy.deepcopy(language.model.config)
    if scale is None and not _known(config):
        said = "of its own rule"
    else:
        std = initial_scale(language) if scale is None else validate.scalar("scale", validate.positive("scale", scale))
        said = repr(std)
        for place in _places(config):
            setattr(*place, std)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model = model.to(device=language.device, dtype=language.model.dtype).eval()
    _refuse_statistics(model)
    twin = LanguageModel(_name(language, f"random weights, std {said}, seed {seed}"), model, language.tokenizer)
    return _divided(twin) if divided else twin


def scaled(language: LanguageModel, factor: float, *, divided: bool = False) -> LanguageModel:
    """A copy with every matrix of weights multiplied by `factor`, embeddings included; norms and biases stay.

    Of an untrained network this is the same draw at another initial scale, without drawing again. `divided` is that of
    `untrained`. Raises ValueError for a factor that is not positive.
    """
    factor = validate.scalar("factor", validate.positive("factor", factor))
    model = copy.deepcopy(language.model)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim >= 2:
                weight.mul_(factor)
    copied = LanguageModel(f"{language.name}, times {factor!r}", model, language.tokenizer)
    return _divided(copied) if divided else copied


def evened(language: LanguageModel) -> LanguageModel:
    """A copy whose attention weighs all tokens that it may see alike, but for a bias by distance: its queries are 0.

    Raises ValueError for a model whose blocks have no q_proj, or one with a bias.
    """
    model = copy.deepcopy(language.model)
    queries = _matrices(model, ("q_proj",), "queries of attention")
    if any(query.bias is not None for query in queries):
        raise ValueError(f"language must have queries without bias, got {language.name!r}")
    with torch.no_grad():
        for query in queries:
            query.weight.zero_()
    return LanguageModel(f"{language.name}, even attention", model, language.tokenizer)


def quieter(language: LanguageModel, factor: float) -> LanguageModel:
    """A copy whose blocks write `factor` times less to the residual stream: matrices that end them are divided.

    Raises ValueError for a factor that is not positive, or a model whose blocks end in none of o_proj, down_proj and
    c_proj.
    """
    factor = validate.scalar("factor", validate.positive("factor", factor))
    model = copy.deepcopy(language.model)
    written = [w for name, w in model.named_parameters() if name.endswith(_WRITING)]
    if not written:
        raise ValueError(f"language must have blocks that end in {', '.join(_WRITING)}, got {language.name!r}")
    with torch.no_grad():
        for weight in written:
            weight.div_(factor)
    return LanguageModel(f"{language.name}, blocks over {factor!r}", model, language.tokenizer)


def turned(language: LanguageModel, setting: str) -> LanguageModel:
    """An untrained network as it would be at another setting of a dial: the same draw, and a copy where it differs.

    "own" leaves it at the scale of its initialisation; a number such as "0.02" is another standard deviation of the
    weights; "divided" divides what its blocks write to the stream, as in `untrained`; "even" makes attention `evened`.
    Raises ValueError for another word, a number that is not positive, and as those do.
    """
    if setting == "own":
        return language
    if setting == "divided":
        return scaled(language, 1.0, divided=True)
    if setting == "even":
        return evened(language)
    try:
        std = float(setting)
    except ValueError:
        raise ValueError(f"setting must be own, divided, even or a standard deviation, got {setting!r}") from None
    original = float(getattr(*_places(language.model.config)[0]))
    return scaled(language, validate.scalar("setting", validate.positive("setting", std)) / original)


def permuted(language: LanguageModel, *, seed: int) -> LanguageModel:
    """The same weights with the entries of every matrix, embeddings included, in random order.

    Raises ValueError for a seed below 0.
    """
    seed = validate.integer("seed", seed, 0)
    model = copy.deepcopy(language.model)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 2:
                order = torch.randperm(weight.numel(), generator=generator).to(weight.device)
                weight.copy_(weight.flatten()[order].view_as(weight))
    return LanguageModel(_name(language, f"permuted weights, seed {seed}"), model, language.tokenizer)


def _known(config: Any) -> list[tuple[Any, str]]:
    """Where a configuration, or that of its text model, keeps the initial scale: objects and names of attributes."""
    return [(part, key) for part in (config, config.get_text_config()) for key in _KEYS if getattr(part, key, None)]


def _places(config: Any) -> list[tuple[Any, str]]:
    if not (known := _known(config)):
        found = type(config).__name__
        raise ValueError(f"language must have a configuration with {' or '.join(_KEYS)}, got {found} with neither")
    return known


def _name(language: LanguageModel, what: str) -> str:
    return f"{language.name}, {what}, {str(language.model.dtype).removeprefix('torch.')}"


def _matrices(model: nn.Module, ends: tuple[str, ...], what: str) -> list[Any]:
    """The modules of a model whose names end so, at least one for each."""
    named = [(name.rsplit(".", 1)[-1], module) for name, module in model.named_modules()]
    missing = [end for end in ends if all(name != end for name, _ in named)]
    if missing:
        raise ValueError(f"language must have {what} called {', '.join(missing)}, got {type(model).__name__} without")
    return [module for name, module in named if name in ends]


def _divided(language: LanguageModel) -> LanguageModel:
    """Divide, in place, what each block adds to the residual stream by the root of the number of such additions."""
    outputs = _matrices(language.model, _OUTPUTS, "output projections")
    with torch.no_grad():
        for output in outputs:
            output.weight.div_((2 * language.n_layers) ** 0.5)
    return LanguageModel(f"{language.name}, outputs divided", language.model, language.tokenizer)


def _refuse_statistics(model: nn.Module) -> None:
    found = [name for name, _ in model.named_buffers() if name.rsplit(".", 1)[-1] == "running_mean"]
    if found:
        raise ValueError(
            f"language must be normalised without running statistics, got {found[0]}, which data must give"
        )
