"""Which rooms of polylib a run used, and which of them would do something else today."""

import ast
import hashlib
import sys
from collections.abc import Iterator, Mapping
from functools import cache

from polylib.runs.provenance import PACKAGE

BESIDE = {"derivation", "finding", "runs"}
"""rooms that prove, judge and keep: no measured number comes from them"""


def used() -> dict[str, str]:
    """Digest (SHA-256) of each room of polylib that this process has imported, but for those of `BESIDE`.

    It is of what the code does: comments, docstrings and layout are no part of it, and it is the same on every Python.
    """
    imported = {name.split(".")[1] for name in sys.modules if name.startswith("polylib.")}
    return {room: _digest(room) for room in sorted(imported - BESIDE) if (PACKAGE / room).is_dir()}


def changed(used: Mapping[str, str]) -> list[str]:
    """The rooms of a run, by the digests that `used` gave then, whose code is another one now, or gone."""
    return [room for room, then in used.items() if _digest(room) != then]


@cache  # a process runs the code that it has imported
def _digest(room: str) -> str:
    found = hashlib.sha256()
    for path in sorted((PACKAGE / room).rglob("*.py")):
        code = list(_code(ast.parse(path.read_bytes())))
        found.update(f"{path.relative_to(PACKAGE).as_posix()}\0{code}\0".encode())
    return found.hexdigest()


def _code(part: object) -> Iterator[object]:
    """A syntax tree as nested lists without docstrings and empty fields, which differ from one Python to the next."""
    if isinstance(part, list):
        yield from ([*_code(entry)] for entry in part if not _is_text_alone(entry))
    elif isinstance(part, ast.AST):
        yield type(part).__name__
        yield from ([name, *_code(value)] for name, value in ast.iter_fields(part) if value not in (None, []))
    else:
        yield repr(part)


def _is_text_alone(part: object) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)
