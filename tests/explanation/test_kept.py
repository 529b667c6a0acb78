"""Kept simulations: the same numbers to the last digit, made once, whatever happened in between."""

import json
from dataclasses import replace

import numpy as np
import pytest
import tiny
from talker import Talker

from polylib.explanation import digit_simulator, simulators
from polylib.explanation.digit_simulator import AllAtOnce, TokenByToken
from polylib.explanation.few_shots import EXAMPLES
from polylib.explanation.kept import KeptSimulator
from polylib.explanation.records import Explanation, Simulation
from polylib.explanation.simulators import Json


class Counting:
    """A simulator that knows nothing and counts how often it is asked."""

    name = "counting"

    def __init__(self, mass=True):
        self.asked, self._mass = 0, mass

    def simulate(self, explanation, tokens):
        self.asked += 1
        rng = np.random.default_rng(self.asked)
        x = rng.random(len(tokens))
        return Simulation(10 * x, x if self._mass else None, 7, 0, 0.5)


@pytest.mark.parametrize("mass", [True, False])
def test_a_second_run_asks_nothing_and_finds_the_same(tmp_path, mass):
    tokens, words = ["a", " b", "\n"], Explanation("anything")
    first = KeptSimulator(Counting(mass), tmp_path / "new").simulate(words, tokens)
    again = Counting(mass)
    found = KeptSimulator(again, tmp_path / "new").simulate(words, tokens)
    assert again.asked == 0
    np.testing.assert_array_equal(found.expected, first.expected)
    assert (found.mass is None) == (first.mass is None) == (not mass)
    if mass:
        np.testing.assert_array_equal(found.mass, first.mass)
    assert (found.prompt_tokens, found.seconds) == (7, 0.5)


def test_other_words_other_tokens_and_another_simulator_are_asked(tmp_path):
    inner = Counting()
    kept = KeptSimulator(inner, tmp_path)
    for text, tokens in (("x", ["a"]), ("y", ["a"]), ("x", ["b"]), ("x", ["a", "b"]), ("x", ["ab"])):
        kept.simulate(Explanation(text), tokens)
    assert inner.asked == 5
    other = Counting()
    other.name = "another"
    KeptSimulator(other, tmp_path).simulate(Explanation("x"), ["a"])
    assert other.asked == 1


def reading(kind):
    """A simulator with a prompt, on a network or a server that gives the same levels whatever it reads."""
    if kind == "JSON":
        return Json(Talker('{"levels": [["a", 3]]}'))
    made = tiny.model()
    made.model.config.max_position_embeddings = 4096
    return {"one pass": AllAtOnce, "token by token": TokenByToken}[kind](made)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("kind", ["one pass", "token by token", "JSON"])
def test_an_edited_prompt_is_asked(tmp_path, monkeypatch, kind):
    """Task or examples, one after the other edited and taken back: a file each, and the first is found again."""
    module = simulators if kind == "JSON" else digit_simulator

    def files_after_asking():
        KeptSimulator(reading(kind), tmp_path).simulate(Explanation("a"), ["a"])
        return len(list(tmp_path.iterdir()))

    counts = [files_after_asking(), files_after_asking()]
    edited = (replace(EXAMPLES[0], text="words for birds"), *EXAMPLES[1:])
    for name, value in (("EXAMPLES", edited), ("_TASK", module._TASK.replace("Most", "Almost all"))):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, value)
            counts.append(files_after_asking())
    assert [*counts, files_after_asking()] == [1, 1, 2, 3, 3]


def test_levels_of_another_number_are_made_again(tmp_path):
    """What else may be wrong with a file is the store's affair: tests/completions/test_cache.py."""
    inner = Counting()
    kept = KeptSimulator(inner, tmp_path)
    kept.simulate(Explanation("x"), ["a"])
    (file,) = tmp_path.iterdir()
    whole = json.loads(file.read_bytes())
    for damage in ({"expected": [1.0, 2.0]}, {"expected": None}, {"levels": []}):
        file.write_text(json.dumps(whole | {"answer": whole["answer"] | damage}))
        with pytest.warns(UserWarning, match="is damaged: it is made again"):
            kept.simulate(Explanation("x"), ["a"])
    kept.simulate(Explanation("x"), ["a"])
    assert inner.asked == 4
