"""A completer that counts what it is asked, and many questions at once: for tests of completers."""

import time
from functools import partial

from polylib.completions.local import Completion
from polylib.completions.many import tried

PROMPTS = [[{"role": "user", "content": f"question {i}"}] for i in range(20)]


def answers(completer, prompts, *, at_once=1, **settings):
    """The answer to each prompt, or the CompletionError in its place."""
    return tried(partial(completer.complete, **({"max_tokens": 9} | settings)), prompts, at_once=at_once)


class Counting:
    """Answers with its parameters, and counts."""

    def __init__(self, name="m", wait=0.0):
        self.name, self.wait, self.asked = name, wait, []

    def complete(self, messages, *, max_tokens, temperature=0.0):
        self.asked.append(messages[-1]["content"])
        time.sleep(self.wait)
        return Completion(f"{self.name} {messages} {max_tokens} {temperature}", 3, 2, 0.25)
