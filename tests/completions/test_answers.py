"""Replies of servers: what they cost, whatever else is wrong with them."""

import pytest
from faulty_server import answer

from polylib.completions.answers import read, tokens_of
from polylib.completions.local import CompletionError


@pytest.mark.parametrize("body", [None, [], "x", {}, {"usage": []}, {"usage": {"prompt_tokens": True}}])
def test_what_was_not_counted_is_0(body):
    assert tokens_of(body) == (0, 0)


def test_what_was_counted_is_in_answer_and_error():
    found = read(answer("so"), attempts=1, seconds=2.0)
    assert (found.text, found.prompt_tokens, found.completion_tokens, found.seconds) == ("so", 3, 2, 2.0)
    with pytest.raises(CompletionError, match=r"malformed answer after 2 attempts and 5\.0 s: HIDDEN") as error:
        read(answer(None), attempts=2, seconds=5.0, shown=lambda what: "HIDDEN")
    assert (error.value.prompt_tokens, error.value.completion_tokens) == (3, 2)
