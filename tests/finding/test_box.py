"""The box of a finding: every row in an accessible table, the contrary in words, nothing that is markup."""

from html.parser import HTMLParser

import numpy as np
import pytest

from polylib.finding import Finding, box


def found(rows, shift=5.0, **words):
    words = {"title": "A & B", "source": "this book", "replicates": "networks", "networks": 4} | words
    rng, it = np.random.default_rng(0), Finding(**words)
    for layer in range(rows):
        it.more(rng.normal(shift * (-1 if layer == 1 else layer != 2), 0.5, 4), 0.0, layer=layer)
    return it.record()


class Cells(HTMLParser):
    """The rows of the tables of a fragment; and its tags, each with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.tags, self.open = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)


def test_a_box_is_well_formed_and_says_everything():
    record = found(3, unit="relative energy", null="a twin & 1 < 2")
    text = box.html(record)
    page = Cells(text)
    assert page.tags[0] == ("section", {"class": "finding", "id": record["id"], "aria-label": "A & B"})
    assert page.rows[0] == ["layer", "mean", "against", "difference", "95 %", "n", "says"]
    assert [row[-1] for row in page.rows[1:]] == ["seen", "the opposite", "not decided"]
    assert [row[0] for row in page.rows[1:]] == ["0", "1", "2"]
    assert all(("scope", "col") in attrs.items() for tag, attrs in page.tags if tag == "th")
    assert "Compared with a twin &amp; 1 &lt; 2." in text
    assert "Difference in relative energy, over 4 networks; Student&#x27;s t, 95 % for all 3 rows together." in text


def test_the_contrary_and_the_undecided_are_named():
    record = found(4)
    text = box.plain(record)
    assert record["verdict"] == "seen if layer is 0 or 3"
    assert "  The opposite at layer 1." in text
    assert "  Not decided at layer 2." in text
    assert text.splitlines()[0] == "A & B (this book): seen if layer is 0 or 3"
    assert "−4." in text and "-4." not in text


@pytest.mark.parametrize(("rows", "folded"), [(8, False), (9, True)])
def test_many_rows_are_folded_away_under_what_they_come_to(rows, folded):
    text = box.html(found(rows))
    assert ("<details>" in text) == folded == (f"All {rows} rows" in text)
    assert text.count("<tr>") == rows + 1
    assert "Estimates from −4." in text and "(layer 1) to " in text


def test_a_unit_keeps_its_capitals():
    assert "Difference in bits of R(S), over" in " ".join(box.described(found(2, unit="bits of R(S)")))


def test_rows_of_one_value_are_not_given_two_ends():
    it = Finding("Equal", source="this book", replicates="networks", networks=4)
    for layer in range(2):
        it.more([1.0, 1.1 + layer, 0.9 - layer, 1.0], 0.0, layer=layer)
    assert "All estimates are 1.0" in " ".join(box.described(it.record()))


def test_one_network_stands_before_the_verdict():
    rng = np.random.default_rng(0)
    one = Finding("x", "this book", "passages", networks=1, about="this network")
    one.more(rng.normal(5, 1, 30), 0.0)
    assert 'Verdict: <strong class="verdict seen">on one network: seen (30 passages, 1 network)' in box.html(
        one.record()
    )
    two = Finding("x", "this book", "passages", networks=2, about="these networks")
    two.more(rng.normal(5, 1, 30), 0.0)
    assert box.judged(two.record()).startswith("on 2 networks: seen (")
    many = Finding("x", "this book", "networks", networks=4)
    many.more(rng.normal(5, 1, 4), 0.0)
    assert box.judged(many.record()) == "seen (4 networks)"


@pytest.mark.parametrize(
    ("values", "decimals", "expected"),
    [
        ((1.234, -0.001, 2.0), 2, ["1.23", "0", "2.00"]),
        ((1230.0, -10.0, 50.0), -1, ["1230", "−10", "50"]),
        ((1.2e-9, -3e-9, 4e-9), 10, ["1.2e−09", "−3e−09", "4e−09"]),
    ],
)
def test_numbers_are_shown_to_the_digits_that_they_are_kept_to(values, decimals, expected):
    row = dict(zip(("estimate", "low", "high"), values, strict=True)) | {"decimals": decimals, "means": []}
    assert box.numbers(row) == expected
