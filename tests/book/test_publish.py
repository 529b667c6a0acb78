"""Where a published book's buttons and notebooks lead: to the repository that published it, or nowhere."""

import os
import shutil
import subprocess

import nbformat
import published
import pytest
import yaml
from committed import NOTEBOOKS, ROOT
from site_build import add_buttons, repository, stamp


def git(*arguments, cwd):
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    command = ["git", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=True, env=os.environ | identity
    ).stdout


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """An empty checkout, no workflow."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    folder = tmp_path / "checkout"
    folder.mkdir()
    git("init", "--quiet", cwd=folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://github.com/someone/a.fork", "someone/a.fork"),
        ("https://github.com/someone/fork.git", "someone/fork"),
        ("https://name:secret@github.com/someone/fork.git", "someone/fork"),
        ("git@github.com:someone/fork.git", "someone/fork"),
        ("ssh://git@github.com/someone/fork", "someone/fork"),
        ("https://gitlab.com/someone/fork.git", None),
        ("https://github.com.example.org/someone/fork", None),
        ("/srv/github.com/someone/fork", None),
    ],
)
def test_the_repository_is_that_of_the_remote_if_it_is_on_github(checkout, origin, expected):
    git("remote", "add", "origin", origin, cwd=checkout)
    assert repository() == expected


def test_a_workflow_knows_its_repository_and_without_either_there_is_none(checkout, monkeypatch):
    assert repository() is None
    git("remote", "add", "origin", "https://github.com/someone/original", cwd=checkout)
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/fork")
    assert repository() == "someone/fork"


def test_buttons_change_nothing_else_in_the_settings(tmp_path):
    config = tmp_path / "_config.yml"
    shutil.copy(ROOT / "_config.yml", config)
    add_buttons(config, "someone/fork")
    with_buttons, settings = yaml.safe_load(config.read_text()), yaml.safe_load((ROOT / "_config.yml").read_text())
    options, before = (s["sphinx"]["config"].pop("html_theme_options") for s in (with_buttons, settings))
    assert with_buttons == settings
    assert before.items() <= options.items()


@pytest.mark.parametrize(
    ("repository", "named", "expected"),
    [
        ("Someone/Fork", "", "https://someone.github.io/Fork/"),
        ("Someone/someone.github.io", "", "https://someone.github.io/"),
        ("someone/fork", "https://book.example.org", "https://book.example.org/"),
        (None, "", ""),
    ],
)
def test_where_a_published_book_is(monkeypatch, repository, named, expected):
    monkeypatch.setenv("BOOK_ADDRESS", named)
    assert published.address(repository) == expected


def test_links_of_the_page_for_what_is_not_found_begin_where_the_site_does():
    prefix = {base: published.settings(base)["notfound_urls_prefix"] for base in ("https://a.org/", "https://a.org/b/")}
    assert list(prefix.values()) == ["/", "/b/"]


def test_a_notebook_with_another_first_cell_is_refused(tmp_path):
    path = tmp_path / "01-a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]), path)
    with pytest.raises(ValueError, match=r"the first code cell of 01-a.ipynb must say os.environ.get\(.*got 'x = 1'"):
        stamp(path, "git+https://github.com/someone/fork@1234")


def test_the_notebooks_of_the_site_become_the_one_commit_of_the_branch_colab(checkout, tmp_path):
    remote = tmp_path / "remote.git"
    git("init", "--quiet", "--bare", remote, cwd=tmp_path)
    (checkout / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "publish-notebooks", checkout / ".ci")
    (checkout / ".gitignore").write_text("_build/\n")
    git("add", ".", cwd=checkout)
    git("commit", "--quiet", "-m", "All", cwd=checkout)
    built = checkout / "_build" / "source" / "notebooks"
    built.mkdir(parents=True)
    for notebook in NOTEBOOKS[:2]:  # two publications: the second takes the place of the first
        shutil.rmtree(built)
        built.mkdir()
        shutil.copy(notebook, built)
        subprocess.run([checkout / ".ci" / "publish-notebooks", remote], check=True)
    listed = git("ls-tree", "-r", "--name-only", "colab", cwd=remote).split()
    assert listed == [f"notebooks/{NOTEBOOKS[1].name}"]
    assert git("rev-list", "--count", "colab", cwd=remote).strip() == "1"
    assert git("show", f"colab:{listed[0]}", cwd=remote) == NOTEBOOKS[1].read_text()
    assert git("status", "--porcelain", cwd=checkout) == ""


def test_the_root_leads_on_and_the_first_page_names_the_book_once(tmp_path):
    first = tmp_path / "book" / "index.html"
    first.parent.mkdir()
    first.write_text('<title>A book &#8212; A book</title><meta name="description" content="Of it.">')
    published.lead_on(tmp_path, "book/index.html", "https://a.org/")
    root = (tmp_path / "index.html").read_text()
    assert "<title>A book</title>" in root and "<title>A book</title>" in first.read_text()
    assert (
        'content="Of it."' in root and 'url=book/index.html"' in root and 'href="https://a.org/book/index.html"' in root
    )
