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
from polylib.language.blocks import forget_lengths, stream_of
from polylib.language.models import LanguageModel
from polylib.language.passages import Passages


@dataclass(frozen=True)
class Batch:
    """Activations of some of the passages, in single precision on the model's device."""

    rows: slice
    """which passages"""
    activations: Float[Tensor, "layers passages tokens units"]
    mask: Bool[Tensor, "passages tokens"]
    """True where there is a token; elsewhere the activations are 0"""

    def kept(self, skip: int) -> Bool[Tensor, "passages tokens"]:
        """The tokens from position `skip` on: the first ones are outliers in most trained models."""
        kept = self.mask.clone()
        kept[:, :skip] = False
        return kept


@torch.no_grad()
def residual_stream(language: LanguageModel, passages: Passages, batch_size: int = 10) -> Iterator[Batch]:
    """The residual stream of every passage, a batch of passages at a time, so that memory does not grow with them.

    Passages of one length are read together, and no padding is read at all: a passage's numbers are its own, whatever
    stands beside it. Where there is no token the activations are 0. Raises ValueError for a batch size that is no
    count, passages that are not padded on the right or are longer than the model's context, token ids that it does not
    know, activations that are not finite, and a model whose blocks cannot be told.
    """
    size = validate.integer("batch_size", batch_size)
    _refuse_unfit(language, passages)
    for start in range(0, len(passages), size):
        rows = slice(start, min(start + size, len(passages)))
        ids, mask = (part[rows].to(language.device) for part in (passages.ids, passages.mask))
        yield Batch(rows, _read(language, ids, mask), mask)


def _read(language: LanguageModel, ids: Tensor, mask: Tensor) -> Tensor:
    """One pass for each length, without the head."""
    lengths = mask.sum(1)
    shape = (language.n_layers + 1, *ids.shape, language.n_units)
    found = torch.zeros(shape, dtype=torch.float32, device=language.device)
    for length in lengths.unique().tolist():
        rows = (lengths == length).nonzero()[:, 0]
        forget_lengths(language.model)
        for layer, x in enumerate(stream_of(language.model, language.blocks, ids[rows, :length])):
            validate.finite("activations", x, f" at layer {layer} of {language.name!r} in {language.model.dtype}")
            found[layer, rows, :length] = x.to(found)
    return found


def _refuse_unfit(language: LanguageModel, passages: Passages) -> None:
    lengths = passages.mask.sum(1)
    places = torch.arange(passages.mask.shape[1])
    if not torch.equal(passages.mask.cpu(), places < lengths[:, None].cpu()) or not bool((lengths > 0).all()):
        raise ValueError("passages must hold tokens first and padding on their right, got another mask")
    language.refuse_ids(passages.ids[passages.mask])
    longest = int(lengths.max()) if len(lengths) else 0
    if language.context is not None and longest > language.context:
        raise ValueError(
            f"passages must have at most {language.context} tokens, the context of {language.name!r}, got {longest}"
        )
