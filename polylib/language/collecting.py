"""One pass over the passages for as many collectors as there are: each looks at every batch, which is then dropped."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from polylib.language.models import LanguageModel
from polylib.language.passages import Passages
from polylib.language.residual_stream import Batch, residual_stream


@runtime_checkable
class Collector(Protocol):
    """What takes in batches of the residual stream, such as `LayerEnergies`, `PathMoments` or `Each`."""

    def add(self, batch: Batch) -> None:
        """Take in a batch."""


class Each:
    """What a function makes of every batch: an array (layers, passages, ...), all passages together.

    `part` takes activations (layers, passages, tokens, units) and gives what shall be kept of them, with the same first
    two axes, or a choice of layers.
    """

    def __init__(self, part: Callable[[Tensor], Tensor]) -> None:
        self._part = part
        self._found: list[NDArray] = []

    def add(self, batch: Batch) -> None:
        """Take in a batch. Raises ValueError if the passages are not the second axis of what is kept."""
        found = self._part(batch.activations).cpu().numpy()
        if found.ndim < 2 or found.shape[1] != len(batch.mask):
            raise ValueError(f"part must keep (layers, {len(batch.mask)} passages, ...), got shape {found.shape}")
        self._found.append(found)

    @property
    def values(self) -> NDArray:
        """What was kept, (layers, passages, ...). Raises ValueError before the first batch."""
        if not self._found:
            raise ValueError("batches must be added before values are asked for, got none")
        return np.concatenate(self._found, axis=1)


def collect(language: LanguageModel, passages: Passages, *collectors: Collector, batch_size: int = 10) -> None:
    """Show every batch of the passages' residual stream to each collector; raises ValueError as `residual_stream`."""
    for batch in residual_stream(language, passages, batch_size):
        for collector in collectors:
            collector.add(batch)
