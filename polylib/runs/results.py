"""Where a number came from: provenance of a run, and results that carry it.

A result is a JSON file with everything needed to make it again. Tensors travel beside it as plain npz.
"""

import hashlib
import json
import math
import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import torch

import polylib
from polylib.runs.whole_file import replacing

PACKAGE = Path(polylib.__file__).parent
CHECKOUT = PACKAGE.parent
RUN_MIME = "application/vnd.polylib.run+json"
PACKAGES = ("polylib", "numpy", "scipy", "sympy", "python-flint", "torch")
KEYS = {*"name values parameters seed device packages python commit digest notebook_digest seconds date".split()}  # noqa: SIM905
_STARTED = time.monotonic()


def folder() -> Path:
    """Where results lie: book/results in a checkout, else the copy that is installed with polylib."""
    checkout = CHECKOUT / "book" / "results"
    return checkout if checkout.is_dir() else PACKAGE / "_results"


def save(
    name: str,
    values: dict,
    parameters: dict,
    *,
    seconds: float | None = None,
    device: str | torch.device = "cpu",
    folder: Path | None = None,
) -> Path:
    """Write `values` (numbers, strings, lists, dicts) with their provenance to NAME.json, whole or not at all.

    `parameters` is what the run was asked for and must hold its seed. `seconds` is the run's wall time, by default
    since this module was imported. A name that starts with a notebook's name ties the result to that notebook.
    Raises ValueError for a name that is no file name, parameters without a seed, or a value that is not finite.
    """
    path = _path(name, folder)
    if "seed" not in parameters:
        raise ValueError(f"parameters must hold the seed, got the keys {sorted(parameters)}")
    if not isinstance(values, dict):
        raise ValueError(f"values must be a dict, got {values!r}")
    _refuse_nonfinite("values", values)
    _refuse_nonfinite("parameters", parameters)
    elapsed = time.monotonic() - _STARTED if seconds is None else seconds
    record = {"name": name, "values": values, "parameters": parameters, "seed": parameters["seed"]}
    record |= provenance(device) | {"notebook_digest": _notebook_digest(name), "seconds": round(elapsed, 1)}
    text = json.dumps(record, indent=1, sort_keys=True, allow_nan=False)
    with replacing(path) as file:
        file.write(f"{text}\n".encode())
    return path


def load(name: str, *, folder: Path | None = None) -> dict:
    """Read a result back, as `save` wrote it: a dict with the keys `KEYS`.

    Raises FileNotFoundError with what there is, and ValueError for a file with unknown or missing keys.
    """
    path = _path(name, folder)
    if not path.is_file():
        present = ", ".join(sorted(p.stem for p in path.parent.glob("*.json"))) or "nothing"
        raise FileNotFoundError(f"no result {name!r} in {path.parent.name}, which holds {present}")
    record = json.loads(path.read_text())
    if not isinstance(record, dict) or record.keys() != KEYS:
        keys = set(record) if isinstance(record, dict) else set()
        raise ValueError(
            f"{path.name} must hold exactly the keys of a result, "
            f"got unknown {sorted(keys - KEYS)} and missing {sorted(KEYS - keys)}"
        )
    return record


def describe(record: dict) -> str:
    """The provenance of a result, two lines for the page that shows it."""
    torch_version = record["packages"].get("torch", "?")
    return (
        f"{record['name']}: {record['date'][:10]}, {record['device']}, {record['seconds']:.0f} s,\n  "
        f"seed {record['seed']}, torch {torch_version}, polylib {record['digest'][:8]}"
    )


def provenance(device: str | torch.device = "cpu") -> dict:
    """What ran: device, versions, commit, digest of polylib's code, date (UTC)."""
    return {
        "device": _describe_device(torch.device(device)),
        "packages": {name: v for name in PACKAGES if (v := _version(name))},
        "python": platform.python_version(),
        "commit": _commit(),
        "digest": _digest(PACKAGE),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


class Watermark:
    """What made the outputs of a notebook: shown as one line, kept as a record from which the status page is made."""

    def __init__(self, device: str | torch.device = "cpu") -> None:
        self.record = provenance(device) | {"seconds": round(time.monotonic() - _STARTED, 1)}

    def __repr__(self) -> str:
        r = self.record
        versions = ", ".join(f"{name} {v}" for name, v in r["packages"].items())
        return f"{r['date'][:10]}, {r['device']}, {r['seconds']:.0f} s\npython {r['python']}, {versions}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        return {"text/plain": repr(self), RUN_MIME: self.record}


def _path(name: str, given: Path | None) -> Path:
    """The file of a result, in the folder that is given or in the usual one."""
    if not name or Path(name).name != name:
        raise ValueError(f"name must be a file name without folders, got {name!r}")
    return (given or folder()) / f"{name}.json"


def _refuse_nonfinite(where: str, value: object) -> None:
    if isinstance(value, dict):
        for key, entry in value.items():
            _refuse_nonfinite(f"{where}[{key!r}]", entry)
    elif isinstance(value, list | tuple):
        for i, entry in enumerate(value):
            _refuse_nonfinite(f"{where}[{i}]", entry)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where} must be finite, got {value}")
    elif not isinstance(value, str | int | float | None):
        raise ValueError(f"{where} must be a number, string, list or dict, got {type(value).__name__}")


def _describe_device(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{os.cpu_count()} CPU cores"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str:
    """The checkout's commit, marked if the tree differs; else what POLYLIB_COMMIT says, or what pip installed."""
    try:
        git = ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
        return subprocess.run(git, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return os.environ.get("POLYLIB_COMMIT") or _installed_commit()


def _installed_commit() -> str:
    """The commit of an address that pip installed polylib from, as it keeps it (PEP 610); "unknown" if it was none."""
    try:
        kept = json.loads(distribution("polylib").read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        return "unknown"
    return kept.get("vcs_info", {}).get("commit_id", "unknown")[:12]


def _digest(package: Path) -> str:
    """Digest of every module's path and content. Results are no part of it: only an installed copy has them inside."""
    found = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        found.update(f"{path.relative_to(package).as_posix()}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return found.hexdigest()


def _notebook_digest(name: str) -> str:
    """Digest of the percent source of the notebook whose name `name` starts with; "unknown" if there is none."""
    notebooks = [p for p in (CHECKOUT / "notebooks").glob("*.py") if name.startswith(p.stem)]
    return hashlib.sha256(notebooks[0].read_bytes()).hexdigest() if len(notebooks) == 1 else "unknown"
