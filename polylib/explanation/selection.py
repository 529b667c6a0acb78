"""Which records explain and which score: windows cut from passages, split so that no text stands on both sides."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import DisjointSet

from polylib import validate
from polylib.explanation.records import Split
from polylib.language.activation_records import ActivationRecord, ActivationRecords


def record_windows(
    records: ActivationRecords, d: int, layer: int, *, sign: int = 1, skip: int = 4, width: int | None = None
) -> list[ActivationRecord]:
    """Every passage along direction `d` of a layer (both by place), without its first `skip` tokens, in windows.

    Windows of `width` tokens do not overlap, and a shorter rest is left out; without a width a passage is one record.
    `sign` -1 is the other end of the direction: its values are negated. Raises ValueError if no window is left.
    """
    validate.one_of("sign", sign, (1, -1))
    skip, found = validate.integer("skip", skip, 0), []
    for p in range(len(records.tokens)):
        whole = records[d, layer, p]
        tokens, values = whole.tokens[skip:], sign * whole.values[skip:]
        size = max(len(tokens), 1) if width is None else validate.integer("width", width)
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
    wanted = {name: validate.integer(name, value, 0) for name, value in wanted.items()}
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
    return Split(*halves)


def select_even_odd(records: Sequence[ActivationRecord], n: int = 10) -> Split:
    """The supplement's choice: of the `n` records with the largest values, in order, every second one explains, the
    others score. There are no random records, and passages are not kept apart. Raises ValueError for fewer than n.
    """
    if len(records) < validate.integer("n", n, 2):
        raise ValueError(f"records must be at least n = {n}, got {len(records)}")
    best = _by_peak(records)[: int(n)]
    return Split(best[::2], best[1::2])


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
