"""What a model says in the end, apart from what it thought before it."""

import pytest

from polylib.completions.reasoning import answer_of, opens


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("plain words", "plain words"),
        ("  space stays\n", "  space stays\n"),
        ("<think>\nanimals?\n</think>\n\nanimals", "animals"),
        ('<think>{"a": 9}</think>{"a": 0}', '{"a": 0}'),
        ("<THINK>x</THINK>y", "y"),
        ("<think>a</think>\n<think>b</think>c", "c"),
        ("<reasoning>a <think> b</reasoning> c", "c"),
        ("[THINK]a[/THINK]b", "b"),
        ("was opened in the prompt\n</think>\n\nanswer", "answer"),
        ("the token </think> alone", "the token </think> alone"),
        ("tags such as <think>x</think> in code", "tags such as <think>x</think> in code"),
        ("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>so<|return|>", "so"),
        ("<|channel|>analysis<|message|>hm", None),
        ("<think>no end", None),
        ("<think>a</think><think>no end", None),
        ("<think></think>", ""),
    ],
)
def test_reasoning_is_no_part_of_an_answer(text, answer):
    assert answer_of(text) == answer


def test_a_prompt_may_open_the_reasoning():
    assert opens("user: hi\nassistant: <think>\n") == "<think>\n"
    assert opens("user: what is <think>?\nassistant:") == ""
