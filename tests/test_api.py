"""Rooms hand on the names that chapters use; public functions are documented and annotated; modules are small."""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from committed import ROOT

import polylib

MODULES = sorted(m.name.removeprefix("polylib.") for m in pkgutil.walk_packages(polylib.__path__, "polylib."))
ROOMS = [name for name in MODULES if hasattr(importlib.import_module(f"polylib.{name}"), "__path__")]
"""What outside checks call: room or module -> names."""
FIXED = {
    "derivation": "Derivation DerivationError",
    "finding": "Finding FindingError",
    "theory": "entropy channel power_law energy",
    "representation": "eigenspectrum cross_validated_spectrum fit_power_law layer_spectra dissect distance_correlation "
    "common_ranks",
    "information": "estimate estimate_many Estimate blocks",
    "resnet_vae": "ResNetVAE",
    "language": "load untrained minimum_energy_direction",
    "runs": "sweep",
}


def loaded(module):
    return importlib.import_module(f"polylib.{module}")


def public(module):
    members = vars(loaded(module)).items()
    return [v for k, v in members if not k.startswith("_") and getattr(v, "__module__", "") == f"polylib.{module}"]


def handed_on(room):
    """The names that a room's __init__ imports, with the modules that they come from."""
    body = ast.parse(Path(loaded(room).__file__).read_text()).body
    return {n.asname: line.module for line in body if isinstance(line, ast.ImportFrom) for n in line.names}


def test_every_file_is_looked_at():
    files = {p for p in (ROOT / "polylib").rglob("*.py") if p.name != "__init__.py"}
    assert len(files) == len(set(MODULES) - set(ROOMS)) > 70
    assert len(ROOMS) >= 11


@pytest.mark.parametrize(("module", "names"), FIXED.items())
def test_fixed_names_exist(module, names):
    assert [n for n in names.split() if not hasattr(loaded(module), n)] == []


@pytest.mark.parametrize("method", ["equal", "at_most", "agrees", "sampled", "refutes", "remark"])
def test_derivations_have_every_kind_of_step(method):
    assert callable(getattr(polylib.derivation.Derivation, method))


@pytest.mark.parametrize("module", MODULES)
def test_public_functions_are_documented_and_annotated(module):
    assert loaded(module).__doc__
    for thing in filter(inspect.isfunction, public(module)):
        function = inspect.unwrap(thing)
        assert function.__doc__, f"{module}.{function.__name__} has no docstring"
        parameters = inspect.signature(function).parameters.values()
        bare = [
            p.name for p in parameters if p.annotation is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ]
        assert bare == [], f"{module}.{function.__name__} does not annotate {bare}"


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_small(module):
    assert len(Path(loaded(module).__file__).read_text().splitlines()) <= 200


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_hands_on_names_and_does_nothing_else(room):
    """Each import by its own name, from the room's own modules; an import says `name as name`."""
    body = ast.parse(Path(loaded(room).__file__).read_text()).body
    assert ast.get_docstring(ast.parse(Path(loaded(room).__file__).read_text()))
    assert all(isinstance(line, ast.ImportFrom) for line in body[1:])
    assert [n.name for line in body[1:] for n in line.names if n.name != n.asname] == []
    assert {module.split(".")[1] for module in handed_on(room).values()} == {room}


def taken(path, room):
    """What a file takes from a room: names that it imports, and parts of the room where it imports that whole."""
    text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith(("%", "!")))
    nodes = list(ast.walk(ast.parse(text)))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    names = {n.name for line in imports if line.module == f"polylib.{room}" for n in line.names}
    names |= {line.module.split(".")[-1] for line in imports if (line.module or "").startswith(f"polylib.{room}.")}
    whole = {n.asname or n.name for line in imports if line.module == "polylib" for n in line.names if n.name == room}
    parts = [n for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    return names | {part.attr for part in parts if part.value.id in whole}


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_that_a_room_hands_on_has_a_caller(room):
    """A notebook, a benchmark, a tool of the book, or a check outside this repository."""
    files = [path for folder in ("notebooks", "benchmarks", "book/_tools") for path in (ROOT / folder).rglob("*.py")]
    used = set(FIXED.get(room, "").split()).union(*(taken(path, room) for path in files))
    assert handed_on(room).keys() - used == set()


@pytest.mark.parametrize("folder", ["notebooks", "benchmarks"])
def test_chapters_and_benchmarks_take_from_a_room_what_it_hands_on(folder):
    """And not by the full path of the module that it is written in."""
    past = []
    for path in (ROOT / folder).rglob("*.py"):
        for module, names in re.findall(r"^from (polylib\.\w+\.\w+) import (.+)$", path.read_text(), re.M):
            room = handed_on(module.split(".")[1])
            past += [(path.name, name) for name in names.split(", ") if room.get(name) == module]
    assert past == []


def test_tests_lie_where_their_module_does():
    """In the folder of its room, under its name; these alone are of a whole room, against somebody else's program."""
    whole = {"completions.real_server", "derivation.false_proofs", "derivation.true_proofs", "explanation.peer"}
    files = [path for room in ROOMS for path in (ROOT / "tests" / room).glob("*.py")]
    found = {f"{path.parent.name}.{path.stem.removeprefix('test_')}" for path in files}
    assert found - set(MODULES) == whole
