"""Passages of text, cut into tokens whose strings join to the text again."""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from polylib import validate
from polylib.runs import data
from polylib.runs.package_file import package_file

LEE_SHA256 = "5d78d6dafd953bbf65797bef09a9ffb9ec430583381be705f8fd460000f370fb"


@dataclass(frozen=True)
class Passages:
    """Token ids of several texts, padded on the right."""

    ids: Int[Tensor, "passages tokens"]
    mask: Bool[Tensor, "passages tokens"]
    """True where there is a token, False where there is padding"""
    tokens: list[list[str]]
    """strings, none for padding: they join to the text. A character of several tokens stands whole at the first of
    them, and the others, like special tokens, are empty."""

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, rows: slice) -> "Passages":
        return Passages(self.ids[rows], self.mask[rows], self.tokens[rows])


def texts(
    name: str = "lee",
    n: int | None = None,
    *,
    least: int = 1,
    config: str | None = None,
    split: str = "train",
    column: str = "text",
) -> list[str]:
    """The first `n` passages of at least `least` characters in a corpus, all of them by default.

    "lee" is the Lee corpus of 300 news passages, from a file in the gensim package, which is not imported. Any other
    name is a data set that the package `datasets` loads, with its `config`, `split` and `column`. Raises
    FileNotFoundError or ModuleNotFoundError for a missing package, ValueError if there are fewer than n, or if the Lee
    corpus is not the published one.
    """
    n = None if n is None else validate.integer("n", n)
    if name == "lee":
        corpus = package_file("gensim", "test/test_data/lee_background.cor").read_bytes()
        data.note("lee", data.digest([corpus]), LEE_SHA256)
        lines = corpus.decode("utf-8").splitlines()
    else:
        lines = (row[column] for row in _datasets().load_dataset(name, config, split=split, streaming=True))
    found = list(islice((line for line in lines if len(line.strip()) >= least), n))
    if n is not None and len(found) < n:
        raise ValueError(f"n must be at most the {len(found)} passages of {name!r}, got {n}")
    return found


def tokenize(texts: list[str], tokenizer: Any, n_tokens: int = 64) -> Passages:
    """The first `n_tokens` tokens of every text, in the tokenizer's own way, special tokens included if it adds any.

    Raises ValueError for a text without a token, for no text at all or what is no list of strings, and for a tokenizer
    that cannot tell where its tokens stand.
    """
    longest = validate.integer("n_tokens", n_tokens)
    if isinstance(texts, str) or not texts:
        raise ValueError(f"texts must hold at least one text, got {'the string ' + repr(texts) if texts else 'none'}")
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"texts must be strings, got {text!r} as text {row}")
    if not getattr(tokenizer, "is_fast", False):
        raise ValueError(f"tokenizer must be a fast one, got {type(tokenizer).__name__}")
    side = tokenizer.truncation_side
    tokenizer.truncation_side = "right"
    try:
        cut = tokenizer(texts, truncation=True, max_length=longest, padding=False, return_offsets_mapping=True)
    finally:
        tokenizer.truncation_side = side
    for row, spans in enumerate(cut["offset_mapping"]):
        if not any(end > 0 for _, end in spans):  # special tokens stand nowhere in the text
            raise ValueError(f"texts must have at least one token each, got none in text {row}, {texts[row]!r}")
    width = max(map(len, cut["input_ids"]))
    ids = torch.zeros(len(texts), width, dtype=torch.long)
    mask = torch.zeros(len(texts), width, dtype=torch.bool)
    for row, known in enumerate(cut["input_ids"]):
        ids[row, : len(known)] = torch.tensor(known)
        mask[row, : len(known)] = True
    return Passages(ids, mask, [_pieces(*pair) for pair in zip(texts, cut["offset_mapping"], strict=True)])


def without_copies(passages: Passages, n: int = 4, shared: int = 8, *, of: Passages | None = None) -> Passages:
    """The passages that are no copies: those share `shared` different runs of `n` tokens with an earlier passage.

    Earlier are those before it, and all in `of`. A passage with fewer runs than `shared` is a copy if all of them stood
    in one earlier passage.
    """
    n, shared = validate.integer("n", n), validate.integer("shared", shared)
    kept, seen = [], [] if of is None else _runs(of, n)
    for row, runs in enumerate(_runs(passages, n)):
        if all(len(runs & other) < min(shared, len(runs)) for other in seen):
            kept.append(row)
            seen.append(runs)
    return Passages(passages.ids[kept], passages.mask[kept], [passages.tokens[row] for row in kept])


def shuffled(passages: Passages, *, rng: np.random.Generator) -> Passages:
    """The same tokens of every passage in a random order; the strings go with them.

    Raises ValueError for an `rng` that is a bare seed.
    """
    validate.generator("rng", rng)
    ids, strings = passages.ids.clone(), []
    for row, tokens in enumerate(passages.tokens):
        order = rng.permutation(len(tokens))
        ids[row, : len(tokens)] = passages.ids[row, torch.from_numpy(order)]
        strings.append([tokens[i] for i in order])
    return replace(passages, ids=ids, tokens=strings)


def spliced(passages: Passages, seam: int, then: Passages | None = None) -> Passages:
    """The first `seam` tokens of every passage, then what another one has after as many.

    The others are those of `then`, in the same order, by default the next of each passage and after the last the first.
    So the text changes at a known place, and every token keeps the place that it had. Raises ValueError for fewer than
    two passages, passages of different lengths, others of another number, or a seam that does not lie within them.
    """
    seam, length = validate.integer("seam", seam), passages.ids.shape[1]
    if len(passages) < 2 or not bool(passages.mask.all()) or seam >= length:
        raise ValueError(
            f"passages must be two or more of one length above seam = {seam}, got {len(passages)} of up to {length}"
        )
    if then is not None and (then.ids.shape != passages.ids.shape or not bool(then.mask.all())):
        raise ValueError(f"then must be whole passages, {tuple(passages.ids.shape)}, got {tuple(then.ids.shape)}")
    others = passages.tokens[1:] + passages.tokens[:1] if then is None else then.tokens
    rest = passages.ids.roll(-1, 0) if then is None else then.ids
    ids = torch.cat([passages.ids[:, :seam], rest[:, seam:]], 1)
    strings = [one[:seam] + other[seam:] for one, other in zip(passages.tokens, others, strict=True)]
    return replace(passages, ids=ids, tokens=strings)


def continued(passages: Passages, longer: Passages) -> tuple[Passages, Passages]:
    """The passages that go on in one of `longer` for as many tokens again, and what these tokens are.

    passages: of one length. Of several texts that begin alike it is the first that counts. Raises ValueError for
    passages of different lengths.
    """
    length = passages.ids.shape[1]
    if not bool(passages.mask.all()):
        raise ValueError(f"passages must be of one length, got some of fewer than {length} tokens")
    known: dict[tuple[int, ...], int] = {}
    for row in longer.mask.sum(1).ge(2 * length).nonzero()[:, 0].tolist():
        known.setdefault(tuple(longer.ids[row, :length].tolist()), row)
    at = [known.get(tuple(ids)) for ids in passages.ids.tolist()]
    here = [row for row, found in enumerate(at) if found is not None]
    there, part = [found for found in at if found is not None], slice(length, 2 * length)
    then = Passages(longer.ids[there, part], longer.mask[there, part], [longer.tokens[row][part] for row in there])
    return Passages(passages.ids[here], passages.mask[here], [passages.tokens[row] for row in here]), then


def _runs(passages: Passages, n: int) -> list[set[tuple[int, ...]]]:
    """The different runs of `n` tokens in every passage; all its tokens are one where there are fewer."""
    known = [ids[mask].tolist() for ids, mask in zip(passages.ids, passages.mask, strict=True)]
    return [{tuple(one[i : i + n]) for i in range(max(1, len(one) - n + 1))} for one in known]


def _pieces(text: str, offsets: list[tuple[int, int]]) -> list[str]:
    """The text between the ends of successive tokens, so that nothing is lost and nothing comes twice."""
    pieces, done = [], 0
    for _, end in offsets:
        pieces.append(text[done:end])
        done = max(done, end)
    return pieces


def _datasets() -> Any:
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'a corpus other than "lee" needs the package datasets: pip install datasets'
        ) from error
    return datasets
