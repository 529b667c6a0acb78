"""Files as people have them: what is in them arrives whole, and what would arrive changed is refused."""

import numpy as np
import pandas as pd
import pytest

from polylib.runs import data
from polylib.runs.own_files import read_array

X = np.random.default_rng(0).standard_normal((6, 3))
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


def saved(path, write):
    write(path)
    return path


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("x.npy", lambda path: np.save(path, X)),
        ("x.npz", lambda path: np.savez(path, X)),
        ("x.csv", lambda path: FRAME.to_csv(path, index=False)),
        ("names.CSV", lambda path: FRAME.to_csv(path, index=False, encoding="utf-8-sig")),
        ("numbered.csv", lambda path: pd.DataFrame(X).to_csv(path, index=False)),
        ("bare.csv", lambda path: np.savetxt(path, X, delimiter=",")),
    ],
)
def test_a_table_arrives_whole(tmp_path, monkeypatch, name, write):
    monkeypatch.setattr(data, "_NOTED", {})
    np.testing.assert_allclose(read_array(saved(tmp_path / name, write)), X, rtol=1e-15)
    assert list(data.noted()) == [name]


def test_one_of_several_arrays_by_name(tmp_path):
    path = saved(tmp_path / "both.npz", lambda path: np.savez(path, x=X, y=X[:, 0]))
    assert np.array_equal(read_array(f"{path}:y"), X[:, 0])
    for name, said in (("", "got x, y"), (":z", "got 'z' and x, y")):
        with pytest.raises(ValueError, match=rf'must name one of its arrays, as "both.npz:x", {said}'):
            read_array(f"{path}{name}")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("label\ncat\ndog\ncat\n", ["cat", "dog", "cat"]),
        ("cat\ndog\ncat\n", ["cat", "dog", "cat"]),
        ("value\n1\n2\n", [1, 2]),
        ("1\n2\n1\n", [1, 2, 1]),
        ("0.5, 1\n1, 2\n", [[0.5, 1], [1, 2]]),
        ("cat,red\ndog,red\n", [["cat", "red"], ["dog", "red"]]),
    ],
)
def test_a_first_line_is_names_or_it_is_not(tmp_path, text, found):
    (tmp_path / "own.csv").write_text(text)
    assert read_array(tmp_path / "own.csv").tolist() == found


def test_cells_that_are_missing_stay_missing(tmp_path):
    (tmp_path / "own.csv").write_text("a,b\n1,\n2,3\n")
    assert np.isnan(read_array(tmp_path / "own.csv")[0, 1])


@pytest.mark.parametrize(
    ("name", "write", "said"),
    [
        ("index.csv", FRAME.to_csv, r"got none for column 0 of index\.csv: row numbers, as pandas writes them\? leave"),
        ("x.xlsx", lambda path: path.write_bytes(b"PK"), r"file must be one of \.npy, \.npz, \.csv, got 'x\.xlsx'"),
        (
            "o.npy",
            lambda path: np.save(path, np.array(["a", 1], object), True),
            "got Python objects in o.npy: save lab",
        ),
        ("empty.csv", lambda path: path.write_text(""), "rows of numbers or labels, got none in empty.csv"),
        ("names.csv", lambda path: path.write_text("a,b\n"), "rows of numbers or labels, got none in names.csv"),
        ("odd.csv", lambda path: path.write_text("1,2\n3,4\n5,6,7\n"), r"a \.csv in UTF-8, got odd\.csv"),
        (
            "long.csv",
            lambda path: path.write_text("a,b\n3,4,5\n"),
            r"lines of one length, got 2 and 3 cells in long\.csv",
        ),
        (
            "latin.csv",
            lambda path: path.write_bytes(b"\xe4\n\xf6\n"),
            r"must be whole, a \.csv in UTF-8, got latin\.csv",
        ),
        ("cut.npy", lambda path: path.write_bytes(b""), r"must be whole, a \.csv in UTF-8, got cut\.npy"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, name, write, said):
    with pytest.raises(ValueError, match=said):
        read_array(saved(tmp_path / name, write))


def test_what_is_not_there_is_looked_for_from_a_named_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=f"got 'own.csv', looked for from {tmp_path}"):
        read_array("own.csv")
