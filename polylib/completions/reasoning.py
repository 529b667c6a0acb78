"""Answers of models that reason aloud: what they say in the end, apart from what they thought before it."""

import re

_TAG = "think|thinking|thought|reasoning"
_OPENED = re.compile(rf"\s*(?:<({_TAG})>|\[THINK\])", re.IGNORECASE)
_BLOCK = re.compile(rf"\s*(?:<({_TAG})>.*?</\1>|\[THINK\].*?\[/THINK\])\s*", re.IGNORECASE | re.DOTALL)
_CLOSED = re.compile(rf"(?:</(?:{_TAG})>|\[/THINK\])[ \t]*\n\s*", re.IGNORECASE)
_CHANNEL, _FINAL = "<|channel|>", re.compile(r"<\|channel\|>final[^<]*<\|message\|>")


def opens(prompt: str) -> str:
    """The tag at the end of a prompt that has the model begin with its reasoning; empty where there is none."""
    found = re.search(rf"(?:<(?:{_TAG})>|\[THINK\])\s*$", prompt, re.IGNORECASE)
    return found.group() if found else ""


def answer_of(text: str) -> str | None:
    """A text without the reasoning at its head; None where it ends within that.

    Reasoning is what stands in <think> tags or the like at the head, before a closing tag that ends a line without an
    opening one, and in channels other than the final one. A text without any comes back as it is.
    """
    if _CHANNEL in text:
        parts = _FINAL.split(text)
        return re.split(r"<\|(?:return|end)\|>", parts[-1])[0] if len(parts) > 1 else None
    if not _OPENED.match(text):
        closed = list(_CLOSED.finditer(text))
        return text[closed[-1].end() :] if closed else text
    while found := _BLOCK.match(text):
        text = text[found.end() :]
    return None if _OPENED.match(text) else text
