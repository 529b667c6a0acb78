"""Simulators: from the words of an explanation to a level, 0 to 10, for every token of a text that they never saw.

Those that read a network's logits are in `polylib.explanation.digit_simulator`.
"""

import json
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from polylib.completions.local import Completer
from polylib.explanation.few_shots import EXAMPLES
from polylib.explanation.records import TOP_LEVEL, Explanation, MalformedAnswerError, Simulation


@runtime_checkable
class Simulator(Protocol):
    """Whatever turns an explanation into expected levels.

    One that puts its task and examples before an explanation has a digest of them as its `prompt`, so that levels kept
    from another prompt are not taken for its own (see `polylib.explanation.kept`).
    """

    @property
    def name(self) -> str:
        """For tables and captions."""

    def simulate(self, explanation: Explanation, tokens: Sequence[str]) -> Simulation:
        """Levels, one a token. Raises CompletionError if a language model gave none."""


class Lookup:
    """Reads the table of an explanation, and no words."""

    name = "lookup"

    def simulate(self, explanation: Explanation, tokens: Sequence[str]) -> Simulation:
        """The level of each token in the table. Raises ValueError for an explanation without one."""
        if explanation.table is None:
            raise ValueError(f"explanation must have a table to look up, got words alone: {explanation.text!r}")
        start, table = time.perf_counter(), explanation.table
        expected = np.array([table.get(token, explanation.unseen) for token in tokens], dtype=np.float64)
        return Simulation(expected, seconds=time.perf_counter() - start)


class Oracle:
    """Knows a rule, as in `polylib.explanation.rules`, and reads no words: what a perfect reader would reach."""

    name = "oracle"

    def __init__(self, rule: Callable[[Sequence[str]], NDArray[np.float64]]) -> None:
        self.rule = rule

    def simulate(self, explanation: Explanation, tokens: Sequence[str]) -> Simulation:
        """Ten times what the rule says, which is 0 to 1."""
        return Simulation(TOP_LEVEL * np.asarray(self.rule(tokens), dtype=np.float64))


class Json:
    """Asks a language model for the levels as JSON: no logits are needed, so any server will do.

    An answer that is no JSON, is nested too deeply, has other tokens, or a level that is no number from 0 to 10, is a
    MalformedAnswerError, and never read as zeros.
    """

    def __init__(self, completer: Completer) -> None:
        self.completer, self.name = completer, f"JSON, {completer.name}"
        self._before = _task_and_examples()
        self.prompt = sha256(json.dumps(self._before).encode()).hexdigest()

    def simulate(self, explanation: Explanation, tokens: Sequence[str]) -> Simulation:
        """Ask, and check the answer."""
        messages = [*self._before, {"role": "user", "content": _question(explanation.text, tokens)}]
        answer = self.completer.complete(messages, max_tokens=16 * len(tokens) + 32)
        if answer.cut:
            raise MalformedAnswerError("levels that were cut", answer)
        try:
            expected = _levels(answer.text, tokens)
        except (ValueError, RecursionError) as error:
            raise MalformedAnswerError(str(error), answer) from error
        return Simulation(expected, None, answer.prompt_tokens, answer.completion_tokens, answer.seconds)


_TASK = (
    "A neuron in a neural network looks for one thing in text. You get what it looks for and the tokens of a text. "
    'Answer with JSON alone: {"levels": [[token, level], ...]}, the same tokens in the same order, each with the '
    "level, from 0 to 10, at which the neuron fires on it. Most levels are 0."
)


def _task_and_examples() -> list[dict[str, str]]:
    messages = [{"role": "system", "content": _TASK}]
    for example in EXAMPLES:
        pairs = example.records[0]
        messages.append({"role": "user", "content": _question(example.text, [token for token, _ in pairs])})
        messages.append({"role": "assistant", "content": json.dumps({"levels": [*map(list, pairs)]})})
    return messages


def _question(text: str, tokens: Sequence[str]) -> str:
    return json.dumps({"looks for": text, "tokens": list(tokens)}, ensure_ascii=False)


def _levels(text: str, tokens: Sequence[str]) -> NDArray[np.float64]:
    begin = text.find("{")
    if begin < 0:
        raise ValueError(f"no JSON object in {text[:80]!r}")
    found, _ = json.JSONDecoder().raw_decode(text[begin:])
    pairs = found.get("levels")
    if not isinstance(pairs, list) or len(pairs) != len(tokens):
        raise ValueError(f"not one level for each of {len(tokens)} tokens in {text[:80]!r}")
    return np.array([_level(pair, token) for pair, token in zip(pairs, tokens, strict=True)])


def _level(pair: Any, token: str) -> float:
    """The level of a pair of token and level; the space around a token may be lost, for models often drop it."""
    if not isinstance(pair, list) or len(pair) != 2 or str(pair[0]).strip() != token.strip():
        raise ValueError(f"not the token {token!r} with its level, but {pair!r}")
    level = pair[1]
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 <= level <= TOP_LEVEL:
        raise ValueError(f"no level from 0 to {TOP_LEVEL} for {token!r}, but {level!r}")
    return float(level)
