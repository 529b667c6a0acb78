"""Explainers: from records to words, by counting or by a language model."""

import json
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from polylib import validate
from polylib.completions.local import Completer
from polylib.explanation.few_shots import EXAMPLES, PREFIX
from polylib.explanation.records import Explanation, MalformedAnswerError, largest, levels
from polylib.language.activation_records import ActivationRecord


@runtime_checkable
class Explainer(Protocol):
    """Whatever finds words for records."""

    @property
    def name(self) -> str:
        """For tables and captions."""

    def explain(self, records: list[ActivationRecord]) -> Explanation:
        """An explanation. Raises CompletionError if a language model gave none, ValueError without records."""


class TokenTable:
    """Mean level by token, and a sentence that names the highest: no model, and nothing is sampled.

    A token's level is its mean over the records, as if `prior` more tokens had been seen at the mean of all. That mean
    is also the level of unseen tokens. The sentence names `n_words` tokens, and shows three of them in context.
    """

    name = "token table"

    def __init__(self, n_words: int = 8, prior: float = 0.0) -> None:
        self.n_words = validate.integer("n_words", n_words)
        self.prior = validate.scalar("prior", validate.nonnegative("prior", prior))

    def explain(self, records: list[ActivationRecord]) -> Explanation:
        """Count. Raises ValueError without records."""
        _refuse_none(records)
        start, top = time.perf_counter(), largest(records)
        found: dict[str, list[int]] = defaultdict(list)
        contexts: dict[str, tuple[int, str]] = {}
        for r in records:
            for i, (token, level) in enumerate(zip(r.tokens, levels(r.values, top).tolist(), strict=True)):
                found[token].append(level)
                if level > contexts.get(token, (-1, ""))[0]:
                    contexts[token] = level, "".join(r.tokens[max(i - 2, 0) : i + 1])
        mean = float(np.mean([level for seen in found.values() for level in seen]))
        table = {t: (sum(seen) + self.prior * mean) / (len(seen) + self.prior) for t, seen in found.items()}
        best = sorted((t for t in table if table[t] > mean and t.strip()), key=lambda t: -table[t])[: self.n_words]
        text = _sentence(best, [contexts[t][1] for t in best])
        return Explanation(text, table, mean, seconds=time.perf_counter() - start)


class Pairs:
    """Pairs of token and level, shown to a language model with worked examples: it answers with a sentence.

    Levels above 0 are told once more by themselves if fewer than a fifth are, as Bills et al. (2023) do.
    """

    def __init__(self, completer: Completer, max_tokens: int = 60) -> None:
        self.completer, self.max_tokens = completer, validate.integer("max_tokens", max_tokens)
        self.name = f"pairs, {completer.name}"

    def explain(self, records: list[ActivationRecord]) -> Explanation:
        """Ask. Raises CompletionError if no words come back, ValueError without records."""
        _refuse_none(records)
        top = largest(records)
        shown = [list(zip(r.tokens, levels(r.values, top).tolist(), strict=True)) for r in records]
        messages = [{"role": "system", "content": _TASK}]
        for example in EXAMPLES:
            messages.append({"role": "user", "content": _question(example.records)})
            messages.append({"role": "assistant", "content": f"{PREFIX} {example.text}."})
        messages.append({"role": "user", "content": _question(shown)})
        answer = self.completer.complete(messages, max_tokens=self.max_tokens)
        lines = [line.strip('*_"` ') for line in answer.text.strip().splitlines()]
        begins = [line for line in lines if re.match(PREFIX, line, re.IGNORECASE)] or lines
        text = re.sub(f"^{PREFIX}", "", begins[0], flags=re.IGNORECASE).strip().rstrip(".") if begins else ""
        if not text:
            raise MalformedAnswerError("no words", answer)
        if answer.cut and begins[0] == lines[-1]:
            raise MalformedAnswerError("a sentence that was cut", answer)
        return Explanation(text, None, 0.0, answer.prompt_tokens, answer.completion_tokens, answer.seconds)


_TASK = (
    "A neuron in a neural network looks for one particular thing in text. You see tokens, each followed by a tab and "
    "the neuron's activation, from 0 to 10: the higher, the better the match. Say in one short sentence what the "
    f'neuron looks for, beginning with "{PREFIX}". Do not list the tokens.'
)


def _question(records: Sequence[Sequence[tuple[str, int]]]) -> str:
    text = "Activations:\n" + _lines(records)
    everything = [level for r in records for _, level in r]
    firing = [[(token, level) for token, level in r if level > 0] for r in records]
    if sum(map(len, firing)) < 0.2 * len(everything):
        text += "\nThe same without zeros:\n" + _lines(firing)
    return text


def _lines(records: Sequence[Sequence[tuple[str, int]]]) -> str:
    parts = ("\n".join(f"{token}\t{level}" for token, level in r) for r in records)
    return "".join(f"<start>\n{part}\n<end>\n" for part in parts)


def _sentence(tokens: list[str], contexts: list[str]) -> str:
    if not tokens:
        return "no token more than others"
    named, seen = (", ".join(dict.fromkeys(map(_quoted, part))) for part in (tokens, contexts[:3]))
    return f"tokens such as {named}, as in {seen}"


def _quoted(text: str) -> str:
    return json.dumps(text.strip(), ensure_ascii=False)


def _refuse_none(records: list[ActivationRecord]) -> None:
    if not records:
        raise ValueError("records must hold at least one, got none")
