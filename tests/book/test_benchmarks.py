"""Benchmarks give rows of one kind, which are kept with their provenance and shown on the page of the book."""

import importlib
import json
import sys

import numpy as np
import pytest
import speed
from committed import ROOT

from polylib.runs import results
from polylib.theory.channel import blahut_arimoto

FOLDER = ROOT / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    """Import a part of the benchmarks as `python -m benchmarks.NAME` would."""
    monkeypatch.syspath_prepend(ROOT)
    return lambda name: importlib.import_module(f"benchmarks.{name}")


@pytest.fixture
def rows(load):
    Row = load("row").Row
    gpu = {"device": "cuda", "machine": "NVIDIA X1 (80 GB)", "megabytes": 5.0}
    return [
        Row("one", 0.5, 2.0, "s", "a loop", machine="two cores", megabytes=100.4, bare=0.4),
        Row("two", 12345.0, 100.0, "steps/s", "a loop", bare=24690.0, **gpu),
        Row("three", 3.0, 1.5, "images/s", "a library", machine="two cores", megabytes=7),
    ]


def test_every_benchmark_gives_rows(load):
    files = [path for path in FOLDER.glob("*/*.py") if not path.stem.endswith("_peer")]
    names = {f"{path.parent.name}.{path.stem}" for path in files}
    assert set(load("run").NAMES) == names
    assert [
        name for name in names if not (ROOT / "polylib" / name.replace(".", "/")).with_suffix(".py").is_file()
    ] == []


def test_a_ratio_says_how_many_times_as_fast_ours_is(rows):
    assert [row.ratio for row in rows] == [4.0, 123.45, 2.0]
    assert [row.reached for row in rows] == [0.8, 0.5, None]


def test_a_row_measures_memory_and_names_its_machine(load):
    row = load("row").Row("work", 1, 1, "s", "peer")
    assert 10 < row.megabytes < 1e6
    assert "cores" in row.machine
    with pytest.raises(ValueError, match="ours and peer must be positive, got 0 and 1 for 'work'"):
        load("row").Row("work", 0, 1, "s", "peer")
    with pytest.raises(ValueError, match="bare must be positive, got 0 for 'work'"):
        load("row").Row("work", 1, 1, "s", "peer", bare=0)


def test_one_table_with_seven_columns(load, rows):
    lines = load("row").table(rows).splitlines()
    assert lines[0].split("  ")[0] == "work"
    assert all(word in lines[0] for word in ("ours", "peer", "ratio", "of the bare arithmetic", "peak memory"))
    assert lines[2].split()[:4] == ["two", "12,345", "steps/s", "100"]
    assert len({line.index(word) for line, word in zip(lines[1:], ("two c", "NVIDIA", "two c"), strict=True)}) == 1


def test_rows_are_kept_by_kind_of_machine_and_shown(load, rows, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["polylib.runs.provenance"], "_describe_device", str)
    paths = load("run").keep(rows, (0.5, 3.2), 60.0, folder=tmp_path)
    assert [path.name for path in paths] == ["benchmarks-cpu.json", "benchmarks-nvidia-x1-80-gb.json"]
    record = results.load("benchmarks-cpu", folder=tmp_path)
    assert [row["work"] for row in record["values"]["rows"]] == ["one", "three"]
    shown = speed.section(record)
    assert "about 3 other processes were at work" in shown
    assert all(
        word in shown for word in ("0.5 s", "2 s, a loop", "**4**", "80%", "100 MB", "two cores", record["commit"])
    )
    quiet = json.loads(paths[1].read_text()) | {"values": record["values"] | {"load_after": 0.6}}
    assert "other processes" not in speed.section(quiet)


def test_the_textbook_iteration_finds_the_same_capacity(load):
    w = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.0, 0.3, 0.7]])
    assert load("theory.channel").textbook(w, 1e-6) == pytest.approx(blahut_arimoto(w).lower, abs=2e-6)


def test_projections_one_after_another_have_the_same_statistics(load, monkeypatch):
    """The benchmark itself holds their mean correlation to 0.05."""
    activations = load("representation.activations")
    monkeypatch.setattr(activations, "PROJECTIONS", 50)
    assert activations.projections("two layers", [40, 30]).ratio > 0


def test_the_formulas_of_a_chapter_are_found_with_what_they_use(load):
    """Cells that nothing of a derivation rests on are left out, and SymPy decides one of two formulas alone."""
    own = load("derivation.derivation")
    cells = ["from polylib.derivation import Derivation, h2", "import sympy", 'x = sympy.Symbol("x", positive=True)']
    cells += ["y = 1 / 0", 'd = Derivation("a", "s")', 'd.equal(x + x, 2 * x, "")', 'd.at_most(h2(x), 1, {}, "")']
    found = own.needed("\n\n".join(f"# %%\n{cell}" for cell in cells))
    assert found == [cell for cell in cells if cell != "y = 1 / 0"]
    checks = own.checked(found)
    assert [check.kind for check in checks] == ["equal", "at_most"]
    assert [own.by_sympy(check)[0] for check in checks] == [True, False]
