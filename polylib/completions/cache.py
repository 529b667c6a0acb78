"""Answers kept on disk: nothing is computed or paid for twice, and a run that was killed goes on where it was."""

import json
import threading
import warnings
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from polylib import validate
from polylib.completions.local import Completer, Completion, Messages, plain
from polylib.runs.whole_file import replacing

KINDS = {"text": str, "prompt_tokens": int, "completion_tokens": int, "seconds": float, "cut": bool}

T = TypeVar("T")


def kept(
    folder: Path, request: dict, make: Callable[[], T], encode: Callable[[T], dict], decode: Callable[[dict], T]
) -> T:
    """The answer to a request: decoded from its file if there is one, else made now and written, whole or not at all.

    One JSON file a request, named by the request's SHA-256, which holds both. A file that is damaged, or whose answer
    `decode` refuses by a ValueError, LookupError, TypeError or AttributeError, is named in a warning, made again and
    replaced. What `make` raises is not kept.
    """  # not diskcache: it reads pickles
    path = folder / f"{sha256(_canonical(request)).hexdigest()}.json"
    if path.is_file():
        try:
            record = json.loads(path.read_bytes())
            if record["request"] == request:
                return decode(record["answer"])
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            pass  # no JSON, or another kind of it
        warnings.warn(f"{path.name} is damaged: it is made again and replaced", stacklevel=3)
    found = make()
    with replacing(path) as file:
        file.write(json.dumps({"request": request, "answer": encode(found)}, indent=1).encode())
    return found


class KeptCompleter:
    """A completer that asks another one at most once: the same model name, messages and parameters, the same answer.

    So at a temperature above 0 a sample is drawn once and kept; failures are not (see `kept`). Threads wait for one
    another's answers; processes may share the folder, where two that ask the same at once both pay.
    """

    def __init__(self, completer: Completer, folder: str | Path) -> None:
        self.name = completer.name
        self.folder = Path(folder)
        self._completer = completer
        self._locks: dict[bytes, threading.Lock] = {}

    def complete(self, messages: Messages, *, max_tokens: int, temperature: float = 0.0) -> Completion:
        """The kept answer, with `kept` true and the seconds that it once took; else a new one, which is then kept."""
        temperature = float(validate.nonnegative("temperature", validate.scalar("temperature", temperature)))
        max_tokens = validate.integer("max_tokens", max_tokens)
        parameters: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature}
        request = {"model": self.name, "messages": plain(messages), **parameters}

        def ask() -> Completion:
            return self._completer.complete(messages, **parameters)

        with self._locks.setdefault(_canonical(request), threading.Lock()):
            return kept(self.folder, request, ask, _encoded, _decoded)


def _canonical(request: dict) -> bytes:
    return json.dumps(request, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _encoded(answer: Completion) -> dict:
    return {name: kind(getattr(answer, name)) for name, kind in KINDS.items()}


def _decoded(answer: dict) -> Completion:
    answer = {"cut": False} | answer  # those of polylib 1 do not say
    if {name: type(value) for name, value in answer.items()} != KINDS:
        raise ValueError(f"answer must have entries of kinds {KINDS}, got {answer}")
    return Completion(**answer, kept=True)
