"""A causal network's logits at chosen places of a prompt, read whole or from what was kept; and the levels in them."""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from polylib.completions.local import CompletionError, refuse_beyond_context
from polylib.explanation.records import TOP_LEVEL
from polylib.language.blocks import forget_lengths, run
from polylib.language.models import LanguageModel


def continues(language: LanguageModel) -> bool:
    """Whether a network goes on from its kept keys and values alone, so that a prompt in parts is the prompt.

    Recurrent and convolutional layers keep a state, from which they go on by one token at most; and where positions are
    counted from the padding's, each part would begin with the first again.
    """
    from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

    if "past_key_values" not in inspect.signature(language.model.forward).parameters or language.position_tables:
        return False
    try:
        past = read_past(language, [0, 1, 2])
    except LookupError:  # a cache that transformers makes for another number of layers
        return False
    layers = past.layers if type(past) is DynamicCache else []
    same = all(type(layer) in {DynamicLayer, DynamicSlidingWindowLayer} for layer in layers)
    return same and len(layers) > 0 and all(layer.get_seq_length() == 3 for layer in layers)


@torch.no_grad()
def read_past(language: LanguageModel, ids: list[int], past: Any = None) -> Any:
    """Keys and values of some ids behind those of `past`, which is changed; None for a network that gives none."""
    batch = torch.tensor([ids], device=language.device)
    found = run(language.model, input_ids=batch, past_key_values=past, use_cache=True, logits_to_keep=1)
    return getattr(found, "past_key_values", None)


@torch.no_grad()
def logits(language: LanguageModel, ids: list[int], places: list[int], **past: Any) -> Tensor:
    """Logits (places, vocabulary) at places of some ids; keyword arguments are those of the model."""
    batch, keep = (torch.tensor(x, device=language.device) for x in ([ids], places))
    forget_lengths(language.model)
    if "logits_to_keep" in inspect.signature(language.model.forward).parameters:
        return run(language.model, input_ids=batch, logits_to_keep=keep, **past).logits[0]
    return run(language.model, input_ids=batch, **past).logits[0, keep]


def refuse_unreadable(language: LanguageModel, ids: list[int], shortest: int) -> None:
    """Raise CompletionError ("refused") for a prompt beyond the context, or one whose parts are not read as it is.

    `shortest` is the length of the shortest part that is read by itself: rotary positions of some models hang on it.
    Raises ValueError for ids that the model does not know.
    """
    language.refuse_ids(torch.tensor(ids))
    refuse_beyond_context(language, len(ids))
    if language.turns_with_length(len(ids), shortest):
        what = f"rotary positions of {language.name} differ between {shortest} and {len(ids)} tokens"
        raise CompletionError("refused", what, attempts=1, seconds=0.0)


def expected_levels(logits: Tensor, digits: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expected levels, 0 to 10, and the probability of any digit, from logits (tokens, vocabulary) and the digits' ids.

    Digits 0 to n count as levels 0 to 10, evenly. Their probabilities are renormalised after the largest logit is taken
    off, so that nothing underflows where no digit is likely. Raises CompletionError for logits that are no numbers.
    """
    x = logits.double()
    of_digits = x[:, list(digits)]
    mass = (of_digits.logsumexp(1) - x.logsumexp(1)).exp()
    level = torch.arange(len(digits), dtype=torch.float64, device=x.device) * TOP_LEVEL / (len(digits) - 1)
    expected = of_digits.softmax(1) @ level
    if not (expected.isfinite() & mass.isfinite()).all():
        raise CompletionError("malformed answer", "the model's logits are no numbers", attempts=1, seconds=0.0)
    return expected.cpu().numpy(), mass.cpu().numpy()
