"""The book as built from the committed notebooks: no warning, no dead link, and pages made from the ledgers."""

import json
import re
from html import unescape
from html.parser import HTMLParser

import published
import pytest
import self_contained
import yaml
from claim_pages import sentence
from claim_places import code_links, places
from committed import CHAPTERS, NOTEBOOKS, ROOT, read
from ledger import claims

from polylib.derivation import LEDGER_MIME
from polylib.runs import results


class Page(HTMLParser):
    """Ids, links and pictures of a page."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.images, self.meta, self.canonical = set(), [], [], {}, None
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.add(attrs.get("id"))
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag == "meta" and "property" in attrs:
            self.meta[attrs["property"]] = attrs["content"]
        if tag == "link" and attrs.get("rel") == "canonical":
            self.canonical = attrs["href"]
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


def test_chapters_open_on_colab_from_the_fork_that_published_them_and_other_pages_do_not(site, pages):
    for path, page in pages.items():
        relative = path.relative_to(site).with_suffix(".ipynb")
        expected = f"https://colab.research.google.com/github/someone/fork/blob/colab/{relative}"
        colab = [link for link in page.links if "colab.research" in link]
        assert colab == ([expected] if path.parent.name == "notebooks" else []), path.name
    assert {path.stem for path in pages if path.parent.name == "notebooks"} == {n.stem for n in NOTEBOOKS}
    assert all("https://github.com/someone/fork" in page.links for path, page in pages.items() if path.parent != site)


def test_published_notebooks_install_polylib_from_the_commit_that_was_published(site):
    for notebook in NOTEBOOKS:
        published = read(site.parent / "source" / "notebooks" / notebook.name)
        committed = read(notebook)
        first, before = (next(c for c in n.cells if c.cell_type == "code") for n in (published, committed))
        address = f"git+https://github.com/someone/fork@{'a' * 40}"
        assert first.source == before.source.replace('"POLYLIB_SOURCE", ""', f'"POLYLIB_SOURCE", "{address}"')
        assert address in first.source
        assert published.metadata["accelerator"] == "GPU"
        assert [c for c in published.cells if c != first] == [c for c in committed.cells if c != before]
        assert address not in (site / "notebooks" / f"{notebook.stem}.html").read_text()


def test_every_internal_link_leads_somewhere(pages):
    dead = []
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link) or link == "#":
                continue
            # the page for what is not found may stand anywhere, so its links begin at the host
            file, _, anchor = link.removeprefix("/fork/").partition("#")
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
    figures = [image for image in images if "_images" in image["src"]]
    assert figures
    assert [image["src"] for image in figures if len(image.get("alt", "")) < 20] == []
    assert [image["src"] for image in images if not image.get("alt")] == []


def test_claims_and_errata_are_the_ledgers(site):
    ledger = claims(ROOT)
    text = unescape((site / "book" / "claims.html").read_text())
    for record in ledger:
        assert f'href="{record["href"]}"' in text
        assert record["verdict"] in text
    failed = [s for r in ledger for s in r["steps"] if s["kind"] in ("refutes", "remark")]
    errata = (site / "book" / "errata.html").read_text()
    assert failed
    assert errata.count("in the chapter</a>") == len(failed)
    assert all(step["line"] for step in failed), "say which printed line failed"


def test_a_box_leads_to_its_claim_and_a_failed_line_to_its_erratum(site):
    claims_page, errata = ((site / "book" / f"{name}.html").read_text() for name in ("claims", "errata"))
    for record in claims(ROOT):
        chapter = (site / "notebooks" / f"{record['notebook']}.html").read_text()
        box = chapter.partition(f'id="{record["id"]}"')[2].partition("</section>")[0]
        assert box.count(f'href="../book/claims.html#entry-{record["id"]}"') == 1
        assert claims_page.count(f'id="entry-{record["id"]}"') == 1
        fails = record["verdict"] in ("repaired", "refuted")
        assert (f'href="errata.html#erratum-{record["id"]}"' in claims_page) == fails
        assert errata.count(f'id="erratum-{record["id"]}"') == fails


def test_each_claim_names_its_section_and_code_that_exists(site):
    ledger = claims(ROOT)
    text = (site / "book" / "claims.html").read_text()
    for record in ledger:
        assert f'.html#{record["section"]}"' in text
        assert record["modules"]
        for module in record["modules"]:
            room, _, name = module.rpartition(".")
            reference = (site / "book" / "reference" / f"{room or 'polylib'}.html").read_text()
            assert f'id="module-polylib.{module}"' in reference
            assert (ROOT / "tests" / room / f"test_{name}.py").is_file()
    assert "tests/theory/test_channel.py" in text
    named = {module for record in ledger for module in record["modules"]}
    assert {f"theory.{name}" for name in ("channel", "energy", "entropy", "power_law")} <= named
    assert {"language.slow_directions", "explanation.rules"} <= named


def test_code_leads_to_the_reference_and_tests_to_the_repository_where_it_is_known():
    place = '<a href="reference/theory.html#module-polylib.theory.channel">theory.channel</a>'
    tests = "[tests](https://github.com/someone/fork/blob/HEAD/tests/theory/test_channel.py)"
    assert code_links(["theory.channel"], "https://github.com/someone/fork") == f"{place} ({tests})"
    assert code_links(["theory.channel"], "") == f"{place} (`tests/theory/test_channel.py`)"
    assert code_links(["tables"], "").startswith('<a href="reference/polylib.html#module-polylib.tables">tables</a>')


CELLS = [
    "from polylib import explanation as ex\nfrom polylib.theory import channel as ch",
    "from polylib.language import minimum_energy_direction",
    "def capacity(k):\n    return ch.dropout_capacity(k, 0.2)",
    "box = Derivation()\nbox.agrees(capacity(3), ex.mean_score)",
    "other = Derivation()\nother.sampled(minimum_energy_direction)",
]


def test_a_claim_is_placed_by_what_its_cell_uses_of_rooms_and_modules(tmp_path):
    shows = {3: "one", 4: "two"}
    cells = [{"cell_type": "markdown", "source": ["(sec-here)=\n"]}]
    for at, source in enumerate(CELLS):
        outputs = [{"data": {LEDGER_MIME: {"id": shows[at]}}}] if at in shows else []
        cells.append({"cell_type": "code", "source": [source], "outputs": outputs})
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert places(path) == {
        "one": {"section": "sec-here", "modules": ["theory.channel", "explanation.scores"]},
        "two": {"section": "sec-here", "modules": ["language.slow_directions"]},
    }


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("caption", "Caption."),
        ("a code", "A code."),
        ("generate_trajectory.py", "generate_trajectory.py."),
        ("generate_explanations.py, first sentence", "generate_explanations.py, first sentence."),
        ("p_0 log(1/p_0) is small", "p_0 log(1/p_0) is small."),
        ("x, $g^x$ and others", "x, $g^x$ and others."),
    ],
)
def test_an_erratum_begins_with_a_capital_unless_it_names_a_symbol_or_a_file(place, expected):
    assert sentence(place) == expected


def test_every_page_says_what_it_is_about_to_other_sites(pages):
    described = [page.meta for path, page in pages.items() if path.parent.name in ("book", "notebooks")]
    assert all(meta["og:title"] and "<" not in meta["og:title"] for meta in described)
    assert all(40 < len(meta["og:description"]) <= 200 for meta in described)
    assert len({meta["og:description"] for meta in described}) == len(described)


BASE = "https://someone.github.io/fork/"


def test_a_published_page_has_an_address_and_a_card(site):
    for file in ("index.html", "book/index.html", "notebooks/01-sparse-entropy.html"):
        page = Page(site / file)
        shown = "book/index.html" if file == "index.html" else file
        assert page.meta["og:url"] == page.canonical == BASE + shown
        assert page.meta["og:image"] == BASE + published.CARD
    assert (site / published.CARD).stat().st_size < 300_000


def test_the_shared_address_says_what_the_book_is_and_leads_on(site):
    root, first = (Page(site / file) for file in ("index.html", "book/index.html"))
    assert root.meta == first.meta and root.links == ["book/index.html"]
    text = (site / "index.html").read_text()
    assert '<html lang="en">' in text and "url=book/index.html" in text and "checked</title>" in text


def test_a_sitemap_lists_every_page_of_the_table_of_contents(site):
    listed = re.findall(r"<loc>([^<]+)</loc>", (site / "sitemap.xml").read_text())
    for folder in ("book", "notebooks"):
        assert {f"{BASE}{folder}/{path.name}" for path in (site / folder).glob("*.html")} <= set(listed)
    assert all(url.startswith(BASE) for url in listed)


def test_what_is_not_found_leads_back(site):
    missing = Page(site / "404.html")
    assert "/fork/book/claims.html" in missing.links and "Not found" in (site / "404.html").read_text()


def test_a_page_asks_only_its_own_site_for_files(site):
    asked = re.compile(
        r'<(?:script|img|iframe)[^>]* src="(?:https?:)?//'
        r'|<link rel="(?:stylesheet|preload|icon)"[^>]* href="(?:https?:)?//'
    )
    pages = list(site.rglob("*.html"))
    assert [page.name for page in pages if asked.search(page.read_text())] == []
    assert (site / "_static" / self_contained.MATHJAX).is_file()
    assert [page.name for page in pages if "all.min.js" in page.read_text()] == []


def test_the_glossary_and_the_index_lead_to_chapters(site):
    index = (site / "genindex.html").read_text()
    glossary = (site / "book" / "glossary.html").read_text()
    assert 30 <= glossary.count("<dt id=") <= 60
    assert "glossary.html#term-capacity" in index
    assert "03-dropout-capacity.html#thm-dropout-exact" in index
    for notebook in CHAPTERS:
        page = (site / "notebooks" / f"{notebook.stem}.html").read_text()
        assert "glossary.html#term-" in page, f"{notebook.stem} uses no word of the glossary"


def test_numbered_statements_carry_the_number_of_their_chapter(site):
    seen = set()
    for chapter, notebook in enumerate(CHAPTERS, 1):
        page = (site / "notebooks" / f"{notebook.stem}.html").read_text()
        numbers = re.findall(r'<span class="caption-number">(Theorem|Lemma|Definition) ([\d.]+)', page)
        assert numbers and all(number.startswith(f"{chapter}.") for _, number in numbers)
        assert not seen & set(numbers)
        seen |= set(numbers)


def test_generated_tables_name_every_notebook_and_every_kept_run(site):
    status = (site / "book" / "status.html").read_text()
    reproduce = (site / "book" / "reproduce.html").read_text()
    assert all(notebook.stem in status for notebook in NOTEBOOKS)
    assert all(path.stem in reproduce for path in results.folder().glob("[0-9]*.json"))


def test_the_page_of_benchmarks_shows_every_row_of_the_last_runs(site):
    speed = unescape((site / "book" / "speed.html").read_text())
    runs = [results.load(path.stem) for path in results.folder().glob("benchmarks-*.json")]
    rows = [row for run in runs for row in run["values"]["rows"]]
    assert [row["work"] for row in rows if row["work"] not in speed or row["against"] not in speed] == []
    gpus = [run["name"] for run in runs if run["name"] != "benchmarks-cpu"]
    assert ("No run on a GPU has been kept yet." in speed) == (not gpus)


def test_the_front_page_lists_every_chapter_and_claims_none_that_does_not_exist(site):
    listed = re.findall(r"^\S+ \| (\S+) \| ", (ROOT / "book" / "index.md").read_text(), re.M)
    written = {notebook.stem for notebook in CHAPTERS}
    assert written <= set(listed), "give each chapter its line in book/index.md"
    index = (site / "book" / "index.html").read_text()
    assert index.count("not written yet") == len(set(listed) - written)


def test_prose_has_every_citation_and_no_placeholder():
    cited = set()
    for path in [*ROOT.glob("book/*.md"), *ROOT.glob("notebooks/*.py"), *ROOT.glob("polylib/**/*.py")]:
        text = path.read_text()
        cited |= {key for group in re.findall(r"\{cite:[tp]\}`([^`]+)`", text) for key in group.split(",")}
        assert not re.search(r"\b(TODO|FIXME|XXX|lorem ipsum)\b", text), path
    keys = set(re.findall(r"^@\w+\{([^,]+),", (ROOT / "book" / "references.bib").read_text(), re.M))
    assert cited == keys


def test_every_reference_has_a_doi():
    entries = (ROOT / "book" / "references.bib").read_text().split("\n@")
    assert [e.splitlines()[0] for e in entries if not re.search(r"doi\s*=\s*\{10\.\d{4,}/\S+\}", e)] == []
