"""A reader's own language model: by name or folder, or the object that a program already holds."""

from pathlib import Path
from typing import Any

import torch

from polylib.language import models
from polylib.language.models import LanguageModel

Source = Any
"""a name, a folder, a model of transformers, or a `LanguageModel`"""


def as_language(
    model: Source,
    tokenizer: Any = None,
    *,
    name: str = "",
    device: str = "cpu",
    dtype: torch.dtype | None = None,
    trust_code: bool = False,
) -> LanguageModel:
    """A causal language model with its tokenizer, from whatever names or holds one.

    `model`: a name as in `load`, a folder (str or Path), a causal model object of transformers, or a `LanguageModel`,
    which is handed back. An object stays where it is, in its precision, and is put into evaluation mode; it needs its
    `tokenizer`, an object too, or the name or folder of one, and takes `name`, by default its configuration's. `device`
    and `dtype` are for what is loaded. Weights that need code from a hub or folder are refused, before any of it runs,
    unless `trust_code` says that you have read it. Raises ValueError for what is no such model, an object without a
    tokenizer, a tokenizer that is not a fast one, and as `load` does.
    """
    if isinstance(model, LanguageModel):
        return model
    if isinstance(model, str | Path):
        return _by_name(str(model), device, dtype, trust_code)
    if not hasattr(model, "get_input_embeddings") or not hasattr(model, "config"):
        raise ValueError(
            f"model must be a name, a folder, or a causal language model of transformers, got {type(model).__name__}"
        )
    if tokenizer is None:
        raise ValueError("tokenizer must be given beside a model object, got none: it is the one that it was made for")
    return _checked(name or model.config.name_or_path or type(model).__name__, model, _tokenizer(tokenizer))


def needs_code(name: str) -> str:
    """The module that the model of this name or folder brings and transformers lacks; "" where there is none.

    Only the configuration is read. A model that cannot be found has none: `load` says what is wrong.
    """
    from transformers import CONFIG_MAPPING, PreTrainedConfig

    if name == models.DEFAULT:
        return ""
    try:
        found, _ = PreTrainedConfig.get_config_dict(name)
    except (OSError, ValueError):
        return ""
    own = found.get("auto_map", {})
    own_class = own.get("AutoModelForCausalLM", own.get("AutoConfig", ""))
    return "" if found.get("model_type") in CONFIG_MAPPING else str(own_class)


def _by_name(name: str, device: str, dtype: torch.dtype | None, trust_code: bool) -> LanguageModel:
    code = needs_code(name)
    if not code:
        return models.load(name, device=device, dtype=dtype)
    if not trust_code:
        raise ValueError(
            f"model must be one that transformers itself can build, got {name!r}, whose weights need the code of "
            f"{code} from there: read that code, then set trust_code to True"
        )
    dtype = dtype or (torch.float32 if device == "cpu" else torch.bfloat16)
    tokenizer, model, told = models._fetch(name, name, {"trust_remote_code": True}, dtype, device)
    models._refuse_incomplete(name, model, told)
    return _checked(name, model, tokenizer)


def _tokenizer(given: Any) -> Any:
    if not isinstance(given, str | Path):
        return given
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(given)


def _checked(name: str, model: Any, tokenizer: Any) -> LanguageModel:
    if not getattr(tokenizer, "is_fast", False):
        raise ValueError(f"tokenizer must be a fast one, got {type(tokenizer).__name__}")
    model.eval()
    models._refuse_looking_ahead(name, model)
    found = LanguageModel(name, model, tokenizer)
    found.blocks  # noqa: B018 - refuse now what has none
    return found
