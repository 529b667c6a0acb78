"""Activation records: what directions do along texts, token strings and one value a token, in one npz without pickle.

The file holds `values` (directions, layers, passages, tokens) in single precision, `lengths` (passages,), `directions`
(layers, units, directions) and `meta`, JSON text in UTF-8 that follows `SCHEMA` and holds the token strings.
"""

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from polylib import validate
from polylib.language.models import LanguageModel
from polylib.language.passages import Passages
from polylib.language.residual_stream import residual_stream
from polylib.runs.whole_file import replacing

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "activation records of polylib",
    "type": "object",
    "required": ["schema", "model", "layers", "names", "tokens"],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": "polylib.activation_records/1"},
        "model": {"type": "string", "description": "name of the language model"},
        "layers": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "names": {"type": "array", "items": {"type": "string"}, "description": "one a direction"},
        "tokens": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
    },
}
_DAMAGE = (
    ValueError,
    OSError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    RecursionError,
    MemoryError,
    RuntimeError,
)
_DAMAGE += (zipfile.BadZipFile, zlib.error)
_ARRAYS = {"values": np.float32, "lengths": np.int64, "directions": np.float32, "meta": np.uint8}


@dataclass(frozen=True, eq=False)
class ActivationRecord:
    """A stretch of text as tokens, with one value a token. Raises ValueError for another number of values, or none."""

    tokens: list[str]
    values: NDArray[np.float64]
    """in units of activity"""
    passage: int | None = None
    """the number of that from which it was cut; None where it was not cut from any"""

    def __post_init__(self) -> None:
        values = validate.real("values", self.values)
        if values.shape != (len(self.tokens),) or not self.tokens:
            raise ValueError(f"values must be one a token, for {len(self.tokens)} tokens, got shape {values.shape}")
        object.__setattr__(self, "values", values)

    def flipped(self) -> "ActivationRecord":
        """The other end of the direction: the same tokens, values negated."""
        return ActivationRecord(self.tokens, -self.values, self.passage)


@dataclass(frozen=True)
class ActivationRecords:
    """Those of every (direction, layer, passage)."""

    model: str
    layers: list[int]
    names: list[str]
    """of the directions"""
    tokens: list[list[str]]
    """of the passages"""
    values: NDArray[np.float32]
    """(directions, layers, passages, tokens), 0 behind the end of a passage"""
    directions: NDArray[np.float32]
    """(layers, units, directions)"""

    def __getitem__(self, key: tuple[int, int, int]) -> ActivationRecord:
        """The record at places (direction, layer, passage), without padding."""
        *_, p = key
        return ActivationRecord(self.tokens[p], self.values[key][: len(self.tokens[p])].astype(np.float64), p)


def record(
    language: LanguageModel,
    passages: Passages,
    directions: NDArray,
    *,
    layers: list[int] | None = None,
    names: list[str] | None = None,
    batch_size: int = 10,
) -> ActivationRecords:
    """Project the residual stream on given directions (layers, units, n), one set for each of `layers`.

    `layers` are all by default, 0 being what enters the first block; `names` are numbers by default. Every token is
    kept, the first ones too. Raises ValueError for shapes that do not fit the model or one another.
    """
    layers = list(range(language.n_layers + 1)) if layers is None else list(layers)
    u = validate.real("directions", directions).astype(np.float32)
    if u.ndim != 3 or u.shape[:2] != (len(layers), language.n_units):
        wanted = f"({len(layers)}, {language.n_units}, n)"
        raise ValueError(f"directions must have shape {wanted}, one set a layer, got {u.shape}")
    names = [str(i) for i in range(u.shape[2])] if names is None else list(names)
    if len(names) != u.shape[2]:
        raise ValueError(f"names must be {u.shape[2]}, one a direction, got {len(names)}")
    if not all(0 <= validate.integer("layers", layer, 0) <= language.n_layers for layer in layers):
        raise ValueError(f"layers must lie between 0 and {language.n_layers}, got {layers}")
    on_device = torch.from_numpy(u).to(language.device)
    values = np.zeros((u.shape[2], len(layers), len(passages), passages.ids.shape[1]), dtype=np.float32)
    for batch in residual_stream(language, passages, batch_size):
        z = torch.einsum("lptu,lud->dlpt", batch.activations[layers], on_device) * batch.mask
        values[:, :, batch.rows] = z.cpu().numpy()
    return ActivationRecords(language.name, layers, names, passages.tokens, values, u)


def save(path: str | Path, records: ActivationRecords) -> Path:
    """Write records to an npz file, whole or not at all. Raises ValueError for records that `load` would refuse."""
    path = Path(path)
    _refuse_misfit("records", records)
    meta = {"schema": SCHEMA["properties"]["schema"]["const"], "model": records.model, "layers": records.layers}
    meta |= {"names": records.names, "tokens": records.tokens}
    text = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), dtype=np.uint8)
    lengths = np.array([len(t) for t in records.tokens], dtype=np.int64)
    arrays = {"values": records.values, "directions": records.directions, "lengths": lengths, "meta": text}
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)
    return path


def load(path: str | Path) -> ActivationRecords:
    """Read records back. Raises FileNotFoundError, or ValueError for a file that is none or does not fit together."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"path must be a file of activation records, got {str(path)!r}")
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        kinds = {name: array.dtype.type for name, array in found.items()}
        meta = json.loads(found["meta"].tobytes().decode()) if kinds == _ARRAYS else None
    except _DAMAGE as error:
        raise ValueError(f"{path.name} must hold activation records, got {error}") from error
    if meta is None or not isinstance(meta, dict) or meta.keys() != set(SCHEMA["required"]):
        raise ValueError(f"{path.name} must hold the arrays {sorted(_ARRAYS)} and their meta, got {sorted(found)}")
    if meta["schema"] != SCHEMA["properties"]["schema"]["const"]:
        raise ValueError(f"{path.name} must follow {SCHEMA['properties']['schema']['const']}, got {meta['schema']!r}")
    parts = (meta[key] for key in ("model", "layers", "names", "tokens"))
    records = ActivationRecords(*parts, found["values"], found["directions"])
    _refuse_misfit(path.name, records)
    if found["lengths"].tolist() != [len(t) for t in records.tokens]:
        raise ValueError(f"{path.name} must hold as many tokens as its meta says, got {found['lengths'].tolist()}")
    return records


def _refuse_misfit(where: str, records: ActivationRecords) -> None:
    """Kinds of what is in lists, shapes of arrays against their lengths, and numbers that are some."""
    for name, one in (("layers", int), ("names", str), ("tokens", list)):
        part = getattr(records, name)
        if not isinstance(part, list) or not all(type(entry) is one for entry in part):
            raise ValueError(f"{where} must hold {name} of kind {one.__name__}, got {part!r:.80}")
    if not isinstance(records.model, str) or not all(isinstance(t, str) for ts in records.tokens for t in ts):
        raise ValueError(f"{where} must hold tokens and a model's name in words, got others")
    if any(layer < 0 for layer in records.layers):
        raise ValueError(f"{where} must hold layers of at least 0, got {records.layers}")
    longest = max(map(len, records.tokens), default=0)
    shape = (len(records.names), len(records.layers), len(records.tokens), longest)
    u = records.directions
    if records.values.shape != shape or u.ndim != 3 or u.shape[::2] != shape[1::-1]:
        found = f"{records.values.shape} along {u.shape}"
        raise ValueError(f"{where} must hold values of shape {shape} as its meta says, got {found}")
    for name, array in (("values", records.values), ("directions", u)):
        if not np.isfinite(array).all():
            raise ValueError(f"{where} must hold finite {name}, got others")
