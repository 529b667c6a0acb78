"""The anatomy that every chapter has, so that a reader finds the same things in the same places."""

import ast
import json
import re
import warnings

import nbformat
import pytest
import yaml
from committed import CHAPTERS, NOTEBOOKS, ROOT, read
from ledger import records
from nbval.plugin import find_comment_markers, find_metadata_tags

from notebooks import announces_figure, figures_lost
from polylib.derivation.derivation import LEDGER_MIME
from polylib.runs.results import RUN_MIME

INSTALL = """import os
import subprocess
import sys
from importlib.util import find_spec

if find_spec("polylib") is None:  # as on Colab; what is there already stays
    source = os.environ.get("POLYLIB_SOURCE", "")
    assert source, "open it by a Colab button, or set POLYLIB_SOURCE"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, source], check=True)
    from polylib import colab

    print(colab.complete())"""
SETUP = """from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()"""


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def notebook(request):
    return request.param


def code(notebook):
    return [c for c in read(notebook).cells if c.cell_type == "code"]


def markdown(notebook):
    return [c.source for c in read(notebook).cells if c.cell_type == "markdown"]


def tags(cell):
    return cell.metadata.get("tags", [])


def test_it_opens_with_a_label_and_its_only_title(notebook):
    text = markdown(notebook)
    assert re.match(r"\(nb-[a-z0-9-]+\)=\n# \S", text[0])
    assert sum(bool(re.search(r"^# ", t, re.M)) for t in text) == 1


def test_it_has_the_sections_that_every_chapter_or_page_of_use_has(notebook):
    last = ["Summary", "Exercises"] if notebook in CHAPTERS else ["What you may say, what you may not"]
    found = re.findall(r"^## (.+)$", "\n\n".join(markdown(notebook)), re.M)
    assert found[0] == "Overview"
    assert set(last) <= set(found)


def test_the_overview_names_every_section(notebook):
    text = "\n".join(markdown(notebook))
    labels = re.findall(r"^\((sec-[a-z0-9-]+)\)=\n## ", text, re.M)
    overview = text[text.index("## Overview") : text.index(f"({labels[0]})=")]
    assert [label for label in labels if f"{{ref}}`{label}`" not in overview] == []


def test_the_first_cell_is_the_same_everywhere_off_the_page_and_silent_where_polylib_is(notebook, capfd):
    cells = read(notebook).cells
    first, overview = cells[1:3]
    assert first == code(notebook)[0]
    assert first.source == INSTALL
    assert tags(first) == ["remove-cell"]
    assert first.outputs == []
    assert overview.source.startswith("## Overview\n")
    exec(compile(first.source, "install", "exec"), {})
    assert capfd.readouterr() == ("", "")


def test_parameters_come_next_and_are_flat_annotated_commented_constants(notebook):
    first = code(notebook)[1]
    assert tags(first) == ["parameters"]
    for line, statement in zip(first.source.splitlines(), ast.parse(first.source).body, strict=True):
        assert isinstance(statement, ast.AnnAssign), line
        ast.literal_eval(statement.value)
        assert "  # " in line, f"say what {line} is"
    assert "seed: int" in first.source


def test_the_setup_cell_is_the_same_everywhere(notebook):
    assert code(notebook)[2].source == SETUP


def test_the_last_cell_says_what_made_the_outputs(notebook):
    last = code(notebook)[-1]
    assert "results.Watermark(" in last.source
    assert len(records(notebook, RUN_MIME)) == 1


def test_cells_are_short(notebook):
    """At most 25 lines of code, but for cells that draw or write formulas and are folded."""
    long = [c.source for c in code(notebook) if len(c.source.splitlines()) > (32 if "hide-input" in tags(c) else 25)]
    assert long == []


def folds_in_a_row(cells):
    """The most folded cells between which there is neither text nor code that is shown; hidden ones do not count."""
    seen = [c for c in cells if "remove-cell" not in tags(c)]
    marks = "".join("f" if set(tags(c)) & {"hide-input", "hide-cell"} else "." for c in seen)
    return max(map(len, re.findall("f+", marks)), default=0)


def test_never_three_folded_cells_in_a_row(notebook):
    assert folds_in_a_row(read(notebook).cells) < 3


def test_a_third_folded_cell_is_seen():
    folded, shown = nbformat.v4.new_code_cell(metadata={"tags": ["hide-input"]}), nbformat.v4.new_markdown_cell()
    assert folds_in_a_row([folded, shown, folded, folded, folded]) == 3
    assert folds_in_a_row([folded, folded, shown, folded]) == 2


def test_every_figure_has_a_caption_a_name_and_alt_text(notebook):
    shown = [cell for cell in code(notebook) if any("image/png" in o.get("data", {}) for o in cell.outputs)]
    for cell in shown:
        mystnb = cell.metadata["mystnb"]
        assert mystnb["figure"]["name"].startswith("fig-")
        assert len(mystnb["figure"]["caption"]) > 40
        assert len(mystnb["image"]["alt"]) > 40
    assert len(shown) >= (2 if notebook in CHAPTERS else 1), "a page has pictures"


def test_every_figure_that_is_announced_is_there(notebook):
    """nbval compares no pictures, so that a chapter could lose all of them."""
    assert figures_lost(read(notebook)) == []
    drawn = [cell for cell in code(notebook) if "plt.subplots" in cell.source or "plt.figure" in cell.source]
    assert [cell.source for cell in drawn if not announces_figure(cell)] == []


def test_a_lost_figure_is_seen(notebook):
    for lost in (c for c in read(notebook).cells if c.cell_type == "code" and announces_figure(c)):
        assert figures_lost(nbformat.v4.new_notebook(cells=[nbformat.from_dict(dict(lost, outputs=[]))])) != []


def test_every_derivation_is_shown_once_and_says_something(notebook):
    ledger = records(notebook, LEDGER_MIME)
    built = sum(len(re.findall(r"= Derivation\(", c.source)) for c in code(notebook))
    assert len(ledger) == len({r["id"] for r in ledger}) == built
    assert all(r["steps"] and r["source"] for r in ledger)


def told(cell):
    """What a cell's tags and comments tell nbval, by its own rules."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two that contradict each other
        return dict(find_metadata_tags(cell.metadata)) | dict(find_comment_markers(cell.source))


def test_nbval_is_told_to_look_away_from_the_watermark_alone(notebook):
    assert [told(cell) for cell in code(notebook)[:-1]] == [{}] * (len(code(notebook)) - 1)
    assert told(code(notebook)[-1]) == {"check": False}


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ("# NBVAL_IGNORE_OUTPUT\nprint(1)", []),
        ("#   NBVAL_SKIP", []),
        ("x = 1\n# PYTEST_VALIDATE_IGNORE_OUTPUT", []),
        ("# NBVAL_RAISES_EXCEPTION\n1 / 0", []),
        ("print(1)", ["nbval-ignore-output"]),
        ("print(1)", ["nbval-skip"]),
        ("1 / 0", ["raises-exception"]),
    ],
)
def test_a_cell_that_tells_nbval_to_look_away_is_seen(source, tags):
    assert told(nbformat.v4.new_code_cell(source, metadata={"tags": tags})) != {}


def test_outputs_are_small(notebook):
    assert len(json.dumps([c.outputs for c in code(notebook)])) < 1_000_000


def test_no_memory_address_and_no_path_in_outputs(notebook):
    shown = json.dumps([o for c in code(notebook) for o in c.outputs if "image/png" not in o.get("data", {})])
    assert not re.search(r"0x[0-9a-f]{6,}|/(home|root|tmp)/", shown)


def run_to_setup(notebook, **changes):
    """Execute the parameters cell, then what papermill would inject, then the setup cell."""
    first, second = (c.source for c in code(notebook)[1:3])
    namespace = {}
    exec(compile(first, "parameters", "exec"), namespace)
    namespace |= changes
    exec(compile(second, "setup", "exec"), namespace)


def test_a_parameter_of_the_wrong_kind_stops_the_setup_cell(notebook):
    run_to_setup(notebook)
    with pytest.raises(ValueError, match=r"seed must be of kind int, got 'zero'"):
        run_to_setup(notebook, seed="zero")


def test_parameter_files_name_parameters_that_exist(notebook):
    names = {statement.target.id for statement in ast.parse(code(notebook)[1].source).body}
    for path in (ROOT / "book" / "parameters").glob(f"{notebook.stem}*.yml"):
        parameters = yaml.safe_load(path.read_text())
        assert set(parameters) <= names, path.name
        run_to_setup(notebook, **parameters)
