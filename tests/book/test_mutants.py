"""What `make test` is worth: a number, a verdict, or a formula of polylib that is altered makes it fail."""

import copy
import json
import re
import subprocess
import sys
from itertools import product

import pytest
from committed import NOTEBOOKS, ROOT
from mutants import MUTANTS, altered, name
from nbval.plugin import IPyNbFile, coalesce_streams

from polylib.derivation.derivation import LEDGER_MIME
from polylib.finding import FINDING_MIME

NUMBER = re.compile(r"\d+")


@pytest.fixture(scope="module")
def survivors():
    """Exit status of the guarding tests of every mutant, in a process of its own, without this one's modules."""
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "helpers" / "mutants.py"], capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nothing_fails_where_nothing_is_altered(survivors):
    assert survivors["none"] == 0


@pytest.mark.parametrize("mutant", MUTANTS, ids=name)
def test_an_altered_formula_is_noticed(survivors, mutant):
    assert survivors[name(mutant)] == 1  # tests failed, rather than could not be run


def test_mutants_are_spread_over_the_library():
    assert len({mutant.module for mutant in MUTANTS}) >= 15
    assert len({name(mutant) for mutant in MUTANTS}) == len(MUTANTS)


def test_a_mutant_of_a_line_that_is_gone_is_an_error():
    with pytest.raises(ValueError, match=r"old must stand once in theory/entropy.py, got 0 of 'no such line'"):
        altered(MUTANTS[0]._replace(old="no such line"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def cells(request):
    """The cells of a committed notebook as nbval will run them, but for the last, which says what made the outputs."""
    file = IPyNbFile.from_parent(request.session, path=request.param)
    found = list(file.collect())[:-1]
    for cell in found:
        cell.format_output_compare = lambda *words: None  # what differs is not shown, thousands of times
    return found


def same(cell, outputs):
    """nbval's verdict if a run of the cell gave what is committed and `outputs` stood in the notebook."""
    given = coalesce_streams(copy.deepcopy(cell.cell.outputs))
    return cell.compare_outputs(given, coalesce_streams(outputs))


def texts(outputs):
    """(holder, key, text) of everything in a cell's outputs that a reader sees as words and numbers."""
    for output in outputs:
        places = [(output, "text")] if output.output_type == "stream" else []
        places += [(output.get("data", {}), mime) for mime in ("text/plain", "text/html")]
        yield from ((holder, key, holder[key]) for holder, key in places if key in holder)


def test_every_cell_is_run_and_compared(cells):
    told = ("check", "skip", "check_exception")
    assert [c.name for c in cells if [bool(c.options[key]) for key in told] != [True, False, False]] == []
    assert all(same(cell, copy.deepcopy(cell.cell.outputs)) for cell in cells)


def test_every_printed_number_is_guarded(cells):
    """Each number of each output in turn, dates and names with digits too, its last digit raised by one."""
    altered = 0
    for cell in cells:
        outputs = copy.deepcopy(cell.cell.outputs)
        for holder, key, text in list(texts(outputs)):
            for found in NUMBER.finditer(text):
                end = found.end()
                holder[key] = text[: end - 1] + str((int(text[end - 1]) + 1) % 10) + text[end:]
                assert not same(cell, copy.deepcopy(outputs)), f"{cell.name}: {found[0]}"
                altered += 1
            holder[key] = text
    assert altered > 20


def test_every_verdict_is_guarded(cells):
    """The ledger's record alone, so that the words that a reader sees stay as they were."""
    altered = 0
    for cell in cells:
        for i, output in enumerate(cell.cell.outputs):
            kinds = [mime for mime in (LEDGER_MIME, FINDING_MIME) if mime in output.get("data", {})]
            for mime, key in product(kinds, ("verdict", "title")):
                outputs = copy.deepcopy(cell.cell.outputs)
                outputs[i].data[mime][key] += "?"
                assert not same(cell, outputs), cell.name
                altered += 1
    assert altered >= 2
