"""`transformers serve` with SmolLM2 on loopback answers as the same weights do in this process, and leaves no trace."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from counting import answers

from polylib.completions.cache import KeptCompleter
from polylib.completions.local import CompletionError, LocalModel
from polylib.completions.server import Server
from polylib.language import models as language
from polylib.language import smollm2

PROMPTS = [
    [{"role": "user", "content": "Name three fruits."}],
    [{"role": "system", "content": "Answer with one word."}, {"role": "user", "content": "The capital of France?"}],
    [
        {"role": "user", "content": "Continue: do re mi"},
        {"role": "assistant", "content": "fa so"},
        {"role": "user", "content": "Go on.\n\tAnd on: é 😀"},
    ],
]
LONGEST_START = 120  # seconds; about ten on a machine with nothing else to do


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def is_up(port):
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return answer.status == 200
    except (URLError, ConnectionError, TimeoutError):
        return False


def stop(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server's process and its base URL; it starts in the folder above the model's, which so gets a short name."""
    folder, port = smollm2.folder(), free_port()
    log = tmp_path_factory.mktemp("serve") / "log"
    command = [Path(sys.executable).with_name("transformers"), "serve", folder.name, "--host", "127.0.0.1"]
    command += ["--port", str(port), "--device", "cpu"]
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    settings = {
        "cwd": folder.parent,
        "env": os.environ | threads | {"HF_HUB_OFFLINE": "1"},
        "start_new_session": True,  # so that whatever it starts can be looked for at the end
    }
    with log.open("w") as file, subprocess.Popen(command, stdout=file, stderr=file, **settings) as process:
        try:
            until = time.monotonic() + LONGEST_START
            while not is_up(port):
                assert process.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            yield process, f"http://127.0.0.1:{port}/v1"
        finally:
            stop(process)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert not is_up(port)


@pytest.fixture(scope="module")
def server(served):
    return Server(served[1], smollm2.folder().name, key_variable="NO_KEY", timeout=60)


@pytest.mark.usefixtures("one_thread")
def test_the_same_weights_answer_alike_here_and_there(server):
    here = answers(LocalModel(language.load()), PROMPTS, max_tokens=24)
    there = answers(server, PROMPTS, max_tokens=24, at_once=3)
    assert [h.text for h in here] == [t.text for t in there]
    assert [h.prompt_tokens for h in here] == [t.prompt_tokens for t in there]
    assert [h.completion_tokens for h in here] == [t.completion_tokens for t in there]
    assert len({h.text for h in here}) == 3
    assert any(h.completion_tokens < 24 for h in here)


def test_a_model_that_is_not_served_is_refused(served):
    with pytest.raises(CompletionError, match=r"refused after 1 attempt .* status 400: .* pinned") as found:
        Server(served[1], "gpt-4", key_variable="NO_KEY").complete(PROMPTS[0], max_tokens=3)
    assert found.value.kind == "refused"


def test_what_was_answered_outlives_the_server(served, server, tmp_path, monkeypatch):
    waits = []
    kept = answers(KeptCompleter(server, tmp_path), PROMPTS[:2], max_tokens=4)
    stop(served[0])
    monkeypatch.setattr(time, "sleep", waits.append)
    found = answers(KeptCompleter(server, tmp_path), PROMPTS, max_tokens=4)
    assert [(f.text, f.kept) for f in found[:2]] == [(k.text, True) for k in kept]
    assert (found[2].kind, found[2].attempts, len(waits)) == ("connection", 5, 4)
