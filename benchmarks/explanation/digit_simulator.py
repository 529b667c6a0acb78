"""One forward pass for all tokens of a record, against a pass for each, side by side in one run.

    python -m benchmarks.explanation.digit_simulator           SmolLM2, 64 tokens of the Lee corpus, one thread

The slow way has no cache of keys and values: each pass reads the whole prompt again, as a server that tells the
likelihoods of one next token alone forces it. It is timed on some of the tokens, evenly spread, and scaled up. The two
give the same levels. The cache of what stands before a record is timed against none.
"""

import statistics
import time
from collections.abc import Iterator

import numpy as np
import torch

from benchmarks.row import Row, table
from polylib import language
from polylib.explanation import AllAtOnce, Explanation, TokenByToken
from polylib.language import passages

TOKENS, FEW, ROUNDS = 64, 8, 3


def seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def rows() -> Iterator[Row]:
    torch.set_num_threads(1)
    lm, explanation = language.load(), Explanation("words for places")
    tokens = passages.tokenize(passages.texts("lee", 1), lm.tokenizer, TOKENS).tokens[0]
    cached, uncached, each = AllAtOnce(lm), AllAtOnce(lm, cached=False), TokenByToken(lm)
    places = range(TOKENS // FEW // 2, TOKENS, TOKENS // FEW)
    one = cached.simulate(explanation, tokens)  # reads the examples
    other = each.simulate(explanation, tokens, only=places)
    apart = np.abs(one.expected[list(places)] - other.expected).max()
    if apart > 1e-3:
        raise RuntimeError(f"both ways must give the same levels, got {apart} between them")
    fast, whole, slow = [], [], []
    for _ in range(ROUNDS):  # in turns, so that a busy machine slows all alike
        fast.append(seconds(lambda: cached.simulate(explanation, tokens)))
        whole.append(seconds(lambda: uncached.simulate(explanation, tokens)))
        slow.append(seconds(lambda: each.simulate(explanation, tokens, only=places)) * TOKENS / FEW)
    kept, fresh, by_token = map(statistics.median, (fast, whole, slow))
    work = f"levels of {TOKENS} tokens in one pass, one thread"
    yield Row(f"{work}, nothing kept", fresh, by_token, "s", "a pass a token")
    yield Row(f"{work}, examples kept", kept, by_token, "s", "a pass a token")
    yield Row(f"{work}, examples kept", kept, fresh, "s", "one pass, nothing kept")


if __name__ == "__main__":
    print(table(rows()))
