"""What the first page, the last and each summary say at first sight leads to a claim or finding that says the same."""

import pytest
from committed import CHAPTERS, ROOT, read
from headlines import SECTIONS, faults, headlines, pages, section
from ledger import claims, findings, records

from polylib.finding import FINDING_MIME


@pytest.fixture(scope="module")
def ledger():
    return {"claim": claims(ROOT), "finding": findings(ROOT)}


@pytest.mark.parametrize("page", [*SECTIONS, *(notebook.stem for notebook in CHAPTERS)])
def test_every_headline_leads_to_an_entry_that_says_so(page, ledger):
    text = pages(ROOT)[page]
    wrong = faults(text, ledger) if headlines(text) else ["no headline: make the answers a list"]
    assert wrong == []


def test_titles_name_one_entry_and_every_finding_is_shown(ledger):
    for part in ledger.values():
        titles = [record["title"] for record in part]
        assert sorted(titles) == sorted(set(titles))
    for notebook in CHAPTERS:
        built = sum(cell.source.count("= Finding(") for cell in read(notebook).cells if cell.cell_type == "code")
        assert len(records(notebook, FINDING_MIME)) >= built


BOOK = {
    "claim": [{"title": "The lemma", "verdict": "repaired"}, {"title": "The bound", "verdict": "holds"}],
    "finding": [{"title": "It is smooth", "verdict": "seen if layer is 3"}, {"title": "It is wide", "verdict": "seen"}],
}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("- **A** bound ({claim}`The bound`) and\n  width ({finding}`It is\n  wide`).", []),
        ("- Repaired ({claim}`repaired <The lemma>`).\n- Smooth ({finding}`seen if <It is smooth>`).", []),
        ("Prose that is no headline, at length.", []),
        ("**What it means for reading a network.** Look twice.", []),
        ("- It is wide.", ["- It is wide.: no {claim} and no {finding}"]),
        ("- Wide ({finding}`It is wide`).\n- Smooth.", ["- Smooth.: no {claim} and no {finding}"]),
        ("**It is smooth** ({finding}`It is smooth`).", ["'It is smooth' is 'seen if', got nothing"]),
        ("**Not wide** ({finding}`not seen <It is wide>`).", ["'It is wide' is 'seen', got 'not seen'"]),
        ("- The lemma holds ({claim}`The lemma`).", ["'The lemma' is 'repaired', got nothing"]),
        ("- The lemma ({claim}`It is wide`).", ["one entry must be called 'It is wide'"]),
        ("1. One.\n2. Two ({claim}`The bound`).", ["1. One.: no {claim} and no {finding}"]),
    ],
)
def test_planted_headlines(text, wrong):
    found = faults(text, BOOK)
    assert len(found) == len(wrong)
    assert all(expected in fault for fault, expected in zip(found, wrong, strict=True))


def test_a_section_ends_where_the_next_begins():
    text = "# A\n\none\n\n### B\n\ntwo\n\n(sec-c)=\n## C\n\nthree\n"
    assert section(text, "A").split() == ["one", "###", "B", "two"]
    assert section(text, "C").split() == ["three"] and section(text, "D") == ""
    assert all(pages(ROOT).values()), "a page has lost the heading under which its headlines stand"
