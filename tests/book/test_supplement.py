"""The supplement line by line: each statement quotes it, and what is said of it is what a derivation found."""

import re

import pytest
import supplement
import yaml
from committed import ROOT
from ledger import VERDICTS, claims, kind, summary
from pages import chapter_state, most_memory
from supplement import badges, of_the_supplement, printed_lines, reach, statements

PRINT = ROOT.parent / "shared" / "supplement.txt"
LISTED = yaml.safe_load((ROOT / "book" / "supplement.yml").read_text())


@pytest.fixture(scope="module")
def ledger():
    return claims(ROOT)


@pytest.fixture(scope="module")
def lines(ledger):
    return statements(ROOT, ledger)


def planted(tmp_path, **changes):
    """A book whose list of statements is one entry, changed."""
    entry = {"place": "Lemma 2", "words": "a", "claim": "A"} | changes
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "supplement.yml").write_text(yaml.safe_dump({"2.1": [{k: v for k, v in entry.items() if v}]}))
    (tmp_path / "_toc.yml").write_text("parts: []")
    step = {"line": "", "why": "", "kind": "equal", "plain": "", "badge": "proved", "evidence": "", "repair": ""}
    failed = step | {"kind": "refutes", "line": "line 2", "badge": "print refuted", "repair": "x"}
    failed["evidence"] = "1 is not 2; the repair is proved on a range, by algebra"
    steps = [step | {"line": "line 1", "why": "by algebra"}, failed]
    record = {"title": "A", "source": "supplement 2.1", "verdict": "repaired", "holds_if": "x > 0", "notebook": "01"}
    return statements(tmp_path, [record | {"steps": steps, "id": "a", "href": ""}])


def test_words_stand_in_the_supplement():
    if not PRINT.is_file():
        pytest.skip("the supplement's text is not beside this checkout")
    [text] = printed_lines(PRINT.read_text().replace("…", ""))
    missing = []
    for section, group in LISTED.items():
        for entry in group:
            parts = [re.escape(part) for part in printed_lines(entry["words"])]
            if not entry.get("drawn") and not re.search(".*".join(parts), text, re.S):
                missing.append((section, entry["place"], entry["words"]))
    assert missing == []


def test_every_statement_has_a_verdict_and_a_place_in_the_book(lines):
    assert len(lines) > 100 and list(LISTED) == ["1", "2.1", "2.2", "2.3", "2.4", "2.5"]
    assert all(kind(line["verdict"]) in VERDICTS and line["notebook"] for line in lines)
    assert len({(line["place"], line["words"]) for line in lines}) == len(lines)
    assert all(("label" in line) == (line["record"] is None) for line in lines)


def test_statements_stand_in_printed_order():
    if not PRINT.is_file():
        pytest.skip("the supplement's text is not beside this checkout")
    [text] = printed_lines(PRINT.read_text())
    at, early = 0, []
    for section, group in LISTED.items():
        for entry in group:
            found = text.find(printed_lines(entry["words"])[0], at)
            if not entry.get("drawn") and entry["place"] != "footnote 1":
                early += [(section, entry["place"], entry["words"])] if found < 0 else []
                at = max(at, found)
    assert early == []


def test_every_derivation_of_a_printed_line_and_every_failed_line_has_its_statement(ledger, lines):
    named = [line["record"]["title"] for line in lines if line["record"]]
    printed = [record for record in ledger if of_the_supplement(record)]
    assert [record["title"] for record in printed if record["title"] not in named] == []
    singled = [id(step) for line in lines if "step" in line for step in line["steps"]]
    failed = [(r["title"], s) for r in printed for s in r["steps"] if s["kind"] in ("refutes", "remark")]
    assert [(title, step["line"]) for title, step in failed if id(step) not in singled] == []


def test_counts_add_up_and_keep_the_supplement_apart_from_what_the_book_adds(ledger, lines):
    numbers = [int(n) for n in re.findall(r"\d+", summary(lines))]
    assert sum(numbers) == len(lines)
    assert sum(int(n) for n in re.findall(r"\d+", summary(ledger))) == len(ledger)
    for stem in {line["notebook"] for line in lines}:
        here = [line for line in lines if line["notebook"] == stem]
        added = [r for r in ledger if r["notebook"] == stem and not of_the_supplement(r)]
        state = chapter_state(here, [r for r in ledger if r["notebook"] == stem])
        assert sum(int(n) for n in re.findall(r"\d+", state)) == len(here) + len(added)


def test_the_page_says_what_was_computed(site, ledger, lines):
    page = re.sub(r"\s+", " ", (site / "book" / "claims.html").read_text())
    own = [record for record in ledger if not of_the_supplement(record)]
    assert summary(lines) in page and summary(own) in page and reach(lines) in page
    assert page.count("printed-lines") == len(LISTED)
    assert page.index("What this book adds") < min(page.index(f'id="entry-{record["id"]}"') for record in own)


def test_none_rests_on_a_size(lines):
    assert reach(lines).endswith("none on a fixed size or box.")
    sized = [{"record": {"title": "A"}, "steps": [{"badge": "proved for this size", "evidence": ""}]}]
    assert reach(sized).endswith("1 on a fixed size or box.")


def test_a_statement_takes_its_verdict_from_the_step_that_it_names(tmp_path):
    [line] = planted(tmp_path, step="line 2")
    assert line["verdict"] == "repaired"
    assert badges(line["steps"][0]) == ["print refuted", "repair proved on a range"]


def test_a_line_that_holds_keeps_the_condition(tmp_path):
    [line] = planted(tmp_path, step="by alg")
    assert line["verdict"] == "holds if x > 0"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"claim": "B"}, "supplement.yml, 2.1, Lemma 2: one derivation must be called 'B', got 0"),
        ({"step": "line 3"}, "'A' must have one step that begins 'line 3', got 0"),
        ({"step": "line"}, "'A' must have one step that begins 'line', got 2"),
        ({"verdict": "holds"}, "fields must be claim, place, section, words, got"),
        ({"claim": None, "label": "sec-none", "verdict": "holds"}, "no section is labelled 'sec-none'"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        planted(tmp_path, **changes)


def test_a_verdict_outside_the_vocabulary_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(supplement, "sections", lambda _: ["sec-a"])
    monkeypatch.setattr(supplement, "notebooks", lambda _: [tmp_path / "01.ipynb"])
    with pytest.raises(ValueError, match="verdict must be one of holds, holds if, repaired"):
        planted(tmp_path, claim=None, label="sec-a", verdict="probably")


def test_memory_is_the_most_of_any_run_and_left_out_where_none_says_it():
    runs = [{"memory": {"machine": 1.25}}, {"memory": "not recorded"}, {}, {"memory": {"machine": 1.0, "GPU": 3.0}}]
    assert most_memory(runs) == ", 1.2 GiB, 3.0 GiB of the GPU"
    assert most_memory(runs[1:3]) == ""
