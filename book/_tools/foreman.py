"""The foreman of `make book`: says what will be done, shows how far it is, and lets no second one in.

Usage: foreman.py TARGET MAKE     for the Makefile, which says how a target is made

It runs before anything is installed, so it needs Python alone.
"""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = Path("_build/lock")
SITE = Path("_build/html/index.html")
RUN_MIME = "application/vnd.polylib.run+json"
PROGRESS = re.compile(r"([\w-]+): cell \d+ of \d+, (\d+) s\n")
OFTEN = 15
"""seconds between two lines on a notebook's progress where there is no terminal"""
MEMORY = 3.5
"""gigabytes that a notebook may take"""


def plan(commands: str) -> list[str]:
    """What make would do, in words, from the commands that it would run."""
    names = re.findall(r"notebooks\.py run \S*?([\w-]+)\.py", commands)
    parts = ["make the environment in .venv (7 GB, minutes)"] if "--require-hashes" in commands else []
    if names:
        minutes = max(1, round(sum(map(seconds_of, names)) / 60 / jobs()))
        at_once = f", {jobs()} at once" if jobs() > 1 < len(names) else ""
        parts.append(f"run {len(names)} notebook{'s' * (len(names) > 1)} (about {minutes} min{at_once})")
    if "site_build.py" in commands:
        parts.append("build the site (about 1 min)")
    if "notebooks.py refresh" in commands:
        parts.append("put the outputs into the committed notebooks")
    return parts


def seconds_of(name: str) -> float:
    """How long a notebook took for its committed outputs, with the start of its kernel."""
    with suppress(OSError, ValueError, KeyError):
        cells = json.loads(Path("notebooks", f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
        return 5 + sum(data[RUN_MIME]["seconds"] for data in outputs if RUN_MIME in data)
    return 60


def jobs() -> int:
    """How many notebooks run at once: a core and memory for each, and no more than two, as they use threads."""
    return int(max(1, min(2, os.cpu_count() or 1, free_memory() // MEMORY)))


def free_memory() -> float:
    """Gigabytes; without end where the system does not say."""
    with suppress(OSError):
        found = re.search(r"^MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text(), re.M)
        return int(found[1]) / 2**20 if found else float("inf")
    return float("inf")


@contextmanager
def alone():
    """Hold the one lock of this checkout's builds; where another holds it, say so and wait."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another make is at work in this checkout; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Display:
    """Lines of the work as they come; of the notebooks' progress the newest, on one line of a terminal."""

    def __init__(self) -> None:
        self.terminal, self.state, self.said = sys.stdout.isatty(), {}, {}

    def show(self, line: str) -> None:
        found = PROGRESS.fullmatch(line)
        if self.terminal:
            if found:
                self.state[found[1]] = line.strip()
            else:
                self.state.pop(line.split(":")[0], None)
                print(f"\r\x1b[K{line}", end="")
            newest = " | ".join(self.state.values())[: os.get_terminal_size().columns]
            print(f"\r\x1b[K{newest}", end="", flush=True)
        elif not found or self.due(found[1], int(found[2])):
            print(line, end="", flush=True)

    def due(self, name: str, seconds: int) -> bool:
        if name in self.said and seconds - self.said[name] < OFTEN:
            return False
        self.said[name] = seconds
        return True


def work(target: str, make: str) -> int:
    """Make the target, with what it prints shown; the exit status of make."""
    flags = [] if "-j" in os.environ.get("MAKEFLAGS", "") else [f"-j{jobs()}"]
    command = [make, "--no-print-directory", "-s", *flags, f"_{target}"]
    display = Display()
    # make counts its jobs through file descriptors, which therefore stay open
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, close_fds=False) as process:
        for line in process.stdout:
            display.show(line)
    if display.terminal:
        print("\r\x1b[K", end="")
    return process.returncode


def main(target: str, make: str) -> int:
    began = time.monotonic()
    with alone():
        planned = subprocess.run([make, "-n", f"_{target}"], capture_output=True, text=True, close_fds=False)
        if planned.returncode:
            print(planned.stdout + planned.stderr, end="")
            return planned.returncode
        parts = plan(planned.stdout)
        if re.match(r"\w*n", os.environ.get("MAKEFLAGS", "")):  # make -n asks for the commands themselves
            print(planned.stdout, end="")
            return 0
        if parts:
            print(f"make {target} will {'; '.join(parts)}.", flush=True)
            if code := work(target, make):
                return code
        done = f"Done in {time.monotonic() - began:.0f} s" if parts else "Nothing has changed"
        print(f"{done}. The site is {SITE}: open it in a browser." if target in ("book", "pdf") else f"{done}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
