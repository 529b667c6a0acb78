"""The state of a long run on disk: whole or not at all, of this run or refused, in the hands of one process."""

import fcntl
import glob
import hashlib
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from polylib.runs.whole_file import replacing

HEAD = "polylib"
"""array of the file that holds, as JSON, which run it is of, what is no tensor, and a digest of the tensors"""
_BROKEN = (BadZipFile, zlib.error, struct.error, SyntaxError)


class Checkpoint:
    """The npz file of a run. Without a path nothing is kept, and nothing is found.

    `run` is all that decides the run's numbers, by name: settings, as JSON holds them, and digests of tensors. numpy's
    and torch's single numbers count as Python's, paths, devices and dtypes as their text. Raises ValueError for others.
    """

    def __init__(self, path: Path | None, run: Mapping[str, Any]) -> None:
        self.path = path
        self.run = json.loads(_json("run", run))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the file for this process until that ends, however it ends. Raises RuntimeError if it is held."""
        if self.path is None:
            yield
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f"{self.path.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RuntimeError(f"checkpoint {self.path} must be of one run at a time, got a second one") from None
            for left in self.path.parent.glob(f"{glob.escape(self.path.name)}.*.part"):  # by a run that was killed
                left.unlink()
            yield

    def save(self, step: int, tensors: Mapping[str, Tensor], **facts: Any) -> None:
        """Write the state after a step, whole or not at all: tensors of any layout in memory, facts that JSON holds.

        Raises OSError where it cannot be written; the checkpoint before is then still there.
        """
        if self.path is None:
            return
        arrays = {name: value.detach().cpu().numpy() for name, value in tensors.items()}
        head = _json("facts", {"run": self.run, "facts": {"step": step, **facts}, "digest": _digest(arrays)})
        try:
            with replacing(self.path) as file:
                np.savez(file, **{HEAD: np.array(head)}, **arrays)
        except OSError as failed:
            before = "the one before is still there" if self.path.is_file() else "there was none before"
            raise OSError(f"checkpoint {self.path} at step {step} could not be written, {before}: {failed}") from failed

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """The tensors that were kept, on the CPU, and the facts, `step` among them; None if there is no file.

        Raises ValueError for a file that is damaged, another program's or, with what differs, another run's, and
        leaves it as it is.
        """
        if self.path is None or not self.path.is_file():
            return None
        try:
            with self.path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                head = json.loads(str(file[HEAD]))
                arrays = {name: file[name] for name in file.files if name != HEAD}
            run, facts = dict(head["run"]), dict(head["facts"])
            intact = "digest" not in head or head["digest"] == _digest(arrays)
            # copied, as the order of a sum may depend on how memory is aligned, which torch does more strictly
            tensors = {name: torch.from_numpy(value).clone() for name, value in arrays.items()}
            if not intact:
                raise ValueError
        except (ValueError, TypeError, LookupError, OSError, RuntimeError, EOFError, MemoryError, *_BROKEN):
            raise ValueError(
                f"checkpoint {self.path} must be a whole one that this version of polylib wrote, got a file that is "
                "damaged or of another program; remove it to begin again"
            ) from None
        if different := _differences(run, self.run):
            raise ValueError(f"checkpoint {self.path} must be of the same run, got {different}; take another place")
        return tensors, facts


def digest(*tensors: Tensor) -> str:
    """A short digest of values, in order, with their kinds and shapes, for a `Checkpoint` to know its run by."""
    found = hashlib.sha256()
    for values in tensors:
        found.update(f"{values.dtype} {tuple(values.shape)}".encode())
        found.update(values.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return found.hexdigest()[:16]


def moments(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The tensors of Adam's state, by name, to be kept or filled; before its first step they are made, and 0.

    For Adam without weight decay.
    """
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    if not optimizer.state:
        for w in weights:
            w.grad = torch.zeros_like(w)
        optimizer.step()  # along no gradient, which changes no weight
        for value in (v for w in weights for v in optimizer.state[w].values()):
            value.zero_()
    return {f"adam.{i}.{name}": value for i, w in enumerate(weights) for name, value in optimizer.state[w].items()}


@torch.no_grad()
def fill(tensors: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    """Write what was kept into tensors of the same names, each of which stays where it is and as it lies in memory."""
    for name, value in tensors.items():
        value.copy_(found[name])


def _json(name: str, value: Mapping[str, Any]) -> str:
    """As JSON. Raises ValueError for what it cannot hold."""

    def plain(one: Any) -> Any:
        if isinstance(one, np.generic | np.ndarray | Tensor) and one.ndim == 0:
            return one.item()
        if isinstance(one, Path | torch.device | torch.dtype):
            return str(one)
        raise ValueError(f"{name} must hold what JSON holds, got a {type(one).__name__}: {one!r}")

    return json.dumps(value, default=plain)


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    """A digest of all arrays with their names: the file's own sums miss a bit outside of the values."""
    found = hashlib.sha256()
    for name, value in sorted(arrays.items()):
        found.update(f"{name} {value.dtype} {value.shape}".encode())
        found.update(np.ascontiguousarray(value).tobytes())
    return found.hexdigest()


def _differences(there: dict[str, Any], here: dict[str, Any]) -> str:
    """What differs between two runs, in words; empty if nothing does."""
    names = sorted(n for n in there.keys() | here.keys() if json.dumps(there.get(n)) != json.dumps(here.get(n)))
    return ", ".join(f"{n} {there.get(n, 'unknown')!r} there and {here.get(n, 'unknown')!r} here" for n in names)
