"""The functions of explore.js that one figure needs, so that each output is small and lives alone."""

import re
from functools import cache
from importlib import resources


@cache
def _sources() -> dict[str, str]:
    """The functions of explore.js by name, without comments and margins."""
    text = _read("explore.js")
    text = re.sub(r"^\s*//.*\n|\s+// .*$", "", text, flags=re.M)
    functions = re.findall(r"^function (\w+)\(.*?^}$", text, flags=re.M | re.S)
    bodies = re.split(r"^(?=function )", text, flags=re.M)[1:]
    return {name: _packed(body) for name, body in zip(functions, bodies, strict=True)}


def _packed(code: str) -> str:
    """Without the spaces that only a reader needs; strings, and signs that stand side by side, are left."""
    parts = re.split(r'("[^"\n]*"|`[^`]*`)', code.strip())
    return "".join(
        part if i % 2 else re.sub(r"\s*([=*/<>(){}\[\],;:?&|]|\n)\s*", r"\1", part) for i, part in enumerate(parts)
    )


def script(*code: str) -> str:
    """The functions of explore.js that `code` calls, and those that they call, before it."""
    sources, needed, waiting = _sources(), {}, list(code)
    while waiting:
        called = re.findall(r"\b(\w+)\(", waiting.pop())
        new = [name for name in dict.fromkeys(called) if name in sources and name not in needed]
        needed |= {name: sources[name] for name in new}
        waiting += [sources[name] for name in new]
    return "\n".join([*(needed[name] for name in sorted(needed)), *code])


@cache
def style() -> str:
    """The rules of explore.css."""
    return _read("explore.css").strip()


def _read(name: str) -> str:
    return resources.files("polylib.derivation").joinpath(name).read_text(encoding="utf-8")
