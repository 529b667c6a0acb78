"""Complete an installation on a machine that has its own torch and numpy, as Google Colab does.

The first cell of every notebook installs polylib by itself and then calls `complete`, while most of polylib cannot be
imported yet: until that is done, only the standard library, and packaging, which came with matplotlib, are used here.
"""

import importlib
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import distributions, requires, version
from pathlib import Path
from tempfile import TemporaryDirectory

EXTRAS = ("data", "models", "sweeps")  # what a notebook as committed imports, and nothing more that could clash
DATA = Path(__file__).parent / "_requirements-data.lock"


def complete() -> str:
    """Install what the notebooks need and the machine lacks; returns a line that names the device.

    Every package that is there keeps its version: it is a constraint on what pip may choose. Raises
    subprocess.CalledProcessError if that leaves pip no choice; pip says why.
    """
    with TemporaryDirectory() as folder:
        constraints = Path(folder) / "kept.txt"
        constraints.write_text("\n".join(kept()))
        _pip("--constraint", str(constraints), *needed())
    _pip("--no-deps", "--require-hashes", "--requirement", str(DATA))
    importlib.invalidate_caches()
    return f"polylib {version('polylib')} is installed. {_device()}"


def kept() -> list[str]:
    """Every installed package at its version, as pip writes it; of two with one name the first on the path counts."""
    from packaging.utils import canonicalize_name
    from packaging.version import InvalidVersion, Version

    found: dict[str, Version] = {}
    for package in distributions():
        name, number = (package.metadata.get(field) for field in ("Name", "Version"))
        with suppress(InvalidVersion, TypeError):  # a record that pip cannot read either
            found.setdefault(canonicalize_name(name or ""), Version(number))
    return [f"{name}=={version}" for name, version in found.items() if name]


def needed() -> list[str]:
    """polylib's own requirements and those of `EXTRAS`, as its installed metadata gives them."""
    from packaging.requirements import Requirement

    found = [Requirement(line) for line in requires("polylib") or []]
    wanted = [r for r in found if r.marker is None or any(r.marker.evaluate({"extra": e}) for e in EXTRAS)]
    return [f"{r.name}{r.specifier}" for r in wanted]


def _pip(*arguments: str) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *arguments], check=True)


def _device() -> str:
    import torch

    if torch.cuda.is_available():
        return (
            f'The device is {torch.cuda.get_device_name()}: where a chapter has a parameter device, set it to "cuda".'
        )
    return "The device is the CPU."
