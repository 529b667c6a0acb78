"""Answers kept on disk: nothing is computed or paid for twice, and a run that was killed goes on where it was."""

import json
import threading
import warnings
from hashlib import sha256
from pathlib import Path

from polylib.completions import Completer, Completion, Messages, plain
from polylib.whole_file import replacing

KINDS = {"text": str, "prompt_tokens": int, "completion_tokens": int, "seconds": float}


class Cached:
    """A completer that asks another one at most once: the same model name, messages and parameters, the same answer.

    So at a temperature above 0 a sample is drawn once and kept. Failures are not kept. One small JSON file an answer,
    named by the SHA-256 of the request that it holds; a damaged one is named in a warning and asked again. Threads wait
    for one another's answers; processes may share the folder, where two that ask the same at once both pay.
    """  # not diskcache: it reads pickles

    def __init__(self, completer: Completer, folder: Path) -> None:
        self.name = completer.name
        self.folder = folder
        self._completer = completer
        self._locks: dict[Path, threading.Lock] = {}

    def complete(self, messages: Messages, *, max_tokens: int, temperature: float = 0.0) -> Completion:
        """The kept answer, with `cached` true and the seconds that it once took; else a new one, which is then kept."""
        parameters = {"max_tokens": max_tokens, "temperature": float(temperature)}
        request = {"model": self.name, "messages": plain(messages), **parameters}
        path = self.folder / _file_name(request)
        with self._locks.setdefault(path, threading.Lock()):
            kept = _read(path, request)
            if kept is not None:
                return kept
            answer = self._completer.complete(messages, max_tokens=max_tokens, temperature=temperature)
            _write(path, request, answer)
        return answer


def _file_name(request: dict) -> str:
    canonical = json.dumps(request, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{sha256(canonical.encode()).hexdigest()}.json"


def _read(path: Path, request: dict) -> Completion | None:
    try:
        record = json.loads(path.read_bytes())
        answer = record["answer"]
        if record["request"] == request and {k: type(v) for k, v in answer.items()} == KINDS:
            return Completion(**answer, cached=True)
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError, AttributeError):
        pass  # no JSON, or another kind of it
    warnings.warn(f"{path.name} is damaged: it is asked again and replaced", stacklevel=3)
    return None


def _write(path: Path, request: dict, answer: Completion) -> None:
    kept = {name: kind(getattr(answer, name)) for name, kind in KINDS.items()}
    with replacing(path) as file:
        file.write(json.dumps({"request": request, "answer": kept}, indent=1).encode())
