"""Many tasks that need completions, some of which may fail, one after another or at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from polylib import validate
from polylib.completions.local import CompletionError

T, R = TypeVar("T"), TypeVar("R")


def tried(task: Callable[[T], R], items: Iterable[T], *, at_once: int = 1) -> list[R | CompletionError]:
    """What a task that needs completions gives for each item, in order; where it failed, the CompletionError.

    `at_once` items are under way at a time: more than one pays for a server, not for a local model. Other errors pass.
    """

    def one(item: T) -> R | CompletionError:
        try:
            return task(item)
        except CompletionError as error:
            return error

    if validate.integer("at_once", at_once) == 1:  # without a second thread, so that Ctrl-C ends the run at once
        return [one(item) for item in items]
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, items))
