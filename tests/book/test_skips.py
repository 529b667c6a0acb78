"""A skip for a reason that nobody listed is a failure, and every listed reason is given by a test."""

import subprocess
import sys

import pytest
from committed import ROOT
from skips import SKIPS

PLAIN = "import pytest\n\ndef test_a():\n    {line}\n"
CASES = {
    "listed": (PLAIN.format(line="pytest.skip('needs a GPU')"), "1 skipped"),
    "unknown": (PLAIN.format(line="pytest.skip('no time')"), "1 failed"),
    "without a reason": (PLAIN.format(line="pytest.skip()"), "1 failed"),
    "imported": ("import pytest\n\npytest.importorskip('no_such_module')\n", "1 error"),
    "expected to fail": (
        "import pytest\n\n@pytest.mark.xfail(reason='needs a GPU')\ndef test_a():\n    assert 0\n",
        "1 failed",
    ),
    "passed": (PLAIN.format(line="pass"), "1 passed"),
}


@pytest.mark.parametrize(("text", "outcome"), CASES.values(), ids=list(CASES))
def test_only_listed_reasons_skip(tmp_path, text, outcome):
    (tmp_path / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "-p", "skips", "-p", "no:cacheprovider", "-rs"]
    environment = {"PYTHONPATH": str(ROOT / "tests" / "helpers"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([*command, "test_it.py"], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert f"{outcome} in" in done.stdout, done.stdout
    assert done.returncode == {"1 failed": 1, "1 error": 2}.get(outcome, 0)
    assert ("needs a GPU" in done.stdout) == (outcome == "1 skipped" or "xfail" in text)


def test_every_listed_reason_is_given_by_a_test():
    given = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py") if path.name != "test_skips.py")
    assert [reason for reason in SKIPS if f'"{reason}"' not in given] == []
    assert all(len(why) > 20 for why in SKIPS.values())


def test_the_end_of_a_run_lists_its_skips(pytestconfig):
    assert "s" in pytestconfig.getoption("reportchars")
