"""Tables: what is seen, what is read aloud, and what is refused."""

from xml.etree import ElementTree

import numpy as np
import pytest

from polylib.tables import table

COLUMNS = {"rate": [0, 0.5], "bits": np.array([1.23456, 10.0]), "seen": ["<yes>", "no & no"]}


def test_a_table_has_a_caption_heads_and_every_value_in_its_format():
    root = ElementTree.fromstring(table(COLUMNS, "Bits & rates.", {"bits": ".2f"})._repr_html_())
    assert root.find("caption").text == "Bits & rates."
    assert [(th.text, th.get("scope")) for th in root.find("thead").iter("th")] == [(n, "col") for n in COLUMNS]
    assert [[c.text for c in row] for row in root.find("tbody")] == [
        ["0", "1.23", "<yes>"],
        ["0.5", "10.00", "no & no"],
    ]
    assert all(row[0].tag == "th" and row[0].get("scope") == "row" for row in root.find("tbody"))


def test_its_text_has_the_same_strings_in_aligned_columns():
    lines = repr(table(COLUMNS, "Bits.", {"bits": ".2f"})).splitlines()
    assert lines[0] == "Bits."
    assert [line.split()[:2] for line in lines[1:]] == [["rate", "bits"], ["0", "1.23"], ["0.5", "10.00"]]
    assert len({len(line) for line in lines[1:]}) == 1


@pytest.mark.parametrize(
    ("columns", "caption", "formats", "said"),
    [
        ({}, "c", {}, "columns must be one or more"),
        ({"a": [1], "b": [1, 2]}, "c", {}, r"equal length, got lengths \{'a': 1, 'b': 2\}"),
        ({"a": [1]}, " ", {}, "caption must say"),
        ({"a": [1]}, "c", {"b": ".1f"}, "formats must name columns among a, got 'b'"),
        ({"a": ["x"]}, "c", {"a": ".1f"}, r"formats\['a'\] must fit its values, got '.1f' for 'x'"),
    ],
)
def test_bad_input_is_named(columns, caption, formats, said):
    with pytest.raises(ValueError, match=said):
        table(columns, caption, formats)
