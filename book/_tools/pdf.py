"""The whole book as one PDF: Sphinx puts all pages into one, Chromium prints it, with an outline and page numbers.

Code that the site folds is left out; solutions are unfolded; links between pages lead inside.
"""

import re
import subprocess
import sys
from pathlib import Path

from browser import Reader, launched, served

FOR_PAPER = """async () => {
  const onScreen = "nav, dialog, .bd-header, .bd-footer, [class*=bd-sidebar], #jb-print-docs-body, .headerlink";
  document.querySelectorAll(onScreen + ", .whole-book, details.hide.above-input").forEach(part => part.remove());
  document.querySelectorAll("details").forEach(part => { part.open = true; });
  // A picture's own file and the two indexes are no part of the paper.
  const beyond = "a[href$='.png'], a[href$='genindex.html'], a[href$='prf-prf.html']";
  document.querySelectorAll(beyond).forEach(link => link.removeAttribute("href"));
  const pictures = [...document.images];
  pictures.forEach(picture => { picture.loading = "eager"; });
  await Promise.allSettled(pictures.map(picture => picture.decode()));
}"""
# What would be missing on paper: pictures, formulas, places that links lead to.
LACKS = """() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const place = link => document.getElementById(decodeURIComponent(link.hash.slice(1)));
  return [
    ...all("img").filter(picture => !picture.naturalWidth).map(picture => `no picture: ${picture.src.slice(0, 100)}`),
    ...all("mjx-merror").map(formula => `no formula: ${formula.innerText}`),
    ...all("a[href]").filter(link => !link.getAttribute("href").startsWith("#") && link.origin === location.origin)
      .map(link => `no address: ${link.getAttribute("href")}`),
    ...all("a[href^='#']").filter(link => link.hash && !place(link)).map(link => `no place: ${link.hash}`),
  ];
}"""
FOOTER = '<div style="font-size: 8px; width: 100%; text-align: center"><span class="pageNumber"></span></div>'
SHEET = {
    "format": "A4",
    "scale": 0.78,
    "margin": {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
    "outline": True,
    "tagged": True,
    "print_background": True,
    "display_header_footer": True,
    "header_template": "<span></span>",
    "footer_template": FOOTER,
}


def write(source: Path, target: Path) -> None:
    """Print the book whose sources, with executed notebooks, are in `source`; exits if part of it would lack."""
    built = source.with_name("one-page")
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [jupyter_book, "build", source, "--builder", "singlehtml", "--quiet", "--path-output", built]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    folder = built / "_build" / "singlehtml"
    text = (folder / "book" / "index.html").read_text()
    (folder / "whole.html").write_text(inside(text))  # at the root, where its style sheets and images are looked for
    with served(folder) as address, launched() as chromium:
        reader = Reader(chromium.new_context(), address)
        page = reader.open("whole.html")
        page.evaluate(FOR_PAPER)
        if lacks := [*reader.faults, *page.evaluate(LACKS)]:
            sys.exit(f"{target.name} would not be whole:\n" + "\n".join(lacks))
        page.pdf(path=target, **SHEET)


def inside(text: str) -> str:
    """The same page with its links to pages of the site turned to their places in it."""
    text = re.sub(r'href="(?:(?:\.\./)?(?:book|notebooks)/)?[\w-]+\.html#', 'href="#', text)
    text = re.sub(r'href="(?:\.\./)?((?:book|notebooks)/[\w-]+)\.html"', r'href="#document-\1"', text)
    text = text.replace('href="#document-book/index"', 'href="#"')  # the first page has no name of its own
    return re.sub(r'"(#?document-\w+)/', r'"\1-', text)  # a slash is no part of a name to the theme's scripts
