"""What ran: device, memory, versions, commit, digest of the library, date; and the watermark that ends a notebook."""

import hashlib
import json
import os
import platform
import resource  # Unix alone, as is polylib
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import torch

import polylib

PACKAGE = Path(polylib.__file__).parent
CHECKOUT = PACKAGE.parent
RUN_MIME = "application/vnd.polylib.run+json"
PACKAGES = ("polylib", "numpy", "scipy", "sympy", "python-flint", "torch")
_STARTED = time.monotonic()


def provenance(device: str | torch.device = "cpu") -> dict:
    """What ran: device, most memory so far (GiB), versions, commit, digest of polylib's code, date (UTC)."""
    return {
        "device": _describe_device(torch.device(device)),
        "memory": peak_memory(torch.device(device)),
        "packages": {name: v for name in PACKAGES if (v := _version(name))},
        "python": platform.python_version(),
        "commit": _commit(),
        "digest": digest(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def elapsed() -> float:
    """Seconds since this module was imported, which a notebook does first."""
    return time.monotonic() - _STARTED


def peak_memory(device: torch.device) -> dict[str, float]:
    """The most that this process held so far, in GiB: of the machine's memory, and of a GPU's, if the device is one."""
    unit = 1 if sys.platform == "darwin" else 1024
    peak = {"machine": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    if device.type == "cuda":
        peak["GPU"] = torch.cuda.max_memory_allocated(device)
    return {where: round(size / 2**30, 2) for where, size in peak.items()}


def digest() -> str:
    """Digest of every module's path and content. Results are no part of it: only an installed copy has them inside."""
    found = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        found.update(f"{path.relative_to(PACKAGE).as_posix()}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return found.hexdigest()


class Watermark:
    """What made the outputs of a notebook: shown as one line, kept as a record from which the status page is made."""

    def __init__(self, device: str | torch.device = "cpu") -> None:
        self.record = provenance(device) | {"seconds": round(elapsed(), 1)}

    def __repr__(self) -> str:
        r = self.record
        versions = ", ".join(f"{name} {v}" for name, v in r["packages"].items())
        memory = ", ".join(f"{size:.1f} GiB" for size in r["memory"].values())
        return f"{r['date'][:10]}, {r['device']}, {r['seconds']:.0f} s, {memory}\npython {r['python']}, {versions}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        return {"text/plain": repr(self), RUN_MIME: self.record}


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
