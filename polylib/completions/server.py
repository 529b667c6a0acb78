"""Completions by any server that speaks OpenAI's protocol: a hosted model, vLLM, llama.cpp, `transformers serve`."""

import ipaddress
import json
import os
import re
import time
import weakref
from html import entities
from typing import Any

import httpx
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAI

from polylib import validate
from polylib.completions.answers import read, tokens_of
from polylib.completions.local import Completion, CompletionError, Kind, Messages, plain

LONGEST_MESSAGE = 300
_SENT = {*"host accept accept-encoding connection user-agent content-type content-length authorization".split()}  # noqa: SIM905
_TRY, _RAW = "x-stainless-retry-count", "x-stainless-raw-response"  # by which the client speaks to itself


class Server:
    """A model behind a base URL such as "http://127.0.0.1:8000/v1"; conversations may be asked from many threads.

    What fails for a time is tried again at most `retries` times by the openai client: no connection, no answer within
    `timeout` seconds, the statuses 408, 409, 429 and 5xx, and answers without a text and without token counts. It waits
    longer each time, or as long as Retry-After says; if that is more than two minutes it gives up. Other statuses are
    final at once, and so is an answer that was paid for and is none: its tokens are in the error. `timeout` is for each
    silence: an answer that trickles in may take longer. Reasoning that stands before an answer is not part of it.

    The key is read from the environment variable `key_variable` and sent to `base_url` alone; without the variable the
    server must need none. No other variable is heeded, but for the proxy of an https address, which sees no more of it
    than the host. Raises ValueError for a URL with a user, a password, a query or a fragment, for one that would send
    the key in the clear to another machine, for a key that no header can hold, and for a model without a name.
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
        key = os.environ.get(key_variable, "")
        url = _safe(base_url, key_variable if key else "")
        if not model:
            raise ValueError(f"model must be the name of one that {base_url} serves, got {model!r}")
        if key and not re.fullmatch(r"[!-~]+", key):
            raise ValueError(f"{key_variable} must hold a key of visible ASCII characters, got others in it, not shown")
        seconds = float(validate.positive("timeout", validate.scalar("timeout", timeout)))

        def only_known(request: httpx.Request) -> None:
            """Of each request, redirected ones too: the client takes headers from the environment, and we none."""
            for name in set(request.headers) - _SENT - {_TRY, _RAW}:
                del request.headers[name]
            if (request.url.scheme, request.url.host, request.url.port) != (url.scheme, url.host, url.port):
                request.headers.pop("authorization", None)
            elif key:
                request.headers["authorization"] = f"Bearer {key}"

        hooks = {"request": [only_known], "response": [_refuse_malformed]}
        http = httpx.Client(event_hooks=hooks, follow_redirects=True, trust_env=url.scheme == "https")
        self.name = model
        self._hidden = _forms(key) if key else re.compile("(?!)")
        self._client = OpenAI(
            base_url=base_url,
            api_key="no-key",  # the client insists on one
            timeout=httpx.Timeout(seconds, connect=min(seconds, 10.0)),
            max_retries=validate.integer("retries", retries, 0),
            http_client=http,
        )
        weakref.finalize(self, http.close)

    def complete(self, messages: Messages, *, max_tokens: int, temperature: float = 0.0) -> Completion:
        """The answer to a conversation. Raises CompletionError with what kept failing, or was refused."""
        max_tokens = validate.integer("max_tokens", max_tokens)
        temperature = float(validate.nonnegative("temperature", validate.scalar("temperature", temperature)))
        conversation, started = plain(messages), time.monotonic()
        try:
            json.dumps(conversation, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"messages must be text that UTF-8 can hold, got {error.object[error.start]!r}") from None
        try:
            answer = self._client.chat.completions.with_raw_response.create(
                model=self.name, messages=conversation, max_tokens=max_tokens, temperature=temperature
            )
        except APIError as error:
            raise self._failure(error, time.monotonic() - started) from None
        spent = {"attempts": answer.retries_taken + 1, "seconds": time.monotonic() - started}
        return read(json.loads(answer.content), **spent, shown=self._shown)

    def _failure(self, error: APIError, seconds: float) -> CompletionError:
        attempts = int(error.request.headers.get(_TRY, 0)) + 1
        if isinstance(error, APIStatusError):
            what = f"status {error.status_code}: {error.response.text}"
        else:
            what = str(error.__cause__ or "") or error.message
        return CompletionError(_kind(error), self._shown(what), attempts=attempts, seconds=seconds)

    def _shown(self, what: str) -> str:
        return self._hidden.sub("[key]", what)[:LONGEST_MESSAGE]  # some servers repeat the key that they refuse


class _MalformedAnswer(httpx.RequestError):
    """Raised before the client sees the answer, so that it tries again as after a broken connection."""


def _refuse_malformed(response: httpx.Response) -> None:
    """What the client does not look at: whether a successful answer holds anything that was made, and paid for."""
    if not response.is_success:
        return
    try:
        answer = json.loads(response.read())
        made = any(tokens_of(answer)) or answer["choices"][0]["message"]["content"] is not None
    except (ValueError, LookupError, TypeError, RecursionError):
        made = False
    if not made:
        raise _MalformedAnswer(f"no JSON with a text and token counts: {response.text!r}")


def _kind(error: APIError) -> Kind:
    if isinstance(error, APITimeoutError):
        return "timeout"
    if isinstance(error, APIConnectionError):
        return "malformed answer" if isinstance(error.__cause__, _MalformedAnswer) else "connection"
    status = error.status_code if isinstance(error, APIStatusError) else 500
    return "rate limit" if status == 429 else "server error" if status in (408, 409) or status >= 500 else "refused"


def _forms(key: str) -> re.Pattern[str]:
    """A key as it may come back: plain, or with characters escaped as JSON, HTML and addresses do it."""

    def character(c: str) -> str:
        code, named = ord(c), entities.codepoint2name.get(ord(c), "")
        ways = [rf"\\*{re.escape(c)}", rf"%{code:02x}", rf"\\+u00{code:02x}", rf"&\#0*{code};", rf"&\#x0*{code:x};"]
        return f"(?:{'|'.join([*ways, *([f'&{named};'] if named else [])])})"

    return re.compile("".join(map(character, key)), re.IGNORECASE)


def _safe(base_url: str, key_variable: str) -> httpx.URL:
    try:
        url: Any = httpx.URL(base_url)
    except (httpx.InvalidURL, TypeError):
        url = None
    shown = f"{url.scheme}://{url.host}" if url else "what is none"  # the rest may hold a secret
    if not url or url.scheme not in {"http", "https"} or not url.host or set("@?#") & set(base_url):
        raise ValueError(f"base_url must be http(s)://host[:port]/path without user, password or query, got {shown}")
    if key_variable and url.scheme == "http" and not _is_this_machine(url.host):
        raise ValueError(f"base_url must be https where a key, that in {key_variable}, is sent, got {shown}")
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
