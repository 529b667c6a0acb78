"""Shapes and types are checked on every call, laws are tried on the same examples each time, figures need no screen."""

import matplotlib as mpl
import pytest
import torch
from hypothesis import settings
from jaxtyping import install_import_hook

mpl.use("Agg")
install_import_hook("polylib", "typechecker.check")
settings.register_profile("book", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("book")


@pytest.fixture(scope="module")
def one_thread():
    """Small matrices on a busy machine wait for threads longer than they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
