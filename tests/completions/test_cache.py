"""Nothing is asked twice, not after a restart or a kill; different questions never share an answer; damage is told."""

import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import counting
import pytest
from counting import PROMPTS, Counting, answers

from polylib.completions.cache import KeptCompleter
from polylib.completions.local import CompletionError

HELLO = [{"role": "user", "content": "hello"}]


def files(folder):
    return sorted(folder.glob("*.json"))


def test_the_second_answer_is_the_first_and_says_that_it_was_kept(tmp_path):
    inner = Counting()
    first = KeptCompleter(inner, tmp_path / "new").complete(HELLO, max_tokens=9)
    second = KeptCompleter(inner, tmp_path / "new").complete(HELLO, max_tokens=9)
    assert (first.kept, second) == (False, replace(first, kept=True))
    assert inner.asked == ["hello"]
    assert KeptCompleter(inner, tmp_path).name == "m"


def test_every_part_of_a_request_is_in_its_name(tmp_path):
    long = [{"role": "system", "content": "hello"}, *HELLO]
    requests = [
        (name, messages, n, t)
        for name in ("m", "other")
        for messages in (HELLO, [{"role": "system", "content": "hello"}], [{"role": "user", "content": "Hello"}], long)
        for n in (9, 10)
        for t in (0.0, 0.5)
    ]
    for _ in range(2):
        texts = [
            KeptCompleter(Counting(name), tmp_path).complete(messages, max_tokens=n, temperature=t).text
            for name, messages, n, t in requests
        ]
    assert len(set(texts)) == len(files(tmp_path)) == len(requests) == 32


def test_the_same_request_in_other_words_is_the_same(tmp_path):
    inner = Counting()
    cached = KeptCompleter(inner, tmp_path)
    cached.complete([{"role": "user", "content": "hello"}], max_tokens=9, temperature=0)
    cached.complete(({"content": "hello", "role": "user"},), max_tokens=9, temperature=0.0)
    assert len(inner.asked) == 1


def test_a_name_is_the_digest_of_what_the_file_holds(tmp_path):
    from hashlib import sha256

    KeptCompleter(Counting(), tmp_path).complete(HELLO, max_tokens=9)
    (path,) = files(tmp_path)
    record = json.loads(path.read_text())
    text = '{"max_tokens":9,"messages":[{"content":"hello","role":"user"}],"model":"m","temperature":0.0}'
    assert path.stem == sha256(text.encode()).hexdigest()
    assert record["request"] == json.loads(text)
    assert record["answer"].keys() == {"text", "prompt_tokens", "completion_tokens", "seconds", "cut"}


@pytest.mark.parametrize("text", ["", "äöü 😀", "\ud83d", 'quote " and \\ back', "line\r\n\u2028end", "\x00"])
def test_any_text_comes_back(tmp_path, text):
    cached = KeptCompleter(Counting(), tmp_path)
    messages = [{"role": "user", "content": text}]
    assert cached.complete(messages, max_tokens=9).text == cached.complete(messages, max_tokens=9).text
    assert cached.complete(messages, max_tokens=9).kept


def test_an_answer_kept_before_it_was_asked_whether_it_was_cut_is_kept(tmp_path):
    inner = Counting()
    first = KeptCompleter(inner, str(tmp_path)).complete(HELLO, max_tokens=9)
    (path,) = files(tmp_path)
    record = json.loads(path.read_text())
    del record["answer"]["cut"]
    path.write_text(json.dumps(record))
    assert KeptCompleter(inner, tmp_path).complete(HELLO, max_tokens=9) == replace(first, kept=True)


def test_parameters_are_checked_before_they_are_part_of_a_name(tmp_path):
    cached = KeptCompleter(Counting(), tmp_path)
    with pytest.raises(ValueError, match="max_tokens must be a whole number of at least 1, got 0"):
        cached.complete(HELLO, max_tokens=0)
    with pytest.raises(ValueError, match="temperature must be finite, got nan"):
        cached.complete(HELLO, max_tokens=9, temperature=float("nan"))


DAMAGE = {
    "empty": lambda whole: b"",
    "cut": lambda whole: whole[: len(whole) // 2],
    "no text": lambda whole: b"\xff\xfe\x00" + whole,
    "another kind": lambda whole: b"[1, 2]",
    "no answer": lambda whole: b'{"request": {}}',
    "nested too deeply": lambda whole: b"[" * 100_000,
    "null": lambda whole: b"null",
    "another request": lambda whole: whole.replace(b'"content": "hello"', b'"content": "jello"'),
    "another type": lambda whole: whole.replace(b'"prompt_tokens": 3', b'"prompt_tokens": "3"'),
    "true is no 3": lambda whole: whole.replace(b'"prompt_tokens": 3', b'"prompt_tokens": true'),
    "one more entry": lambda whole: whole.replace(b'"prompt_tokens": 3', b'"prompt_tokens": 3, "cached": false'),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_named_and_asked_again(tmp_path, damage):
    inner = Counting()
    cached = KeptCompleter(inner, tmp_path)
    first = cached.complete(HELLO, max_tokens=9)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(DAMAGE[damage](whole))
    assert path.read_bytes() != whole
    with pytest.warns(UserWarning, match=f"{path.name} is damaged: it is made again and replaced"):
        assert cached.complete(HELLO, max_tokens=9) == first
    assert (len(inner.asked), path.read_bytes()) == (2, whole)
    assert cached.complete(HELLO, max_tokens=9).kept


def test_a_failure_is_not_kept(tmp_path):
    class Failing(Counting):
        def complete(self, messages, *, max_tokens, temperature=0.0):
            self.asked.append("")
            raise CompletionError("timeout", "", attempts=1, seconds=0.0)

    inner = Failing()
    for _ in range(2):
        with pytest.raises(CompletionError):
            KeptCompleter(inner, tmp_path).complete(HELLO, max_tokens=9)
    assert len(inner.asked) == 2
    assert list(tmp_path.iterdir()) == []


def test_threads_that_ask_the_same_pay_once(tmp_path):
    inner = Counting(wait=0.05)
    found = answers(KeptCompleter(inner, tmp_path), [HELLO] * 8, at_once=8)
    assert len(inner.asked) == 1
    assert sorted(f.kept for f in found) == [False] + [True] * 7


def test_threads_that_ask_different_things_do_not_wait_for_one_another(tmp_path):
    together = threading.Barrier(4, timeout=20)

    class Meeting(Counting):
        def complete(self, messages, *, max_tokens, temperature=0.0):
            together.wait()
            return super().complete(messages, max_tokens=max_tokens, temperature=temperature)

    prompts = [[{"role": "user", "content": str(i)}] for i in range(4)]
    assert len(answers(KeptCompleter(Meeting(), tmp_path), prompts, at_once=4)) == 4


RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from counting import PROMPTS, Counting, answers
from polylib.completions.cache import KeptCompleter
answers(KeptCompleter(Counting(wait=0.2), Path(sys.argv[2])), PROMPTS)
"""


def test_a_killed_run_goes_on_where_it_was(tmp_path):
    run = subprocess.Popen([sys.executable, "-c", RUN, str(Path(counting.__file__).parent), str(tmp_path)])
    try:
        until = time.monotonic() + 120
        while len(files(tmp_path)) < 5 and run.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
    finally:
        run.kill()
    assert run.wait() == -signal.SIGKILL
    done = len(files(tmp_path))
    assert 5 <= done < 20
    again = Counting()
    found = answers(KeptCompleter(again, tmp_path), PROMPTS)
    assert again.asked == [p[0]["content"] for p in PROMPTS[done:]]
    assert found == [replace(Counting().complete(p, max_tokens=9), kept=i < done) for i, p in enumerate(PROMPTS)]


def test_two_runs_that_share_a_folder_do_no_harm(tmp_path):
    """Each by an object of its own, which knows no more of the other than another process would."""
    runs = [KeptCompleter(Counting(wait=0.01), tmp_path) for _ in range(2)]
    threads = [threading.Thread(target=answers, args=(run, PROMPTS)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [f.kept for f in answers(KeptCompleter(Counting(), tmp_path), PROMPTS)] == [True] * 20
    assert [p.suffix for p in tmp_path.iterdir()] == [".json"] * 20
