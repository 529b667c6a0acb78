"""What is explained, and what an explanation and a simulation are: records, their split, levels from 0 to 10.

Two units. *Values* are activations of a direction, real numbers of any sign. *Levels* are what words can speak of:
values over the largest one, from 0 to 10, as Bills et al. (2023) have it. A level knows one end of a direction alone:
the other end is explained by the same records with their values negated (`sign=-1`, or `flipped`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import DisjointSet

from polylib import activation_records, validate
from polylib.completions import Completion, CompletionError

TOP_LEVEL = 10


@dataclass(frozen=True, eq=False)
class ActivationRecord:
    """A stretch of text as tokens, with one value a token. Raises ValueError for another number of values, or none."""

    tokens: list[str]
    values: NDArray[np.float64]
    passage: int | None = None
    """where it was cut from: no passage, nor two that share a record's tokens, stand on both sides of a split"""

    def __post_init__(self) -> None:
        values = validate.real("values", self.values)
        if values.shape != (len(self.tokens),) or not self.tokens:
            raise ValueError(f"values must be one a token, for {len(self.tokens)} tokens, got shape {values.shape}")
        object.__setattr__(self, "values", values)

    def flipped(self) -> "ActivationRecord":
        """The other end of the direction: the same tokens, values negated."""
        return ActivationRecord(self.tokens, -self.values, self.passage)


@dataclass(frozen=True)
class Split:
    """Records to explain from and, apart from them, records to score on."""

    explain: list[ActivationRecord]
    score: list[ActivationRecord]
    n_top: tuple[int, int]
    """how many of each, at their start, were chosen for their large values; the rest is random"""

    @property
    def top(self) -> float:
        """The value of level 10: the largest of the explain records, 0 if none is positive."""
        return largest(self.explain)

    def flipped(self) -> "Split":
        """The same records seen from the other end; those at the start are not its top ones."""
        explain, score = ([r.flipped() for r in part] for part in (self.explain, self.score))
        return Split(explain, score, (0, 0))


@dataclass(frozen=True)
class Explanation:
    """Words for a direction, a table if the explainer has one, and what they cost."""

    text: str
    """completes "the main thing this neuron does is find" """
    table: Mapping[str, float] | None = None
    """level by token, in 0 to 10"""
    unseen: float = 0.0
    """level of a token that the table does not hold"""
    counts: Mapping[str, int] = field(default_factory=dict)
    """how often each token of the table was seen"""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


class MalformedAnswerError(CompletionError):
    """A language model answered, and was paid for it, but not what it was asked."""

    def __init__(self, what: str, completion: Completion) -> None:
        super().__init__("malformed answer", what, attempts=1, seconds=completion.seconds)
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


def record_windows(
    records: activation_records.Records, d: int, layer: int, *, sign: int = 1, skip: int = 4, width: int | None = None
) -> list[ActivationRecord]:
    """Every passage along direction `d` of a layer (both by place), without its first `skip` tokens, in windows.

    Windows of `width` tokens do not overlap, and a shorter rest is left out; without a width a passage is one record.
    `sign` -1 is the other end of the direction: its values are negated. Raises ValueError if no window is left.
    """
    if sign not in (1, -1):
        raise ValueError(f"sign must be 1 or -1, got {sign}")
    skip, found = validate.one_count("skip", skip, 0), []
    for p in range(len(records.tokens)):
        whole = records[d, layer, p]
        tokens, values = whole.tokens[skip:], sign * whole.values[skip:].astype(np.float64)
        size = max(len(tokens), 1) if width is None else validate.one_count("width", width)
        for start in range(0, len(tokens) - size + 1, size):
            part = slice(start, start + size)
            found.append(ActivationRecord(tokens[part], values[part], p))
    if not found:
        raise ValueError(f"records must hold passages of at least skip + width = {skip} + {width or 1} tokens")
    return found


def select(
    records: Sequence[ActivationRecord],
    *,
    n_explain: int = 5,
    n_score: int = 5,
    n_random: int = 5,
    rng: np.random.Generator,
) -> Split:
    """A split by passages: half of them, drawn at random, are for explaining, the others for scoring.

    Passages that share a record's tokens stay together. Of each half come first the records with the largest values
    (`n_explain` and `n_score`), then `n_random` of the others, at random. Choosing within each half keeps the two
    alike. The same seed gives the same halves, whatever the values are. Raises ValueError if a half has too few.
    """
    validate.generator("rng", rng)
    wanted = {"n_explain": n_explain, "n_score": n_score, "n_random": n_random}
    wanted = {name: validate.one_count(name, value, 0) for name, value in wanted.items()}
    passages = [("own", i) if r.passage is None else ("passage", r.passage) for i, r in enumerate(records)]
    sources = _tied(passages, records)
    first = _half(Counter(dict(zip(passages, sources, strict=True)).values()), rng)
    halves = []
    for name, inside in (("n_explain", True), ("n_score", False)):
        half = [r for r, source in zip(records, sources, strict=True) if (source in first) == inside]
        if len(half) < wanted[name] + wanted["n_random"]:
            rule = f"must leave room for {wanted[name]} top and {wanted['n_random']} random ones in each half"
            raise ValueError(f"records {rule}, got {len(half)} in one half")
        ranked = _by_peak(half)
        rest = ranked[wanted[name] :]
        chosen = rng.permutation(len(rest))[: wanted["n_random"]]
        halves.append(ranked[: wanted[name]] + [rest[i] for i in chosen])
    return Split(*halves, (wanted["n_explain"], wanted["n_score"]))


def select_even_odd(records: Sequence[ActivationRecord], n: int = 10) -> Split:
    """The supplement's choice: of the `n` records with the largest values, in order, every second one explains, the
    others score. There are no random records, and passages are not kept apart. Raises ValueError for fewer than n.
    """
    if len(records) < validate.one_count("n", n, 2):
        raise ValueError(f"records must be at least n = {n}, got {len(records)}")
    best = _by_peak(records)[: int(n)]
    return Split(best[::2], best[1::2], (len(best[::2]), len(best[1::2])))


def _tied(passages: list[tuple], records: Sequence[ActivationRecord]) -> list[tuple]:
    """Of each record its passage; one and the same for all those that equal tokens tie together."""
    texts = [("tokens", *r.tokens) for r in records]
    tied = DisjointSet([*passages, *texts])
    for passage, text in zip(passages, texts, strict=True):
        tied.merge(passage, text)
    one = {tied[passage]: passage for passage in passages}
    return [one[tied[passage]] for passage in passages]


def _half(sizes: Counter, rng: np.random.Generator) -> set[tuple]:
    """Sources that hold half the passages, in random order; one that would be too many is passed over."""
    sources, room, found = sorted(sizes), sizes.total() // 2, set()
    for source in (sources[i] for i in rng.permutation(len(sources))):
        if sizes[source] <= room:
            found, room = found | {source}, room - sizes[source]
    return found


def _by_peak(records: Sequence[ActivationRecord]) -> list[ActivationRecord]:
    return sorted(records, key=lambda r: -r.values.max())
