"""Build the site from executed notebooks: site_build.py RUNS TARGET [--pdf].

The last good site stays until a new one is whole. Where the repository is known to be on GitHub, pages have buttons
that lead to it, and every chapter has one that opens its notebook on Colab, from the branch `colab`. Given the commit
that is published, BOOK_COMMIT, the notebooks of the site, which publish.yml puts on that branch, say from where polylib
is installed. With --pdf the site offers the whole book as one file, too.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import published
import reference
import yaml

BRANCH = "colab"
NO_SOURCE = 'os.environ.get("POLYLIB_SOURCE", "")'
GITHUB = re.compile(r"(?:https://(?:[^@/]+@)?|ssh://git@|git@)github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def build(runs: Path, target: Path, with_pdf: bool = False) -> None:
    """Strict build of the book with the notebooks in `runs`, swapped into `target` only if it has no warning."""
    put_back(target)
    source = gather(runs, target)
    if name := repository():
        add_buttons(source / "_config.yml", name)
        if commit := os.environ.get("BOOK_COMMIT"):
            for notebook in (source / "notebooks").glob("*.ipynb"):
                stamp(notebook, f"git+https://github.com/{name}@{commit}")
    if base := published.address(repository()):
        extend(source / "_config.yml", "sphinx_sitemap")
        configure(source / "_config.yml", **published.settings(base))
    configure(source / "_config.yml", book_pdf=with_pdf)
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [jupyter_book, "build", str(source), "-n", "-W", "--keep-going", "--quiet"]
    # Jupyter Book's last words name a folder that is moved a moment later, so only its warnings are shown.
    if subprocess.run([*command, "--path-output", str(source)], stdout=subprocess.DEVNULL).returncode:
        sys.exit(f"the site was not built; {target} is as it was")
    if with_pdf:
        import pdf  # needs Chromium

        pdf.write(source, source / "_build" / "html" / "book.pdf")
    published.lead_on(source / "_build" / "html", "book/index.html", base)
    replace(source / "_build" / "html", target)


def gather(runs: Path, target: Path) -> Path:
    """A folder beside the target with all that the build reads: of the runs, those in the table of contents."""
    source = target.parent / "source"
    shutil.rmtree(source, ignore_errors=True)
    (source / "notebooks").mkdir(parents=True)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy2(name, source)
    shutil.copytree("book", source / "book", ignore=shutil.ignore_patterns("__pycache__"))
    for name in re.findall(r"^\s*- file: notebooks/(\S+)", Path("_toc.yml").read_text(), re.M):
        if not (runs / name).is_file():
            sys.exit(f"the site was not built, as {name} was not run; {target} is as it was")
        shutil.copy2(runs / name, source / "notebooks")
    reference.write(source)
    return source


def repository() -> str | None:
    """OWNER/NAME on GitHub, as a workflow says or the remote `origin`; None if it is neither."""
    if named := os.environ.get("GITHUB_REPOSITORY"):
        return named
    origin = subprocess.run(["git", "remote", "get-url", "origin"], capture_output=True, text=True).stdout
    found = GITHUB.fullmatch(origin.strip())
    return found[1] if found else None


def add_buttons(config: Path, name: str) -> None:
    """Have the theme link to a repository, to its issues, and from every notebook to Colab."""
    options = yaml.safe_load(config.read_text())["sphinx"]["config"].get("html_theme_options", {})
    options |= {
        "repository_url": f"https://github.com/{name}",
        "repository_branch": BRANCH,
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    }
    configure(config, html_theme_options=options)


def configure(config: Path, **values: object) -> None:
    """Set values of Sphinx in a copy of _config.yml."""
    settings = yaml.safe_load(config.read_text())
    settings["sphinx"]["config"].update(values)
    config.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False))


def extend(config: Path, extension: str) -> None:
    """Have Sphinx load one more extension."""
    settings = yaml.safe_load(config.read_text())
    settings["sphinx"]["extra_extensions"].append(extension)
    config.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False))


def stamp(path: Path, address: str) -> None:
    """Write into a notebook's first code cell where pip finds polylib, and ask Colab for a GPU."""
    notebook = nbformat.read(path, as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    if NO_SOURCE not in first.source:
        raise ValueError(f"the first code cell of {path.name} must say {NO_SOURCE}, got {first.source!r}")
    first.source = first.source.replace(NO_SOURCE, NO_SOURCE.replace('""', f'"{address}"'))
    notebook.metadata |= {"accelerator": "GPU", "colab": {"gpuType": "T4"}}
    nbformat.write(notebook, path)


def put_back(target: Path) -> None:
    """Undo a swap that was interrupted between its two steps."""
    old = target.with_name(target.name + ".old")
    if old.exists() and not target.exists():
        old.rename(target)


def replace(new: Path, target: Path) -> None:
    """Put the folder `new` where `target` is."""
    old = target.with_name(target.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    build(*map(Path, sys.argv[1:3]), with_pdf="--pdf" in sys.argv[3:])
