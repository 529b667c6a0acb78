"""From a claim to its section of the chapter, to the modules that its cell uses, and to their tests."""

import ast
import json
import re
from pathlib import Path

from polylib.derivation import LEDGER_MIME

# What every cell with a claim uses, and what has nothing to do with what is claimed.
FRAME = {"checks", "derivation", "figures", "notation", "results", "validate"}
STEPS = {"agrees", "at_most", "equal", "refutes", "remark", "sampled"}


def places(notebook: Path) -> dict[str, dict]:
    """For each claim of a notebook, by its id: the label of its section, and modules of polylib, in order of use.

    A module counts if its name stands in the cell that shows the claim, in one that adds a step to it, or in a function
    that such a cell calls. Where none does, those count that made the cell's data, and where none did, `derivation`.
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
            if LEDGER_MIME in output.get("data", {}):
                modules = _used(tree, made) or _used(tree, data) or ["derivation"]
                found[output["data"][LEDGER_MIME]["id"]] = {"section": section, "modules": modules}
    return found


def _made(statement: ast.stmt, made: dict[str, list[str]]) -> dict[str, list[str]]:
    """What a statement imports from polylib, defines, or adds a step to: its name -> the modules behind it."""
    if isinstance(statement, ast.ImportFrom):
        package, _, module = (statement.module or "").partition(".")
        names = {n.asname or n.name: module or n.name for n in statement.names if package == "polylib"}
        return {name: [module] for name, module in names.items() if module not in FRAME}
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
    names = [node for node in ast.walk(part) if isinstance(node, ast.Name)]
    names.sort(key=lambda node: (node.lineno, node.col_offset))
    return list(dict.fromkeys(module for node in names for module in made.get(node.id, [])))


def _parsed(source: str) -> ast.Module:
    """The code of a cell, without lines for IPython."""
    return ast.parse("\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))))


def code_links(modules: list[str], repository: str) -> str:
    """Each module and its test: links where the repository is known, else their names."""
    return ", ".join(
        f"{_file(f'polylib/{module}.py', module, repository)} ({_file(f'tests/test_{module}.py', 'tests', repository)})"
        for module in modules
    )


def _file(path: str, text: str, repository: str) -> str:
    return f"[{text}]({repository}/blob/HEAD/{path})" if repository else f"`{path}`"
