"""The reference: every public name has its place and its words, and every example does what it shows."""

import doctest
import importlib
import inspect

import pytest
import reference
import yaml
from committed import ROOT

EXAMPLES = sorted(reference.EXAMPLES.glob("*.txt"))
ENTRIES = [
    "polylib.derivation.Derivation",
    "polylib.finding.Finding",
    "polylib.theory.entropy.optimal_ratio",
    "polylib.theory.channel.dropout_capacity",
    "polylib.theory.power_law.power_law_entropy_saturated",
    "polylib.theory.energy.power_law_energy",
    "polylib.representation.eigenspectrum",
    "polylib.representation.cross_validated_spectrum",
    "polylib.representation.fit_power_law",
    "polylib.representation.dissect",
    "polylib.information.estimate",
    "polylib.resnet_vae.ResNetVAE",
    "polylib.language.minimum_energy_direction",
    "polylib.runs.sweep",
    "polylib.tables.table",
]
"""what a reader comes for"""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_does_what_it_shows(path):
    found = doctest.testfile(str(path), module_relative=False, encoding="utf-8")
    assert found.attempted > 0 and found.failed == 0


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_main_entry_has_an_example(entry):
    module, _, name = entry.rpartition(".")
    each = getattr(importlib.import_module(module), name)
    assert reference.example(f"{each.__module__}.{each.__name__}") != []


def test_every_example_is_of_a_public_name():
    names = {
        f"{m.__name__}.{n}" for modules in reference.rooms().values() for m in modules for n in reference.public(m)
    }
    assert {path.stem for path in EXAMPLES} <= names


def test_every_public_name_has_words():
    for modules in reference.rooms().values():
        for module in modules:
            assert inspect.getdoc(module), module.__name__
            assert [name for name, each in reference.public(module).items() if not each.__doc__] == [], module.__name__


def test_every_room_has_a_page_in_the_table_of_contents():
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text())["parts"]
    listed = {chapter["file"] for part in parts for chapter in part["chapters"]}
    assert {file for file in listed if file.startswith("book/reference/")} == {
        f"book/reference/{room}" for room in reference.rooms()
    }


def test_a_page_names_what_uses_a_module_and_shows_types_as_written():
    used = reference.users(ROOT)
    page = reference.page("theory", reference.rooms()["theory"], used)
    part = page[page.index("## channel") : page.index("## circle_code")]
    assert "{ref}`nb-dropout-capacity`" in part and "The exact capacity under dropout" in part
    assert ".. autofunction:: polylib.theory.channel.dropout_capacity\n" in part

    def drawn(points: list[int], seed: int = 0) -> None: ...

    shown = reference.signature(None, "function", "drawn", drawn, None, "()", None)
    assert shown == ("(points: list[int], seed: int=0)", "None")


def test_docstrings_are_text_but_for_code():
    lines = ["Sums a*b_ of `x_y` | and <z>.", "", "Raises."]
    reference.as_text(None, "function", "f", None, None, lines)
    assert lines == [r"Sums a\*b\_ of ``x_y`` \| and \<z>.", "", "Raises."]
    assert reference.markdown("a*b of `x*y`, $5") == r"a\*b of `x*y`, \$5"


def test_a_name_leads_to_its_line_where_the_repository_is_known():
    found = reference.source_of("polylib.tables", "table", "https://github.com/someone/fork")
    path, _, line = found.partition("#L")
    assert path == "https://github.com/someone/fork/blob/HEAD/polylib/tables.py"
    assert (ROOT / "polylib" / "tables.py").read_text().splitlines()[int(line) - 1].startswith("def table(")
    assert reference.source_of("polylib.tables", "table", "") is None
    assert reference.source_of("polylib.figures", "DASHES", "https://github.com/someone/fork") is None
