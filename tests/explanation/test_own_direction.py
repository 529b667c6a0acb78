"""A reader's own directions: planted ones are found, nulls are nulls, and what fails is told."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
from talker import Talker

from polylib.completions.local import CompletionError
from polylib.explanation import explain_direction, table_scores, token_tables
from polylib.language import cut_into_parts, passages, survey

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def seen():
    lm = tiny.model("gpt2")
    some = cut_into_parts(passages.texts("lee", 40), lm, n_tokens=32, n_parts=4, most=64)
    return survey(lm, some, layers=[1, 2, 3], n_directions=4, progress=False)


def of_tokens(seen, noise, seed=0):
    """Values along directions that are a number for each token, and noise."""
    rng = np.random.default_rng(seed)
    code = token_tables.codes(seen.tokens)
    level = np.random.default_rng(9).standard_normal((*seen.values["text"].shape[:2], code.max() + 1))
    return level[..., code] + noise * rng.standard_normal(seen.values["text"].shape)


def test_a_planted_table_is_found_and_another_is_not(seen):
    planted = replace(seen, values={"text": of_tokens(seen, 0.5), "twins": of_tokens(seen, 50.0, 1)})
    found = table_scores(planted)
    assert found.values["token table"].shape == (4, 3)
    assert 0.8 < found.values["token table"].mean() < 1 / np.sqrt(1.25)  # of a table that knew the levels
    assert found.values["another's table"].mean() < 0.4
    assert abs(found.values["twins"].mean()) < 0.1
    assert [one.verdict for one in found.findings] == ["seen", "seen"]
    assert "another draw for each part" in found.findings[1].record()["null"]


def test_twins_that_are_as_predictable_are_not_beaten(seen):
    planted = replace(seen, values={"text": of_tokens(seen, 0.5), "twins": of_tokens(seen, 0.5, 1)})
    assert table_scores(planted).findings[1].verdict == "not decided"


def test_one_direction_has_no_null(seen):
    alone = replace(seen, directions=seen.directions[:, :, :1], values={"text": seen.values["text"][:1]}, null="")
    with pytest.raises(
        ValueError, match="directions must be two or more, so that one can be the null of another, got 1"
    ):
        table_scores(alone)
    with pytest.raises(ValueError, match="directions must be two or more"):
        explain_direction(alone, 2, progress=False)


def test_values_that_do_not_vary_are_refused(seen):
    flat = replace(seen, values=seen.values | {"text": np.ones_like(seen.values["text"])})
    with pytest.raises(ValueError, match="texts must make values and tables vary in every part, got a constant"):
        table_scores(flat)
    with pytest.raises(ValueError, match=r"scores in two parts or more, got 0: part 0: the \w+ is constant"):
        explain_direction(flat, 2, progress=False)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_table_by_counting_predicts_either_end_of_a_planted_direction(seen, sign):
    planted = replace(seen, values={"text": of_tokens(seen, 0.2)})
    found = explain_direction(planted, 2, 3, sign=sign, progress=False)
    assert found.own.shape == found.others.shape == (4,) and found.failures == []
    assert found.own.min() > 0.6 > found.others.max()
    assert found.finding.verdict == "seen" and len(found.texts) == 4
    assert found.texts[0].startswith("tokens such as")
    assert set(found.shown) == {"real", "from the table"}
    assert found.finding.title.startswith("A table of levels for direction 3 of layer 2 predicts")
    assert all(len(row) == len(found.tokens) == 28 for row in found.shown.values())
    assert found.tokens in [tokens for tokens, told in zip(seen.tokens, seen.parts.told, strict=True) if not told]


def test_noise_is_explained_by_nothing(seen):
    noise = np.random.default_rng(3).standard_normal(seen.values["text"].shape)
    found = explain_direction(replace(seen, values={"text": noise}), 2, progress=False)
    assert abs(found.own.mean()) < 0.2 and found.finding.verdict in {"not decided", "not seen"}


class Reader(Talker):
    """A completer that answers questions for words with words and others with levels, but fails in one part."""

    def __init__(self, fails):
        super().__init__()
        self.asks, self.fails = 0, fails

    def complete(self, messages, *, max_tokens, temperature=0.0):
        import json

        question = messages[-1]["content"]
        if question.startswith("Activations"):
            self.asks += 1
            if self.asks == self.fails:
                raise CompletionError("timeout", "no answer", attempts=1, seconds=1.0)
            self.answers = ["The main thing this neuron does is find vowels."]
        else:
            tokens = json.loads(question)["tokens"]
            levels = [[token, 10 if token.strip() in set("aeiou") else 0] for token in tokens]
            self.answers = [json.dumps({"levels": levels})]
        return super().complete(messages, max_tokens=max_tokens)


def vowels(seen):
    values = np.random.default_rng(0).normal(scale=0.1, size=seen.values["text"].shape)
    fires = np.array([[token in set("aeiou") for token in tokens] for tokens in seen.tokens])
    values[0] += fires
    values[1] -= fires
    return replace(seen, values={"text": values})


def test_a_server_writes_and_reads_and_what_fails_is_told(seen):
    found = explain_direction(vowels(seen), 1, by=Reader(fails=2), most=3, progress=False)
    assert len(found.own) == 3 and found.own.min() > 0.9
    assert found.failures[0].startswith("part 0: ") and "no answer" in found.failures[0]
    assert found.texts[0] == "vowels" and set(found.shown) == {"real", "from the words"}
    assert found.finding is None  # the same words for the other direction
    assert found.failures[1:] == ["all parts: another direction got the same words"]


def test_a_model_that_does_not_follow_instructions_or_has_no_room_is_told(seen):
    with pytest.raises(ValueError, match="language must be an instruct model, with a chat template, got 'tiny gpt2'"):
        explain_direction(seen, 1, by=seen.language, progress=False)
    talks = tiny.model("gpt2")
    talks.tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    with pytest.raises(ValueError, match=r"two parts or more, got 0: part 0: .*exceed the context of 64"):
        explain_direction(seen, 1, by=talks, progress=False)


def test_what_is_not_there_is_refused(seen):
    wrong = [({"layer": 0}, "layer must be one of 1, 2, 3"), ({"layer": 1, "direction": 4}, "direction must be one of")]
    wrong += [
        ({"layer": 1, "sign": 0}, "sign must be one of 1, -1"),
        ({"layer": 1, "by": "words"}, "by must be .*'words'"),
    ]
    for arguments, said in wrong:
        with pytest.raises(ValueError, match=said):
            explain_direction(seen, progress=False, **arguments)
