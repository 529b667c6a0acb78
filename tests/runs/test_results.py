"""Results carry their provenance, are whole or absent, and are refused when they are not results."""

import inspect
import json
import shutil
from importlib.metadata import PackageNotFoundError, PathDistribution

import pytest

from polylib.runs import results, whole_file


def save(folder, **changes):
    arguments = {"name": "01-sparse-entropy-test", "values": {"x": [1, 2.5, "a", None]}, "parameters": {"seed": 7}}
    return results.save(**(arguments | changes), folder=folder)


def test_a_saved_result_comes_back_with_its_provenance(tmp_path):
    path = save(tmp_path, seconds=12.34)
    record = results.load(path.stem, folder=tmp_path)
    assert record.keys() == results.KEYS
    assert record["values"] == {"x": [1, 2.5, "a", None]}
    assert (record["seed"], record["seconds"]) == (7, 12.3)
    assert record["packages"].keys() >= {"polylib", "torch", "numpy"}
    assert len(record["digest"]) == len(record["notebook_digest"]) == 64
    assert record["name"] in results.describe(record)
    assert "seed 7" in results.describe(record)


def test_a_result_of_no_notebook_says_so(tmp_path):
    path = save(tmp_path, name="elsewhere")
    assert results.load("elsewhere", folder=tmp_path)["notebook_digest"] == "unknown"
    assert path.stat().st_mode & 0o777 == 0o644


def test_nothing_is_left_and_nothing_lost_when_writing_fails(tmp_path, monkeypatch):
    save(tmp_path)
    before = (tmp_path / "01-sparse-entropy-test.json").read_text()

    def full(descriptor):
        raise OSError("No space left on device")

    monkeypatch.setattr(whole_file.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(tmp_path, values={"x": 2})
    assert [p.name for p in tmp_path.iterdir()] == ["01-sparse-entropy-test.json"]
    assert (tmp_path / "01-sparse-entropy-test.json").read_text() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "../escape"}, r"name must be a file name without folders, got '\.\./escape'"),
        ({"name": ""}, "name must be a file name without folders, got ''"),
        ({"parameters": {"steps": 1}}, r"parameters must hold the seed, got the keys \['steps'\]"),
        ({"values": {"x": [1.0, float("nan")]}}, r"values\['x'\]\[1\] must be finite, got nan"),
        ({"parameters": {"seed": 1, "rate": float("inf")}}, r"values|parameters\['rate'\] must be finite, got inf"),
        ({"values": 5}, "values must be a dict, got 5"),
        ({"values": {"x": {1, 2}}}, r"values\['x'\] must be a number, string, list or dict, got set"),
    ],
)
def test_bad_input_is_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(results.save)(
            **({"name": "x", "values": {}, "parameters": {"seed": 1}} | changes), folder=tmp_path
        )
    assert list(tmp_path.iterdir()) == []


def test_load_refuses_what_is_not_a_result(tmp_path):
    path = save(tmp_path)
    record = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in record.items() if k != "seed"} | {"extra": 1}))
    with pytest.raises(ValueError, match=r"got unknown \['extra'\] and missing \['seed'\]"):
        results.load(path.stem, folder=tmp_path)
    with pytest.raises(ValueError, match="name must be a file name without folders"):
        results.load("../" + path.stem, folder=tmp_path)
    path.write_text("[]")
    with pytest.raises(ValueError, match="must hold exactly the keys of a result"):
        results.load(path.stem, folder=tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no result 'other' in .*, which holds 01-sparse-entropy-test"):
        results.load("other", folder=tmp_path)


def test_the_digest_is_of_every_module_of_every_room_and_of_its_name(tmp_path, monkeypatch):
    copy = tmp_path / "polylib"
    shutil.copytree(results.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    here = results.provenance()["digest"]
    monkeypatch.setattr(results, "PACKAGE", copy)
    assert results.provenance()["digest"] == here  # where the package lies plays no part
    rooms = {p.parent for p in copy.rglob("*.py")}
    assert len(rooms) > 10
    found = {here}
    for room in sorted(rooms):
        path = sorted(room.glob("*.py"))[-1]
        path.write_bytes(path.read_bytes() + b"\n")
        found.add(results.provenance()["digest"])
        path.rename(path.with_stem("renamed"))
        found.add(results.provenance()["digest"])
    assert len(found) == 1 + 2 * len(rooms)


def test_every_kept_result_can_be_read():
    names = [path.stem for path in results.folder().glob("*.json")]
    assert names
    for name in names:
        assert results.load(name)["name"] == name


def test_without_a_checkout_results_come_from_the_installed_package(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "CHECKOUT", tmp_path)
    assert results.folder() == results.PACKAGE / "_results"
    assert results.provenance()["commit"] == "unknown"
    monkeypatch.setenv("POLYLIB_COMMIT", "abc")
    assert results.provenance()["commit"] == "abc"


def test_a_copy_that_pip_took_from_a_commit_names_it(tmp_path, monkeypatch):
    record = tmp_path / "polylib-0.1.0.dist-info" / "direct_url.json"
    record.parent.mkdir()
    address = "https://github.com/someone/fork"
    record.write_text(json.dumps({"url": address, "vcs_info": {"vcs": "git", "commit_id": "0123456789abcdef" * 2}}))
    monkeypatch.setattr(results, "CHECKOUT", tmp_path)
    monkeypatch.setattr(results, "distribution", lambda name: PathDistribution(record.parent))
    assert results.provenance()["commit"] == "0123456789ab"
    record.unlink()
    assert results.provenance()["commit"] == "unknown"


def test_a_copy_that_was_not_installed_has_no_commit(tmp_path, monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(results, "CHECKOUT", tmp_path)
    monkeypatch.setattr(results, "distribution", missing)
    assert results.provenance()["commit"] == "unknown"


def test_a_watermark_is_a_line_for_people_and_a_record_for_the_status_page():
    bundle = results.Watermark()._repr_mimebundle_()
    assert bundle[results.RUN_MIME].keys() >= {"date", "commit", "device", "seconds", "packages"}
    assert "CPU cores" in bundle["text/plain"]
