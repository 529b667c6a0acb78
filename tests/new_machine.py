"""The README's commands on a new machine: python tests/new_machine.py FOLDER

Clones the committed state of this checkout into FOLDER, which must be empty or absent, and runs the commands of the
README there, word for word, with an empty home and nothing of this shell's environment but the way to programs and to
package indexes. Then every page of the table of contents must be there, with all that it shows and links to.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = re.compile(r"PATH|LANG|LC_\w+|TERM|CI|(PIP|UV|SSL|REQUESTS)_\w+|(https?|no)_proxy", re.I)


def commands(readme: str) -> list[str]:
    """The commands of the README's first block of code, without the remarks beside them."""
    block = re.search(r"^```\n(.*?)^```", readme, re.M | re.S)
    return [line.split(" #")[0].strip() for line in block[1].splitlines()] if block else []


def pages(toc: str) -> list[str]:
    """The pages of a table of contents, without ending."""
    return [name.removesuffix(".ipynb") for name in re.findall(r"^\s*(?:root|- file): (\S+)", toc, re.M)]


def missing(site: Path, names: list[str]) -> list[str]:
    """Pages that are not there, and what pages show or link to that is not there."""
    absent = []
    for name in names:
        page = site / f"{name}.html"
        if not page.is_file():
            absent.append(page.name)
            continue
        text = re.sub(r"<(script|pre)\b[^>]*>.*?</\1>", "", page.read_text(), flags=re.S)
        for link in set(re.findall(r'\b(?:src|href)="([^"#?:]+)["#?]', text)):
            if link != "." and not link.startswith("//") and not (page.parent / link).exists():
                absent.append(f"{page.name} -> {link}")
    return absent


def run(folder: Path) -> None:
    home, clone = folder / "home", folder / "clone"
    home.mkdir(parents=True)  # refuses a folder that was used before
    environment = {k: v for k, v in os.environ.items() if KEPT.fullmatch(k)} | {"HOME": str(home)}
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True, env=environment)
    todo = commands((clone / "README.md").read_text())
    if not todo:
        sys.exit("README.md shows no commands")
    for command in todo:
        start = time.monotonic()
        code = subprocess.run(["sh", "-c", command], cwd=clone, env=environment).returncode
        print(f"{command}: exit {code}, {time.monotonic() - start:.0f} s", flush=True)
        if code:
            sys.exit(1)
    names = pages((clone / "_toc.yml").read_text())
    if absent := missing(clone / "_build" / "html", names):
        sys.exit("the site is not whole:\n" + "\n".join(absent))
    print(f"the site is whole: {len(names)} pages")


if __name__ == "__main__":
    run(Path(sys.argv[1]).resolve())
