"""Kept simulations: the same numbers to the last digit, made once, whatever happened in between."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
from talker import Talker

from polylib.explanation import digit_simulator, simulators
from polylib.explanation.digit_simulator import AllAtOnce, TokenByToken
from polylib.explanation.few_shots import EXAMPLES
from polylib.explanation.kept import Kept
from polylib.explanation.records import Explanation, Simulation
from polylib.explanation.simulators import Contrast, Json


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
    first = Kept(Counting(mass), tmp_path / "new").simulate(words, tokens)
    again = Counting(mass)
    found = Kept(again, tmp_path / "new").simulate(words, tokens)
    assert again.asked == 0
    np.testing.assert_array_equal(found.expected, first.expected)
    assert (found.mass is None) == (first.mass is None) == (not mass)
    if mass:
        np.testing.assert_array_equal(found.mass, first.mass)
    assert (found.prompt_tokens, found.seconds) == (7, 0.5)


def test_other_words_other_tokens_and_another_simulator_are_asked(tmp_path):
    inner = Counting()
    kept = Kept(inner, tmp_path)
    for text, tokens in (("x", ["a"]), ("y", ["a"]), ("x", ["b"]), ("x", ["a", "b"]), ("x", ["ab"])):
        kept.simulate(Explanation(text), tokens)
    assert inner.asked == 5
    other = Counting()
    other.name = "another"
    Kept(other, tmp_path).simulate(Explanation("x"), ["a"])
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
@pytest.mark.parametrize("wrapped", [False, True])
def test_an_edited_prompt_is_asked(tmp_path, monkeypatch, kind, wrapped):
    """Task or examples, one after the other edited and taken back: a file each, and the first is found again."""
    module = simulators if kind == "JSON" else digit_simulator

    def files_after_asking():
        inner = reading(kind)
        if wrapped:
            inner = Contrast(Kept(inner, tmp_path / "inner"), "a")
        Kept(inner, tmp_path / "kept").simulate(Explanation("a"), ["a"])
        return len(list((tmp_path / "kept").iterdir()))

    counts = [files_after_asking(), files_after_asking()]
    edited = (replace(EXAMPLES[0], text="words for birds"), *EXAMPLES[1:])
    for name, value in (("EXAMPLES", edited), ("_TASK", module._TASK.replace("Most", "Almost all"))):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, value)
            counts.append(files_after_asking())
    assert [*counts, files_after_asking()] == [1, 1, 2, 3, 3]


def test_contrasts_with_other_words_do_not_share_files(tmp_path):
    class Letters(Counting):
        def simulate(self, explanation, tokens):
            return Simulation(np.full(len(tokens), float(len(explanation.text))))

    found = [
        Kept(Contrast(Letters(), words), tmp_path).simulate(Explanation("four"), ["a"]).expected.tolist()
        for words in ("something", "it", "something")
    ]
    assert found == [[-5], [2], [-5]] and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"[" * 100_000, b'{"request": 1}', b'{"request": 1, "simulation": {}}']
)
def test_a_damaged_file_is_named_and_made_again(tmp_path, damage):
    inner = Counting()
    kept = Kept(inner, tmp_path)
    kept.simulate(Explanation("x"), ["a"])
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    with pytest.warns(UserWarning, match="is damaged: it is made again"):
        kept.simulate(Explanation("x"), ["a"])
    kept.simulate(Explanation("x"), ["a"])
    assert inner.asked == 2


def test_a_failure_is_not_kept(tmp_path):
    class Failing(Counting):
        def simulate(self, explanation, tokens):
            raise RuntimeError("no answer")

    with pytest.raises(RuntimeError, match="no answer"):
        Kept(Failing(), tmp_path / "none").simulate(Explanation("x"), ["a"])
    assert not (tmp_path / "none").exists()
