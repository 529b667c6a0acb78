"""A reader's own texts: from a list or a file, cut into stretches of one length, and these into parts to compare.

A part has texts of its own. What is measured once in each part has as many values as there are parts, and their spread
is that of other texts from the same source: the interval of a finding runs over parts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int

from polylib import validate
from polylib.language import passages
from polylib.language.models import LanguageModel
from polylib.language.passages import Passages

COPIED = 8
"""tokens of a run that two stretches may share; a quarter of their length in different ones, and they are copies"""


@dataclass(frozen=True)
class Parts:
    """Stretches of equally many tokens, every n_parts-th one of the same part."""

    passages: Passages
    texts: Int[np.ndarray, " stretches"]
    """from which text each was cut"""
    told: Bool[np.ndarray, " stretches"]
    """one half of each part, by texts: what a table or an explanation may see; the rest tests it"""
    n_parts: int
    notes: tuple[str, ...] = ()
    """doubts, in words"""

    def rows(self, part: int) -> Int[np.ndarray, " own"]:
        """Places of a part's stretches."""
        return np.arange(part, len(self.passages), self.n_parts)

    def own(self, part: int) -> Passages:
        """A part's stretches."""
        rows = self.rows(part).tolist()
        chosen = self.passages
        return Passages(chosen.ids[rows], chosen.mask[rows], [chosen.tokens[row] for row in rows])


def read_texts(source: str | Path | Sequence[Any]) -> list[str]:
    """Texts of a list, which is handed back checked, or of a file in UTF-8, whose texts stand apart by an empty line.

    A str must be the path of a file, or "lee", the corpus of 300 news passages. Raises ValueError for one text that was
    given without a list, for texts that are no strings or are empty, and for a file that holds none or is no UTF-8.
    """
    if isinstance(source, str | Path):
        found = passages.texts("lee") if source == "lee" else _of_file(source)
    else:
        found = list(source)
    if not found:
        raise ValueError(f"texts must hold at least one text, got none in {source!r}")
    for i, text in enumerate(found):
        if not isinstance(text, str):
            raise ValueError(f"texts must be strings, got {text!r} as text {i}")
        if not text.strip():
            raise ValueError(f"texts must not be empty, got {text!r} as text {i}")
    return found


def cut_into_parts(
    texts: Sequence[str], language: LanguageModel, *, n_tokens: int = 64, n_parts: int = 5, most: int | None = None
) -> Parts:
    """Texts cut into stretches of `n_tokens` tokens, and these into `n_parts` parts of equally many.

    The rest of a text that fills no stretch is left out, and so are stretches that repeat earlier ones. No two parts
    share a text, nor do the two halves of a part, where there are enough texts; else a note says so. `most` is the
    number of stretches that are kept, in turn from each text. Raises ValueError for texts that give fewer than two
    stretches a part, and for stretches longer than the model's context.
    """
    n_tokens, n_parts = validate.integer("n_tokens", n_tokens, 8), validate.integer("n_parts", n_parts, 3)
    if language.context is not None and n_tokens > language.context:
        raise ValueError(
            f"n_tokens must be at most {language.context}, the context of {language.name!r}, got {n_tokens}"
        )
    cut, owner = _stretches(read_texts(list(texts)), language.tokenizer, n_tokens)
    single = passages.without_copies(cut, COPIED, max(4, n_tokens // 4))
    kept = {id(tokens) for tokens in single.tokens}  # the very lists, of those that are no copies
    owner = owner[[id(tokens) in kept for tokens in cut.tokens]]
    order = np.lexsort((owner, _turn(owner)))[:most]  # each text's first stretch, each one's second ...
    cells, notes = _cells(owner, np.sort(order), 2 * n_parts)
    if cells.size == 0:
        raise ValueError(
            f"texts must fill {n_parts} parts of two stretches of {n_tokens} tokens, got {len(order)} that are no "
            f"copies from {len(texts)} texts: give more, or set n_tokens or n_parts lower"
        )
    order = cells.reshape(n_parts, -1).T.ravel()  # part p at p, p + n_parts, ...
    told = np.repeat(np.arange(2 * cells.shape[1]) < cells.shape[1], n_parts)
    chosen = Passages(single.ids[order], single.mask[order], [single.tokens[i] for i in order])
    return Parts(chosen, owner[order], told, n_parts, notes)


def _of_file(path: str | Path) -> list[str]:
    file = Path(path)
    if not (len(str(path)) < 1000 and file.is_file()):
        shown = f"{str(path)[:40]}..." if len(str(path)) > 40 else str(path)
        raise ValueError(
            f'texts must be a list of texts, the path of a file of them, or "lee", got the one string {shown!r} '
            f"of {len(str(path))} characters: put it into a list, [text]"
        )
    try:
        found = re.split(r"\n\s*\n", file.read_text(encoding="utf-8-sig"))  # an empty line may hold blanks
        return [text.strip() for text in found if text.strip()]
    except UnicodeDecodeError as error:
        raise ValueError(f"texts must be a file in UTF-8, got {file.name} with {error.reason}") from None


def _stretches(texts: list[str], tokenizer: Any, n_tokens: int) -> tuple[Passages, Int[np.ndarray, " n"]]:
    """All stretches of exactly n_tokens, by the tokenizer's own windows, and the text of each."""
    passages.tokenize(texts[:1], tokenizer, n_tokens)  # refuses what is no tokenizer of this kind
    side, tokenizer.truncation_side = tokenizer.truncation_side, "right"
    try:
        how = {"truncation": True, "max_length": n_tokens, "return_overflowing_tokens": True, "stride": 0}
        cut = tokenizer(texts, **how, return_offsets_mapping=True, padding=False)
    finally:
        tokenizer.truncation_side = side
    windows = zip(cut["input_ids"], cut["offset_mapping"], cut["overflow_to_sample_mapping"], strict=True)
    whole = [(ids, spans, i) for ids, spans, i in windows if len(ids) == n_tokens]
    if not whole:
        longest = max(map(len, cut["input_ids"]))
        raise ValueError(f"texts must have n_tokens = {n_tokens} tokens or more, got at most {longest}: set it lower")
    ids = torch.tensor([ids for ids, _, _ in whole])
    strings = [_strings(texts[i], spans) for _, spans, i in whole]
    return Passages(ids, torch.ones_like(ids, dtype=torch.bool), strings), np.array([i for _, _, i in whole])


def _strings(text: str, spans: list[tuple[int, int]]) -> list[str]:
    """The strings of a window, which begins where its first token does."""
    first = next((start for start, end in spans if end > start), 0)
    moved = [(max(start - first, 0), max(end - first, 0)) for start, end in spans]
    return passages._pieces(text[first:], moved)


def _turn(owner: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Of each stretch, how many of its text come before it."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    return np.arange(len(owner)) - np.repeat(starts, np.diff(starts, append=len(owner)))


def _cells(
    owner: Int[np.ndarray, " n"], order: Int[np.ndarray, " m"], n: int
) -> tuple[Int[np.ndarray, "cells size"], tuple[str, ...]]:
    """Stretches dealt into n cells of one size, whole texts to the emptiest cell; where these are too few, in order.

    Beside them what is wrong with that, in words.
    """
    texts, counts = np.unique(owner[order], return_counts=True)
    cells: list[list[int]] = [[] for _ in range(n)]
    for text in texts[np.argsort(-counts, kind="stable")]:
        min(cells, key=len).extend(order[owner[order] == text].tolist())
    size = min(map(len, cells))
    if 2 * size * n >= len(order):
        return np.array([cell[:size] for cell in cells], dtype=np.int64).reshape(n, size), ()
    size = len(order) // n
    said = (
        "the texts are too few, so that some have stretches in two parts or halves: intervals take these as independent"
    )
    return order[: size * n].reshape(n, size), (said,)
