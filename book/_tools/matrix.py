"""Print the notebooks of _toc.yml as a JSON list, for a job each in GitHub's workflows.

It runs before anything is installed, so it reads the lines that name files rather than YAML.
"""

import json
import re
import sys
from pathlib import Path


def matrix(toc: str) -> list[str]:
    """The notebooks that a table of contents names, in its order."""
    return re.findall(r"^\s*- file: (notebooks/\S+)", toc, re.M)


if __name__ == "__main__":
    found = matrix(Path("_toc.yml").read_text())
    if not found:  # an empty matrix would pass
        sys.exit("_toc.yml names no notebook")
    print(json.dumps(found))
