"""The whole book as one PDF."""

import os
import re
import subprocess

import browser
import pdf
import pytest


def test_links_between_pages_lead_inside_the_document():
    links = [
        ('<a href="../notebooks/01-a.html#sec-b">', '<a href="#sec-b">'),
        ('<a href="notebooks/01-a.html#claim-c">', '<a href="#claim-c">'),
        ('<a href="../book/errata.html">', '<a href="#document-book/errata">'),
        ('<a href="https://doi.org/10.1/book/x.html#y">', '<a href="https://doi.org/10.1/book/x.html#y">'),
    ]
    assert [pdf.inside(link) for link, _ in links] == [found for _, found in links]


@pytest.fixture
def one_page(monkeypatch):
    """What Sphinx would build: a page of three sheets of text, with folded code of many sheets."""
    if browser.CHROMIUM is None:
        reason = "there is no chromium on this machine: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("BOOK_BROWSER") == "required" else pytest.skip(reason)

    def build(command, **_options):
        folder = command[-1] / "_build" / "singlehtml" / "book"
        folder.mkdir(parents=True)
        sheet = "<section style='break-after: page'><h2>A section</h2></section>"
        folded = f"<details class='hide above-input'>{sheet * 20}</details>"
        (folder / "index.html").write_text(f"<html><body>{sheet * 2}{folded}<h2>The end</h2></body></html>")

    monkeypatch.setattr(subprocess, "run", build)


def test_folded_code_is_not_printed(one_page, tmp_path):
    pdf.write(tmp_path / "source", tmp_path / "book.pdf")
    printed = (tmp_path / "book.pdf").read_bytes()
    assert printed.startswith(b"%PDF") and len(re.findall(rb"/Type */Page\b", printed)) == 3
