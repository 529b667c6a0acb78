"""The check of a new machine runs the README's commands as they stand, and sees what is missing from a site.

The check itself takes as long as `make book` and `make test` together: the weekly workflow runs it.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from committed import ROOT
from new_machine import KEPT, commands, missing, pages

README = "# A book\n\n```\nmake book    # all of it\nmake test\n```\n\n```python\nother()\n```\n"
MAKEFILE = """
book:
	mkdir -p _build/html && printf '<a href="b.html"><img src="i.png">' > _build/html/a.html
	cd _build/html && touch b.html {made} && [ -z "$$(ls -A "$$HOME")" ] && [ -z "$$SECRET" ]
test:
	test -f _build/html/a.html {fails}
"""


def test_the_readme_has_two_commands():
    assert commands((ROOT / "README.md").read_text()) == ["make book", "make test"]
    assert commands(README) == ["make book", "make test"]
    assert commands("no code") == []


def test_every_page_of_the_table_of_contents_is_asked_for():
    text = (ROOT / "_toc.yml").read_text()
    toc = yaml.safe_load(text)
    files = [toc["root"]] + [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    assert pages(text) == [str(Path(file).with_suffix("")) for file in files]


def test_what_is_missing_from_a_site_is_seen(tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html#x"></a><img src="i.png"><a href="https://example.org"></a><a href="#">'
    )
    (tmp_path / "i.png").write_text("")
    assert missing(tmp_path, ["a", "c"]) == ["a.html -> b.html", "c.html"]
    (tmp_path / "b.html").write_text("<script>x = '<a href=\"no.html\">'</script>")
    assert missing(tmp_path, ["a", "b"]) == []


def test_the_shell_hands_on_no_more_than_the_way_to_programs_and_packages():
    kept = ["PATH", "LANG", "LC_ALL", "PIP_INDEX_URL", "UV_CACHE_DIR", "https_proxy", "CI"]
    assert [k for k in kept if not KEPT.fullmatch(k)] == []
    assert [k for k in ("HOME", "PYTHONPATH", "VIRTUAL_ENV", "XDG_CACHE_HOME", "SECRET") if KEPT.fullmatch(k)] == []


@pytest.mark.parametrize(
    ("made", "fails", "code", "words"),
    [
        ("i.png", "", 0, "the site is whole: 2 pages"),
        ("", "", 1, "a.html -> i.png"),
        ("i.png", "&& false", 1, "make test: exit 2"),
    ],
)
def test_a_small_book_on_a_new_machine(tmp_path, monkeypatch, made, fails, code, words):
    source = tmp_path / "source"
    (source / "tests").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "new_machine.py", source / "tests")
    texts = {"README.md": README, "_toc.yml": "root: a\nparts:\n  - chapters:\n      - file: b\n"}
    for name, text in (texts | {"Makefile": MAKEFILE.format(made=made, fails=fails)}).items():
        (source / name).write_text(text)
    git = ["git", "-C", source, "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *command], check=True)
    monkeypatch.setenv("SECRET", "x")
    script = [sys.executable, source / "tests" / "new_machine.py", tmp_path / "new"]
    done = subprocess.run(script, capture_output=True, text=True)
    assert (done.returncode, words in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
    again = subprocess.run(script, capture_output=True, text=True)
    assert "FileExistsError" in again.stderr
