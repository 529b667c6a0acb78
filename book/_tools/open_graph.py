"""What another site shows when someone links to a page: its title, its first paragraph, and the book's card."""

from html import escape

from docutils import nodes
from sphinx.application import Sphinx

CARD = "_static/card.png"  # made by book/_tools/card.py
LONGEST = 200  # characters of a description that other sites show


def first_paragraph(doctree: nodes.document) -> str:
    """The text of the first paragraph of prose, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
    return ""


def address(repository: str) -> str:
    """Where GitHub Pages shows the site of a repository, or nothing if the repository is not known."""
    owner, _, name = repository.removeprefix("https://github.com/").partition("/")
    return f"https://{owner.lower()}.github.io/{name}/" if name else ""


def tags(context: dict, title: str, description: str, base: str) -> dict[str, str]:
    found = {"og:type": "article", "og:site_name": context["docstitle"] or context["project"]}
    found |= {"og:title": title, "og:description": description}
    if base:  # other sites need absolute addresses
        found |= {"og:url": f"{base}{context['pagename']}.html", "og:image": base + CARD}
        found |= {"og:image:alt": "Hidden units per feature over sparsity", "twitter:card": "summary_large_image"}
    return found


def add_tags(app: Sphinx, page: str, _template: str, context: dict, doctree: nodes.document | None) -> None:
    if doctree is None:
        return
    description = first_paragraph(doctree)
    base = address(app.config.html_theme_options.get("repository_url", ""))
    lines = [f'<meta name="description" content="{escape(description)}" />']
    found = tags(context, app.env.titles[page].astext(), description, base)
    lines += [f'<meta property="{name}" content="{escape(value)}" />' for name, value in found.items()]
    context["metatags"] = context.get("metatags", "") + "\n".join(lines)


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", add_tags)
    return {"parallel_read_safe": True}
