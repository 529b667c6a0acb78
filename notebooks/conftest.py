"""What nbval lacks: where a kernel dies, the cell that killed it is named at once, not after the limit of a cell."""

import math
import time
from queue import Empty

import pytest
from nbclient.exceptions import DeadKernelError
from nbval import plugin


class WatchedKernel(plugin.RunningKernel):
    """A kernel whose messages are waited for only while it lives."""

    def get_message(self, stream, timeout=None):
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            try:
                return super().get_message(
                    stream, timeout=max(0, min(1, end - time.monotonic()))
                )
            except Empty:
                if not self.is_alive():
                    raise DeadKernelError from None
                if time.monotonic() >= end:
                    raise


plugin.RunningKernel = WatchedKernel


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    try:
        return (yield)
    except DeadKernelError:
        item.raise_cell_error("Its kernel died, perhaps for lack of memory")
