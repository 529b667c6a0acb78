"""pyproject.toml, requirements.lock and environment.yml describe one environment, and it is the one installed."""

import re
import tomllib
from importlib.metadata import version

import yaml
from committed import ROOT
from packaging.requirements import Requirement

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
DATA = (ROOT / "requirements-data.lock").read_text()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
DIRECT = [
    Requirement(r) for r in PROJECT["dependencies"] + [r for e in PROJECT["optional-dependencies"].values() for r in e]
]


def locked(python):
    """Name -> version, for one Python."""
    pins = [Requirement(line.strip()) for line in re.findall(r"^([A-Za-z0-9._-]+==[^\\\n]+)", LOCK, re.M)]
    environment = {"python_version": python, "python_full_version": f"{python}.9"}
    kept = [r for r in pins if r.marker is None or r.marker.evaluate(environment)]
    return {r.name: str(r.specifier).removeprefix("==") for r in kept}


def test_the_lock_satisfies_every_requirement_on_every_python():
    for python in ("3.11", "3.12", "3.13"):
        pins = locked(python)
        assert [str(r) for r in DIRECT if not r.specifier.contains(pins.get(r.name, "0"))] == []


def test_every_pin_has_its_hash_and_none_names_an_index():
    for lock, least in ((LOCK, 50), (DATA, 3)):
        pins = re.findall(r"^[A-Za-z0-9._-]+==.*?(?=^[A-Za-z]|\Z)", lock, re.M | re.S)
        assert len(pins) >= least
        assert [p.split()[0] for p in pins if "--hash=sha256:" not in p] == []
        assert "://" not in lock
        assert "--index" not in lock


def test_conda_and_binder_get_the_same_versions():
    (python,) = [d.removeprefix("python=") for d in CONDA if isinstance(d, str) and d.startswith("python=")]
    (pip,) = [d["pip"] for d in CONDA if isinstance(d, dict)]
    pins = locked(python)
    assert sorted(pip) == sorted(["-e .", *{f"{r.name}=={pins[r.name]}" for r in DIRECT}])


def test_what_is_fixed_is_fixed():
    pins = locked("3.11")
    assert (pins["torch"], pins["torchvision"]) == ("2.14.1", "0.29.1")
    (book,) = [r for r in DIRECT if r.name == "jupyter-book"]
    assert not book.specifier.contains("2.0")
    assert book.specifier.contains("1.0.4.post1")


def test_polylib_caps_nothing_that_it_needs_itself():
    own = [Requirement(r) for r in PROJECT["dependencies"]]
    assert [str(r) for r in own if any(s.operator != ">=" for s in r.specifier)] == []


def test_the_installed_versions_are_the_locked_ones():
    import sys

    pins = locked(f"{sys.version_info.major}.{sys.version_info.minor}")
    different = {r.name: version(r.name) for r in DIRECT if version(r.name).split("+")[0] != pins[r.name]}
    assert different == {}, "run `make setup`"
