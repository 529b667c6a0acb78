"""The residual stream of a language model: the vector that every block of a transformer reads and adds to.

Layer 0 is what enters the first block, embeddings with any added positions; layer l is what leaves block l. All are
taken by hooks *before* the final norm. (The last of the `hidden_states` that transformers returns is after it.)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from polylib import validate
from polylib.language.models import LanguageModel
from polylib.language.passages import Passages


@dataclass(frozen=True)
class Batch:
    """Activations of some of the passages, in single precision on the model's device."""

    rows: slice
    """which passages"""
    activations: Float[Tensor, "layers passages tokens units"]
    mask: Bool[Tensor, "passages tokens"]
    """True where there is a token; what stands in the activations elsewhere means nothing"""

    def kept(self, skip: int) -> Bool[Tensor, "passages tokens"]:
        """The tokens from position `skip` on: the first ones are outliers in most trained models."""
        kept = self.mask.clone()
        kept[:, :skip] = False
        return kept


@torch.no_grad()
def residual_stream(language: LanguageModel, passages: Passages, batch_size: int = 10) -> Iterator[Batch]:
    """The residual stream of every passage, a batch of passages at a time, so that memory does not grow with them.

    Raises ValueError for a batch size that is no count.
    """
    size = validate.integer("batch_size", batch_size)
    for start in range(0, len(passages), size):
        rows = slice(start, min(start + size, len(passages)))
        ids, mask = (part[rows].to(language.device) for part in (passages.ids, passages.mask))
        yield Batch(rows, _forward(language, ids, mask), mask)


def _forward(language: LanguageModel, ids: Tensor, mask: Tensor) -> Tensor:
    """One pass without the head; the hooks are gone afterwards, whatever happens."""
    found: list[Tensor] = []

    def keep(hidden: Tensor) -> None:
        found.append(hidden.detach().to(language.device, torch.float32))

    def entering(module: object, args: tuple, kwargs: dict) -> None:
        keep(args[0] if args else kwargs["hidden_states"])

    def leaving(module: object, args: tuple, output: Tensor | tuple) -> None:
        keep(output if isinstance(output, Tensor) else output[0])

    blocks = language.blocks
    hooks = [blocks[0].register_forward_pre_hook(entering, with_kwargs=True)]
    hooks += [block.register_forward_hook(leaving) for block in blocks]
    try:
        language.model.base_model(input_ids=ids, attention_mask=mask.long(), use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.stack(found)
