"""What the directives share whose content is made from the notebooks: MyST text, parsed in place."""

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from ledger import notebooks
from sphinx.util.docutils import SphinxDirective


def list_table(header: list[str], rows: list[list[str]], style: str = "") -> str:
    """A MyST table whose cells may hold mathematics and links."""
    lines = [":::{list-table}", ":header-rows: 1", *([f":class: {style}"] if style else []), ""]
    for row in [header, *rows]:
        lines += [f"{'* -' if i == 0 else '  -'} {cell}" for i, cell in enumerate(row)]
    return "\n".join([*lines, ":::"])


def link(text: str, href: str) -> str:
    return f'<a href="{href}">{text}</a>'


def anchor(kind: str, record: dict) -> str:
    """A place that a link can lead to: the entry of a claim or finding, or the erratum of a claim."""
    return f'<span id="{kind}-{record["id"]}"></span>'


class Generated(SphinxDirective):
    """A directive whose content is MyST, made from the notebooks of the book that is being built."""

    has_content = True

    def text(self, source: Path) -> str:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        source = Path(self.env.srcdir)
        for path in [*notebooks(source), source / "book" / "supplement.yml"]:
            self.env.note_dependency(str(path))
        holder = nodes.container()
        self.state.nested_parse(StringList(self.text(source).splitlines(), "generated"), 0, holder)
        return holder.children
