"""Neurons whose rule is known: what a pipeline of explanations must find, and what lowers its score by how much."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polylib import validate
from polylib.language.activation_records import ActivationRecord


@dataclass(frozen=True)
class Rule:
    """A neuron that fires by a rule on token strings."""

    name: str
    text: str
    """its true explanation"""
    fires: Callable[[Sequence[str]], list[bool]]
    """which tokens of a text it fires on"""

    def __call__(self, tokens: Sequence[str]) -> NDArray[np.float64]:
        """1 where the neuron fires, 0 elsewhere."""
        return np.array(self.fires(tokens), dtype=np.float64)


def each(condition: Callable[[str], bool]) -> Callable[[Sequence[str]], list[bool]]:
    """A rule that looks at one token at a time, without the space around it."""
    return lambda tokens: [condition(token.strip()) for token in tokens]


def _after_comma(tokens: Sequence[str]) -> list[bool]:
    fires, comma = [], False
    for token in tokens:
        fires.append(comma and token != "")
        comma = token.rstrip().endswith(",") if token else comma
    return fires


def _inside_quotes(tokens: Sequence[str]) -> list[bool]:
    fires, inside = [], False
    for token in tokens:
        marks = sum(token.count(mark) for mark in '"“”')
        fires.append(inside and marks == 0 and token.strip() != "")
        inside ^= marks % 2 == 1
    return fires


def word(text: str) -> Rule:
    """Fires on one word, in any case."""
    return Rule(f'the word "{text}"', f'the word "{text}"', each(lambda token: token.lower() == text.lower()))


RULES = (
    Rule("digits", "digits and numbers", each(lambda token: any(c.isdecimal() for c in token))),
    Rule("capitals", "words that start with a capital letter", each(lambda token: token[:1].isupper())),
    Rule("long words", "long words, of eight letters or more", each(lambda token: len(token) >= 8 and token.isalpha())),
    Rule("punctuation", "punctuation marks", each(lambda token: token != "" and not any(c.isalnum() for c in token))),
    word("the"),
    Rule("after a comma", "the token that comes right after a comma", _after_comma),
    Rule("inside quotes", "words inside quotation marks", _inside_quotes),
)


def records(
    rule: Rule, texts: Sequence[Sequence[str]], *, noise: float = 0.0, rng: np.random.Generator | None = None
) -> list[ActivationRecord]:
    """Records of a rule's neuron on texts of tokens, each a passage of its own.

    `noise` is the variance of added Gaussian noise over that of the neuron's own values on these texts, and needs
    `rng`. Raises ValueError for a negative one, or for texts on which the neuron is constant: no ratio is defined.
    """
    ratio = float(validate.nonnegative("noise", noise))
    clean = [rule(tokens) for tokens in texts]
    if ratio > 0:
        validate.generator("rng", rng)
        spread = np.concatenate(clean).std()
        if spread == 0:
            raise ValueError(f"texts must make the neuron {rule.name!r} fire on some tokens alone, got a constant")
        clean = [x + np.sqrt(ratio) * spread * rng.standard_normal(len(x)) for x in clean]
    return [ActivationRecord(list(tokens), x, p) for p, (tokens, x) in enumerate(zip(texts, clean, strict=True))]


def correlation_under_noise(noise: float) -> float:
    """Correlation of a signal with itself plus independent noise: 1/sqrt(1 + noise), a ratio of variances."""
    return float(1 / np.sqrt(1 + validate.scalar("noise", validate.nonnegative("noise", noise))))
