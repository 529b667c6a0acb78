"""Every page of the book as readers meet it: in a real browser, wide and narrow, light and dark, by keyboard."""

import os
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import browser
import page_checks
import pytest
import yaml
from committed import NOTEBOOKS, ROOT, read

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
FILES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"] if "file" in chapter)]
ROOMS = [file for file in FILES if file.startswith("book/reference/") and not file.endswith("/representation")]
"""pages of the reference, all of one make: the largest stands for them"""
SEEN = [file for file in FILES if file not in ROOMS]
PAGES = [str(Path(file).with_suffix(".html")) for file in SEEN] + ["search.html", "genindex.html", "prf-prf.html"]


@pytest.fixture(scope="module")
def reader(site):
    """One tab of one browser for all pages; closed here, since playwright's event loop stands in the way of others."""
    if browser.CHROMIUM is None:
        reason = "there is no chromium on this machine: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("BOOK_BROWSER") == "required" else pytest.skip(reason)
    with browser.served(site) as address, browser.launched() as chromium:
        yield browser.Reader(chromium.new_context(), address)


@pytest.fixture(scope="module", params=PAGES)
def wide(request, reader):
    """A page on a wide, light screen."""
    return reader.open(request.param)


@pytest.fixture(scope="module", params=PAGES)
def narrow(request, reader):
    """A page on a narrow, dark screen."""
    return reader.open(request.param, browser.NARROW, "dark")


def test_a_page_loads_without_a_fault(wide, reader):
    wide.evaluate("""() => Promise.allSettled([...document.images].map(image => {
      image.loading = "eager";
      return image.decode();
    }))""")
    assert reader.faults == []
    pictures = "[...document.images].filter(image => !image.complete || !image.naturalWidth).map(image => image.src)"
    assert wide.evaluate(pictures) == []


def test_all_mathematics_is_typeset(wide):
    assert wide.evaluate("document.querySelectorAll('mjx-merror, [data-mjx-error]').length") == 0
    text = wide.evaluate(
        "() => { const copy = document.querySelector('main').cloneNode(true);"
        "copy.querySelectorAll('pre, code, script, mjx-container').forEach(e => e.remove()); return copy.textContent }"
    )
    assert re.findall(r"\\[a-zA-Z(\[]+|\$[^$\n]+\$", text) == []
    assert wide.evaluate("[...document.querySelectorAll('.math')].every(e => e.querySelector('mjx-container'))")
    seconds = wide.evaluate(page_checks.TYPESETTING)
    assert seconds < 20  # 2 s on a machine at leisure: this one may be busy


def test_headings_descend_by_single_steps(wide):
    levels = wide.evaluate(
        "[...document.querySelectorAll('main :is(h1, h2, h3, h4, h5, h6)')]"
        ".filter(heading => heading.checkVisibility()).map(heading => +heading.tagName[1])"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_every_picture_has_alt_text(wide):
    pictures = wide.evaluate("[...document.querySelectorAll('article img')].map(image => [image.src, image.alt])")
    assert [source for source, alt in pictures if len(alt) < 20] == []


def test_a_figure_leads_to_itself_in_full_size(wide):
    linked = "[...document.querySelectorAll('article figure img')].map(image => [image.src, image.closest('a')?.href])"
    assert [source for source, link in wide.evaluate(linked) if link != source] == []


def test_a_wide_light_page_is_accessible(wide):
    assert page_checks.axe(wide) == []


def test_tab_reaches_everything_in_order_and_shows_where_it_is(wide):
    shown, stops = page_checks.tab_through(wide)
    places = [place for place, _, _ in stops]
    assert places == sorted(set(places))
    assert sorted(set(shown) - set(places)) == []
    assert [element for _, element, visible in stops if not visible] == []


def test_a_narrow_dark_page_loads_without_a_fault(narrow, reader):
    assert reader.faults == []
    assert narrow.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_narrow_page_does_not_scroll_sideways(narrow):
    assert narrow.evaluate("document.documentElement.scrollWidth") <= browser.NARROW["width"]


def test_a_narrow_dark_page_is_accessible(narrow):
    # of the rules, those whose verdict depends on the colours or on the width
    rules = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")
    assert page_checks.axe(narrow, *rules) == []


def test_the_menu_of_a_narrow_page_opens_by_keyboard(reader):
    page = reader.open(PAGES[0], browser.NARROW)
    link = page.locator(f".bd-sidebar-primary a[href*='{NOTEBOOKS[0].stem}']")
    assert not link.is_visible()
    page.locator("button.primary-toggle").focus()
    page.keyboard.press("Enter")
    link.wait_for(state="visible", timeout=5000)


def own_word(notebook):
    """The word that a chapter's text uses most among those which no other chapter uses."""
    words = {path: Counter(re.findall(r"\b[a-z]{6,}\b", prose(path))) for path in NOTEBOOKS}
    others = set().union(*(words[path] for path in NOTEBOOKS if path != notebook))
    return next(word for word, _ in words[notebook].most_common() if word not in others)


def prose(notebook):
    text = "\n".join(cell.source for cell in read(notebook).cells if cell.cell_type == "markdown")
    return re.sub(r"\{[a-z:-]+\}`[^`]*`|`[^`]*`|\([^)\s]*\)=|\$[^$]*\$", " ", text)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_search_finds_a_word_of_each_chapter(notebook, reader):
    word = own_word(notebook)
    page = reader.open(f"search.html?q={quote(word)}")
    found = page.locator(f"#search-results li a[href*='{notebook.stem}']").first
    found.wait_for(timeout=15000)
    assert reader.faults == []


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("capable of learning an error correcting", ["figure 1, caption"]),
        (r"mn - \alpha m", ["Theorem 4"]),
        ("mn − αm log(m/e)", ["Theorem 4"]),
        ("½ no such line", []),
    ],
)
def test_a_printed_line_is_found_by_its_words_or_its_formula(reader, typed, places):
    page = reader.open("book/claims.html")
    page.get_by_label("Lines that hold").fill(typed)
    shown = [row for row in page.locator("table.printed-lines tbody tr").all() if row.is_visible()]
    assert [row.locator("td").first.inner_text() for row in shown] == places
    assert page.locator(".line-filter output").inner_text().startswith(f"{len(shown)} of ")


def test_search_opens_by_keyboard(reader):
    page = reader.open(PAGES[0])
    page.keyboard.press("Control+k")
    page.keyboard.type("capacity")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=capacity", timeout=15000)
    page.locator("#search-results li").first.wait_for(timeout=15000)


@pytest.mark.parametrize("file", FILES)
def test_a_page_and_its_pictures_weigh_less_than_two_megabytes(file, site):
    path = (site / file).with_suffix(".html")
    html = path.read_text()
    pictures = {(path.parent / source).resolve() for source in re.findall(r'<img[^>]*\bsrc="([^":?]+)', html)}
    assert len(html.encode()) + sum(picture.stat().st_size for picture in pictures) <= 2_000_000


def test_faults_are_seen(tmp_path, reader):
    """What the tests above look for, planted."""
    (tmp_path / "bad.html").write_text(
        '<html lang="en"><title>Bad</title><main><h1>Bad</h1><img src="none.png"><script>missing()</script>'
        '<script src="https://example.org/tracker.js"></script><p style="color:#999;background:#fff">Pale</p></main>'
    )
    with browser.served(tmp_path) as address:
        bad = browser.Reader(reader.page.context.browser.new_context(), address)
        page = bad.open("bad.html")
        faults = "\n".join(bad.faults)
        assert all(sign in faults for sign in ("none.png", "missing is not defined", "failed: https://example.org"))
        found = "\n".join(page_checks.axe(page))
        assert "image-alt" in found and "color-contrast" in found
