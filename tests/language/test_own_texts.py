"""A reader's own texts: every script whole, no text on two sides, and clear words where there is too little."""

import numpy as np
import pytest
import tiny

from polylib.language import cut_into_parts, passages, read_texts

LINES = passages.texts("lee", 40)


@pytest.fixture(scope="module")
def lm():
    return tiny.model("gpt2")


def test_a_list_a_file_and_the_corpus(tmp_path):
    file = tmp_path / "own.txt"
    file.write_text("One text\nof two lines.\n\n \t\n\nAnother. Ünïcode, 漢字.\n", encoding="utf-8-sig")
    assert read_texts(["a", "b"]) == ["a", "b"]
    assert read_texts(file) == read_texts(str(file)) == ["One text\nof two lines.", "Another. Ünïcode, 漢字."]
    assert len(read_texts("lee")) == 300


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Just one text, which has no list around it and goes on.", r"the one string .* of 55 characters: put it into"),
        ("x" * 5000, r"of 5000 characters: put it into a list"),
        ([], "at least one text, got none"),
        (["a", ""], "must not be empty, got '' as text 1"),
        (["a", " \n"], "must not be empty"),
        (["a", 3], "must be strings, got 3 as text 1"),
    ],
)
def test_other_texts_are_refused(source, said):
    with pytest.raises(ValueError, match=said):
        read_texts(source)


def test_a_file_without_texts_or_in_another_code_is_refused(tmp_path):
    empty, other = tmp_path / "empty.txt", tmp_path / "other.txt"
    empty.write_text("\n\n")
    other.write_bytes("é".encode("latin-1"))
    with pytest.raises(ValueError, match="at least one text, got none"):
        read_texts(empty)
    with pytest.raises(ValueError, match=r"must be a file in UTF-8, got other\.txt"):
        read_texts(other)


def test_parts_and_halves_share_no_text(lm):
    found = cut_into_parts(LINES, lm, n_tokens=32, n_parts=4)
    assert found.notes == ()
    cells = [
        set(found.texts[found.rows(part)][found.told[found.rows(part)] == side].tolist())
        for part in range(4)
        for side in (True, False)
    ]
    assert sum(map(len, cells)) == len(set.union(*cells)) > 30
    assert len({len(found.rows(part)) for part in range(4)}) == 1
    assert found.told.mean() == 0.5
    own = found.own(2)
    assert own.tokens == found.passages.tokens[2::4] and len(own) == len(found.passages) // 4


def test_stretches_are_those_of_the_text(lm):
    """Bytes as tokens: a stretch's ids and strings give the bytes of its text back, in order and nothing twice."""
    found = cut_into_parts(LINES, lm, n_tokens=32, n_parts=3, most=30)
    assert len(found.passages) == 30
    for ids, tokens, text in zip(found.passages.ids, found.passages.tokens, found.texts, strict=True):
        assert len(ids) == len(tokens) == 32
        assert "".join(tokens) in LINES[text]
        assert lm.tokenizer.decode(ids) == "".join(tokens)


@pytest.mark.parametrize(
    "line", ["नमस्ते दुनिया, यह एक वाक्य है। ", "敏捷的棕色狐狸跳过懒狗。", "שלום עולם, זה משפט. ", "😀👍🏽 "]
)
def test_other_scripts_are_right(lm, line):
    rng = np.random.default_rng(0)
    texts = ["".join(rng.permutation(list(line * 12))) for _ in range(20)]
    found = cut_into_parts(texts, lm, n_tokens=40, n_parts=3)
    for tokens, text in zip(found.passages.tokens, found.texts, strict=True):
        assert "".join(tokens) in texts[text]
        assert len("".join(tokens)) > 5


def test_most_takes_from_every_text_in_turn(lm):
    found = cut_into_parts(LINES, lm, n_tokens=32, n_parts=4, most=40)
    assert len(set(found.texts)) == len(found.texts) == 40


def test_copies_are_left_out(lm):
    twice = cut_into_parts([*LINES, *LINES], lm, n_tokens=32, n_parts=4)
    once = cut_into_parts(LINES, lm, n_tokens=32, n_parts=4)
    assert twice.passages.tokens == once.passages.tokens


def test_one_long_text_is_cut_and_the_doubt_noted(lm):
    found = cut_into_parts([" ".join(LINES)], lm, n_tokens=32, n_parts=3)
    assert "two parts or halves" in found.notes[0]
    assert len(found.passages) > 100


def test_a_tokenizer_that_adds_a_first_token_adds_it_to_every_stretch(lm):
    from tokenizers.processors import TemplateProcessing

    own = tiny.tokenizer()
    own.backend_tokenizer.post_processor = TemplateProcessing(single="! $A", special_tokens=[("!", 0)])
    first = own("a")["input_ids"][0]
    found = cut_into_parts(LINES, type(lm)(lm.name, lm.model, own), n_tokens=32, n_parts=3)
    assert set(found.passages.ids[:, 0].tolist()) == {first}
    assert {tokens[0] for tokens in found.passages.tokens} == {""}
    assert all("".join(tokens) in LINES[text] for tokens, text in zip(found.passages.tokens, found.texts, strict=True))


def test_too_little_or_too_long_is_refused(lm):
    with pytest.raises(ValueError, match="n_tokens must be at most 64, the context of 'tiny gpt2', got 65"):
        cut_into_parts(LINES, lm, n_tokens=65)
    with pytest.raises(ValueError, match="texts must have n_tokens = 32 tokens or more, got at most 12: set it lower"):
        cut_into_parts(["Only a line."], lm, n_tokens=32)
    with pytest.raises(ValueError, match=r"must fill 5 parts of two stretches of 64 tokens, got \d that are no copies"):
        cut_into_parts([LINES[0][:400]], lm, n_tokens=64)
    with pytest.raises(ValueError, match="n_parts must be a whole number of at least 3, got 2"):
        cut_into_parts(LINES, lm, n_parts=2)
