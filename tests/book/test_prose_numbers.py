"""A number in the prose of a chapter is one that a cell prints, at the rounding that the prose gives it."""

import nbformat
import pytest
from committed import CHAPTERS, NOTEBOOKS, read
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from prose_numbers import missing, numbers, printed

from polylib.runs.results import RUN_MIME


def chapter(prose, *outputs, parameters=""):
    settings = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    return new_notebook(cells=[settings, new_code_cell(outputs=list(outputs)), new_markdown_cell(prose)])


def says(text):
    return new_output("stream", text=text)


def lost(prose, text="", **rest):
    """The numbers of a chapter's only prose that its only output does not have."""
    return [line.partition(" in: ")[0] for line in missing(chapter(prose, says(text), **rest))]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.stem)
def test_every_number_in_prose_is_printed_by_a_cell(notebook):
    assert missing(read(notebook)) == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.stem)
def test_a_number_that_no_cell_prints_is_seen_in_every_chapter(notebook):
    whole = read(notebook)
    whole.cells.append(new_markdown_cell("Here it is 0.3875123, or 77.77125 %, in formulas {math}`x = 4173.125`."))
    assert [line.partition(" in: ")[0] for line in missing(whole)][-3:] == ["0.3875123", "77.77125 %", "4173.125"]


@pytest.mark.parametrize("notebook", CHAPTERS, ids=lambda n: n.stem)
def test_without_its_outputs_a_chapter_lacks_numbers(notebook):
    """All that its prose gives but the parameters."""
    whole = read(notebook)
    for cell in whole.cells:
        cell.pop("outputs", None)
    given = [n for c in whole.cells if c.cell_type == "markdown" for n in numbers(c.source)]
    own = [n for n in given if any(n.is_rounded(value) for value in printed(whole))]
    assert len(missing(whole)) == len(given) - len(own) > 8


@pytest.mark.parametrize(
    ("prose", "text"),
    [
        ("It is 0.55.", "0.5468"),
        ("It is 0.5.", "0.5468"),
        ("It is 1.58 bits.", "1.585"),  # either way of rounding a 5
        ("It is 1.59 bits.", "1.585"),
        ("A share of 55 %.", "0.546"),
        ("A share of 55 per cent.", "55%"),
        ("A share of 0.55.", "54.6%"),
        ("It holds −327 bits.", "-327.34"),
        ("It grows 1.6 ± 0.3 times.", "1.63 ± 0.33"),
        ("Of 1,820 bits.", "1820"),
        ("Of {math}`1{,}820` bits.", "1,820"),
        ("Three in 10000.", "1e4"),
        ("An 8-bit neuron.", "8 bits"),
    ],
)
def test_a_rounded_number_passes(prose, text):
    assert lost(prose, text) == []
    assert lost(prose, text.replace("5", "7").replace("8", "9").replace("3", "4").replace("e4", "e3")) != []


@pytest.mark.parametrize(
    ("prose", "text", "which"),
    [
        ("It is 0.54.", "0.5468", ["0.54"]),
        ("It is 0.547.", "0.55", ["0.547"]),
        ("It is 0.50.", "0.54", ["0.50"]),
        ("A share of 54.8 %, or 275 of 502.", "275 of 502", ["54.8 %"]),
        ("From 7 to 12.", "7", ["12"]),
        ("At 3 and {math}`m = 64`.", "3", ["64"]),
        ("It is 1,820.", "1.82", ["1,820"]),
        ("$$x = 0.25$$", "25", []),
        ("$$x = 0.25$$", "0.26", ["0.25"]),
        ("Year 2024 and 2024.5.", "", ["2024.5"]),
    ],
)
def test_another_number_does_not(prose, text, which):
    assert lost(prose, text) == which


@pytest.mark.parametrize(
    "prose",
    [
        "Section 2.4 and sections 2.1 and 2.5, Theorem 3, chapters 2, 8 and 10, figure 1.",
        "The print says “about 0.7 of 64” and \"a gap of 0.2\".",
        "As they put it:\n\n> 15 of 53 units\n> and 71 others",
        "With 795 bits it has been done {cite:p}`boudot2020`.",
        "In 2024, the 95 % interval.",
        "See {ref}`sec-64` and `round(x, 17)`, (float32, GPT-2).",
        "(sec-99)=\n```{exercise}\n:label: ex-77\n```",
        r"{math}`(1-S)/2 \le 12`, {math}`10^{-23}`, {math}`2^{64}`, {math}`x_{77}`, {math}`\delta^{2.5}`",
    ],
)  # fmt: skip
def test_what_the_rules_set_aside(prose):
    assert numbers(prose) == []


@pytest.mark.parametrize(
    ("prose", "left"),
    [
        ("It was done {cite:p}`x`. Here it is 64.", ["64"]),
        ("The print says “0.7”, and we find 0.4.", ["0.4"]),
        ("In {prf:ref}`thm-a` of section 2.3 it is 2.3.", ["2.3"]),
        ("{math}`2^{10} + 64`", ["64"]),
        ("A 95 % share.", ["95 %"]),
        ("> 5 quoted\n\nand 6 not", ["6"]),
        ('A 3" disk.\n\nHere it is 64, "so" they say.', ["3", "64"]),
    ],
)
def test_a_rule_does_not_reach_further(prose, left):
    assert [n.text for n in numbers(prose)] == left


def test_a_parameter_counts_and_a_flag_does_not():
    assert lost("With 251 values.", parameters="field: int = 251  # a prime") == []
    assert lost("With 1 value.", parameters="flag: bool = True  # no number") == ["1"]


def test_the_size_of_a_picture_and_the_versions_of_a_run_are_not_results():
    picture = new_output("display_data", {"image/png": "", "text/plain": "<Figure size 672x304 with 2 Axes>"})
    run = new_output("display_data", {RUN_MIME: {}, "text/plain": "2026-11-30, 48 s"})
    box = new_output("display_data", {"text/plain": "fails at K = 83"})
    assert printed(chapter("", picture, run, box)) == [83]


def test_what_is_missing_says_where():
    assert missing(chapter("## Heading\n\nIt is 64.")) == ["64 in: '## Heading\\n\\nIt is 64.'"]
    assert isinstance(chapter(""), nbformat.NotebookNode)
