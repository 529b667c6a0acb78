"""The network in a package: checked, converted whole or not at all, also by two processes at once."""

import os
import socket
import subprocess
import sys
import threading

import pytest
import torch

from polylib.language import models as language
from polylib.language import smollm2


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYLIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def gguf(tmp_path, monkeypatch):
    """A file that stands for the real one, and a conversion that only leaves a mark."""
    path = tmp_path / "small.gguf"
    path.write_bytes(b"weights")
    monkeypatch.setattr(smollm2, "_convert", lambda source, target: (target / "done").write_text(source.name))
    return path


SHA = "9b1f24576ebab1b9d8f1b0a7a1e9c0a2a2f8a2bd5bd2e8ee5b8b0d7f3c0c0b5b"


def digest(path):
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_cache_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYLIB_CACHE", "/own")
    assert str(smollm2.cache_folder()) == "/own"
    monkeypatch.delenv("POLYLIB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/shared")
    assert str(smollm2.cache_folder()) == "/shared/polylib"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert smollm2.cache_folder() == tmp_path / ".cache" / "polylib"


def test_a_conversion_happens_once(cache, gguf, monkeypatch):
    found = smollm2.folder(source=gguf, sha256=digest(gguf))
    assert (found / "done").read_text() == "small.gguf"
    monkeypatch.setattr(smollm2, "_convert", lambda *_: pytest.fail("converted twice"))
    assert smollm2.folder(source=gguf, sha256=digest(gguf)) == found
    assert [p.name for p in cache.iterdir()] == [found.name]


@pytest.mark.parametrize("spoil", [lambda f: f.write_text("other"), lambda f: f.unlink()], ids=["changed", "gone"])
def test_a_converted_folder_that_was_changed_is_refused(cache, gguf, spoil):
    found = smollm2.folder(source=gguf, sha256=digest(gguf))
    spoil(found / "done")
    with pytest.raises(ValueError, match=r"must be as it was converted, got another done; remove the folder"):
        smollm2.folder(source=gguf, sha256=digest(gguf))
    (found / smollm2.MANIFEST).unlink()
    with pytest.raises(ValueError, match=r"got another manifest\.json"):
        smollm2.folder(source=gguf, sha256=digest(gguf))


def test_what_a_killed_conversion_left_is_removed_and_a_running_one_is_not(cache, gguf):
    old, running = (cache / f".{smollm2.NAME}-{name}" for name in ("old", "running"))
    for folder in (old, running):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    smollm2.folder(source=gguf, sha256=digest(gguf))
    assert not old.exists() and running.exists()


def test_a_second_user_may_read_what_the_umask_lets_him(cache, gguf, monkeypatch):
    def private(source, target):
        (target / "done").touch(mode=0o600)

    monkeypatch.setattr(smollm2, "_convert", private)
    before = os.umask(0o022)
    try:
        found = smollm2.folder(source=gguf, sha256=digest(gguf))
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (found, found / "done")] == [0o755, 0o644]


def test_a_conversion_that_fails_says_why(tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"no weights")
    with pytest.raises(RuntimeError, match=r"broken\.gguf could not be converted: "):
        smollm2._convert(broken, tmp_path)


def test_a_first_call_says_nothing(cache):
    """On a machine with a cold cache, whatever is printed would be published with a notebook's first cell."""
    ask = "from polylib.language import load; load()"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_another_file_is_refused_before_it_is_read(cache, gguf):
    with pytest.raises(ValueError, match=f"small.gguf must have the SHA-256 {SHA}, got {digest(gguf)}"):
        smollm2.folder(source=gguf, sha256=SHA)
    assert not cache.exists()


def test_a_conversion_that_fails_leaves_nothing(cache, gguf, monkeypatch):
    def fails(source, target):
        (target / "half").write_text("")
        raise OSError("disk full")

    monkeypatch.setattr(smollm2, "_convert", fails)
    with pytest.raises(OSError, match="disk full"):
        smollm2.folder(source=gguf, sha256=digest(gguf))
    assert list(cache.iterdir()) == []


def test_two_at_once_leave_one_whole_folder(cache, gguf, monkeypatch):
    meeting = threading.Barrier(2)

    def slow(source, target):
        meeting.wait(10)
        (target / "done").write_text("whole")

    monkeypatch.setattr(smollm2, "_convert", slow)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(smollm2.folder(source=gguf, sha256=digest(gguf))))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert [p.name for p in cache.iterdir()] == [found[0].name]
    assert (found[0] / "done").read_text() == "whole"


def test_a_place_that_cannot_be_written_is_an_error_of_the_system(cache, gguf, monkeypatch):
    monkeypatch.setattr(smollm2.Path, "rename", lambda *_: (_ for _ in ()).throw(PermissionError("no")))
    with pytest.raises(PermissionError):
        smollm2.folder(source=gguf, sha256=digest(gguf))


def test_progress_bars_come_back():
    from transformers.utils import logging

    before = logging.is_progress_bar_enabled()
    with smollm2.quiet():
        assert not logging.is_progress_bar_enabled()
    assert logging.is_progress_bar_enabled() == before
    logging.disable_progress_bar()
    with smollm2.quiet():
        pass
    assert not logging.is_progress_bar_enabled()
    logging.enable_progress_bar()


@pytest.fixture(scope="module")
def smol():
    return language.load()


def test_the_real_one_has_the_shape_and_the_size_it_should(smol):
    assert (smol.name, smol.n_layers, smol.n_units) == ("smollm2-135m", 30, 576)
    assert sum(p.numel() for p in smol.model.parameters()) == 134_515_008
    assert next(smol.model.parameters()).dtype == torch.float32


def test_the_real_one_knows_some_english(smol):
    ids = torch.tensor([smol.tokenizer("The capital of France is")["input_ids"]])
    with torch.no_grad():
        best = smol.model(input_ids=ids).logits[0, -1].argmax()
    assert smol.tokenizer.decode(best) == " Paris"


@pytest.mark.parametrize("text", ["Plain words.", "1,234 naïve cafés", "two  spaces\n\tand a 😀 tab"])
def test_the_real_tokenizer_gives_the_text_back(smol, text):
    assert smol.tokenizer.decode(smol.tokenizer(text)["input_ids"]) == text


def test_the_default_needs_no_network(smol, monkeypatch):
    """Whatever would open a socket fails."""

    def refuse(*args, **_):
        raise AssertionError(f"the network was tried: {args}")

    for name in ("getaddrinfo", "create_connection", "socket"):
        monkeypatch.setattr(socket, name, refuse)
    assert language.load().n_layers == 30
