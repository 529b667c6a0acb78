"""The book as built from the committed notebooks: no warning, no dead link, and pages made from the ledgers."""

import re
import shutil
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from pages import claims, summary

from book import NOTEBOOKS, ROOT
from polylib import results


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A strict build of a copy of the checkout."""
    source = tmp_path_factory.mktemp("book")
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, source)
    for name in ("book", "notebooks"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    result = subprocess.run(
        [jupyter_book, "build", source, "-n", "-W", "--keep-going"], capture_output=True, text=True, cwd=source
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert "WARNING" not in result.stdout + result.stderr
    return source / "_build" / "html"


class Page(HTMLParser):
    """Ids, links and pictures of a page."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.images = set(), [], []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.add(attrs.get("id"))
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag == "img":
            self.images.append(attrs)


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}


def test_every_page_of_the_table_of_contents_is_there(site):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    files = [toc["root"]] + [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    missing = [file for file in files if not (site / file).with_suffix(".html").is_file()]
    assert missing == []
    assert (site / "index.html").is_file()
    assert all(file.endswith(".ipynb") for file in files if file.startswith("notebooks/"))


def test_every_internal_link_leads_somewhere(pages):
    dead = []
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link) or link == "#":
                continue
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            known = pages[target].ids if target in pages else set()
            if not target.exists() or (anchor and target.suffix == ".html" and anchor not in known):
                dead.append(f"{path.name} -> {link}")
    assert dead == []


def test_external_links_are_well_formed(pages):
    links = {link for page in pages.values() for link in page.links if re.match(r"[a-z]+:", link)}
    assert [link for link in links if not re.match(r"(https://[a-z0-9.-]+\.[a-z]{2,}(/|$)|mailto:)", link)] == []
    assert any("doi.org" in link for link in links)


def test_every_picture_has_alt_text(pages):
    images = [image for path, page in pages.items() for image in page.images if path.parent.name == "notebooks"]
    assert images
    assert [image["src"] for image in images if len(image.get("alt", "")) < 20] == []


def test_claims_and_errata_are_the_ledgers(site):
    ledger = claims(ROOT)
    text = unescape((site / "book" / "claims.html").read_text())
    assert summary(ledger) in text
    for record in ledger:
        assert f'href="{record["href"]}"' in text
        assert record["verdict"] in text
    failed = [s for r in ledger for s in r["steps"] if s["kind"] in ("refutes", "remark")]
    errata = (site / "book" / "errata.html").read_text()
    assert failed
    assert errata.count("in the chapter</a>") == len(failed)
    assert all(step["line"] for step in failed), "say which printed line failed"


def test_generated_tables_name_every_notebook_and_every_kept_run(site):
    status = (site / "book" / "status.html").read_text()
    reproduce = (site / "book" / "reproduce.html").read_text()
    assert all(notebook.stem in status for notebook in NOTEBOOKS)
    assert all(path.stem in reproduce for path in results.folder().glob("*.json"))


def test_chapters_that_do_not_exist_are_not_claimed(site):
    index = (site / "book" / "index.html").read_text()
    assert index.count("not written yet") == 9 - len(NOTEBOOKS)


def test_prose_has_every_citation_and_no_placeholder():
    cited = set()
    for path in [*ROOT.glob("book/*.md"), *ROOT.glob("notebooks/*.py"), *ROOT.glob("polylib/*.py")]:
        text = path.read_text()
        cited |= {key for group in re.findall(r"\{cite:[tp]\}`([^`]+)`", text) for key in group.split(",")}
        assert not re.search(r"\b(TODO|FIXME|XXX|lorem ipsum)\b", text), path
    keys = set(re.findall(r"^@\w+\{([^,]+),", (ROOT / "book" / "references.bib").read_text(), re.M))
    assert cited == keys


def test_every_reference_has_a_doi():
    entries = (ROOT / "book" / "references.bib").read_text().split("\n@")
    assert [e.splitlines()[0] for e in entries if not re.search(r"doi\s*=\s*\{10\.\d{4,}/\S+\}", e)] == []
