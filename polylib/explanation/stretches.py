"""Stretches of text for a language model to read, and neurons whose true sentence is known.

Values are arrays (passages, tokens), for one neuron; told passages explain, the others score.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from polylib import validate
from polylib.explanation.records import Split
from polylib.explanation.rules import Rule, word
from polylib.language.activation_records import ActivationRecord


def stretches(texts: Sequence[Sequence[str]], values: NDArray, told: NDArray, *, width: int) -> Split:
    """Stretches of `width` tokens that do not overlap: those of told passages explain, the others score.

    Raises ValueError for values of another shape than the texts.
    """
    if values.shape != (len(texts), len(texts[0])) or told.shape != (len(texts),):
        raise ValueError(f"values must be one for each token of {len(texts)} texts, got shape {values.shape}")
    width = validate.integer("width", width)
    sides: tuple[list[ActivationRecord], list[ActivationRecord]] = ([], [])
    for p, (tokens, own) in enumerate(zip(texts, values, strict=True)):
        for start in range(0, len(tokens) - width + 1, width):
            cut = slice(start, start + width)
            sides[0 if told[p] else 1].append(ActivationRecord(list(tokens[cut]), own[cut], p))
    return Split(*sides)


def some_of(split: Split, n: int, *, rng: np.random.Generator) -> Split:
    """The split with `n` of its records for scoring: half of them the highest, the others at random.

    Raises ValueError for fewer than n.
    """
    validate.generator("rng", rng)
    if len(split.score) < validate.integer("n", n):
        raise ValueError(f"n must be at most the {len(split.score)} records for scoring, got {n}")
    ranked = sorted(split.score, key=lambda r: -r.values.max())
    best, rest = ranked[: n // 2], ranked[n // 2 :]
    order = rng.permutation(len(rest))[: n - n // 2]
    return Split(split.explain, best + [rest[i] for i in order])


def one_token_neurons(values: NDArray, texts: Sequence[Sequence[str]], *, least: int = 4) -> list[tuple[int, Rule]]:
    """Neurons that reach half their largest value on one token alone, at `least` times, with the rule that says so.

    values: (passages, tokens, neurons). One neuron a token, that which follows it most closely; the clearest first.
    """
    x, words = values, np.array([list(text) for text in texts])
    fires = (x >= x.max((0, 1)) / 2) & (x.max((0, 1)) > 0)
    found: dict[str, tuple[float, int]] = {}
    for unit in np.flatnonzero(fires.sum((0, 1)) >= validate.integer("least", least)):
        token, *others = {*words[fires[..., unit]].tolist()}
        if not others and token.strip():
            clear = float(np.corrcoef(x[..., unit].ravel(), (words == token).ravel())[0, 1])
            found[token.strip()] = max(found.get(token.strip(), (-1.0, 0)), (clear, int(unit)))
    return [(unit, word(token)) for token, (_, unit) in sorted(found.items(), key=lambda item: -item[1][0])]
