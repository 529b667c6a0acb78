"""Results carry their provenance, are whole or absent, and are refused when they are not results."""

import inspect
import json

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
    save(tmp_path, name="elsewhere")
    assert results.load("elsewhere", folder=tmp_path)["notebook_digest"] == "unknown"


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


def test_every_kept_result_can_be_read():
    names = [path.stem for path in results.folder().glob("*.json")]
    assert names
    for name in names:
        assert results.load(name)["name"] == name


def test_without_a_checkout_results_come_from_the_installed_package(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "CHECKOUT", tmp_path)
    assert results.folder() == results.PACKAGE / "_results"


CELL = """# %% tags=["parameters"]
seed: int = 0  # of draws
steps: int = 5  # of training
name = 3

# %%
other: int = 1
"""


@pytest.fixture
def record(tmp_path, monkeypatch):
    """A result of a notebook that has the parameters seed and steps, saved by the present library."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01-sparse-entropy.py").write_text(CELL)
    monkeypatch.setattr(results, "CHECKOUT", tmp_path)
    return results.load(save(tmp_path, parameters={"seed": 1, "steps": 9}).stem, folder=tmp_path)


def test_a_result_of_the_present_library_and_notebook_is_unchanged(record):
    assert results.changed(record) == results.changed(record, {"seed", "steps"}) == "unchanged since"
    assert results.describe(record).endswith(";\n  unchanged since")


UNKNOWN = {"rooms": "not recorded"}


@pytest.mark.parametrize(
    ("parameters", "of_then", "words"),
    [
        (["seed", "steps"], UNKNOWN, "unchanged since"),
        (["seed", "steps"], UNKNOWN | {"digest": "0" * 64}, "the library has changed since"),
        (["seed", "steps"], {"digest": "0" * 64}, "unchanged since"),
        (["seed", "steps"], {"rooms": {"theory": "0"}}, "polylib.theory has changed since"),
        (["seed", "steps"], {"rooms": {"theory": "0", "gone": "1"}}, "polylib.theory, polylib.gone have changed since"),
        (["seed"], {}, "its parameter steps is no longer the notebook's"),
        ([], {}, "its parameters seed, steps are no longer the notebook's"),
        (["seed", "steps", "rate"], {}, "the notebook has rate besides"),
        (
            {"seed": 1, "rate": 2},
            {"rooms": {"theory": "0"}},
            "polylib.theory has changed since; its parameter steps is no longer the notebook's; "
            "the notebook has rate besides",
        ),
    ],
)
def test_what_has_changed_since_a_result_was_kept_is_said(record, parameters, of_then, words):
    assert results.changed(record | of_then, parameters) == words


def test_a_parameter_that_the_notebook_lost_is_found_in_its_cell(record, tmp_path):
    (tmp_path / "notebooks" / "01-sparse-entropy.py").write_text(CELL.replace("steps", "n_steps"))
    words = "its parameter steps is no longer the notebook's; the notebook has n_steps besides"
    assert results.changed(record) == words
    assert results.describe(record).endswith(words)


def test_where_there_is_no_notebook_nothing_is_said_of_its_parameters(record):
    assert results.declared("elsewhere") is None
    assert results.changed(record | {"name": "elsewhere"}) == "unchanged since"
