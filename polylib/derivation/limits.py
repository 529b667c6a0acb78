"""A time limit for a check, in seconds of the processor's time, so that it is the same on a busy machine."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class OutOfTimeError(BaseException):
    """A check that did not end within its limit; no `except Exception` on the way may take it for something else."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `OutOfTimeError` in the block once it has used `seconds` of processor time.

    Where a thread other than the main one works, or the system has no such timer, nothing ends the block early.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "ITIMER_PROF"):
        yield
        return

    def out_of_time(number: int, frame: object) -> None:
        raise OutOfTimeError(f"not decided within its limit of {seconds:g} seconds")

    before = signal.signal(signal.SIGPROF, out_of_time)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
