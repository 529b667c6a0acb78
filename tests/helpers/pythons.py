"""Where on this machine a Python of a version is: python tests/helpers/pythons.py 3.13 prints its path, or nothing.

A program that only stands for Pythons and starts none, as pyenv's do where a version was not chosen, does not count.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SAY = "import sys; print('{}.{}'.format(*sys.version_info), sys.executable)"


def find(version: str) -> Path | None:
    """The first Python X.Y that starts: on the path, among pyenv's, or among uv's."""
    for candidate in candidates(version):
        try:
            said = subprocess.run([candidate, "-c", SAY], capture_output=True, text=True, timeout=60).stdout
        except (OSError, subprocess.SubprocessError):
            continue
        found, _, executable = said.strip().partition(" ")
        if found == version and executable:
            return Path(executable)
    return None


def candidates(version: str) -> Iterator[Path]:
    folders = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    yield from (folder / name for name in (f"python{version}", "python3") for folder in folders)
    home = Path(os.environ.get("HOME", "/"))
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
    yield from sorted(home.glob(f".local/share/uv/python/cpython-{version}.*/bin/python{version}"))


@cache
def colab_python() -> tuple[str, Path]:
    """Colab's version and where it is; where this machine lacks it, those of the Python that runs this."""
    found = find("3.13")
    return ("3.13", found) if found else ("{}.{}".format(*sys.version_info), Path(sys.executable))


if __name__ == "__main__":
    print(find(sys.argv[1]) or "", end="")
