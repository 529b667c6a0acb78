"""A completer that counts what it is asked: for tests of what is kept."""

import time

from polylib.completions.local import Completion

PROMPTS = [[{"role": "user", "content": f"question {i}"}] for i in range(20)]


class Counting:
    """Answers with its parameters, and counts."""

    def __init__(self, name="m", wait=0.0):
        self.name, self.wait, self.asked = name, wait, []

    def complete(self, messages, *, max_tokens, temperature=0.0):
        self.asked.append(messages[-1]["content"])
        time.sleep(self.wait)
        return Completion(f"{self.name} {messages} {max_tokens} {temperature}", 3, 2, 0.25)
