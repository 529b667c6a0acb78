"""Levels read from the logits of a causal language model: of all tokens in one forward pass, or of one token a pass.

The prompt lists tokens, each with a tab and a placeholder: "unknown". At every tab the network has a distribution over
what comes next, and a level, a digit, is one of the possibilities: Bills et al. (2023) read the expected level from it
at all tabs at once, by the log probabilities of a prompt, which the servers they used have since ceased to give. Any
open network gives them. The prompt is put together from token ids, each piece by itself, so that no token of the text
merges with a tab or a newline beside it, and every tab's place is known.
"""

import copy
import json
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import torch

from polylib.explanation.digit_logits import continues, expected_levels, logits, read_past, refuse_unreadable
from polylib.explanation.few_shots import EXAMPLES, PREFIX
from polylib.explanation.records import TOP_LEVEL, Explanation, Simulation
from polylib.language.models import LanguageModel


class Prompt:
    """Pieces of the prompt as token ids, by a model's own tokenizer.

    `top` is the highest level that is one token: 10 for a tokenizer that knows "10" as one, 9 for one that takes
    numbers apart. The prompt then speaks of 0 to 9, 10 counts as 9, and expected levels are stretched by 10/9. Where a
    tokenizer puts a space before every text, the pieces are cut from longer ones, so that they stand as they are.
    Raises ValueError for a tokenizer that loses tabs or line ends, or has no token for a digit.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._spaced = [self._raw([text]) for text in "a1"] != [[self._behind(text, "\n")] for text in "a1"]
        self.tab, self.end_of_line, self.start, self.end = self.ids(["\t", "\n", "<start>\n", "<end>\n"])
        lost = not self.tab or not self.end_of_line or self.tab == self.end_of_line
        if lost or tokenizer.unk_token_id in [*self.tab, *self.end_of_line]:
            raise ValueError(f"tokenizer must keep tabs and line ends, got ids {self.tab} and {self.end_of_line}")
        self.digits = []
        for level, ids in enumerate(self.ids([f"\t{level}" for level in range(TOP_LEVEL + 1)])):
            known = ids[:-1] == self.tab and ids[-1] not in {*self.digits, tokenizer.unk_token_id}
            if known and len(self.digits) == level:
                self.digits.append(ids[-1])
            elif level < TOP_LEVEL:
                raise ValueError(f"tokenizer must have one token for the digit {level} after a tab, got ids {ids}")
        self.top = len(self.digits) - 1
        self.unknown = self.ids(["unknown"])[0]

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text by itself; what looks like a special token is text, too."""
        return [self._cut(text) for text in texts] if self._spaced else self._raw(texts)

    def _raw(self, texts: Sequence[str]) -> list[list[int]]:
        return self._tokenizer(list(texts), add_special_tokens=False, split_special_tokens=True)["input_ids"]

    def _behind(self, text: str, first: str) -> list[int] | None:
        """The ids of a text behind another one; None where the two are not kept apart."""
        alone, both = self._raw([first, first + text])
        return both[len(alone) :] if both[: len(alone)] == alone else None

    def _cut(self, text: str) -> list[int]:
        for first in ("\n", "a", "<", "."):
            found = self._behind(text, first)
            if found is not None:
                return found
        raise ValueError(f"tokenizer must keep a text apart from what stands before it, got one that does not {text!r}")

    def examples(self) -> list[int]:
        """The task and the worked examples: the same for every explanation."""
        first = [self._tokenizer.bos_token_id] if self._tokenizer.bos_token_id is not None else []
        found = first + self.ids([_TASK.format(top=self.top)])[0]
        for number, example in enumerate(EXAMPLES, 1):
            found += self.question(number, example.text)
            for pairs, shown in zip(example.records, example.shown_from, strict=True):
                tokens, levels = zip(*pairs, strict=True)
                answers = [None if i < shown else min(level, self.top) for i, level in enumerate(levels)]
                found += self.start + self.record(tokens, answers)[0] + self.end
        return found

    def question(self, number: int, text: str) -> list[int]:
        """An explanation in words."""
        return self.ids([f"\nNeuron {number}\nExplanation of neuron {number}: {PREFIX} {text}\nActivations:\n"])[0]

    def record(self, tokens: Sequence[str], levels: Sequence[int | None]) -> tuple[list[int], list[int]]:
        """Lines of token, tab, level (None: the placeholder); and the place of each line's tab, its last id."""
        if not tokens:
            raise ValueError("tokens must be at least one, got none")
        found: list[int] = []
        places = []
        for ids, level in zip(self.ids(tokens), levels, strict=True):
            found += ids + self.tab
            places.append(len(found) - 1)
            found += (self.unknown if level is None else [self.digits[level]]) + self.end_of_line
        return found, places

    def task(self, text: str) -> list[int]:
        """The explanation that is to be simulated, up to the record."""
        return self.question(len(EXAMPLES) + 1, text) + self.start

    def digest(self) -> str:
        """SHA-256 of all ids but those of an explanation and a record's tokens, in hexadecimal digits."""
        ids = [self.examples(), self.task(""), *self.record([""], [None]), self.digits]
        return sha256(json.dumps(ids).encode()).hexdigest()


class AllAtOnce:
    """One forward pass for all tokens of a record, over the record alone: what stands before it is read once.

    With `cached` the keys and values of the worked examples are kept for all explanations, and those of the last
    explanation for all its records, if the network has nothing else to go on from; one with a state reads all again.
    Raises ValueError for a tokenizer without digits.
    """

    def __init__(self, language: LanguageModel, *, cached: bool = True) -> None:
        self.language, self.cached = language, cached and continues(language)
        self.name = f"one pass, {language.identity}"
        self._prompt = Prompt(language.tokenizer)
        self.prompt = self._prompt.digest()
        self._examples = self._prompt.examples()
        self._examples_past: Any = None
        self._last: tuple[str, Any] | None = None

    def simulate(self, explanation: Explanation, tokens: Sequence[str]) -> Simulation:
        """Expected levels, with the mass on digits. Raises CompletionError for a prompt that the model cannot read."""
        started = time.perf_counter()
        task = self._prompt.task(explanation.text)
        ids, places = self._prompt.record(tokens, [None] * len(tokens))
        before, ids = len(self._examples) + len(task), ids[: places[-1] + 1]
        refuse_unreadable(self.language, [*self._examples, *task, *ids], len(self._examples))
        if self.cached:
            past, read = self._past(explanation.text, task)
            found = logits(self.language, ids, places, past_key_values=past, use_cache=True)
        else:
            read = before
            places = [before + place for place in places]
            found = logits(self.language, self._examples + task + ids, places, use_cache=False)
        expected, mass = expected_levels(found, self._prompt.digits)
        return Simulation(expected, mass, read + len(ids), 0, time.perf_counter() - started)

    def _past(self, text: str, task: list[int]) -> tuple[Any, int]:
        """Keys and values up to the record, and how many ids had to be read for them this time."""
        read = 0
        if self._examples_past is None:
            self._examples_past, read = read_past(self.language, self._examples), len(self._examples)
        if self._last is None or self._last[0] != text:
            self._last = text, read_past(self.language, task, copy.deepcopy(self._examples_past))
            read += len(task)
        return copy.deepcopy(self._last[1]), read


class TokenByToken:
    """The same prompt, cut at the tab of one token after the other: a pass for each, as closed servers force it.

    A causal network sees the same before every tab, so the levels are those of `AllAtOnce`, at many times the cost.
    """

    def __init__(self, language: LanguageModel) -> None:
        self.language = language
        self.name = f"token by token, {language.identity}"
        self._prompt = Prompt(language.tokenizer)
        self.prompt = self._prompt.digest()

    def simulate(
        self, explanation: Explanation, tokens: Sequence[str], *, only: Sequence[int] | None = None
    ) -> Simulation:
        """Expected levels, with the mass on digits; of the tokens at the places `only`, if there are any."""
        started, read, last = time.perf_counter(), 0, []
        examples, task = self._prompt.examples(), self._prompt.task(explanation.text)
        ids, places = self._prompt.record(tokens, [None] * len(tokens))
        before = examples + task
        refuse_unreadable(self.language, before + ids, len(examples))
        for place in places if only is None else [places[i] for i in only]:
            cut = before + ids[: place + 1]
            last.append(logits(self.language, cut, [len(cut) - 1], use_cache=False)[0])
            read += len(cut)
        expected, mass = expected_levels(torch.stack(last), self._prompt.digits)
        return Simulation(expected, mass, read, 0, time.perf_counter() - started)


_TASK = (
    "Each neuron of a neural network looks for one thing in a text. Read what a neuron does, and predict how it fires "
    "on each token. The format is token<tab>activation; activations go from 0 to {top}, "
    '"unknown" is an unknown activation. Most activations are 0.\n'
)
