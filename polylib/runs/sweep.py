"""A sweep: one function on many settings, each in a folder of its own; what is finished is not run again.

By default the tasks run in this process, one after another. Given the address of a Dask scheduler they run wherever
its workers are, one task at a time in a worker's process, as torch's random state belongs to the process; all workers
must see `folder`. A worker's "cuda" is what its own CUDA_VISIBLE_DEVICES leaves it: start one worker for each GPU.
A worker that dies loses its task to another, which goes on from the checkpoint, if the function keeps one.

Whoever reaches a scheduler can run any code as its workers' user, and as yours, since what they answer is unpickled:
use one that you trust, and beyond one machine only tls:// with certificates, as a `distributed.Security` or in Dask's
configuration (DASK_DISTRIBUTED__COMM__TLS__...).
"""

import dataclasses
import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from polylib.runs.whole_file import replacing

Task = Any
Function = Callable[[Task, Path], dict[str, Any]]
FILE = "result.json"
_ONE_AT_A_TIME = threading.Lock()


def sweep(
    function: Function,
    tasks: Mapping[str, Task],
    folder: Path | str,
    scheduler: str | None = None,
    *,
    security: Any = None,
) -> dict[str, dict[str, Any]]:
    """Results by name of `function(task, folder / name)`, a dict of what JSON holds, for every task.

    A result is written to its folder as it comes, with what the task is, and read back by a later call instead of being
    made again. A task is settings, known by every value in them, that travel to the workers with the function: numbers,
    text, arrays, tensors, dataclasses, and lists, tuples, sets or dicts of them. `scheduler`: the address of a Dask
    scheduler, such as tcp://host:8786, or tls://host:8786 with a `distributed.Security` as `security`, by default what
    Dask's configuration has. Raises ValueError, before anything runs, for a name that is no folder name, a relative
    folder with a scheduler, a task that is none of these, or a name whose result is damaged or of another task;
    RuntimeError, at the end, with the names and reasons of tasks that failed, one that would end the process among
    them, the others' results being on disk, or of those whose results are not to be seen from here.
    """
    for name in tasks:
        if not isinstance(name, str) or not name or Path(name).name != name or name.startswith("."):
            raise ValueError(f"tasks must have names that can name a folder, got {name!r}")
    if scheduler and not Path(folder).is_absolute():
        raise ValueError(f"folder must be a whole path with a scheduler, whose workers run elsewhere, got {folder}")
    folder = Path(folder).absolute()
    found: dict[str, Any] = {name: _finished(name, task, folder) for name, task in tasks.items()}
    missing = {name: task for name, task in tasks.items() if found[name] is None}
    if missing:
        run = (function, missing, folder)
        failures = _on_workers(*run, scheduler, security) if scheduler else _here(*run)
        if failures:
            reasons = "; ".join(f"{name}: {error!r}" for name, error in failures.items())
            message = f"{len(failures)} of {len(tasks)} tasks failed, the others are kept: {reasons}"
            raise RuntimeError(message) from next(iter(failures.values()))
        found |= {name: _finished(name, task, folder) for name, task in missing.items()}
        if lost := [name for name in missing if found[name] is None]:
            raise RuntimeError(f"folder {folder} must be one that all workers see, got no result of {', '.join(lost)}")
    return found


def identity(task: Task) -> Any:
    """What a task is, as JSON holds it: every value exactly, arrays and tensors by kind, shape and a digest.

    Raises ValueError for an object that cannot be told from others like it.
    """
    if task is None or (isinstance(task, int | str) and not isinstance(task, bool)):
        return task
    if isinstance(task, bool | float | complex | bytes | Path | torch.dtype | torch.device):
        return {type(task).__name__: repr(task)}
    if isinstance(task, Tensor | np.ndarray | np.generic):
        return _of_array(task)
    if isinstance(task, Mapping):
        return {"dict": sorted(([identity(k), identity(v)] for k, v in task.items()), key=json.dumps)}
    if isinstance(task, list | tuple):
        return {type(task).__name__: [identity(value) for value in task]}
    if isinstance(task, set | frozenset):
        return {"set": sorted((identity(value) for value in task), key=json.dumps)}
    if dataclasses.is_dataclass(task) and not isinstance(task, type):
        kind = f"{type(task).__module__}.{type(task).__qualname__}"
        return {kind: {field.name: identity(getattr(task, field.name)) for field in dataclasses.fields(task)}}
    raise ValueError(
        f"tasks must be made of numbers, text, arrays, dataclasses, lists and dicts, got a {type(task).__name__}"
    )


def _of_array(task: Tensor | np.ndarray | np.generic) -> dict[str, Any]:
    if isinstance(task, Tensor):
        kind, shape = str(task.dtype), list(task.shape)
        raw = task.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    else:
        kind, shape, raw = f"numpy.{task.dtype.str}", list(task.shape), task.tobytes()
        if task.dtype.hasobject:
            raise ValueError(f"tasks must be made of arrays of numbers or text, got one of {task.dtype}")
    return {kind: [shape, hashlib.sha256(raw).hexdigest()]}


def _here(function: Function, tasks: Mapping[str, Task], folder: Path) -> dict[str, BaseException]:
    """Run every task to its end, one after another; what failed."""
    failures: dict[str, BaseException] = {}
    for name, task in tasks.items():
        try:
            _run(function, name, task, folder)
        except Exception as error:  # kept for the end: the tasks after it run
            failures[name] = error
    return failures


def _on_workers(
    function: Function, tasks: Mapping[str, Task], folder: Path, scheduler: str, security: Any
) -> dict[str, BaseException]:
    """The same, wherever the scheduler's workers are."""
    from distributed import Client  # an extra of its own

    with Client(scheduler, security=security, set_as_default=False) as client:
        futures = {
            name: client.submit(_run, function, name, task, folder, key=f"{name}-{client.id}", pure=False)
            for name, task in tasks.items()
        }
        errors = {name: future.exception() for name, future in futures.items()}  # each waits for its task
    return {name: error for name, error in errors.items() if error is not None}


def _run(function: Function, name: str, task: Task, folder: Path) -> None:
    """One task, its result written whole."""
    with _ONE_AT_A_TIME:  # a worker may have several threads
        own, known = folder / name, identity(task)
        own.mkdir(parents=True, exist_ok=True)
        if _finished(name, task, folder) is not None:  # by a worker that died before it said so
            return
        try:
            result = function(task, own)
        except (SystemExit, GeneratorExit) as ended:  # which would end the sweep, or a worker, and then the next one
            raise RuntimeError(f"the task ended its process: {ended!r}") from ended
        if not isinstance(result, dict):
            raise ValueError(f"function must give a dict, got {result!r}")
        text = json.dumps({"task": known, "shown": repr(task)[:2000], "result": result}, indent=1, allow_nan=False)
        with replacing(own / FILE) as file:
            file.write(text.encode())


def _finished(name: str, task: Task, folder: Path) -> dict[str, Any] | None:
    known, path = identity(task), folder / name / FILE
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text())
        found, result = record["task"], dict(record["result"])
        known, shown = (known, record["shown"]) if "shown" in record else (repr(task), found)
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"result {path} must be one that a sweep wrote; remove it to run its task again") from None
    if found != known:
        raise ValueError(f"result {path} must be of the task {task!r}, got one of {shown}; take another folder")
    return result
