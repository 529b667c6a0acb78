"""Repairs of what Sphinx and its extensions write, each with its reason; all else of the theme is left as it is."""

from sphinx.application import Sphinx
from sphinx.config import Config


def without_thebe(app: Sphinx, _config: Config) -> None:
    """Jupyter Book always loads sphinx_thebe, which declares its constants twice: an error on every page."""
    for listeners in list(app.events.listeners.values()):
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    app.registry.css_files[:] = [file for file in app.registry.css_files if "thebe" not in file[0]]


def references_are_items(_app: Sphinx, _page: str, _template: str, context: dict, _doctree: object) -> None:
    """Docutils gives the entries of a list a role that is not an item's, so a screen reader finds the list empty."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def one_page_has_every_visitor(app: Sphinx) -> None:
    """Sphinx forgets the visitors for HTML as soon as any extension has one for the one-page builder; one has."""
    visitors = app.registry.translation_handlers
    visitors["singlehtml"] = visitors["html"] | visitors.get("singlehtml", {})


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", without_thebe)
    app.connect("html-page-context", references_are_items)
    app.connect("builder-inited", one_page_has_every_visitor)
    app.add_css_file("book.css")
    app.add_js_file("book.js", loading_method="defer")
    return {"parallel_read_safe": True}
