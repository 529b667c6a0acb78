"""All benchmarks, or some, each in a process of its own; their rows in one table and in book/results.

python -m benchmarks.run [ROOM.NAME ...]     modules in folders beside this one, by default all that give rows

The rows of a processor are kept as benchmarks-cpu, those of a GPU under its name, each until the next full run.
"""

import importlib
import multiprocessing
import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from benchmarks.row import Row, table
from polylib.runs import results

FOLDER = Path(__file__).parent
GIVING = [p for p in FOLDER.glob("*/*.py") if re.search(r"^def rows\(", p.read_text(), re.M)]
NAMES = sorted(f"{path.parent.name}.{path.stem}" for path in GIVING)


def measured(name: str) -> list[Row]:
    """The rows of one benchmark."""
    return list(importlib.import_module(f"benchmarks.{name}").rows())


def kind(row: Row) -> str:
    """Of which file a row is."""
    return "cpu" if row.device == "cpu" else re.sub(r"[^a-z0-9]+", "-", row.machine.lower()).strip("-")


def keep(rows: list[Row], load: tuple[float, float], seconds: float, folder: Path | None = None) -> list[Path]:
    """A result for each kind of machine; `load`, before and after, is the mean number of busy processes."""
    paths = []
    for name, own in groupby(sorted(rows, key=kind), kind):
        found = [asdict(row) | {"ratio": row.ratio, "reached": row.reached} for row in own]
        values = {"rows": found, "load_before": load[0], "load_after": load[1]}
        device, parameters = found[0]["device"], {"seed": 0, "benchmarks": NAMES}
        paths.append(
            results.save(f"benchmarks-{name}", values, parameters, seconds=seconds, device=device, folder=folder)
        )
    return paths


def main(names: list[str]) -> None:
    start, before, rows = time.monotonic(), os.getloadavg()[0], []
    for name in names or NAMES:
        began = time.monotonic()
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            rows += pool.submit(measured, name).result()
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(table(rows))
    if not names:
        for path in keep(rows, (before, os.getloadavg()[0]), time.monotonic() - start):
            print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


if __name__ == "__main__":
    main(sys.argv[1:])
