"""The foreman says what will be done and how long it takes, and shows progress on a terminal and without one."""

import json
import os
import sys

import foreman
import pytest
from committed import NOTEBOOKS, ROOT
from ledger import records

from polylib.runs.results import RUN_MIME

COMMANDS = """uv pip install --require-hashes -r requirements.lock
.venv/bin/python book/_tools/notebooks.py run notebooks/01-a.py _build/run/01-a.ipynb
.venv/bin/python book/_tools/notebooks.py run notebooks/02-b.py _build/run/02-b.ipynb
.venv/bin/python book/_tools/site_build.py _build/run _build/html && touch _build/html/.whole
"""


@pytest.fixture
def machine(monkeypatch):
    def has(cores, gigabytes):
        monkeypatch.delenv("MAKEFLAGS", raising=False)
        monkeypatch.setattr(foreman, "cores", lambda: cores)
        monkeypatch.setattr(foreman, "free_memory", lambda: gigabytes)

    return has


@pytest.mark.parametrize(
    ("cores", "gigabytes", "jobs"), [(1, 24, 1), (2, 24, 2), (16, 128, 2), (2, 5, 1), (2, 0.1, 1), (4, float("inf"), 2)]
)
def test_two_notebooks_at_once_where_there_are_cores_and_memory(machine, cores, gigabytes, jobs):
    machine(cores, gigabytes)
    assert foreman.jobs() == jobs


@pytest.mark.parametrize(
    ("flags", "jobs"),
    [
        ("k -j4 --jobserver-auth=3,4", 4),
        (" -j1", 1),
        ("-j", 2),
        ("--jobs=3", 3),
        ("k", 2),
        (" -- PYTHON=/a-j7/b -j9", 2),
    ],
)
def test_as_many_as_make_was_asked_for(machine, monkeypatch, flags, jobs):
    machine(2, 24)
    monkeypatch.setenv("MAKEFLAGS", flags)
    assert foreman.jobs() == jobs


@pytest.mark.parametrize(("flags", "told"), [("", ["-j2"]), ("k -j4 --jobserver-auth=3,4", [])])
def test_make_is_told_how_many_unless_it_was_asked(machine, monkeypatch, tmp_path, capfd, flags, told):
    machine(2, 24)
    monkeypatch.setenv("MAKEFLAGS", flags)
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\necho "$@"\necho a line of bytes: \\\\377 >&2\nexit 3\n')
    make.chmod(0o755)
    assert foreman.work("book", str(make)) == 3
    first, second = capfd.readouterr().out.splitlines()
    assert [word for word in first.split() if word.startswith("-j")] == told
    assert first.split()[-1] == "_book"
    assert second.startswith("a line of bytes")  # errors come as what is said does, whatever their bytes


def test_free_memory_is_the_least_of_the_machines_and_the_containers(monkeypatch):
    real = foreman.Path.read_text
    texts = {"/proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    8388608 kB\n"}
    texts |= {"/sys/fs/cgroup/memory.max": f"{6 * 2**30}\n", "/sys/fs/cgroup/memory.current": f"{2**30}\n"}
    monkeypatch.setattr(foreman.Path, "read_text", lambda path, **how: texts.get(str(path)) or real(path, **how))
    assert foreman.free_memory() == 5
    texts["/sys/fs/cgroup/memory.max"] = "max\n"
    assert foreman.free_memory() == 8
    texts["/proc/meminfo"] = "nothing\n"
    assert foreman.free_memory() == float("inf")


def test_cores_are_those_that_the_process_may_use():
    assert 1 <= foreman.cores() <= os.cpu_count()


def test_the_plan_in_words(machine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").mkdir()
    cell = {"outputs": [{"data": {foreman.RUN_MIME: {"seconds": 475}}}]}
    (tmp_path / "notebooks" / "01-a.ipynb").write_text(json.dumps({"cells": [{}, cell]}))
    machine(2, 24)
    environment, notebooks, site = foreman.plan(COMMANDS)
    assert environment == "make the environment in .venv (7 GB, minutes)"
    assert notebooks == "run 2 notebooks (about 4 min, 2 at once)"  # 480 s, and a minute where nothing is known
    assert site == "build the site (about 1 min)"
    machine(1, 24)
    assert foreman.plan(COMMANDS.splitlines()[1]) == ["run 1 notebook (about 8 min)"]
    assert foreman.plan("") == []


def test_times_are_those_of_the_committed_outputs(monkeypatch):
    assert foreman.RUN_MIME == RUN_MIME
    monkeypatch.chdir(ROOT)
    for notebook in NOTEBOOKS:
        assert foreman.seconds_of(notebook.stem) == 5 + records(notebook, RUN_MIME)[0]["seconds"]


def lines():
    yield "01-a: cell 1 of 9, 3 s\n"
    yield "02-b: cell 2 of 9, 4 s\n"
    yield "01-a: cell 2 of 9, 10 s\n"
    yield "01-a: cell 5 of 9, 18 s\n"
    yield "01-a: done in 20 s\n"
    yield "a warning: of something\n"


def test_without_a_terminal_progress_is_a_plain_line_now_and_then(capsys):
    display = foreman.Display()
    for line in lines():
        display.show(line)
    kept = [line for line in lines() if line != "01-a: cell 2 of 9, 10 s\n"]
    assert capsys.readouterr().out == "".join(kept)


def test_on_a_terminal_progress_is_one_line_that_changes(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(os, "get_terminal_size", lambda: os.terminal_size((50, 20)))
    display = foreman.Display()
    for line in lines():
        display.show(line)
    out = capsys.readouterr().out
    assert "\r\x1b[K01-a: cell 2 of 9, 10 s | 02-b: cell 2 of 9, 4 s" in out
    assert out.endswith("\r\x1b[Ka warning: of something\n\r\x1b[K02-b: cell 2 of 9, 4 s")
    assert [kept for kept in out.split("\n") if "01-a: done in 20 s" in kept]
    assert max(len(part) for part in out.replace("\n", "").split("\r\x1b[K")) <= 50


def test_it_needs_no_more_than_python():
    """It runs before anything is installed."""
    code = (ROOT / "book" / "_tools" / "foreman.py").read_text()
    names = {line.split()[1].split(".")[0] for line in code.splitlines() if line.startswith(("import ", "from "))}
    assert names <= set(sys.stdlib_module_names)
