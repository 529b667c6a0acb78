"""The foreman of `make book`: says what will be done, shows how far it is, and lets no second one in.

Usage: foreman.py TARGET MAKE     for the Makefile, which says how a target is made

It runs before anything is installed, so it needs Python alone.
"""

import fcntl
import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = Path(".making")
SITE = Path("_build/html/index.html")
RUN_MIME = "application/vnd.polylib.run+json"
PROGRESS = re.compile(r"([\w-]+): cell \d+ of \d+, (\d+) s\n")
ASKED = re.compile(r"(?:^|\s)(?:-j *|--jobs=?)(\d*)(?=\s|$)")
OFTEN = 15
"""seconds between two lines on a notebook's progress where there is no terminal"""
TEXT = {"encoding": "utf-8", "errors": "replace", "close_fds": False}
"""of what a process says; make counts its jobs through file descriptors, which therefore stay open"""
MEMORY = 3.5
"""gigabytes that a notebook may take"""


def plan(commands: str) -> list[str]:
    """What make would do, in words, from the commands that it would run."""
    names = re.findall(r"notebooks\.py run \S*?([\w-]+)\.py", commands)
    parts = ["make the environment in .venv (7 GB, minutes)"] if "--require-hashes" in commands else []
    if names:
        at_once = min(jobs(), len(names))
        minutes = max(1, round(sum(map(seconds_of, names)) / 60 / at_once))
        at_once = f", {at_once} at once" if at_once > 1 else ""
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
    """How many notebooks run at once: what make was asked for; else a core and memory for each, and at most two."""
    if found := asked():
        return int(found[1] or 2)
    return int(max(1, min(2, cores(), free_memory() // MEMORY)))


def asked() -> re.Match[str] | None:
    """What make was told of jobs: its flags, without the variables behind them."""
    return ASKED.search(os.environ.get("MAKEFLAGS", "").split(" -- ")[0])


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> float:
    """Gigabytes, of the machine or of the container that this runs in; without end where the system does not say."""
    found = [float("inf")]
    with suppress(OSError, TypeError):
        found.append(int(re.search(r"^MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text(), re.M)[1]) / 2**20)
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        found.append((int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())) / 2**30)
    return min(found)


@contextmanager
def alone():
    """Hold the one lock of this checkout's builds; where another holds it, say so and wait.

    What is started meanwhile holds it too, so that it lasts until all of the work has ended.
    """
    with LOCK.open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
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
                for name in [name for name in self.state if name in line]:  # it is done, or it failed
                    del self.state[name]
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
    flags = [] if asked() else [f"-j{jobs()}"]
    command = [make, "--no-print-directory", "-s", *flags, f"_{target}"]
    display = Display()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **TEXT) as process:
        try:
            for line in process.stdout:
                display.show(line)
        except KeyboardInterrupt:  # make has heard it too
            process.wait()
            print("\nInterrupted.")
            return 130
    if display.terminal:
        print("\r\x1b[K", end="")
    return process.returncode


def main(target: str, make: str) -> int:
    began, planned = time.monotonic(), [make, "-n", f"_{target}"]
    if re.match(r"\w*n", os.environ.get("MAKEFLAGS", "")):  # make -n asks for the commands themselves
        return subprocess.run(planned, close_fds=False).returncode
    sys.stdout.reconfigure(errors="replace")
    with alone():
        said = subprocess.run(planned, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **TEXT)
        if said.returncode:
            print(said.stdout, end="")
            return said.returncode
        if parts := plan(said.stdout):
            print(f"make {target} will {'; '.join(parts)}.", flush=True)
            if code := work(target, make):
                return code
        done = f"Done in {time.monotonic() - began:.0f} s" if parts else "Nothing has changed"
        shown = {"book": SITE, "pdf": SITE.with_name("book.pdf")}
        print(f"{done}. It is in {shown[target]}: open it in a browser." if target in shown else f"{done}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
