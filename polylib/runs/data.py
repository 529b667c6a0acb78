"""Which data this process has read: loaders note the SHA-256 of what they give, and every result carries the notes."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

_NOTED: dict[str, str] = {}


def digest(parts: Iterable[bytes | memoryview]) -> str:
    """SHA-256 of the parts, one after another, in hexadecimal."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()


def digest_of_files(paths: Iterable[Path], folder: Path) -> str:
    """SHA-256 of a listing of files, sorted: each one's path within `folder` and the SHA-256 of its content."""
    return digest(
        f"{path.relative_to(folder).as_posix()}\0{digest([path.read_bytes()])}\n".encode() for path in sorted(paths)
    )


def note(name: str, sha256: str, published: str | None = None) -> None:
    """Note that data called `name`, of that digest, was read. ValueError where it is not the `published` digest."""
    if published is not None and sha256 != published:
        raise ValueError(
            f"{name} must be as published, with the SHA-256 {published}, got {sha256}: it was changed or is damaged"
        )
    _NOTED[name] = sha256


def noted() -> dict[str, str]:
    """What was noted in this process so far, by name."""
    return dict(_NOTED)
