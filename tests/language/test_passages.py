"""Passages: strings that join to the text, characters whole, corpora by name."""

import sys
import types

import numpy as np
import pytest
import tiny
import torch
from hypothesis import given
from hypothesis import strategies as st

from polylib.language.passages import Passages, continued, shuffled, spliced, texts, tokenize, without_copies

BYTES = tiny.tokenizer()
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=30)


def test_the_lee_corpus_is_whole():
    lee = texts()
    assert len(lee) == 300
    assert all(lee)
    assert lee[0].startswith("Hundreds of people have been forced to vacate their homes")
    assert texts("lee", 5) == lee[:5]
    assert texts("lee", 2, least=1000) == [t for t in lee if len(t.strip()) >= 1000][:2]
    assert "gensim" not in sys.modules


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_strings_join_to_the_text_and_bytes_are_the_tokens(some):
    passages = tokenize(some, BYTES, n_tokens=200)
    assert len(passages) == len(some)
    for text, tokens, mask in zip(some, passages.tokens, passages.mask, strict=True):
        assert "".join(tokens) == text
        assert len(tokens) == len(text.encode()) == int(mask.sum())


def test_a_character_of_several_tokens_is_whole_and_comes_once():
    passages = tokenize(["aé😀b"], BYTES)
    assert passages.tokens == [["a", "é", "", "😀", "", "", "", "b"]]


def test_a_text_that_is_cut_within_a_character_keeps_it_whole():
    assert tokenize(["a😀b"], BYTES, n_tokens=3).tokens == [["a", "😀", ""]]


def test_padding_is_on_the_right_and_marked():
    passages = tokenize(["abc", "a"], BYTES)
    assert passages.mask.tolist() == [[True] * 3, [True, False, False]]
    assert passages.tokens[1] == ["a"]
    part = passages[1:]
    assert (len(part), part.tokens) == (1, [["a"]])


@pytest.mark.parametrize(
    ("some", "n", "message"),
    [
        (["ab", ""], 64, "texts must have at least one token each, got none in text 1, ''"),
        ([], 64, "texts must hold at least one text, got none"),
        (["a"], 0, "n_tokens must be a whole number of at least 1, got 0"),
    ],
)
def test_texts_that_cannot_be_used(some, n, message):
    with pytest.raises(ValueError, match=message):
        tokenize(some, BYTES, n)


def test_shuffling_keeps_each_passage_its_tokens():
    passages = tokenize(["abcdefgh", "xyz"], BYTES)
    mixed = shuffled(passages, rng=np.random.default_rng(0))
    assert torch.equal(mixed.mask, passages.mask)
    for row in range(2):
        n = len(passages.tokens[row])
        assert sorted(mixed.tokens[row]) == sorted(passages.tokens[row])
        assert "".join(mixed.tokens[row]) == BYTES.decode(mixed.ids[row, :n])
    assert mixed.tokens[0] != passages.tokens[0]


def test_more_passages_than_there_are():
    with pytest.raises(ValueError, match="n must be at most the 300 passages of 'lee', got 301"):
        texts("lee", 301)


def test_another_corpus_comes_from_datasets(monkeypatch):
    calls = []

    def load_dataset(name, config, split, streaming):
        calls.append((name, config, split, streaming))
        return ({"text": t} for t in ["one", " ", "two", "three"])

    monkeypatch.setitem(sys.modules, "datasets", types.SimpleNamespace(load_dataset=load_dataset))
    assert texts("wiki", 2, config="raw", split="test", least=3) == ["one", "two"]
    assert calls == [("wiki", "raw", "test", True)]


def test_without_datasets_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ModuleNotFoundError, match='other than "lee" needs the package datasets: pip install datasets'):
        texts("wiki")


def test_copies_are_dropped_whole_or_in_part():
    def of(*rows):
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        mask = torch.zeros(ids.shape, dtype=torch.bool)
        for i, row in enumerate(rows):
            ids[i, : len(row)], mask[i, : len(row)] = torch.tensor(row), True
        return Passages(ids, mask, [[str(t) for t in row] for row in rows])

    first, second = list(range(1, 31)), list(range(101, 131))
    nearly = [7, *first[10:21], *range(200, 218)]  # eleven tokens in common: eight runs of four
    less = [8, *first[10:20], *range(300, 319)]  # ten: seven runs
    kept = without_copies(of(first, second, first, nearly, less, [5, 6], [5, 6], [5, 9]))
    assert kept.tokens == of(first, second, less, [5, 6], [5, 9]).tokens
    assert kept.ids.shape == (5, 30) and kept.mask.sum(1).tolist() == [30, 30, 30, 2, 2]
    assert len(without_copies(of(first, nearly), shared=9)) == 2
    others = of(nearly, [5, 6])
    apart = without_copies(of(second, first, [5, 6], less, second), of=others)
    assert apart.tokens == of(second, less).tokens  # neither what repeats the others, nor what comes twice
    assert len(others) == 2 and without_copies(apart, of=apart[:0]).tokens == apart.tokens


def test_spliced_halves_keep_their_places():
    some = tokenize(["abcdefgh", "ijklmnop", "qrstuvwx"], BYTES, 6)
    joined = spliced(some, 2)
    assert ["".join(tokens) for tokens in joined.tokens] == ["abklmn", "ijstuv", "qrcdef"]
    assert [bytes(map(ord, BYTES.decode(ids))).decode() for ids in joined.ids] == ["abklmn", "ijstuv", "qrcdef"]
    assert joined.mask.all()


def test_a_passage_goes_on_where_its_text_is_twice_as_long():
    short = tokenize(["abcd", "ijkl", "qrst"], BYTES, 4)
    longer = tokenize(["qrstuvwxyz", "ijklmno", "abcdefgh", "abcdXXXX"], BYTES, 9)
    first, then = continued(short, longer)
    assert ["".join(tokens) for tokens in first.tokens] == ["abcd", "qrst"]  # "ijkl" goes on for three alone
    assert ["".join(tokens) for tokens in then.tokens] == ["efgh", "uvwx"]
    cut = spliced(first, 2, then)
    assert ["".join(tokens) for tokens in cut.tokens] == ["abgh", "qrwx"]
    assert [bytes(map(ord, BYTES.decode(ids))).decode() for ids in cut.ids] == ["abgh", "qrwx"]
    with pytest.raises(ValueError, match="passages must be of one length, got some of fewer than 4"):
        continued(tokenize(["abcd", "ij"], BYTES, 4), longer)
    with pytest.raises(ValueError, match=r"then must be whole passages, \(2, 4\), got \(3, 4\)"):
        spliced(first, 2, short)


@pytest.mark.parametrize(
    ("strings", "seam", "got"),
    [
        (["abcdef"], 2, "got 1 of up to 6"),
        (["abcdef", "ab"], 2, "got 2 of up to 6"),
        (["abcdef", "ghijkl"], 6, "above seam = 6, got 2 of up to 6"),
    ],
)
def test_what_cannot_be_spliced_is_said(strings, seam, got):
    with pytest.raises(ValueError, match=got):
        spliced(tokenize(strings, BYTES, 6), seam)
