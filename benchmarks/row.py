"""What every benchmark gives: rows of one kind, and the table that shows them."""

import os
import platform
import resource
from collections.abc import Iterable
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class Row:
    """One piece of work, done by polylib and by its peer in the same run."""

    work: str
    ours: float
    peer: float
    unit: str
    """"s" where less is better; else what is done a second, where more is"""
    against: str
    """who the peer is"""
    device: str = "cpu"
    megabytes: float | None = None
    """peak memory; by default of this process so far, with all its libraries and the peer, or of the GPU's tensors"""
    bare: float | None = None
    """what the products of matrices, random draws and roots of the work take alone, here, in the unit of ours"""
    machine: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not (self.ours > 0 and self.peer > 0):
            raise ValueError(f"ours and peer must be positive, got {self.ours} and {self.peer} for {self.work!r}")
        if self.bare is not None and not self.bare > 0:
            raise ValueError(f"bare must be positive, got {self.bare} for {self.work!r}")
        if self.megabytes is None:
            object.__setattr__(self, "megabytes", peak_megabytes(self.device))
        object.__setattr__(self, "machine", self.machine or machine(self.device))

    @property
    def ratio(self) -> float:
        """How many times as fast ours is."""
        return self.peer / self.ours if self.unit == "s" else self.ours / self.peer

    @property
    def reached(self) -> float | None:
        """How near ours comes to its bare arithmetic: near 1 the machine allows no more."""
        if self.bare is None:
            return None
        return self.bare / self.ours if self.unit == "s" else self.ours / self.bare


def machine(device: str) -> str:
    if device == "cuda":
        return torch.cuda.get_device_name()
    return f"{platform.machine()}, {os.cpu_count()} cores"


def peak_megabytes(device: str) -> float:
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes, on Linux


def devices() -> list[str]:
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


HEADER = ["work", "ours", "peer", "ratio", "of the bare arithmetic", "peak memory", "machine"]


def cells(row: Row) -> list[str]:
    """A row of the table, in words; three digits, since a busy machine gives no more."""
    return [
        row.work,
        f"{amount(row.ours)} {row.unit}",
        f"{amount(row.peer)} {row.unit}, {row.against}",
        f"{row.ratio:.2g}" if row.ratio < 10 else f"{row.ratio:.0f}",
        "" if row.reached is None else f"{row.reached:.0%}",
        f"{row.megabytes:.0f} MB",
        row.machine,
    ]


def amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(rows: Iterable[Row]) -> str:
    """The rows as text in columns."""
    lines = [HEADER, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
