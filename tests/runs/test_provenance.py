"""What ran is recorded: the library by the digest of all its modules, the commit where one is known, the machine."""

import json
import shutil
from importlib.metadata import PackageNotFoundError, PathDistribution

import torch

from polylib.runs import provenance as runs


def test_the_digest_is_of_every_module_of_every_room_and_of_its_name(tmp_path, monkeypatch):
    copy = tmp_path / "polylib"
    shutil.copytree(runs.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    here = runs.provenance()["digest"]
    monkeypatch.setattr(runs, "PACKAGE", copy)
    assert runs.provenance()["digest"] == here  # where the package lies plays no part
    rooms = {p.parent for p in copy.rglob("*.py")}
    assert len(rooms) > 10
    found = {here}
    for room in sorted(rooms):
        path = sorted(room.glob("*.py"))[-1]
        path.write_bytes(path.read_bytes() + b"\n")
        found.add(runs.provenance()["digest"])
        path.rename(path.with_stem("renamed"))
        found.add(runs.provenance()["digest"])
    assert len(found) == 1 + 2 * len(rooms)


def test_a_copy_that_pip_took_from_a_commit_names_it(tmp_path, monkeypatch):
    record = tmp_path / "polylib-0.1.0.dist-info" / "direct_url.json"
    record.parent.mkdir()
    address = "https://github.com/someone/fork"
    record.write_text(json.dumps({"url": address, "vcs_info": {"vcs": "git", "commit_id": "0123456789abcdef" * 2}}))
    monkeypatch.setattr(runs, "CHECKOUT", tmp_path)
    monkeypatch.setattr(runs, "distribution", lambda name: PathDistribution(record.parent))
    assert runs.provenance()["commit"] == "0123456789ab"
    record.unlink()
    assert runs.provenance()["commit"] == "unknown"


def test_the_most_memory_that_was_held_is_told():
    held = torch.ones(2**27)
    peak = runs.provenance()["memory"]
    assert held.nbytes / 2**30 <= peak["machine"] < 64
    del held
    assert runs.provenance()["memory"]["machine"] >= peak["machine"]


def test_a_copy_that_was_not_installed_has_no_commit(tmp_path, monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(runs, "CHECKOUT", tmp_path)
    monkeypatch.setattr(runs, "distribution", missing)
    assert runs.provenance()["commit"] == "unknown"


def test_a_watermark_is_a_line_for_people_and_a_record_for_the_status_page():
    bundle = runs.Watermark()._repr_mimebundle_()
    assert bundle[runs.RUN_MIME].keys() >= {"date", "commit", "device", "seconds", "packages"}
    assert "CPU cores" in bundle["text/plain"]


def test_without_a_checkout_the_commit_is_what_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "CHECKOUT", tmp_path)
    assert runs.provenance()["commit"] == "unknown"
    monkeypatch.setenv("POLYLIB_COMMIT", "abc")
    assert runs.provenance()["commit"] == "abc"
