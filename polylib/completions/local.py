"""What a language model writes after a conversation, by a local model; and many tasks at once that need it."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, runtime_checkable

import torch

from polylib import validate
from polylib.language.models import LanguageModel

Messages = Sequence[Mapping[str, str]]
"""a conversation: entries of "role" ("system", "user" or "assistant") and "content", and no other keys"""

T, R = TypeVar("T"), TypeVar("R")

Kind = Literal["timeout", "rate limit", "server error", "connection", "malformed answer", "refused"]

GREEDY = {"do_sample": False, "repetition_penalty": 1.0, "temperature": 1.0, "top_p": 1.0, "top_k": 50}
"""in place of what a model's own generation settings say: a repetition penalty would act on greedy answers, too"""


@dataclass(frozen=True)
class Completion:
    """One answer, and what it cost when it was made."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    """tokens written, the one that ends the answer included"""
    seconds: float
    """wall time of the making, retries and waits included; a kept answer keeps that of its making"""
    kept: bool = False
    """True if nothing was computed or paid for this time"""


class CompletionError(Exception):
    """A conversation that got no answer, after bounded retries: something to count and to list, not to hide."""

    def __init__(self, kind: Kind, what: str, *, attempts: int, seconds: float) -> None:
        super().__init__(f"{kind} after {attempts} attempt{'s' * (attempts != 1)} and {seconds:.1f} s: {what}")
        self.kind = kind
        self.attempts = attempts
        self.seconds = seconds


@runtime_checkable
class Completer(Protocol):
    """Whatever can answer a conversation. Raises CompletionError if it cannot, ValueError for a wrong argument."""

    @property
    def name(self) -> str:
        """Which model answers: two completers of one name must answer alike."""

    def complete(self, messages: Messages, *, max_tokens: int, temperature: float = 0.0) -> Completion:
        """The answer to a conversation, of at most `max_tokens` tokens."""


class LocalModel:
    """A local Hugging Face model with a chat template, which answers with the likeliest token each time."""

    def __init__(self, language: LanguageModel) -> None:
        if not language.tokenizer.chat_template:
            raise ValueError(f"language must be an instruct model, with a chat template, got {language.name!r}")
        self.language = language
        self.name = language.name

    @torch.no_grad()
    def complete(self, messages: Messages, *, max_tokens: int, temperature: float = 0.0) -> Completion:
        """The greedy answer. Raises CompletionError ("refused") if prompt and answer could pass the model's context."""
        max_tokens = validate.integer("max_tokens", max_tokens)
        if temperature != 0:
            raise ValueError(f"temperature must be 0 for a local model, whose answers are greedy, got {temperature}")
        started = time.monotonic()
        inputs = self.language.tokenizer.apply_chat_template(
            plain(messages), add_generation_prompt=True, return_tensors="pt", return_dict=True
        ).to(self.language.device)
        n_prompt = inputs["input_ids"].shape[1]
        refuse_beyond_context(self.language, n_prompt, max_tokens)
        written = self.language.model.generate(**inputs, max_new_tokens=max_tokens, **GREEDY)[0, n_prompt:]
        text = self.language.tokenizer.decode(written, skip_special_tokens=True)
        return Completion(text, n_prompt, len(written), time.monotonic() - started)


def refuse_beyond_context(language: LanguageModel, n_prompt: int, n_answer: int = 0) -> None:
    """Raise CompletionError ("refused") for more token ids than the model was made for."""
    context = getattr(language.model.config.get_text_config(), "max_position_embeddings", None)
    if context is not None and n_prompt + n_answer > context:
        what = f"{n_prompt} tokens of prompt and {n_answer} of answer exceed the context of {context}"
        raise CompletionError("refused", what, attempts=1, seconds=0.0)


def tried(task: Callable[[T], R], items: Iterable[T], *, at_once: int = 1) -> list[R | CompletionError]:
    """What a task that needs completions gives for each item, in order; where it failed, the CompletionError.

    `at_once` items are under way at a time: more than one pays for a server, not for a local model. Other errors pass.
    """

    def one(item: T) -> R | CompletionError:
        try:
            return task(item)
        except CompletionError as error:
            return error

    if validate.integer("at_once", at_once) == 1:  # without a second thread, so that Ctrl-C ends the run at once
        return [one(item) for item in items]
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, items))


def plain(messages: Messages) -> list[dict[str, str]]:
    """A conversation as plain dicts of "role" and "content". Raises ValueError for an empty one or other keys."""
    if not messages or any(m.keys() != {"role", "content"} or not isinstance(m["content"], str) for m in messages):
        raise ValueError(f"messages must be a list of at least one {{role, content}} of strings, got {messages!r}")
    return [{"role": m["role"], "content": m["content"]} for m in messages]
