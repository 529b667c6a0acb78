"""A reader's own table in a file, .npy, .npz or .csv, as it stands there: nothing is skipped, dropped or filled in."""

import csv
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from polylib.runs import data

KINDS = (".npy", ".npz", ".csv")


def read_array(file: str | Path) -> NDArray:
    """The array in a file: of .csv (rows, columns), or (rows,) of a single column, numbers or words.

    A .csv has its columns apart by commas. Its first line is taken for names where it counts the columns from 0, as
    pandas does, or has words that do not come again below. Of several arrays in an .npz the name follows: "both.npz:x".
    Paths begin where the notebook runs, or with ~. What was read is noted for the results of this process. Raises
    FileNotFoundError for what is not there, ValueError for another kind of file, several arrays and no name, pickled
    objects, a line of another length, and a column without a name, which is the row numbers of pandas.
    """
    given, _, name = str(file).partition(".npz:")
    path = Path(given + ".npz" * bool(name)).expanduser()
    if path.suffix.lower() not in KINDS:
        raise ValueError(f"file must be one of {', '.join(KINDS)}, got {path.name!r}")
    if not path.is_file():
        raise FileNotFoundError(f"file must be there, got {str(path)!r}, looked for from {Path.cwd()}")
    data.note(path.name, data.digest_of_files([path], path.parent))
    try:
        return _of_csv(path) if path.suffix.lower() == ".csv" else _of_numpy(path, name)
    except (pd.errors.ParserError, UnicodeDecodeError, OSError, EOFError) as damaged:
        raise ValueError(f"file must be whole, a .csv in UTF-8, got {path.name}: {damaged}") from None


def _of_numpy(path: Path, name: str) -> NDArray:
    try:
        found = np.load(path, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found
        with found:
            if name not in found.files and (name or len(found.files) != 1):
                shown = f"{name!r} and " * bool(name) + ", ".join(found.files)
                raise ValueError(f'file must name one of its arrays, as "{path.name}:{found.files[0]}", got {shown}')
            return found[name or found.files[0]]
    except ValueError as refused:
        if "allow_pickle" not in str(refused):
            raise
        said = "file must hold numbers or strings, got Python objects in"
        raise ValueError(f"{said} {path.name}: save labels as np.array(labels, dtype=str)") from None


def _of_csv(path: Path) -> NDArray:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = filter(None, csv.reader(lines))
        first, second = next(rows, []), next(rows, [])
        named = _are_names(first, chain([second], rows))
    if not first or (named and not second):
        raise ValueError(f"file must hold rows of numbers or labels, got none in {path.name}")
    if second and len(second) != len(first):
        raise ValueError(f"file must have lines of one length, got {len(first)} and {len(second)} cells in {path.name}")
    unnamed = [place for place, cell in enumerate(first) if named and not cell.strip()]
    if unnamed:
        said = f"file must name every column that is named at all, got none for column {unnamed[0]} of {path.name}"
        raise ValueError(f"{said}: row numbers, as pandas writes them? leave them out by index=False")
    frame = pd.read_csv(path, header=0 if named else None, index_col=False, encoding="utf-8-sig", low_memory=False)
    found = frame.to_numpy()
    return found[:, 0] if found.shape[1] == 1 else found


def _are_names(first: list[str], others: Iterable[list[str]]) -> bool:
    words = [place for place, cell in enumerate(first) if not _is_number(cell)]
    if not words:
        return len(first) > 1 and first == [str(place) for place in range(len(first))]
    return not any(first[place] in row[place : place + 1] for row in others for place in words if first[place])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
