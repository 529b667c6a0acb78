"""What an environment is made of, and where it can be made."""

import re

import packages
import pytest
from committed import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
PYTHON = (3, 12, 1)


@pytest.mark.parametrize(
    ("machine", "word"),
    [
        (("Linux", "x86_64", "glibc", "", PYTHON), ""),
        (("Linux", "aarch64", "glibc", "", PYTHON), ""),
        (("Linux", "x86_64", "", "", PYTHON), "Linux with glibc is needed"),
        (("Darwin", "arm64", "", "14.5", PYTHON), ""),
        (("Darwin", "x86_64", "", "15.0", PYTHON), "macOS 14 on arm64 is needed, got macOS 15.0 on x86_64"),
        (("Darwin", "arm64", "", "13.6", PYTHON), "got macOS 13.6"),
        (("Windows", "AMD64", "", "", PYTHON), "WSL"),
        (("FreeBSD", "amd64", "", "", PYTHON), "got FreeBSD"),
        (("Linux", "x86_64", "glibc", "", (3, 14, 0)), "Python 3.11 to 3.13 is needed, got 3.14.0"),
        (("Linux", "x86_64", "glibc", "", (3, 9, 2)), "got 3.9.2"),
    ],
)
def test_a_machine_on_which_the_book_cannot_be_made_is_told_why(machine, word):
    why = packages.fault(*machine)
    assert word in why and bool(why) == bool(word)


def test_without_a_gpu_only_its_libraries_are_left_out():
    kept, torch = packages.without_gpu(LOCK)
    names = {which: set(re.findall(r"^([\w.-]+)==", text, re.M)) for which, text in {"all": LOCK, "kept": kept}.items()}
    left = names["all"] - names["kept"]
    assert {"torch", "torchvision", "triton", "nvidia-cublas"} <= left
    assert all(re.match("torch|torchvision|triton|nvidia-|cuda-", name) for name in left)
    assert re.search(r"^" + re.escape(torch[0]) + r" ", LOCK, re.M) and [t.split("==")[0] for t in torch] == [
        "torch",
        "torchvision",
    ]
    assert kept.count("--hash=") > 500


def test_both_ways_install_by_hash_whatever_has_one(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(packages.subprocess, "run", lambda command, **more: said.append((command, more)))
    monkeypatch.chdir(ROOT)
    packages.install("cuda")
    packages.install("cpu")
    whole, torch, rest = said
    assert whole[1]["input"] == LOCK and "--require-hashes" in whole[0]
    assert "--torch-backend" in torch[0] and torch[0][-2].startswith("torch==")
    assert "nvidia" not in rest[1]["input"] and "--require-hashes" in rest[0]
    with pytest.raises(SystemExit, match="TORCH must be one of cuda, cpu, got 'gpu'"):
        packages.install("gpu")


def test_what_installs_and_builds_is_locked_too():
    tools = (ROOT / "requirements-tools.lock").read_text()
    pinned = set(re.findall(r"^([\w.-]+)==", tools, re.M))
    assert {"uv", "hatchling", "editables"} <= pinned
    both = dict(re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.M))
    assert all(both.get(name, version) == version for name, version in re.findall(r"^([\w.-]+)==(\S+)", tools, re.M))


def test_a_data_package_that_is_gone_is_named_with_what_works_without_it(monkeypatch):
    tried = []

    def index(command, *, input, text):
        tried.append(input.split()[0])
        return packages.subprocess.CompletedProcess(command, returncode=int(input.startswith("gensim")))

    monkeypatch.setattr(packages.subprocess, "run", index)
    monkeypatch.chdir(ROOT)
    with pytest.raises(
        SystemExit, match=r"as locked: gensim==\S+ \(the Lee corpus, for chapters 7 .* All else is installed"
    ):
        packages.install_data()
    assert {name.partition("==")[0] for name in tried} == set(packages.DATA)
    monkeypatch.setattr(packages.subprocess, "run", lambda *_, **__: packages.subprocess.CompletedProcess([], 0))
    packages.install_data()
