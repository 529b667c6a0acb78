"""Every definition and theorem of the book in its index, by its title."""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


class StatementIndex(SphinxTransform):
    """Puts an entry of the index before each titled statement."""

    default_priority = 800  # before Sphinx collects a page's entries, at 850

    def apply(self, **_kwargs: object) -> None:
        for statement in list(self.document.findall(nodes.Admonition)):
            heading = next(iter(statement.findall(nodes.title)), None)
            if "proof" in statement["classes"] and heading is not None and (words := title(heading.astext())):
                entry = addnodes.index(entries=[("single", words, statement["ids"][0], "", None)])
                statement.parent.insert(statement.parent.index(statement), entry)


def title(heading: str) -> str:
    """The words of a title, without the place in the supplement that stands in brackets behind them."""
    words = heading.strip()
    if words.startswith("(") and words.endswith(")"):  # sphinx_proof's own brackets
        words = words[1:-1]
    return re.sub(r"\s*\([^()]*\)$", "", words)


def setup(app: Sphinx) -> dict:
    app.add_transform(StatementIndex)
    return {"parallel_read_safe": True}
