"""Shapes and types are checked on every call, laws are tried on the same examples each time, figures need no screen."""

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
install_import_hook("polylib", "typechecker.check")
settings.register_profile("book", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("book")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Where tests run on several cores, a file stays on one, and all that look at the site share its build."""
    for item in items:
        group = "site" if "site" in item.fixturenames else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_runtest_setup():
    """What a test draws without a seed of its own does not hang on the tests before it."""
    torch.manual_seed(0)


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

    target = tmp_path_factory.mktemp("book") / "html"
    script = ROOT / "book" / "_tools" / "site_build.py"
    fork = {"GITHUB_REPOSITORY": "someone/fork", "GITHUB_SHA": "a" * 40}
    command = [sys.executable, script, "notebooks", target]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=os.environ | fork)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert "WARNING" not in result.stdout + result.stderr
    return target
