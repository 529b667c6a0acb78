"""What is explained, and what an explanation and a simulation are: a split of records, levels from 0 to 10.

Two units. *Values* are activations of a direction, real numbers of any sign. *Levels* are what words can speak of:
values over the largest one, from 0 to 10, as Bills et al. (2023) have it. A level knows one end of a direction alone:
the other end is explained by the same records with their values negated (`sign=-1`, or `flipped`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polylib import validate
from polylib.completions.local import Completion, CompletionError
from polylib.language.activation_records import ActivationRecord

TOP_LEVEL = 10


@dataclass(frozen=True)
class Split:
    """Records to explain from and, apart from them, records to score on."""

    explain: list[ActivationRecord]
    score: list[ActivationRecord]

    @property
    def top(self) -> float:
        """The value of level 10: the largest of the explain records, 0 if none is positive."""
        return largest(self.explain)

    def flipped(self) -> "Split":
        """The same records seen from the other end."""
        return Split(*([r.flipped() for r in part] for part in (self.explain, self.score)))


@dataclass(frozen=True)
class Explanation:
    """Words for a direction, a table if the explainer has one, and what they cost."""

    text: str
    """completes "the main thing this neuron does is find" """
    table: Mapping[str, float] | None = None
    """level by token, in 0 to 10"""
    unseen: float = 0.0
    """level of a token that the table does not hold"""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


class MalformedAnswerError(CompletionError):
    """A language model answered, and was paid for it, but not what it was asked."""

    def __init__(self, what: str, completion: Completion) -> None:
        paid = {"prompt_tokens": completion.prompt_tokens, "completion_tokens": completion.completion_tokens}
        super().__init__("malformed answer", what, attempts=1, seconds=completion.seconds, **paid)
        self.completion = completion


@dataclass(frozen=True, eq=False)
class Simulation:
    """What a reader of the explanation expects a record to show."""

    expected: NDArray[np.float64]
    """levels, from 0 to 10, one a token"""
    mass: NDArray[np.float64] | None = None
    """probability that the next token is a level at all, before it is renormalised; None where none was computed"""
    prompt_tokens: int = 0
    """token ids read by the network"""
    completion_tokens: int = 0
    seconds: float = 0.0


def largest(records: Sequence[ActivationRecord]) -> float:
    """Largest value of all records, in units of activity; 0 if no value is positive, or there is no record."""
    return max((float(np.maximum(r.values, 0).max()) for r in records), default=0.0)


def levels(values: NDArray[np.float64], top: float) -> NDArray[np.int64]:
    """Values as whole levels, 0 to 10, `top` being 10. Negative values are 0, and all are if `top` is not positive."""
    x = validate.real("values", values)
    if not validate.scalar("top", validate.real("top", top)) > 0:
        return np.zeros(x.shape, dtype=np.int64)
    below = np.floor(TOP_LEVEL * np.maximum(x, 0) / top)
    return np.where(x >= top, TOP_LEVEL, below).astype(np.int64)  # rounding can leave 10 top / top just below 10
