"""Where a number came from: results that carry the provenance of their run, and what has changed since.

A result is a JSON file with everything needed to make it again. Tensors travel beside it as plain npz.
"""

import ast
import hashlib
import json
import math
from collections.abc import Collection
from pathlib import Path

import torch

from polylib.runs import data, rooms
from polylib.runs.provenance import CHECKOUT, PACKAGE, digest, elapsed, provenance
from polylib.runs.provenance import RUN_MIME as RUN_MIME
from polylib.runs.provenance import Watermark as Watermark
from polylib.runs.whole_file import replacing

KEYS = {"name", "values", "parameters", "seed", "device", "packages", "python", "commit", "digest", "rooms", "data"}
KEYS |= {"notebook_digest", "seconds", "date", "memory"}
OF_LATE = {"data", "rooms", "memory"}  # what older results do not say


def folder() -> Path:
    """Where results lie: book/results in a checkout, else the copy that is installed with polylib."""
    checkout = CHECKOUT / "book" / "results"
    return checkout if checkout.is_dir() else PACKAGE / "_results"


def save(
    name: str,
    values: dict,
    parameters: dict,
    *,
    seconds: float | None = None,
    device: str | torch.device = "cpu",
    folder: Path | None = None,
) -> Path:
    """Write `values` (numbers, strings, lists, dicts) with their provenance to NAME.json, whole or not at all.

    `parameters` is what the run was asked for and must hold its seed. `seconds` is the run's wall time, by default
    since this module was imported. A name that starts with a notebook's name ties the result to that notebook. The
    SHA-256 of all data that loaders of polylib have read in this process goes with it, and digests of the rooms of
    polylib that it has imported.
    Raises ValueError for a name that is no file name, parameters without a seed, or a value that is not finite.
    """
    path = _path(name, folder)
    if "seed" not in parameters:
        raise ValueError(f"parameters must hold the seed, got the keys {sorted(parameters)}")
    if not isinstance(values, dict):
        raise ValueError(f"values must be a dict, got {values!r}")
    _refuse_nonfinite("values", values)
    _refuse_nonfinite("parameters", parameters)
    seconds = elapsed() if seconds is None else seconds
    record = {"name": name, "values": values, "parameters": parameters, "seed": parameters["seed"]}
    record |= provenance(device) | {"notebook_digest": _notebook_digest(name), "seconds": round(seconds, 1)}
    record |= {"data": data.noted(), "rooms": rooms.used()}
    text = json.dumps(record, indent=1, sort_keys=True, allow_nan=False)
    with replacing(path) as file:
        file.write(f"{text}\n".encode())
    return path


def load(name: str, *, folder: Path | None = None) -> dict:
    """Read a result back, as `save` wrote it: a dict with the keys `KEYS`.

    Raises FileNotFoundError with what there is, and ValueError for a file with unknown or missing keys.
    """
    path = _path(name, folder)
    if not path.is_file():
        present = ", ".join(sorted(p.stem for p in path.parent.glob("*.json"))) or "nothing"
        raise FileNotFoundError(f"no result {name!r} in {path.parent.name}, which holds {present}")
    record = json.loads(path.read_text())
    if isinstance(record, dict):
        record = dict.fromkeys(OF_LATE, "not recorded") | record
    if not isinstance(record, dict) or record.keys() != KEYS:
        keys = set(record) if isinstance(record, dict) else set()
        raise ValueError(
            f"{path.name} must hold exactly the keys of a result, "
            f"got unknown {sorted(keys - KEYS)} and missing {sorted(KEYS - keys)}"
        )
    return record


def describe(record: dict, parameters: Collection[str] | None = None) -> str:
    """The provenance of a result and what has changed since, three lines for the page that shows it; see `changed`."""
    torch_version = record["packages"].get("torch", "?")
    return (
        f"{record['name']}: {record['date'][:10]}, {record['device']}, {record['seconds']:.0f} s,\n  "
        f"seed {record['seed']}, torch {torch_version}, polylib {record['digest'][:8]};\n  "
        f"{changed(record, parameters)}"
    )


def changed(record: dict, parameters: Collection[str] | None = None) -> str:
    """What has become of the code that made a result, in words.

    "unchanged since", "polylib.networks has changed since" (a room that the run used; "the library" where the result
    does not say which those were), "its parameters a, b are no longer the notebook's", "the notebook has c besides", or
    several of them. parameters: the names that the notebook has now, or a dict with them as keys; by default those of
    the parameters cell of the notebook that the result's name starts with, if it is at hand. Values are not compared: a
    run is kept because it was made at other ones.
    """
    names = declared(record["name"]) if parameters is None else set(parameters)
    said = _changed_code(record)
    if names is not None:
        gone, new = sorted(record["parameters"].keys() - names), sorted(names - record["parameters"].keys())
        said += [f"{_its(gone)} no longer the notebook's"] * bool(gone)
        said += [f"the notebook has {', '.join(new)} besides"] * bool(new)
    return "; ".join(said) or "unchanged since"


def declared(name: str) -> set[str] | None:
    """Names of the parameters of the notebook that `name` starts with; None if there is no such notebook here."""
    source = _notebook(name)
    if source is None:
        return None
    cell = source.read_text().partition('# %% tags=["parameters"]\n')[2].partition("\n# %%")[0]
    return {line.target.id for line in ast.parse(cell).body if isinstance(line, ast.AnnAssign)}


def _changed_code(record: dict) -> list[str]:
    if record["rooms"] == "not recorded":
        return ["the library has changed since"] * (record["digest"] != digest())
    changed = [f"polylib.{room}" for room in rooms.changed(record["rooms"])]
    return [f"{', '.join(changed)} {'have' if len(changed) > 1 else 'has'} changed since"] * bool(changed)


def _its(names: list[str]) -> str:
    return f"its parameter{'s' * (len(names) > 1)} {', '.join(names)} {'are' if len(names) > 1 else 'is'}"


def _path(name: str, given: Path | None) -> Path:
    """The file of a result, in the folder that is given or in the usual one."""
    if not name or Path(name).name != name:
        raise ValueError(f"name must be a file name without folders, got {name!r}")
    return (given or folder()) / f"{name}.json"


def _refuse_nonfinite(where: str, value: object) -> None:
    if isinstance(value, dict):
        for key, entry in value.items():
            _refuse_nonfinite(f"{where}[{key!r}]", entry)
    elif isinstance(value, list | tuple):
        for i, entry in enumerate(value):
            _refuse_nonfinite(f"{where}[{i}]", entry)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where} must be finite, got {value}")
    elif not isinstance(value, str | int | float | None):
        raise ValueError(f"{where} must be a number, string, list or dict, got {type(value).__name__}")


def _notebook_digest(name: str) -> str:
    """Digest of the percent source of the notebook whose name `name` starts with; "unknown" if there is none."""
    source = _notebook(name)
    return hashlib.sha256(source.read_bytes()).hexdigest() if source else "unknown"


def _notebook(name: str) -> Path | None:
    """The percent source of the notebook whose name `name` starts with, if it is here."""
    found = [p for p in (CHECKOUT / "notebooks").glob("*.py") if name.startswith(p.stem)]
    return found[0] if len(found) == 1 else None
