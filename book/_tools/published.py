"""What a site needs once it has an address: links for other sites, a sitemap, a page for what is not found."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

CARD = "_static/card.png"  # made by book/_tools/card.py
SHOWN = "Hidden units per feature over sparsity"
# What the shared address says of the book is what its first page says.
HEAD = re.compile(
    r'<title>.*?</title>|<meta (?:name="description"|property="og:[^"]*"|name="twitter:[^"]*")[^>]*>', re.S
)

TWICE = re.compile(r"<title>(.+?) &#8212; \1</title>")  # of the first page, which is named as the book is


def address(repository: str | None) -> str:
    """Where the site is: at BOOK_ADDRESS, else where GitHub Pages shows a repository OWNER/NAME, else nowhere."""
    if named := os.environ.get("BOOK_ADDRESS"):
        return named.rstrip("/") + "/"
    if not repository:
        return ""
    owner, name = repository.lower().split("/")[0], repository.split("/")[1]
    host = f"{owner}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def settings(base: str) -> dict[str, object]:
    """Sphinx's settings for a site at `base`, in whose sitemap and links addresses are whole."""
    return {
        "html_baseurl": base,
        "ogp_site_url": base,
        "ogp_image": base + CARD,
        "ogp_image_alt": SHOWN,
        "ogp_custom_meta_tags": ['<meta name="twitter:card" content="summary_large_image" />'],
        "sitemap_url_scheme": "{link}",
        "notfound_urls_prefix": urlsplit(base).path,
    }


def lead_on(html: Path, first: str, base: str) -> None:
    """Write the page at the site's root, which leads on to the first one; both name the book once."""
    page = TWICE.sub(r"<title>\1</title>", (html / first).read_text())
    (html / first).write_text(page)
    head = "\n".join(HEAD.findall(page))
    canonical = f'<link rel="canonical" href="{base}{first}" />\n' if base else ""
    (html / "index.html").write_text(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1" />\n{head}\n{canonical}'
        f'<meta http-equiv="refresh" content="0; url={first}" />\n</head>\n'
        f'<body><p><a href="{first}">To the book</a></p></body>\n</html>\n'
    )
