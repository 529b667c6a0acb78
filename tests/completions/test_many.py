"""Many conversations keep their order and their failures, one after another or at once."""

import threading

import pytest
from counting import answers

from polylib.completions.local import Completion, CompletionError
from polylib.completions.many import tried

HELLO = [{"role": "user", "content": "hello"}]


class Scripted:
    """Answers with the question; "bad" fails; every conversation waits until `at_once` are under way."""

    name = "scripted"

    def __init__(self, at_once=1):
        self.together = threading.Barrier(at_once, timeout=20)

    def complete(self, messages, *, max_tokens, temperature=0.0):
        self.together.wait()
        text = messages[-1]["content"]
        if text == "bad":
            raise CompletionError("timeout", "nobody answered", attempts=3, seconds=4.25)
        return Completion(f"{text} {max_tokens} {temperature}", 1, 1, 0.1)


def asked(texts, at_once):
    prompts = ([{"role": "user", "content": text}] for text in texts)
    return answers(Scripted(at_once), prompts, max_tokens=7, temperature=0.5, at_once=at_once)


@pytest.mark.parametrize("at_once", [1, 4])
def test_order_is_kept_and_failures_stand_where_they_happened(at_once):
    texts = [str(i) if i % 3 else "bad" for i in range(12)]
    found = asked(texts, at_once)
    assert [f.text for f in found if isinstance(f, Completion)] == [f"{t} 7 0.5" for t in texts if t != "bad"]
    failed = [f for f in found if isinstance(f, CompletionError)]
    assert [i for i, f in enumerate(found) if f in failed] == [0, 3, 6, 9]
    assert {(f.kind, f.attempts, f.seconds) for f in failed} == {("timeout", 3, 4.25)}
    assert str(failed[0]) == "timeout after 3 attempts and 4.2 s: nobody answered"


def test_one_at_a_time_is_this_thread_and_more_are_others():
    here = threading.get_ident()
    assert tried(lambda _: threading.get_ident(), range(3)) == [here] * 3
    assert here not in tried(lambda _: threading.get_ident(), range(3), at_once=2)


def test_only_failures_of_completion_are_entries():
    broken = Scripted()
    broken.together.abort()
    with pytest.raises(threading.BrokenBarrierError):
        answers(broken, [HELLO], max_tokens=1)
