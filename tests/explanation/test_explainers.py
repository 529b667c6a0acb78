"""Explainers and simulators without logits: counted tables, and what is asked of and taken from a language model."""

import json

import numpy as np
import pytest
from talker import Talker

from polylib.completions.local import CompletionError
from polylib.explanation.explainers import Pairs, TokenTable
from polylib.explanation.few_shots import EXAMPLES
from polylib.explanation.records import Explanation, MalformedAnswerError
from polylib.explanation.simulators import Json, Lookup, Oracle
from polylib.language.activation_records import ActivationRecord

RECORDS = [
    ActivationRecord(["a", " cat", " sat", " on", " a", " cat"], np.array([0.0, 4, 0, -3, 0, 2])),
    ActivationRecord([" no", " cat", ",", " 1", "\t", "\n"], np.array([1.0, 3, 0, 0, 0, 0])),
]


def test_a_table_holds_mean_levels():
    found = TokenTable().explain(RECORDS)
    assert found.table == {"a": 0, " cat": (10 + 5 + 7) / 3, " sat": 0, " on": 0, " a": 0, " no": 2, ",": 0} | {
        " 1": 0,
        "\t": 0,
        "\n": 0,
    }
    assert found.unseen == pytest.approx(24 / 12)
    assert found.text == 'tokens such as "cat", as in "a cat"'


def test_a_word_is_named_once():
    found = TokenTable().explain([ActivationRecord(["cat", " cat", " dog"], np.array([9.0, 10, 0]))])
    assert found.text == 'tokens such as "cat", as in "cat cat", "cat"'


def test_of_places_alike_the_first_is_shown():
    found = TokenTable().explain([ActivationRecord(["a", " cat", " no", "one", " cat"], np.array([0.0, 2, 0, 0, 2]))])
    assert found.text == 'tokens such as "cat", as in "a cat"'


def test_a_prior_pulls_rare_tokens_to_the_mean():
    found = TokenTable(prior=2.0).explain(RECORDS)
    assert found.table[" cat"] == pytest.approx((22 + 2 * 2) / 5)
    assert found.table[" sat"] == pytest.approx(2 * 2 / 3)


def test_a_silent_neuron_has_words_too():
    found = TokenTable().explain([ActivationRecord(["a", "b"], np.array([-1.0, 0.0]))])
    assert found.text == "no token more than others"
    assert set(found.table.values()) == {0.0}


@pytest.mark.parametrize("explainer", [TokenTable(), Pairs(Talker())])
def test_nothing_to_explain_is_refused(explainer):
    with pytest.raises(ValueError, match="records must hold at least one, got none"):
        explainer.explain([])


def test_a_lookup_gives_unseen_tokens_the_mean():
    explanation = Explanation("x", {"a": 3.0}, unseen=1.5)
    assert Lookup().simulate(explanation, ["a", "b", "a"]).expected.tolist() == [3.0, 1.5, 3.0]


def test_an_oracle_reads_no_words():
    found = Oracle(lambda tokens: np.array([t == "b" for t in tokens])).simulate(Explanation(""), ["a", "b"])
    assert found.expected.tolist() == [0, 10]


def test_pairs_are_shown_with_examples_and_levels():
    talker = Talker("The main thing this neuron does is find cats.\nAnd more.")
    found = Pairs(talker).explain(RECORDS)
    assert (found.text, found.table, found.prompt_tokens) == ("cats", None, 100)
    (messages,) = talker.asked
    assert [m["role"] for m in messages] == ["system", *["user", "assistant"] * len(EXAMPLES), "user"]
    question = messages[-1]["content"]
    assert " cat\t10\n" in question and " on\t0\n" in question
    assert question.count("<start>") == 2, "a third of the tokens fire: not told twice"


def test_rare_firing_is_told_twice():
    quiet = [ActivationRecord([" cat", *"abcdefgh"], np.array([1.0] + 8 * [0.0]))]
    talker = Talker("cats")
    Pairs(talker).explain(quiet)
    assert talker.asked[0][-1]["content"].endswith("The same without zeros:\n<start>\n cat\t10\n<end>\n")


@pytest.mark.parametrize("answer", ["", "  \n", "the main thing this neuron does is find ."])
def test_no_words_are_a_failure(answer):
    with pytest.raises(CompletionError, match="malformed answer after 1 attempt") as caught:
        Pairs(Talker(answer)).explain(RECORDS)
    assert caught.value.kind == "malformed answer"


TOKENS = ["a", " 7", "\t", "\n", '"', "é"]
GOOD = json.dumps({"levels": [[t, i] for i, t in enumerate(TOKENS)]})


@pytest.mark.parametrize("text", [GOOD, f"```json\n{GOOD}\n```", f"Here it is: {GOOD} I hope it helps"])
def test_json_is_found_in_what_is_said(text):
    talker = Talker(text)
    found = Json(talker).simulate(Explanation("digits"), TOKENS)
    assert found.expected.tolist() == [0, 1, 2, 3, 4, 5]
    assert (found.mass, found.prompt_tokens, found.completion_tokens) == (None, 100, 7)
    assert json.loads(talker.asked[0][-1]["content"]) == {"looks for": "digits", "tokens": TOKENS}


def test_the_space_around_a_token_may_be_lost():
    assert Json(Talker('{"levels": [["7", 2.5]]}')).simulate(Explanation("x"), [" 7"]).expected.tolist() == [2.5]


@pytest.mark.parametrize("levels", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '[["a", ' + "[" * 100_000])
def test_an_answer_nested_too_deeply_is_a_failure_like_others(levels):
    with pytest.raises(MalformedAnswerError) as caught:
        Json(Talker(f'{{"levels": {levels}')).simulate(Explanation("x"), ["a", "b"])
    assert isinstance(caught.value.__cause__, RecursionError)
    assert (caught.value.completion.prompt_tokens, caught.value.completion.completion_tokens) == (100, 7)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I cannot do that", "no JSON object"),
        ('{"levels": [["a", 1]', "Expecting"),
        ('{"values": []}', "not one level for each of 2 tokens"),
        ('{"levels": [["a", 1]]}', "not one level for each of 2 tokens"),
        ('{"levels": [["a", 1], ["c", 1]]}', "not the token 'b' with its level, but"),
        ('{"levels": [["a", 1], 3]}', "not the token 'b' with its level, but 3"),
        ('{"levels": [["a", 1], ["b", 11]]}', "no level from 0 to 10 for 'b', but 11"),
        ('{"levels": [["a", 1], ["b", -0.1]]}', "no level from 0 to 10 for 'b', but -0.1"),
        ('{"levels": [["a", 1], ["b", NaN]]}', "no level from 0 to 10 for 'b', but nan"),
        ('{"levels": [["a", 1], ["b", null]]}', "no level from 0 to 10 for 'b', but None"),
        ('{"levels": [["a", 1], ["b", true]]}', "no level from 0 to 10 for 'b', but True"),
        ('{"levels": [["a", 1], ["b", "3"]]}', "no level from 0 to 10 for 'b', but '3'"),
    ],
)
def test_malformed_json_is_a_failure_and_never_zeros(text, words):
    with pytest.raises(CompletionError, match=words) as caught:
        Json(Talker(text)).simulate(Explanation("x"), ["a", "b"])
    assert caught.value.kind == "malformed answer"
