"""From a claim or a finding to its section of the chapter, to the modules that its cell uses, and to their tests."""

import ast
import importlib
import json
import re
from pathlib import Path

from polylib.derivation import LEDGER_MIME
from polylib.finding import FINDING_MIME

# Rooms and modules that every cell with a claim uses, and that have nothing to do with what is claimed.
FRAME = {"derivation", "figures", "finding", "runs", "validate"}
ROOM = "room "
"""before the name of a room that a cell imports whole; which of its modules counts is told by what is used of it"""
STEPS = {"agrees", "at_most", "equal", "refutes", "remark", "sampled", "more", "less", "correlates", "share"}
OWN = {LEDGER_MIME: "derivation.derivation", FINDING_MIME: "finding.finding"}
"""where the checks themselves are, for an entry that uses nothing else of polylib"""


def places(notebook: Path) -> dict[str, dict]:
    """For each claim and finding of a notebook, by its id: the label of its section, and modules of polylib, as used.

    A module, as ROOM.NAME, counts if its name stands in the cell that shows the claim, in one that adds a step to it,
    or in a function that such a cell calls. Where none does, those count that made the cell's data, and where none
    did, the one in `OWN`.
    """
    found, section, made, data = {}, "", {}, {}
    for cell in json.loads(notebook.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            section = (re.findall(r"^\(((?:sec|nb)-[\w-]+)\)=$", source, re.M) or [section])[-1]
            continue
        tree = _parsed(source)
        for statement in tree.body:
            made |= _made(statement, made)
            data |= dict.fromkeys(_stored(statement), _used(statement, made))
        for output in cell.get("outputs", []):
            for mime in OWN.keys() & output.get("data", {}).keys():
                modules = _used(tree, made) or _used(tree, data) or [OWN[mime]]
                found[output["data"][mime]["id"]] = {"section": section, "modules": modules}
    return found


def home(module: str, name: str) -> str:
    """Where in polylib a name is written that is imported from `module`, which may be a room: as ROOM.NAME."""
    source = importlib.import_module(module)
    if hasattr(source, "__path__"):  # a room hands on names of its modules, or its modules themselves
        for line in ast.parse(Path(source.__file__).read_text()).body:
            if isinstance(line, ast.ImportFrom) and name in [n.name for n in line.names] and line.module != module:
                return home(line.module, name)
        module = f"{module}.{name}"
    return module.removeprefix("polylib.")


def _made(statement: ast.stmt, made: dict[str, list[str]]) -> dict[str, list[str]]:
    """What a statement imports from polylib, defines, or adds a step to: its name -> the modules behind it."""
    if isinstance(statement, ast.ImportFrom):
        module = statement.module or ""
        ours = module.partition(".")[0] == "polylib"
        names = {n.asname or n.name: home(module, n.name) for n in statement.names if ours}
        kept = {name: place for name, place in names.items() if place.partition(".")[0] not in FRAME}
        return {name: [place if "." in place else ROOM + place] for name, place in kept.items()}
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name: _used(statement, made)}
    calls = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
    methods = [f for f in calls if isinstance(f, ast.Attribute) and f.attr in STEPS]
    steps = {f.value.id for f in methods if isinstance(f.value, ast.Name)}
    return {name: list(dict.fromkeys([*made.get(name, []), *_used(statement, made)])) for name in steps}


def _stored(statement: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _used(part: ast.AST, made: dict[str, list[str]]) -> list[str]:
    """Modules behind the names in a piece of code, in their order."""
    nodes = list(ast.walk(part))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    names.sort(key=lambda node: (node.lineno, node.col_offset))
    parts = {node.value: node.attr for node in nodes if isinstance(node, ast.Attribute)}
    found = [(module, parts.get(node)) for node in names for module in made.get(node.id, [])]
    placed = [home(f"polylib.{m.removeprefix(ROOM)}", of) if m.startswith(ROOM) and of else m for m, of in found]
    return list(dict.fromkeys(module for module in placed if not module.startswith(ROOM)))


def _parsed(source: str) -> ast.Module:
    """The code of a cell, without lines for IPython."""
    return ast.parse("\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))))


def code_links(modules: list[str], repository: str) -> str:
    """Each module, which leads to its place in the reference, and its tests: a link where the repository is known."""
    found = []
    for module in modules:
        room, _, name = module.rpartition(".")
        place = f"reference/{room or 'polylib'}.html#module-polylib.{module}"
        tests = Path("tests", room, f"test_{name}.py")
        shown = f"[tests]({repository}/blob/HEAD/{tests})" if repository else f"`{tests}`"
        found.append(f'<a href="{place}">{module}</a> ({shown})')
    return ", ".join(found)
