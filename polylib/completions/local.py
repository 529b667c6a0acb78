"""What a language model writes after a conversation, by a local model."""

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch
from jinja2 import TemplateError
from torch import Tensor

from polylib import validate
from polylib.completions.reasoning import answer_of, opens
from polylib.language.blocks import forget_lengths
from polylib.language.models import LanguageModel

Messages = Sequence[Mapping[str, str]]
"""a conversation: entries of "role" ("system", "user" or "assistant") and "content", and no other keys"""


Kind = Literal["timeout", "rate limit", "server error", "connection", "malformed answer", "refused"]


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
    cut: bool = False
    """True if it ended because there were no more tokens to write"""


class CompletionError(Exception):
    """A conversation that got no answer, after bounded retries: something to count and to list, not to hide.

    What was written and is no answer was paid for, too: its tokens are counted.
    """

    def __init__(
        self,
        kind: Kind,
        what: str,
        *,
        attempts: int,
        seconds: float,
        prompt_tokens: int = 0,
        completion_tokens: int = 0,
    ) -> None:
        super().__init__(kind, what)
        self.kind, self.what = kind, what
        self.attempts, self.seconds = attempts, seconds
        self.prompt_tokens, self.completion_tokens = prompt_tokens, completion_tokens

    def __str__(self) -> str:
        tries = f"{self.attempts} attempt{'s' * (self.attempts != 1)}"
        return f"{self.kind} after {tries} and {self.seconds:.1f} s: {self.what}"


@runtime_checkable
class Completer(Protocol):
    """Whatever can answer a conversation. Raises CompletionError if it cannot, ValueError for a wrong argument."""

    @property
    def name(self) -> str:
        """Which model answers: two completers of one name must answer alike."""

    def complete(self, messages: Messages, *, max_tokens: int, temperature: float = 0.0) -> Completion:
        """The answer to a conversation, of at most `max_tokens` tokens."""


class LocalModel:
    """A local Hugging Face model with a chat template, which answers with the likeliest token each time.

    Nothing of the model's own generation settings counts but which tokens end an answer. Reasoning that stands before
    an answer is not part of it. Where a template takes no system message, its words begin the first user's.
    """

    def __init__(self, language: LanguageModel) -> None:
        if not language.tokenizer.chat_template:
            raise ValueError(f"language must be an instruct model, with a chat template, got {language.name!r}")
        self.language = language
        self.name = language.identity

    @torch.no_grad()
    def complete(self, messages: Messages, *, max_tokens: int, temperature: float = 0.0) -> Completion:
        """The greedy answer.

        Raises CompletionError if prompt and answer could pass the model's context, if the template does not take the
        conversation, if logits are no numbers, or if the answer ends within its reasoning.
        """
        max_tokens = validate.integer("max_tokens", max_tokens)
        if temperature != 0:
            raise ValueError(f"temperature must be 0 for a local model, whose answers are greedy, got {temperature}")
        started, tokenizer = time.monotonic(), self.language.tokenizer
        prompt = self._rendered(plain(messages))
        ids = tokenizer([prompt], add_special_tokens=False, return_tensors="pt")["input_ids"].to(self.language.device)
        self.language.refuse_ids(ids)
        refuse_beyond_context(self.language, ids.shape[1], max_tokens)
        written = self._written(ids, max_tokens)
        ends = _ends(self.language)
        spent = {"prompt_tokens": ids.shape[1], "completion_tokens": len(written)}
        text = self._answer(opens(prompt), written)
        if text is None:
            what, seconds = "its tokens were spent on reasoning", time.monotonic() - started
            raise CompletionError("malformed answer", what, attempts=1, seconds=seconds, **spent)
        cut = len(written) == max_tokens and int(written[-1]) not in ends
        return Completion(text, **spent, seconds=time.monotonic() - started, cut=cut)

    def _rendered(self, conversation: list[dict[str, str]]) -> str:
        """The prompt, from a template that may refuse a system message, or leave it out."""
        why, forms = "it leaves out the system message", [conversation]
        if len(conversation) > 1 and [m["role"] for m in conversation[:2]] == ["system", "user"]:
            both = f"{conversation[0]['content']}\n\n{conversation[1]['content']}"
            forms.append([{"role": "user", "content": both}, *conversation[2:]])
        for form in forms:
            try:
                text = self.language.tokenizer.apply_chat_template(form, add_generation_prompt=True, tokenize=False)
            except (TemplateError, ValueError, TypeError, LookupError) as error:
                why = str(error)
                continue
            if all(m["content"].strip() in text for m in form if m["role"] == "system" or form is not conversation):
                return text
        what = f"the chat template of {self.language.name} does not take this conversation: {why}"
        raise CompletionError("refused", what, attempts=1, seconds=0.0)

    def _written(self, ids: Tensor, max_tokens: int) -> Tensor:
        """The ids of the answer. A copy of the model has no settings, for `generate` fills in what it is not told."""
        from transformers import GenerationConfig, LogitsProcessorList

        writer, ends = copy.copy(self.language.model), _ends(self.language)
        writer.generation_config = GenerationConfig(eos_token_id=ends or None, pad_token_id=ends[0] if ends else 0)
        turning = self.language.turns_with_length(ids.shape[1] + max_tokens, ids.shape[1])
        settings = {"do_sample": False, "num_beams": 1, "use_cache": not turning, "max_new_tokens": max_tokens}
        forget_lengths(writer)
        check = LogitsProcessorList([_refuse_no_numbers])
        mask = torch.ones_like(ids)
        return writer.generate(input_ids=ids, attention_mask=mask, logits_processor=check, **settings)[
            0, ids.shape[1] :
        ]

    def _answer(self, opened: str, written: Tensor) -> str | None:
        """Without special tokens, which may be what marks the reasoning."""
        tokenizer = self.language.tokenizer
        whole = opened + tokenizer.decode(written, skip_special_tokens=False)
        answer = answer_of(whole)
        if answer == whole:
            return tokenizer.decode(written, skip_special_tokens=True)
        for special in tokenizer.all_special_tokens if answer else ():
            answer = answer.replace(special, "")
        return answer


def _ends(language: LanguageModel) -> list[int]:
    """Ids of the tokens that end an answer."""
    found = language.model.generation_config.eos_token_id
    return [found] if isinstance(found, int) else list(found or [])


def _refuse_no_numbers(ids: Tensor, scores: Tensor) -> Tensor:
    if bool(scores.isnan().any()):
        raise CompletionError("malformed answer", "the model's logits are no numbers", attempts=1, seconds=0.0)
    return scores


def refuse_beyond_context(language: LanguageModel, n_prompt: int, n_answer: int = 0) -> None:
    """Raise CompletionError ("refused") for more token ids than the model was made for."""
    if language.context is not None and n_prompt + n_answer > language.context:
        what = f"{n_prompt} tokens of prompt and {n_answer} of answer exceed the context of {language.context}"
        raise CompletionError("refused", what, attempts=1, seconds=0.0)


def plain(messages: Messages) -> list[dict[str, str]]:
    """A conversation as plain dicts of "role" and "content". Raises ValueError for an empty one or other keys."""
    if not messages or any(m.keys() != {"role", "content"} or not isinstance(m["content"], str) for m in messages):
        raise ValueError(f"messages must be a list of at least one {{role, content}} of strings, got {messages!r}")
    return [{"role": m["role"], "content": m["content"]} for m in messages]
