"""Build the site from executed notebooks: site_build.py RUNS TARGET.

The last good site stays until a new one is whole.
"""

import shutil
import subprocess
import sys
from pathlib import Path


def build(runs: Path, target: Path) -> None:
    """Strict build of the book with the notebooks in `runs`, swapped into `target` only if it has no warning."""
    source = target.parent / "source"
    shutil.rmtree(source, ignore_errors=True)
    (source / "notebooks").mkdir(parents=True)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy2(name, source)
    shutil.copytree("book", source / "book", ignore=shutil.ignore_patterns("__pycache__"))
    for notebook in runs.glob("[0-9]*.ipynb"):
        shutil.copy2(notebook, source / "notebooks")
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [jupyter_book, "build", str(source), "-n", "-W", "--keep-going", "--quiet"]
    # Jupyter Book's last words name a folder that is moved a moment later, so only its warnings are shown.
    if subprocess.run([*command, "--path-output", str(source)], stdout=subprocess.DEVNULL).returncode:
        sys.exit(f"the site was not built; {target} is as it was")
    replace(source / "_build" / "html", target)
    print(f"{target}/index.html")


def replace(new: Path, target: Path) -> None:
    """Put the folder `new` where `target` is."""
    old = target.with_name(target.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    build(*map(Path, sys.argv[1:]))
