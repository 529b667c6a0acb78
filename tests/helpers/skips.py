"""Why a test may be skipped: any other reason, and any expected failure, fails the test that gives it."""

import pytest

SKIPS = {
    "needs a GPU": "the machines that check each change have none; the same arithmetic is tested on the processor",
    "there is no chromium on this machine: apt-get install chromium": "not where BOOK_BROWSER says so",
    "NEURON_EXPLAINER_PYTHON names no venv with automated-interpretability": "its answers are kept with the tests",
    "the supplement's text is not beside this checkout": "it is the authors'; where it lies, its words are compared",
    "no openssl to make certificates with": "wherever pip can reach an index over https it is there, all but always",
    "Debian's dataset-fashion-mnist is not installed": "at reading scale no chapter reads it",
}


def without_leave(report):
    """The report, turned into a failure if it is of a skip for a reason that is not listed."""
    if report.outcome == "skipped":
        given = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = getattr(report, "wasxfail", given).removeprefix("Skipped: ")
        if reason not in SKIPS or hasattr(report, "wasxfail"):
            report.outcome = "failed"
            vars(report).pop("wasxfail", None)  # with it, a failure would not count
            report.longrepr = f"not run, and {reason!r} is not among the reasons listed in tests/helpers/skips.py"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return without_leave((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return without_leave((yield))
