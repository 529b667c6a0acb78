"""A room's digest is of what its code does; a run's rooms are those that it imported, but for those that only show."""

import pytest

from polylib.runs import rooms

CODE = """\"\"\"What it is.\"\"\"

LIMIT = 3
\"\"\"largest\"\"\"


def double(x: float) -> float:
    \"\"\"Twice x.\"\"\"
    return f"{2 * x}"  # so


class Empty:
    \"\"\"Nothing.\"\"\"
"""


@pytest.fixture
def digest(tmp_path, monkeypatch):
    """The digest of a room of one module, by its text."""
    monkeypatch.setattr(rooms, "PACKAGE", tmp_path)
    (tmp_path / "room").mkdir()

    def of(code, name="module.py"):
        for path in (tmp_path / "room").iterdir():
            path.unlink()
        (tmp_path / "room" / name).write_text(code)
        rooms._digest.cache_clear()
        then = {"room": rooms._digest("room")}
        assert rooms.changed(then) == []
        return then

    yield of
    rooms._digest.cache_clear()


SAID = [
    ("What it is.", "Another word."),
    ("largest", "most"),
    ("  # so", ""),
    ("\n\n\nclass", "\n\nclass"),
    ('\n    """Twice x."""', ""),
]
DONE = [
    ("= 3", "= 4"),
    ("= 3", "= 3.0"),
    ("2 * x", "2 + x"),
    ("x: float", "y: float"),
    ("Empty", "Full"),
    ("double", "twice"),
]


@pytest.mark.parametrize(("old", "new"), [*SAID, *DONE])
def test_a_digest_is_of_what_code_does_and_not_of_what_it_says(digest, old, new):
    assert old in CODE
    then, other = digest(CODE), (old, new) in DONE
    assert (digest(CODE.replace(old, new)) != then) == other
    assert rooms.changed(then) == ["room"] * other


def test_a_module_of_another_name_or_gone_changes_its_room(digest):
    then = digest(CODE)
    assert digest(CODE, "other.py") != then
    assert rooms.changed({"gone": then["room"]}) == ["gone"]


def test_the_rooms_that_a_process_imported_are_told(monkeypatch):
    names = ["polylib", "polylib.validate", "polylib.theory", "polylib.theory.energy", "polylib.finding", "torch.nn"]
    monkeypatch.setattr(rooms.sys, "modules", dict.fromkeys(names))
    assert [*rooms.used()] == ["theory"]
