"""What a server can do wrong is tried again a bounded number of times, then said; a key leaves in one header alone."""

import gc
import html
import json
import logging
import os
import threading
import time
import traceback
from urllib.parse import quote

import pytest
from counting import answers
from faulty_server import answer, serving

from polylib.completions.cache import KeptCompleter
from polylib.completions.local import Completion, CompletionError
from polylib.completions.server import Server

HELLO = [{"role": "user", "content": "hello"}]
KEY = "sk-planted-0123456789abcdef"


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def waits(monkeypatch):
    """Seconds that the client would have waited."""
    found = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def ask(server, **settings):
    return Server(server.url, "m", **settings).complete(HELLO, max_tokens=9)


def refused(server, **settings):
    with pytest.raises(CompletionError) as found:
        ask(server, **settings)
    return found.value


def test_an_answer_and_what_was_sent():
    with serving(answer("good day")) as server:
        found = Server(server.url, "m").complete(HELLO, max_tokens=9, temperature=0.5)
    assert found == Completion("good day", 3, 2, found.seconds)
    assert found.seconds > 0
    sent = {"model": "m", "messages": HELLO, "max_tokens": 9, "temperature": 0.5}
    assert server.requests == [("/v1/chat/completions", sent)]


TRANSIENT = {
    "too many": (429, {"error": {"message": "slow down"}}, {}),
    "server": (500, b"<html>oops</html>", {}),
    "overloaded": (503, b"", {}),
    "hung up": "hang up",
    "cut": (200, b'{"choices": [', {"Content-Length": 5000}),
    "no json": b"<html>proxy</html>",
    "half json": b'{"choices": [{"mess',
    "no utf-8": b'{"choices": "\xff"}',
    "deep": b"[" * 100_000,
    "a list": [],
    "no choices": {"choices": [], "error": {"code": 429}},
    "null choices": {"choices": None, "usage": None},
    "no text, no counts": answer(None, usage=None),
    "no counts": answer(None, usage={"prompt_tokens": None, "completion_tokens": 0}),
}
KIND = {"too many": "rate limit", "server": "server error", "overloaded": "server error"}
KIND |= {"hung up": "connection", "cut": "connection"}


@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_passes_is_tried_again(fault, waits):
    with serving(TRANSIENT[fault], TRANSIENT[fault], answer()) as server:
        assert ask(server).text == "fine"
    assert len(server.requests) == 3
    assert 0 < waits[0] < waits[1]


@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_does_not_pass_is_said_after_so_many_tries(fault, waits):
    with serving(TRANSIENT[fault]) as server:
        error = refused(server, retries=2)
    assert (error.kind, error.attempts, len(server.requests)) == (KIND.get(fault, "malformed answer"), 3, 3)
    assert len(waits) == 2
    assert error.seconds > 0


def test_a_server_says_how_long_to_wait_but_nobody_waits_for_an_hour(waits):
    with serving((429, {}, {"Retry-After": "7"}), answer()) as server:
        assert (ask(server).text, waits) == ("fine", [7])
    waits.clear()
    with serving((429, {}, {"Retry-After": "3600"})) as server:
        error = refused(server)
    assert (error.kind, error.attempts, waits) == ("rate limit", 1, [])


def told(text="fine", finish="stop", **entries):
    """An answer whose message has more entries, or another end."""
    message = {"role": "assistant", "content": text} | entries
    return answer(choices=[{"index": 0, "finish_reason": finish, "message": message}])


PAID = {
    "reasoning used all tokens": (
        told(None, "length", reasoning_content="hm"),
        "malformed answer",
        "spent on reasoning",
    ),
    "hidden reasoning": (told("", "length"), "malformed answer", "spent on reasoning"),
    "an open tag": (told("<think> so far"), "malformed answer", "spent on reasoning"),
    "a call of a tool": (told(None, "tool_calls"), "malformed answer", "no text"),
    "a refusal": (told(None, refusal="I cannot"), "refused", "refused to answer"),
    "a filter": (told("half a", "content_filter"), "refused", "refused to answer"),
    "no message": (answer(choices=[{}]), "malformed answer", "no message"),
    "no choices": (answer(choices=[]), "malformed answer", "no message"),
}


@pytest.mark.parametrize("fault", PAID)
def test_what_was_paid_for_is_asked_once_and_counted(fault, waits):
    reply, kind, what = PAID[fault]
    with serving(reply) as server:
        error = refused(server)
    assert (error.kind, error.attempts, len(server.requests), waits) == (kind, 1, 1, [])
    assert (error.prompt_tokens, error.completion_tokens) == (3, 2)
    assert what in str(error)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": 3}, {"prompt_tokens": 3, "completion_tokens": "2"}])
def test_a_text_that_nobody_counted_is_an_error_at_once(usage, waits):
    with serving(answer(usage=usage)) as server:
        error = refused(server)
    assert (error.kind, len(server.requests)) == ("malformed answer", 1)
    assert "without token counts" in str(error)


def test_an_answer_says_whether_it_was_cut():
    with serving(told("to be", "length"), told("whole")) as server:
        assert [ask(server).cut, ask(server).cut] == [True, False]


def test_text_in_parts_is_joined_without_what_was_thought():
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "so"}]
    with serving(told([*parts, {"type": "text", "text": " it is"}])) as server:
        assert ask(server).text == "so it is"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_is_wrong_stays_wrong(status, waits):
    with serving((status, {"error": {"message": "no such thing"}}, {})) as server:
        error = refused(server)
    assert (error.kind, error.attempts, len(server.requests), waits) == ("refused", 1, 1, [])
    assert f"{status}" in str(error)
    assert "no such thing" in str(error)


def test_silence_has_an_end(waits):
    with serving("silence") as server:
        error = refused(server, timeout=0.1, retries=2)
    assert (error.kind, error.attempts, len(server.requests)) == ("timeout", 3, 3)
    assert 0.3 <= error.seconds < 10


def test_a_dead_server_is_a_failed_connection(waits):
    with serving(answer()) as server:
        pass
    error = refused(server, retries=2)
    assert (error.kind, error.attempts, len(waits)) == ("connection", 3, 2)
    assert "refused" in str(error)


def test_what_succeeded_before_a_server_died_is_kept(waits, tmp_path):
    prompts = [[{"role": "user", "content": str(i)}] for i in range(6)]
    with serving(*[answer(str(i)) for i in range(3)], "hang up") as server:
        cached = KeptCompleter(Server(server.url, "m", retries=1), tmp_path)
        found = answers(cached, prompts)
    assert [f.text for f in found[:3]] == ["0", "1", "2"]
    assert [(f.kind, f.attempts) for f in found[3:]] == [("connection", 2)] * 3
    with serving(*[answer(str(i)) for i in range(3, 6)]) as server:
        found = answers(KeptCompleter(Server(server.url, "m"), tmp_path), prompts, max_tokens=9)
    assert [f.text for f in found] == [str(i) for i in range(6)]
    assert [f.kept for f in found] == [True] * 3 + [False] * 3
    assert len(server.requests) == 3


def test_many_are_asked_at_once_and_answered_in_order():
    together = threading.Barrier(4, timeout=20)

    def reply(body):
        together.wait()
        return answer(body["messages"][0]["content"])

    prompts = [[{"role": "user", "content": str(i)}] for i in range(8)]
    with serving(reply) as server:
        found = answers(Server(server.url, "m"), prompts, max_tokens=9, at_once=4)
    assert [f.text for f in found] == [str(i) for i in range(8)]


def test_a_key_is_sent_in_one_header_and_is_nowhere_else(monkeypatch, waits, tmp_path, capfd, caplog):
    monkeypatch.setenv("PLANTED", KEY)
    caplog.set_level(logging.DEBUG)
    echo = {"error": {"message": f"Incorrect API key provided: {KEY}"}}
    long = b"x" * 240 + KEY.encode() * 2  # a message is cut at 300 characters, which is within the key
    with serving((500, echo, {}), long, (401, echo, {}), (200, long, {}), answer()) as server:
        asker = Server(server.url, "m", key_variable="PLANTED", retries=2)
        failed = answers(asker, [HELLO], max_tokens=9)
        failed += answers(Server(server.url, "m", key_variable="PLANTED", retries=0), [HELLO], max_tokens=9)
        cached = KeptCompleter(asker, tmp_path)
        found = cached.complete(HELLO, max_tokens=9)
    assert [h["authorization"] for h in server.headers] == [f"Bearer {KEY}"] * 5
    assert [f.kind for f in failed] == ["refused", "malformed answer"]
    assert "[key]" in str(failed[0])
    shown = [repr(x) + str(x) + repr(vars(x)) for x in (asker, cached, found, *failed)]
    shown += ["".join(traceback.format_exception(f)) for f in failed]
    shown += [path.read_text() for path in tmp_path.iterdir()] + list(capfd.readouterr()) + [caplog.text]
    assert len(list(tmp_path.iterdir())) == 1
    assert len(caplog.text) > 100
    assert [text for text in shown if KEY[:12] in text] == []
    others = [{k: v for k, v in h.items() if k != "authorization"} for h in server.headers]
    assert KEY not in str(server.requests) + str(others)


def test_connections_are_closed_with_the_server_object():
    with serving(answer()) as server:
        asker = Server(server.url, "m")
        asker.complete(HELLO, max_tokens=9)
        http = asker._client._client
        assert not http.is_closed
        del asker
        gc.collect()
    assert http.is_closed


def test_a_key_comes_from_the_environment_and_is_not_needed_here(monkeypatch):
    with serving(answer()) as server:
        ask(server)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        ask(server)
        ask(server, key_variable="NOT_SET_ANYWHERE")
    assert "NOT_SET_ANYWHERE" not in os.environ
    assert [h["authorization"] for h in server.headers] == ["Bearer no-key", f"Bearer {KEY}", "Bearer no-key"]


def test_a_key_does_not_follow_a_redirection_to_another_address(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(answer()) as other, serving((307, {}, {"Location": f"{other.url}/chat/completions"})) as server:
        assert ask(server).text == "fine"
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert KEY not in str(other.headers)


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://a/v1", "http://", f"https://me:{KEY}@a/v1", f"https://a/v1?key={KEY}"]
)
def test_a_url_is_a_plain_address(url):
    with pytest.raises(
        ValueError, match=r"base_url must be http\(s\)://host.* without user, password or query"
    ) as found:
        Server(url, "m")
    assert KEY not in str(found.value)


def test_a_key_does_not_go_in_the_clear_to_another_machine(monkeypatch):
    Server("http://models.example/v1", "m")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for url in ("https://models.example/v1", "http://localhost:1/v1", "http://[::1]:1/v1", "http://127.8.8.8/v1"):
        Server(url, "m")
    with pytest.raises(
        ValueError, match="must be https where a key, that in OPENAI_API_KEY, is sent, got http://models"
    ):
        Server("http://models.example/v1", "m")


@pytest.mark.parametrize("key", [KEY + "\n", KEY + "\r", KEY + "\t", f"“{KEY}”", "sk two"])
def test_a_key_that_no_header_holds_is_refused_without_being_shown(key, monkeypatch):
    monkeypatch.setenv("PLANTED", key)
    with pytest.raises(ValueError, match="PLANTED must hold a key of visible ASCII characters") as found:
        Server("http://localhost:1/v1", "m", key_variable="PLANTED")
    assert KEY[:6] not in str(found.value) and "two" not in str(found.value)


@pytest.mark.parametrize(
    "escape",
    [
        str,
        lambda key: json.dumps(json.dumps(key)),
        quote,
        html.escape,
        lambda key: key.replace("/", "\\/"),
        lambda key: "".join(f"\\u{ord(c):04X}" for c in key),
        lambda key: "".join(f"&#{ord(c)};" for c in key),
    ],
)
def test_a_key_that_comes_back_in_other_letters_is_hidden(escape, monkeypatch):
    key = "sk-\"sec\\ret/<+&='"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with serving((401, f"bad key {escape(key)}.".encode(), {})) as server:
        error = refused(server)
    assert str(error).endswith(
        'bad key "[key]".' if escape(key).startswith('"') else "bad key [key]."
    ) or "[key]" in str(error)
    assert "sec" not in str(error) and escape(key) not in repr(error)


def test_no_proxy_sees_what_is_sent_in_the_clear(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(answer("from the proxy")) as proxy, serving(answer("direct")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        assert ask(server).text == "direct"
    assert proxy.requests == []


def test_no_other_variable_enters_a_header(monkeypatch):
    monkeypatch.setenv("MINE", KEY)
    planted = {
        "ORG_ID": "org-1",
        "PROJECT_ID": "proj-1",
        "CUSTOM_HEADERS": "X-Gateway: secret\nAuthorization: Bearer no",
    }
    for name, value in planted.items():
        monkeypatch.setenv(f"OPENAI_{name}", value)
    with serving(answer()) as server:
        ask(server, key_variable="MINE")
    (headers,) = server.headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert [v for v in headers.values() if "secret" in v or v in planted.values()] == []
    assert {name for name in headers if name.startswith(("openai", "x-gate"))} == set()


@pytest.mark.parametrize("url", ["http://localhost:abc/v1", "http://localhost:1/v1#key", "http://[::1/v1"])
def test_an_address_that_is_none_is_named(url):
    with pytest.raises(ValueError, match=r"base_url must be http\(s\)://host"):
        Server(url, "m")


def test_half_a_character_is_named_before_anything_is_sent():
    half = [{"role": "user", "content": "a\ud83d"}]
    with (
        serving(answer()) as server,
        pytest.raises(ValueError, match="messages must be text that UTF-8 can hold, got "),
    ):
        Server(server.url, "m").complete(half, max_tokens=9)
    assert server.requests == []


def test_a_model_has_a_name():
    with pytest.raises(ValueError, match="model must be the name of one that http://localhost:1/v1 serves, got ''"):
        Server("http://localhost:1/v1", "")


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [("timeout", 0, "positive"), ("timeout", float("nan"), "finite"), ("retries", -1, "a whole number of at least 0")],
)
def test_settings_are_checked(name, value, rule):
    with pytest.raises(ValueError, match=f"{name} must be {rule}, got {value}"):
        Server("http://localhost:1/v1", "m", **{name: value})


def test_a_request_is_checked_before_it_is_sent():
    with serving(answer()) as server:
        asker = Server(server.url, "m")
        with pytest.raises(ValueError, match="max_tokens must be a whole number of at least 1, got 0"):
            asker.complete(HELLO, max_tokens=0)
        with pytest.raises(ValueError, match="temperature must be at least 0, got -1"):
            asker.complete(HELLO, max_tokens=1, temperature=-1)
    assert server.requests == []
