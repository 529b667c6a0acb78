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
        ('<a href="errata.html#erratum-4">', '<a href="#erratum-4">'),
        ('<a href="../book/errata.html">', '<a href="#document-book-errata">'),
        ('<span id="document-book/errata">', '<span id="document-book-errata">'),
        ('<a href="../book/index.html">', '<a href="#">'),
        ('<a href="https://doi.org/10.1/book/x.html#y">', '<a href="https://doi.org/10.1/book/x.html#y">'),
    ]
    assert [pdf.inside(link) for link, _ in links] == [found for _, found in links]


SHEET = "<section style='break-after: page'><h2>A section</h2></section>"
FOLDED = f"<details class='hide above-input'>{SHEET * 20}</details>"


@pytest.fixture
def one_page(monkeypatch):
    """What Sphinx would build: one page, with the body that the test gives."""
    if browser.CHROMIUM is None:
        reason = "there is no chromium on this machine: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("BOOK_BROWSER") == "required" else pytest.skip(reason)

    def body(content):
        def build(command, **_options):
            folder = command[-1] / "_build" / "singlehtml" / "book"
            folder.mkdir(parents=True)
            head = "<meta charset='utf-8'><link rel='icon' href='data:,'>"
            (folder / "index.html").write_text(f"<html><head>{head}</head><body>{content}</body></html>")

        monkeypatch.setattr(subprocess, "run", build)

    return body


def test_folded_code_is_not_printed(one_page, tmp_path):
    one_page(f"{SHEET * 2}{FOLDED}<h2>The end</h2>")
    pdf.write(tmp_path / "source", tmp_path / "book.pdf")
    printed = (tmp_path / "book.pdf").read_bytes()
    assert printed.startswith(b"%PDF") and len(re.findall(rb"/Type */Page\b", printed)) == 3


@pytest.mark.parametrize(
    ("content", "lack"),
    [
        ('<a href="book/errata.html#erratum-9">x</a>', "no place: #erratum-9"),
        ('<a href="/elsewhere/">x</a>', "no address: /elsewhere/"),
        ('<img src="gone.png">', "no picture: .*gone.png"),
        ("<mjx-merror>x^</mjx-merror>", "no formula: x"),
        ("<script>throw new Error('torn')</script>", "error: torn"),
    ],
)
def test_a_book_that_would_not_be_whole_is_not_printed(one_page, tmp_path, content, lack):
    one_page(SHEET + content)
    with pytest.raises(SystemExit, match=f"(?s)book.pdf would not be whole:.*{lack}"):
        pdf.write(tmp_path / "source", tmp_path / "book.pdf")
    assert not (tmp_path / "book.pdf").exists()
