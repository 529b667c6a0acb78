"""A page asks nobody else for anything: MathJax is the site's own, and what no page uses is not loaded."""

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

MATHJAX = "mathjax/tex-mml-chtml.js"
# What that script may ask for: fonts, extensions of TeX, and what its menu offers to those who listen to a page.
PARTS = ("tex-mml-chtml.js", "output/chtml/fonts", "input/tex/extensions", "input/mml/entities.js", "a11y", "sre")
# The theme's icons are letters of a font, which its style sheet loads; this script would draw them a second time.
ICONS = re.compile(r'\s*<script src="[^"]*/fontawesome/[^"]*/all\.min\.js[^"]*"></script>')


def package() -> Path:
    """MathJax as its package has it."""
    if not (found := find_spec("mathjax")):
        raise ExtensionError("MathJax is not installed: make setup, or pip install --no-deps -r requirements-data.lock")
    return Path(found.origin).parent / "static" / "mathjax" / "es5"


def from_here(_app: Sphinx, config: Config) -> None:
    config.mathjax_path = MATHJAX


def complete(app: Sphinx, failed: Exception | None) -> None:
    """Put MathJax beside the pages, and take the icons' script from them."""
    if failed or app.builder.format != "html":
        return
    target = Path(app.outdir, "_static", "mathjax")
    for part in PARTS:
        source, copy = package() / part, target / part
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, copy, dirs_exist_ok=True) if source.is_dir() else shutil.copy(source, copy)
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text()
        if (shorter := ICONS.sub("", text)) != text:
            page.write_text(shorter)
    for script in Path(app.outdir).glob("_static/vendor/fontawesome/*/js/*"):
        script.unlink()


def lazily(_app: Sphinx, _page: str, _template: str, context: dict, _doctree: object) -> None:
    """A picture is loaded when a reader comes near it."""
    if "body" in context:
        context["body"] = re.sub(r"<img (?![^>]*\bloading=)", '<img loading="lazy" ', context["body"])


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", from_here)
    app.connect("html-page-context", lazily)
    app.connect("build-finished", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
