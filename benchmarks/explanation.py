"""One forward pass for all tokens of a record, against a pass for each, side by side in one run.

    python benchmarks/explanation.py           SmolLM2, 64 tokens of the Lee corpus, one thread

The slow way has no cache of keys and values: each pass reads the whole prompt again, as a server that tells the
likelihoods of one next token alone forces it. It is timed on some of the tokens, evenly spread, and scaled up. The two
give the same levels. The cache of what stands before a record is timed against none.
"""

import statistics
import time

import numpy as np
import torch

from polylib import language, passages
from polylib.digit_simulator import AllAtOnce, TokenByToken
from polylib.explanation_records import Explanation

TOKENS, FEW, ROUNDS = 64, 8, 3


def seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main() -> None:
    torch.set_num_threads(1)
    lm, explanation = language.load(), Explanation("words for places")
    tokens = passages.tokenize(passages.texts("lee", 1), lm.tokenizer, TOKENS).tokens[0]
    cached, uncached, each = AllAtOnce(lm), AllAtOnce(lm, cached=False), TokenByToken(lm)
    places = range(TOKENS // FEW // 2, TOKENS, TOKENS // FEW)
    first = seconds(lambda: cached.simulate(explanation, tokens))
    fast, whole, slow = [], [], []
    for _ in range(ROUNDS):  # in turns, so that a busy machine slows all alike
        fast.append(seconds(lambda: cached.simulate(explanation, tokens)))
        whole.append(seconds(lambda: uncached.simulate(explanation, tokens)))
        slow.append(seconds(lambda: each.simulate(explanation, tokens, only=places)) * TOKENS / FEW)
    kept, fresh, by_token = map(statistics.median, (fast, whole, slow))
    one, other = cached.simulate(explanation, tokens), each.simulate(explanation, tokens, only=places)
    apart = np.abs(one.expected[list(places)] - other.expected).max()
    print(f"{TOKENS} tokens, one thread; levels differ by at most {apart:.0e}")
    print(f"one pass, examples kept: {kept:.2f} s a record; the first, which reads them: {first:.2f} s")
    print(f"one pass, nothing kept: {fresh:.2f} s, {fresh / kept:.1f} times as long")
    print(f"token by token: {by_token:.0f} s, {by_token / fresh:.0f} times one pass that keeps nothing", end=", ")
    print(f"{by_token / kept:.0f} times one that does")


if __name__ == "__main__":
    main()
