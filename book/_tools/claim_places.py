"""From a claim to its section of the chapter, to the modules that its cell uses, and to their tests."""

import ast
import json
import re
from pathlib import Path

from polylib.derivation import LEDGER_MIME

# What every cell with a claim uses, and what has nothing to do with what is claimed.
FRAME = {"checks", "derivation", "figures", "notation", "results", "validate"}


def places(notebook: Path) -> dict[str, dict]:
    """For each claim of a notebook, by its id: the label of its section, and modules of polylib, in order of use."""
    found, section, imported = {}, "", {}
    for cell in json.loads(notebook.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            section = (re.findall(r"^\(((?:sec|nb)-[\w-]+)\)=$", source, re.M) or [section])[-1]
            continue
        tree = _parsed(source)
        imported |= _imports(tree)
        names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
        modules = list(dict.fromkeys(imported[name] for name in names if name in imported))
        for output in cell.get("outputs", []):
            if LEDGER_MIME in output.get("data", {}):
                claim = output["data"][LEDGER_MIME]["id"]
                found[claim] = {"section": section, "modules": [m for m in modules if m not in FRAME]}
    return found


def _parsed(source: str) -> ast.Module:
    """The code of a cell, without lines for IPython."""
    return ast.parse("\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))))


def _imports(tree: ast.Module) -> dict[str, str]:
    """Name in the cell -> module of polylib that it comes from."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "polylib":
            for alias in node.names:
                module = node.module.partition(".")[2] or alias.name
                names[alias.asname or alias.name] = module
    return names


def code_links(modules: list[str], repository: str) -> str:
    """Each module and its test: links where the repository is known, else their names."""
    return ", ".join(
        f"{_file(f'polylib/{module}.py', module, repository)} ({_file(f'tests/test_{module}.py', 'tests', repository)})"
        for module in modules
    )


def _file(path: str, text: str, repository: str) -> str:
    return f"[{text}]({repository}/blob/HEAD/{path})" if repository else f"`{path}`"
