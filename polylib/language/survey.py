"""One look at a reader's language model: on its texts, on their words in random order, and beside untrained twins.

Part by part of the texts; every part has a twin of its own, another draw of the weights. What is kept does not grow
with the texts but for the values along the directions that were asked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from tqdm import tqdm

from polylib import validate
from polylib.language import passages
from polylib.language.models import LanguageModel
from polylib.language.own_texts import Parts
from polylib.language.passages import Passages
from polylib.language.residual_stream import Batch, residual_stream
from polylib.language.slow_directions import PathMoments
from polylib.language.smoothness import LayerEnergies
from polylib.language.trajectory import random_directions
from polylib.language.twins import untrained

Values = Float[np.ndarray, "directions layers stretches tokens"]
FAR = 10_000
"""from the seed of a survey to that of its first twin, lest a twin be what the model began from"""


@dataclass(frozen=True)
class Survey:
    """What was read of a model, for the instruments."""

    language: LanguageModel
    parts: Parts
    layers: list[int]
    """those whose moments and values along directions were kept"""
    skip: int
    """tokens at the start of a stretch that no statistic uses"""
    energies: dict[str, Float[np.ndarray, "parts all_layers"]]
    """relative energies of "text", "shuffled words" and "twins", by part"""
    moments: dict[str, PathMoments]
    """of "text" and "shuffled words", a group a part"""
    values: dict[str, Values]
    """along the directions, of "text" and "twins", without the first tokens"""
    directions: Float[np.ndarray, "layers units directions"]
    """unit vectors, the same for the twins"""
    null: str
    """the twins in words; empty where there are none"""

    @property
    def tokens(self) -> list[list[str]]:
        """Strings of every stretch, without the first ones."""
        return [tokens[self.skip :] for tokens in self.parts.passages.tokens]


def survey(
    language: LanguageModel,
    parts: Parts,
    *,
    layers: Sequence[int] | None = None,
    directions: NDArray | None = None,
    n_directions: int = 20,
    shuffles: int = 1,
    skip: int = 4,
    twins: bool = True,
    batch_size: int = 10,
    seed: int = 0,
    progress: bool = True,
) -> Survey:
    """Read a model on all parts, on their shuffled words, and a new untrained twin on each part.

    `layers` by default four, spread evenly, with the last; 0 is what enters the first block. `directions` (layers,
    units, n) of yours, or by default `n_directions` random ones. Energies on shuffled words are means over
    `shuffles`, their moments are of the first. The cost is two passes over the texts, one a shuffle, and a draw of
    the weights a part; twins are drawn from seeds far from those that a caller trains with. Raises ValueError for
    layers that the model has not, directions of another shape, stretches with no two tokens after `skip`, and as
    `residual_stream` and `untrained` do; a model whose untrained twin cannot be drawn needs twins=False.
    """
    chosen = _layers(language.n_layers, layers)
    rng = np.random.default_rng(seed)
    if directions is None:
        directions = random_directions(len(chosen), language.n_units, n_directions, rng=rng)
    directions = _unit(directions, len(chosen), language.n_units)
    if parts.passages.ids.shape[1] < validate.integer("skip", skip, 0) + 2:
        raise ValueError(f"skip must leave two of {parts.passages.ids.shape[1]} tokens, got {skip}")
    kept = {"layers": chosen, "directions": directions, "skip": skip, "batch_size": batch_size}
    n, total = parts.n_parts, len(parts.passages) * (1 + validate.integer("shuffles", shuffles, 1) + twins)
    with tqdm(total=total, disable=not progress, desc="stretches read") as bar:
        text = _Reading(language, parts.passages, n, bar, **kept)
        mixed, moments = [], {"text": text.moments}
        for _ in range(shuffles):
            one = _Reading(language, passages.shuffled(parts.passages, rng=rng), n, bar, **kept)
            moments.setdefault("shuffled words", one.moments)
            mixed.append(one.energies(n))
        energies = {"text": text.energies(n), "shuffled words": np.mean(mixed, axis=0)}
        values, said = {"text": text.values()}, ""
        if twins:
            found = []
            for part in range(n):
                twin = untrained(language, seed=seed + FAR + part)
                found.append(_Reading(twin, parts.own(part), 1, bar, **kept))
                said = _in_words(twin.name.removeprefix(f"{language.name}, ").rpartition(", seed")[0])
            energies["twins"] = np.concatenate([one.energies(1) for one in found])
            values["twins"] = np.empty_like(values["text"])
            for part, one in enumerate(found):
                values["twins"][:, :, parts.rows(part)] = one.values()
    null = f"its own architecture with {said}, another draw for each part" if said else ""
    return Survey(language, parts, chosen, skip, energies, moments, values, directions, null)


class _Reading:
    """A model on some stretches: energies, moments and values along directions, in one pass."""

    def __init__(
        self,
        language: LanguageModel,
        some: Passages,
        groups: int,
        bar: tqdm,
        *,
        layers: list[int],
        directions: NDArray,
        skip: int,
        batch_size: int,
    ) -> None:
        self._smooth, self.moments = LayerEnergies(skip), PathMoments(layers, groups, skip)
        self._along, found = torch.from_numpy(directions).to(language.device), []
        for batch in _batches(language, some, batch_size, bar):
            self._smooth.add(batch)
            self.moments.add(batch)
            found.append(
                torch.einsum("lptu,lud->dlpt", batch.activations[layers], self._along)[..., skip:].cpu().numpy()
            )
        self._values = found

    def energies(self, groups: int) -> Float[np.ndarray, "groups all_layers"]:
        """Of each group of stretches, by layer."""
        return self._smooth.energies(np.tile(np.eye(groups), self._smooth.n_passages // groups))

    def values(self) -> Values:
        """Of all stretches."""
        return np.concatenate(self._values, axis=2)


def _in_words(draw: str) -> str:
    """How twins were drawn, with the digits of a number that somebody reads."""
    return re.sub(r"\d+\.\d{4,}", lambda found: f"{float(found[0]):.3g}", draw)


def _batches(language: LanguageModel, some: Passages, size: int, bar: tqdm) -> Iterator[Batch]:
    for batch in residual_stream(language, some, size):
        yield batch
        bar.update(len(batch.mask))


def _layers(depth: int, layers: Sequence[int] | None) -> list[int]:
    if layers is None:
        return np.unique(np.linspace(0, depth, 5).round().astype(int)).tolist()[1:]
    found = sorted({validate.integer("layers", layer, 0) for layer in layers})
    if not found or found[-1] > depth:
        raise ValueError(f"layers must be some from 0 to {depth}, got {list(layers)}")
    return found


def _unit(directions: NDArray, layers: int, units: int) -> Float[np.ndarray, "layers units directions"]:
    found = validate.real("directions", directions)
    if found.ndim != 3 or found.shape[:2] != (layers, units) or not found.shape[2]:
        raise ValueError(f"directions must have shape ({layers}, {units}, n), one set a layer, got {found.shape}")
    length = np.linalg.norm(found, axis=1, keepdims=True)
    if not length.all():
        raise ValueError("directions must not be 0, got one that is")
    return (found / length).astype(np.float32)
