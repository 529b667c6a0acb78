"""Shapes and types are checked on every call, laws are tried on the same examples each time, figures need no screen."""

import fcntl
import os
import subprocess
import sys

import matplotlib as mpl
import pytest
import torch
from hypothesis import settings
from jaxtyping import install_import_hook
from skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401 - pytest looks for them here

mpl.use("Agg")
if "WITHOUT_TYPES" not in os.environ:  # mutants check values, many times
    install_import_hook("polylib", "typechecker.check")
settings.register_profile("book", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("book")


def pytest_runtest_setup():
    """What a test draws without a seed of its own does not hang on the tests before it."""
    torch.manual_seed(0)


def pytest_report_header(config):
    """Which Python the notebooks get that run alone, where they are asked for."""
    if any("test_colab" in argument for argument in config.args):
        from pythons import colab_python

        return "a machine like Colab's: Python {} at {}".format(*colab_python())
    return None


@pytest.fixture(scope="module")
def one_thread():
    """Small matrices on a busy machine wait for threads longer than they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A strict build of the committed notebooks, as the publishing workflow of a fork makes it."""
    from committed import ROOT  # it imports polylib, which must not be loaded before the hook above

    own = tmp_path_factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own  # one build for tests on all cores
    target, said = folder / "book" / "html", folder / "built"
    with (folder / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.is_file():
            fork = {"GITHUB_REPOSITORY": "someone/fork", "BOOK_COMMIT": "a" * 40}
            command = [sys.executable, ROOT / "book" / "_tools" / "site_build.py", "notebooks", target]
            result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=os.environ | fork)
            said.write_text(f"exit status {result.returncode}\n{result.stdout}{result.stderr}")
    assert said.read_text().startswith("exit status 0\n"), said.read_text()[-4000:]
    assert "WARNING" not in said.read_text()
    return target
