"""A theorem shows its formula, and that formula is one that was checked."""

import nbformat
import pytest
from committed import CHAPTERS
from stated_formulas import bare, stated, unchecked

from polylib.derivation import LEDGER_MIME


@pytest.mark.parametrize("notebook", CHAPTERS, ids=lambda n: n.stem)
def test_formulas_of_theorems_are_steps_of_the_chapter(notebook):
    assert unchecked(notebook) == []


def test_in_the_chapters_of_formulas_most_theorems_show_one():
    shown = [bool(formulas) for notebook in CHAPTERS[:5] for formulas in stated(notebook).values()]
    assert sum(shown) > len(shown) / 2


@pytest.mark.parametrize(
    ("formula", "missing"),
    [
        (r"a \le b", []),
        ("a\n\\le b.", []),
        (r"\displaystyle a \le b,", []),
        (r"a < b", [r"The bound: a < b"]),
        (r"a \le b + c", [r"The bound: a \le b + c"]),
    ],
)
def test_planted_formulas(tmp_path, formula, missing):
    theorem = f"````{{prf:theorem}} The bound\n:label: thm\nThen\n$$\n{formula}\n$$\n````"
    record = {"steps": [{"formula": r"a \le b"}]}
    output = nbformat.v4.new_output("display_data", data={LEDGER_MIME: record})
    cells = [nbformat.v4.new_markdown_cell(theorem), nbformat.v4.new_code_cell("d", outputs=[output])]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "n.ipynb")
    assert unchecked(tmp_path / "n.ipynb") == missing


def test_spaces_and_the_end_of_a_sentence_do_not_count():
    assert bare(" a \\,\n b. ") == bare("a\\,b") == "a\\,b"
