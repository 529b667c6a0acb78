"""Texts of a few words, and a completer that says what it is told to: for tests of explanations."""

import numpy as np

from polylib.completions.local import Completion

WORDS = [" the", " Old", " cat", ",", " 7", " and", ' "', " sat", " elephants", ".", "30", " Mr", " of", "\n", " so"]


def texts(n=20, size=40, seed=0):
    rng = np.random.default_rng(seed)
    return [[WORDS[i] for i in rng.integers(0, len(WORDS), size)] for _ in range(n)]


class Talker:
    """A completer that says what it is told to."""

    name = "talker"

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def complete(self, messages, *, max_tokens, temperature=0.0):
        self.asked.append(messages)
        said = self.answers.pop(0)
        if isinstance(said, Exception):
            raise said
        return Completion(said, 100, 7, 0.5)
