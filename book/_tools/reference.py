"""The reference: a page a room, made by Sphinx's autodoc from the library as it stands when the site is built.

Each module says which chapters import it and which claims and findings are its own; names that a room hands on say so.
"""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from html import escape
from pathlib import Path
from types import ModuleType

import jupytext
from generated import Generated, link, list_table
from ledger import claims, findings, notebooks
from sphinx.application import Sphinx
from sphinx.config import Config
from sympy import Function

import polylib

FOLDER = Path("book", "reference")
EXAMPLES = Path(__file__).parent.parent / "examples"
CODE = re.compile(r"(`+[^`]*`+)")


def rooms() -> dict[str, list[ModuleType]]:
    """The modules of each room, and under "polylib" those that lie beside the rooms."""
    found: dict[str, list[ModuleType]] = {"polylib": []}
    for each in pkgutil.iter_modules(polylib.__path__, "polylib."):
        module = importlib.import_module(each.name)
        if each.ispkg:
            inside = pkgutil.iter_modules(module.__path__, f"{each.name}.")
            found[each.name.partition(".")[2]] = [importlib.import_module(one.name) for one in inside]
        else:
            found["polylib"].append(module)
    return found


def public(module: ModuleType) -> dict[str, object]:
    """The functions and classes that a module defines for others, in the order of its source."""
    return {
        name: each
        for name, each in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(each) or inspect.isroutine(each))
        and getattr(each, "__module__", "") == module.__name__
        and not (inspect.isclass(each) and issubclass(each, Function))  # a symbol of formulas
    }


def handed_on(room: str) -> dict[tuple[str, str], str]:
    """What a room hands on: (module, name) -> the shorter address."""
    top = importlib.import_module(f"polylib.{room}")
    return {
        (each.__module__, each.__name__): f"polylib.{room}"
        for name, each in vars(top).items()
        if not name.startswith("_") and hasattr(each, "__module__") and hasattr(each, "__name__")
    }


def imports(source: str) -> Iterator[str]:
    """The modules of polylib that code imports, also through the room that hands a name on."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("polylib"):
            top = importlib.import_module(node.module)
            for alias in node.names:
                each = getattr(top, alias.name, top)
                yield each.__name__ if inspect.ismodule(each) else getattr(each, "__module__", node.module)


def users(source: Path) -> dict[str, list[str]]:
    """For each module, links to the pages that import it and to the claims and findings that rest on it."""
    found = defaultdict(list)
    for notebook in notebooks(source):
        cells = jupytext.read(notebook).cells
        code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        place = cells[0].source.partition("(")[2].partition(")=")[0]
        for name in sorted(set(imports(code))):
            found[name].append(f"{{ref}}`{place}`")
    for entry in [*claims(source), *findings(source)]:
        for module in entry["modules"]:
            found[f"polylib.{module}"].append(link(escape(entry["title"]), f"../{entry['href']}"))
    return found


def page(room: str, modules: list[ModuleType], used: dict[str, list[str]]) -> str:
    """A room's page, in MyST."""
    top = polylib if room == "polylib" else importlib.import_module(f"polylib.{room}")
    title = "Beside the rooms" if room == "polylib" else room
    shorter = {} if room == "polylib" else handed_on(room)
    parts = [f"({label(room)})=\n# {title}", markdown(inspect.getdoc(top) or "")]
    for module in modules:
        names = public(module)
        if not names:
            continue
        parts += [f"## {module.__name__.rpartition('.')[2]}", markdown(inspect.getdoc(module) or "")]
        if used.get(module.__name__):
            parts.append(f"Used in {', '.join(used[module.__name__])}.")
        lines = [f".. py:module:: {module.__name__}", ""]
        for name, each in names.items():
            kind = "autoclass" if inspect.isclass(each) else "autofunction"
            address = f"{module.__name__}.{name}"
            lines += [f".. {kind}:: {address}", *(["   :members:"] if kind == "autoclass" else []), ""]
            lines += [f"   {line}" for line in example(address)]
            if (room_of := shorter.get((module.__name__, name))) is not None:
                lines += [f"   Import it by ``from {room_of} import {name}``.", ""]
        parts.append("\n".join(["```{eval-rst}", *lines, "```"]))
    return "\n\n".join(parts) + "\n"


def example(address: str) -> list[str]:
    """The lines that show a name in use, from its file in book/examples, if it has one; a test runs them."""
    path = EXAMPLES / f"{address}.txt"
    return (
        [".. code-block:: pycon", "", *(f"   {line}" for line in path.read_text().splitlines()), ""]
        if path.is_file()
        else []
    )


def markdown(docstring: str) -> str:
    """A docstring as MyST, where what would be markup outside code is text."""
    pieces = CODE.split(docstring)
    return "".join(piece if piece.startswith("`") else re.sub(r"([*_|<\[\]{}$#])", r"\\\1", piece) for piece in pieces)


def as_text(_app: Sphinx, _what: str, _name: str, _obj: object, _options: object, lines: list[str]) -> None:
    """Have autodoc read a docstring as plain text in paragraphs with `code`, which is how this library writes them."""
    pieces = CODE.split("\n".join(lines))
    markup = re.compile(r"([\\*_|<]|:(?=//))")
    text = "".join(f"``{p.strip('`')}``" if p.startswith("`") else markup.sub(r"\\\1", p) for p in pieces)
    lines[:] = text.splitlines()


def signature(
    _app: Sphinx, what: str, _name: str, each: object, _options: object, shown: str | None, _returns: str | None
) -> tuple[str, str] | None:
    """Arguments and result as the source writes them, with its names of types and its shapes."""
    if what not in ("function", "method", "class") or shown is None:
        return None
    made = each.__init__ if what == "class" else each
    if what == "class" and dataclasses.is_dataclass(each):
        return None
    try:
        node = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(made)))).body[0]
    except (OSError, TypeError):
        return None
    if not isinstance(node, ast.FunctionDef):
        return None
    arguments = [*node.args.posonlyargs, *node.args.args]
    if arguments and arguments[0].arg in ("self", "cls"):
        (node.args.posonlyargs or node.args.args).pop(0)
    returns = "" if what == "class" or node.returns is None else ast.unparse(node.returns)
    return f"({ast.unparse(node.args)})", returns


def write(source: Path) -> None:
    """Write every page into the folder that the site is built from."""
    (source / FOLDER).mkdir(parents=True, exist_ok=True)
    used = users(source)
    for room, modules in rooms().items():
        (source / FOLDER / f"{room}.md").write_text(page(room, modules, used))


class Rooms(Generated):
    """A table of the rooms: what each is for, and how many public names it has."""

    def text(self, source: Path) -> str:
        rows = []
        for room, modules in rooms().items():
            top = polylib if room == "polylib" else importlib.import_module(f"polylib.{room}")
            first = markdown(inspect.getdoc(top) or "").split("\n\n")[0]
            rows.append([f"{{ref}}`{label(room)}`", first, str(sum(len(public(module)) for module in modules))])
        return list_table(["Room", "What is in it", "Names"], rows)


def label(room: str) -> str:
    return f"ref-{room.replace('_', '-')}"


def source_of(module: str, name: str, repository: str) -> str | None:
    """Where a name's source lies in the repository, with its line; None where the repository is not known."""
    if not repository:
        return None
    each = importlib.import_module(module)
    for part in name.split("."):
        each = getattr(each, part, None)
    try:
        line = inspect.getsourcelines(each)[1]
    except (OSError, TypeError):  # a value, which has no line of its own
        return None
    return f"{repository}/blob/HEAD/{module.replace('.', '/')}.py#L{line}"


def link_sources(app: Sphinx, config: Config) -> None:
    repository = config.html_theme_options.get("repository_url", "")
    config.linkcode_resolve = lambda _domain, info: source_of(info["module"], info["fullname"], repository)


def setup(app: Sphinx) -> dict:
    app.add_directive("rooms", Rooms)
    app.connect("config-inited", link_sources)
    app.connect("autodoc-process-docstring", as_text)
    app.connect("autodoc-process-signature", signature)
    return {"parallel_read_safe": True}
