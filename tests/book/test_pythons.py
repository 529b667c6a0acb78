"""A Python is found where it starts; a program that only stands for Pythons, as pyenv's do, is passed by.

And the settings under which numbers are tried name every room that computes.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import pythons
from committed import ROOT
from pythons import colab_python, find

OWN = "{}.{}".format(*sys.version_info)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A path and a home with nothing on them, and a way to put a program there."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:{tmp_path / 'bin'}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PYENV_ROOT", raising=False)

    def put(place, script):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return put


def test_a_machine_without_it_has_none(machine):
    machine(f"shims/python{OWN}", "echo 'pyenv: command not found' >&2; exit 127")
    machine("shims/python3", "echo 2.7 /usr/bin/python2")
    assert find(OWN) is None


@pytest.mark.parametrize("place", [f"bin/python{OWN}", "bin/python3", f".pyenv/versions/{OWN}.1/bin/python"])
def test_it_is_found_behind_a_shim_that_starts_none(machine, place):
    machine(f"shims/python{OWN}", "echo 'pyenv: command not found' >&2; exit 127")
    machine(place, f'exec "{sys.executable}" "$@"')
    assert find(OWN) == Path(sys.executable)


def test_the_notebooks_that_run_alone_get_colabs_python_or_this_one(machine, monkeypatch):
    colab_python.cache_clear()
    assert colab_python() == (OWN, Path(sys.executable))
    monkeypatch.setattr(pythons, "find", lambda version: Path("/there") / version)
    colab_python.cache_clear()
    assert colab_python() == ("3.13", Path("/there/3.13"))
    colab_python.cache_clear()


def test_the_numbers_are_tried_in_every_room_and_under_settings_that_differ():
    script = (ROOT / "tests" / "processors.sh").read_text()
    listed = subprocess.run(["sh", ROOT / "tests" / "processors.sh", "--list"], capture_output=True, text=True)
    settings = listed.stdout.splitlines()
    assert len(set(settings)) == len(settings) >= 8
    assert {"ONEDNN_MAX_CPU_ISA=AVX2", "ONEDNN_MAX_CPU_ISA=AVX512_CORE", "OMP_NUM_THREADS=1"} <= set(settings)
    assert all("=" in word for setting in settings for word in setting.split())
    left_out = {"book", "helpers", "runs"}
    assert all(f"-e /{name}/" in script for name in left_out)
    rooms = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms - left_out >= {"derivation", "information", "representation", "resnet_vae", "theory"}
