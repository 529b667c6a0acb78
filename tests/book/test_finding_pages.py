"""Findings of planted chapters on a small site: the list by chapters, the way to each box, verdicts in links."""

import json
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from committed import ROOT
from finding_pages import entry, measured, otherwise, told
from ledger import claims, findings, kind, summary

from polylib.finding import FINDING_MIME, Finding

CONF = """
import sys
sys.path.insert(0, {tools!r})
extensions = ["myst_parser", "claim_pages"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
exclude_patterns = ["notebooks"]
html_theme = "basic"
"""
PAGE = """# Claims

```{headline}
```

Smoother ({finding}`Trained is smoother`); wider ({finding}`not seen <Trained is
wider>`); one network ({finding}`One is smoother`).

```{findings}
```
"""


def finding(title, shift, networks=4, about="networks"):
    rng, it = np.random.default_rng(0), Finding(title, "this book", "draws", networks, about, null="its twin")
    for layer in (3, 6):
        it.more(rng.normal(shift, 0.1, 4), rng.normal(0, 0.1, 4), layer=layer, network="a")
    return it


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A book of a page and two chapters, of which the first has three findings and the other none."""
    folder = tmp_path_factory.mktemp("book")
    chapters = ["notebooks/01-first.ipynb", "notebooks/02-second.ipynb"]
    toc = "root: index\nparts:\n- chapters:\n" + "".join(f"  - file: {chapter}\n" for chapter in chapters)
    (folder / "_toc.yml").write_text(toc)
    for name in ("notebooks", "book"):
        (folder / name).mkdir()
    (folder / "book" / "supplement.yml").write_text('"1": []\n')
    (folder / "conf.py").write_text(CONF.format(tools=str(ROOT / "book" / "_tools")))
    text = PAGE.replace("\n```{findings}", "\n(nb-first)=\n## First\n\n(sec-rows)=\n## Rows\n\n```{findings}")
    (folder / "index.md").write_text(text)
    (folder / "wrong.md").write_text("---\norphan: true\n---\n# Wrong\n\n{finding}`not seen <One is smoother>`")
    cells = [nbformat.v4.new_markdown_cell("(nb-first)=\n# First\n\n(sec-rows)=\n## Rows")]
    shown = [
        finding("Trained is smoother", 5),
        finding("Trained is wider", -5),
        finding("One is smoother", 5, 1, "this network"),
    ]
    for each in shown:
        bundle = each._repr_mimebundle_()
        cells.append(nbformat.v4.new_code_cell("it", outputs=[nbformat.v4.new_output("display_data", bundle)]))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / chapters[0])
    nbformat.write(nbformat.v4.new_notebook(), folder / chapters[1])
    return folder


def test_the_page_lists_findings_and_links_say_their_verdicts_or_stop_the_build(source, tmp_path):
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", source, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    faults = [line for line in done.stderr.splitlines() if "ERROR" in line or "WARNING" in line]
    assert done.returncode != 0 and len(faults) == 1, done.stderr
    assert "wrong.md" in faults[0] and "finding: 'One is smoother' is 'seen', got 'not seen'" in faults[0]
    page = (tmp_path / "index.html").read_text()
    assert "3: 2 about networks as such (1 seen, 1 not seen); 1 about one network (1 seen)." in page
    links = re.findall(r'<a class="verdict reference internal" href="([^"]+)">([^<]+)</a>', page)
    assert links == [
        ("../notebooks/01-first.html#finding-trained-is-smoother", "seen"),
        ("../notebooks/01-first.html#finding-trained-is-wider", "not seen"),
        ("../notebooks/01-first.html#finding-one-is-smoother", "on one network: seen"),
    ]
    for record in findings(source):
        assert page.count(f'id="entry-{record["id"]}"') == 1
    assert page.count("layer 3, 6; network a") == 3 and "4 draws, 1 network" in page


@pytest.mark.parametrize(
    ("role", "fault"),
    [
        ("{finding}`Trained is rougher`", "one entry must be called 'Trained is rougher', got none or several"),
        ("{finding}`Trained is wider`", "'Trained is wider' is 'not seen', got nothing, which says holds or seen"),
        ("{finding}`seen if <Trained is smoother>`", "'Trained is smoother' is 'seen', got 'seen if'"),
        ("{claim}`Trained is smoother`", "one entry must be called 'Trained is smoother'"),
    ],
)
def test_a_link_that_says_otherwise_is_a_fault(source, role, fault):
    entries = claims(source) if role.startswith("{claim}") else findings(source)
    assert otherwise(role.partition("`")[2].rstrip("`"), entries).startswith(fault)


def test_a_title_that_two_entries_have_names_neither():
    records = [{"title": "A", "verdict": "seen", "href": ""}] * 2
    assert entry("A", records) is None and entry("A", records[:1]) is records[0]
    assert otherwise("A", records).endswith("got none or several")


def test_verdicts_are_counted_by_kind():
    verdicts = ["seen", "seen if layer is 3", "seen if rate is 2", "seen in 2 of 6 settings", "not decided", "not seen"]
    assert [kind(v) for v in verdicts] == ["seen", "seen if", "seen if", "seen in", "not decided", "not seen"]
    records = [{"verdict": v, "about": "methods"} for v in verdicts]
    words = "1 not decided, 1 seen, 2 seen under a stated condition, 1 seen in some settings, 1 not seen"
    assert summary(records) == words
    assert measured(records) == f"6: 6 about methods ({words})."
    assert measured([]) == "0: no chapter has one."
    assert told({"on": "on 2 networks", "verdict": "seen"}) == "on 2 networks: seen"


def test_a_record_in_a_notebook_is_what_the_finding_said(source):
    [first, *_] = findings(source)
    expected = json.loads(json.dumps(finding("Trained is smoother", 5).record()))
    assert {key: first[key] for key in expected} == expected
    assert (first["section"], first["modules"]) == ("sec-rows", ["finding.finding"])
    assert FINDING_MIME == "application/vnd.polylib.finding+json"
