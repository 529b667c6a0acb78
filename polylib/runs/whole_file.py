"""Files that are written whole or not at all, and digests that say to which run one belongs."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from torch import Tensor


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A binary file to write to, which takes the place of `path` only when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        try:
            yield part
            part.flush()
            os.fsync(part.fileno())
            os.chmod(part.name, 0o644)  # a temporary file is private, a result is not
            os.replace(part.name, path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


def replace(part: Path, path: Path) -> None:
    """Give a file that is complete its name, so that a crash at any moment leaves the old or the new one."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(part, path)
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def digest(settings: str, *tensors: Tensor) -> str:
    """SHA-256 of a run's settings and of the values, in order, that it starts from."""
    found = hashlib.sha256(settings.encode())
    for values in tensors:
        found.update(np.ascontiguousarray(values.detach().cpu().numpy()).tobytes())
    return found.hexdigest()
