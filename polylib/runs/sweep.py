"""A sweep: one function on many settings, each in a folder of its own; what is finished is not run again.

By default the tasks run in this process, one after another. Given the address of a Dask scheduler they run wherever
its workers are, one task at a time in a worker's process, as torch's random state belongs to the process; all workers
must see `folder`. A worker's "cuda" is what its own CUDA_VISIBLE_DEVICES leaves it: start one worker for each GPU.
A worker that dies loses its task to another, which goes on from the checkpoint, if the function keeps one.
"""

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from polylib.runs.whole_file import replacing

Task = Any
Function = Callable[[Task, Path], dict[str, Any]]
FILE = "result.json"
_ONE_AT_A_TIME = threading.Lock()


def sweep(
    function: Function, tasks: Mapping[str, Task], folder: Path, scheduler: str | None = None
) -> dict[str, dict[str, Any]]:
    """Results by name of `function(task, folder / name)`, a dict of what JSON holds, for every task.

    A result is written to its folder as it comes, with the task's repr, and read back by a later call instead of being
    made again. Tasks and function travel to the workers, so a task should be settings, no data. `scheduler`: the
    address of a Dask scheduler, such as tcp://host:8786. Raises ValueError for a name that is no folder name, or one
    whose result is damaged or of another task; RuntimeError, at the end, with the names and reasons of tasks that
    failed, the others' results being on disk, or of those whose results are not to be seen from here.
    """
    for name in tasks:
        if not name or Path(name).name != name or name.startswith("."):
            raise ValueError(f"tasks must have names that can name a folder, got {name!r}")
    folder = folder.absolute()  # a worker may have another working directory
    found: dict[str, Any] = {name: _finished(name, task, folder) for name, task in tasks.items()}
    missing = {name: task for name, task in tasks.items() if found[name] is None}
    if missing:
        run = (function, missing, folder)
        failures = _on_workers(*run, scheduler) if scheduler else _here(*run)
        if failures:
            reasons = "; ".join(f"{name}: {error!r}" for name, error in failures.items())
            message = f"{len(failures)} of {len(tasks)} tasks failed, the others are kept: {reasons}"
            raise RuntimeError(message) from next(iter(failures.values()))
        found |= {name: _finished(name, task, folder) for name, task in missing.items()}
        if lost := [name for name in missing if found[name] is None]:
            raise RuntimeError(f"folder {folder} must be one that all workers see, got no result of {', '.join(lost)}")
    return found


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
    function: Function, tasks: Mapping[str, Task], folder: Path, scheduler: str
) -> dict[str, BaseException]:
    """The same, wherever the scheduler's workers are."""
    from distributed import Client  # an extra of its own

    with Client(scheduler, set_as_default=False) as client:
        futures = {
            name: client.submit(_run, function, name, task, folder, key=f"{name}-{client.id}", pure=False)
            for name, task in tasks.items()
        }
        errors = {name: future.exception() for name, future in futures.items()}  # each waits for its task
    return {name: error for name, error in errors.items() if error is not None}


def _run(function: Function, name: str, task: Task, folder: Path) -> None:
    """One task, its result written whole."""
    with _ONE_AT_A_TIME:  # a worker may have several threads
        own = folder / name
        own.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"task": repr(task), "result": function(task, own)}, indent=1, allow_nan=False)
        with replacing(own / FILE) as file:
            file.write(text.encode())


def _finished(name: str, task: Task, folder: Path) -> dict[str, Any] | None:
    path = folder / name / FILE
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text())
        found, result = record["task"], record["result"]
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"result {path} must be one that a sweep wrote; remove it to run its task again") from None
    if found != repr(task):
        raise ValueError(f"result {path} must be of the task {task!r}, got one of {found}; take another folder")
    return result
