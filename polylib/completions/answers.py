"""The reply of a server that speaks OpenAI's protocol, read as an answer and what it cost."""

import json
from collections.abc import Callable
from typing import Any

from polylib.completions.local import Completion, CompletionError, Kind
from polylib.completions.reasoning import answer_of


def tokens_of(body: Any) -> tuple[int, int]:
    """Tokens of prompt and answer as a server counts them; 0 where it does not."""
    prompt, completion = (n if type(n) is int and n > 0 else 0 for n in _counts(body))
    return prompt, completion


def read(body: Any, *, attempts: int, seconds: float, shown: Callable[[str], str] = str) -> Completion:
    """The answer in the body of a reply, which took so many attempts and seconds; `shown` is what errors may say of it.

    Raises CompletionError, with the tokens that were counted, for a body without a text, with a text that is a refusal
    or ends within its reasoning, and for one whose tokens nobody counted.
    """
    prompt, completion = tokens_of(body)

    def failed(kind: Kind, what: str) -> CompletionError:
        spent = {"attempts": attempts, "seconds": seconds, "prompt_tokens": prompt, "completion_tokens": completion}
        return CompletionError(kind, shown(f"{what}: {json.dumps(body)}"), **spent)

    try:
        choice = body["choices"][0]
        text, finish = _text(choice["message"].get("content")), choice.get("finish_reason")
        refused = choice["message"].get("refusal") or finish == "content_filter"
    except (LookupError, TypeError, AttributeError):
        raise failed("malformed answer", "no message") from None
    if refused:
        raise failed("refused", "the model, or a filter, refused to answer")
    answer = answer_of(text) if text or (text == "" and finish != "length") else None
    if answer is None:
        spent = text is not None or finish == "length"
        raise failed("malformed answer", "its tokens were spent on reasoning" if spent else "no text")
    if any(type(n) is not int for n in _counts(body)):
        raise failed("malformed answer", "a text without token counts, so that nobody knows what it cost")
    return Completion(answer, prompt, completion, seconds, cut=finish == "length")


def _counts(body: Any) -> list[Any]:
    usage = body.get("usage") if isinstance(body, dict) else None
    return [usage.get(f"{part}_tokens") if isinstance(usage, dict) else None for part in ("prompt", "completion")]


def _text(content: Any) -> str | None:
    """The text of a message, which some servers give in parts, those of its reasoning among them."""
    if isinstance(content, list):
        parts = [part["text"] for part in content if part["type"] in {"text", "output_text"}]
        return "".join(parts) if parts else None
    return content if isinstance(content, str) else None
