"""Completions by any server that speaks OpenAI's protocol: a hosted model, vLLM, llama.cpp, `transformers serve`."""

import ipaddress
import json
import os
import time
import weakref
from urllib.parse import urlsplit

import httpx
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAI

from polylib import validate
from polylib.completions.local import Completion, CompletionError, Kind, Messages, plain

LONGEST_MESSAGE = 300


class Server:
    """A model behind a base URL such as "http://127.0.0.1:8000/v1"; conversations may be asked from many threads.

    What fails for a time is tried again at most `retries` times by the openai client: no connection, no answer within
    `timeout` seconds, the statuses 408, 409, 429 and 5xx, and answers without a text or without token counts. It waits
    longer each time, or as long as Retry-After says; if that is more than two minutes it gives up. Other statuses are
    final at once. `timeout` is for each silence: an answer that trickles in may take longer.

    The key is read from the environment variable `key_variable` and sent to `base_url` alone; without the variable the
    server must need none. (Before its version 3 the openai client shows the key in its own log at level DEBUG.) Raises
    ValueError for a URL with a user, a password or a query, for one that would send the key in the clear to another
    machine, and for a model without a name.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        key_variable: str = "OPENAI_API_KEY",
        timeout: float = 120.0,
        retries: int = 4,
    ) -> None:
        if not model:
            raise ValueError(f"model must be the name of one that {base_url} serves, got {model!r}")
        key = os.environ.get(key_variable, "")
        _refuse_unsafe(base_url, key_variable if key else "")
        seconds = float(validate.positive("timeout", validate.scalar("timeout", timeout)))
        http = httpx.Client(event_hooks={"response": [_refuse_malformed]}, follow_redirects=True)
        self.name = model
        self._client = OpenAI(
            base_url=base_url,
            api_key=key or "no-key",  # the client insists on one
            timeout=httpx.Timeout(seconds, connect=min(seconds, 10.0)),
            max_retries=validate.integer("retries", retries, 0),
            http_client=http,
        )
        weakref.finalize(self, http.close)

    def complete(self, messages: Messages, *, max_tokens: int, temperature: float = 0.0) -> Completion:
        """The answer to a conversation. Raises CompletionError with what kept failing, or was refused."""
        max_tokens = validate.integer("max_tokens", max_tokens)
        temperature = float(validate.nonnegative("temperature", validate.scalar("temperature", temperature)))
        started = time.monotonic()
        try:
            answer = self._client.chat.completions.create(
                model=self.name, messages=plain(messages), max_tokens=max_tokens, temperature=temperature
            )
        except APIError as error:
            raise self._failure(error, time.monotonic() - started) from None
        text, usage = answer.choices[0].message.content, answer.usage
        return Completion(text, usage.prompt_tokens, usage.completion_tokens, time.monotonic() - started)

    def _failure(self, error: APIError, seconds: float) -> CompletionError:
        attempts = int(error.request.headers.get("x-stainless-retry-count", 0)) + 1
        if isinstance(error, APIStatusError):
            what = f"status {error.status_code}: {error.response.text}"
        else:
            what = str(error.__cause__ or "") or error.message
        what = what.replace(self._client.api_key, "[key]")  # some servers repeat the key that they refuse
        return CompletionError(_kind(error), what[:LONGEST_MESSAGE], attempts=attempts, seconds=seconds)


class _MalformedAnswer(httpx.RequestError):
    """Raised before the client sees the answer, so that it tries again as after a broken connection."""


def _refuse_malformed(response: httpx.Response) -> None:
    """What the client does not look at: whether a successful answer is JSON with a text and token counts."""
    if not response.is_success:
        return
    try:
        answer = json.loads(response.read())
        text, usage = answer["choices"][0]["message"]["content"], answer["usage"]
        complete = isinstance(text, str) and all(type(usage[f"{k}_tokens"]) is int for k in ("prompt", "completion"))
    except (ValueError, LookupError, TypeError, RecursionError):
        complete = False
    if not complete:
        raise _MalformedAnswer(f"no JSON with a text and token counts: {response.text!r}")


def _kind(error: APIError) -> Kind:
    if isinstance(error, APITimeoutError):
        return "timeout"
    if isinstance(error, APIConnectionError):
        return "malformed answer" if isinstance(error.__cause__, _MalformedAnswer) else "connection"
    status = error.status_code if isinstance(error, APIStatusError) else 500
    return "rate limit" if status == 429 else "server error" if status in (408, 409) or status >= 500 else "refused"


def _refuse_unsafe(base_url: str, key_variable: str) -> None:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    shown = f"{parts.scheme}://{host}"  # the rest may hold a secret
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc or parts.query:
        raise ValueError(f"base_url must be http(s)://host[:port]/path without user, password or query, got {shown}")
    if key_variable and parts.scheme == "http" and not _is_this_machine(host):
        raise ValueError(f"base_url must be https where a key, that in {key_variable}, is sent, got {shown}")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
