"""Layers of networks beside those of untrained twins, replicated: tables, figures, and sentences that may be said."""

from dataclasses import dataclass
from statistics import fmean
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from polylib import figures, validate
from polylib.finding import Finding
from polylib.representation.numbers_of_layers import Measures, exponent_over, rival_over

Pair = dict[str, Any]
ENOUGH = 3
"""networks, from which on they are the replicates"""
CLAIMS = {
    "exponent": (1, "spectra are steeper", "exponent"),
    "dimensions": (-1, "activity has fewer dimensions", "participation ratio, dimensions"),
    "bits": (-1, "layers take fewer bits to describe", "Gaussian rate, bits"),
    "held out": (1, "first components hold more of unseen images", "share of the variance, held out"),
    "path": (-1, "activity moves less along a path between images", "path energy over level energy"),
    "reliability": (1, "layers keep more under two dropout masks", "share of the variance that masks agree on"),
}


@dataclass(frozen=True)
class Comparison:
    """Numbers of the layers of one or more networks beside those of untrained twins, pair by pair."""

    how: Measures
    pairs: tuple[tuple[Pair, ...], ...]
    """for each network, for each part of the images: records of layers under "network" and "twin", and "rule" """
    said: tuple[str, ...]
    """what each network is"""
    normalisation: tuple[str, ...]
    """where the running statistics of each are from; its twin's are measured over the images"""

    @property
    def networks(self) -> int:
        """How many networks there are."""
        return len(self.pairs)

    @property
    def replicates(self) -> str:
        """What values run over."""
        return "networks" if self.networks >= ENOUGH else "parts of the images, each with a draw of the twin"

    def values(self, number: str, layer: str) -> tuple[list[float], list[float]] | None:
        """A number of a layer, by replicate, of the networks and of the twins; None where one of them has none.

        number: a key of the records of `numbers_of_layers`. With two networks a replicate is their mean.
        """
        both = []
        for who in ("network", "twin"):
            grid = [[pair[who].get(layer, {}).get(number) for pair in pairs] for pairs in self.pairs]
            if any(value is None for row in grid for value in row):
                return None
            own = (
                [fmean(row) for row in grid] if self.networks >= ENOUGH else [fmean(c) for c in zip(*grid, strict=True)]
            )
            both.append(own)
        return both[0], both[1]

    def numbers(self) -> list[str]:
        """The numbers that are compared between networks and twins."""
        single = [name for name in CLAIMS if name not in ("exponent", "reliability" if not self.how.masked else "")]
        return [*map(exponent_over, self.how.windows), *single]

    def exponents(self) -> dict[str, list[Any]]:
        """A table: of each layer mean exponents over each window, network's / twins', and how often a rival is ahead.

        rival ahead: in how many spectra a rival describes the ranks of the longest window better, of those in which it
        can be told; - where no window has enough ranks, or one does not have the exponent.
        """
        found: dict[str, list[Any]] = {"layer": list(self.how.layers), "units": self._units()}
        for window in self.how.windows:
            found[f"ranks {window[0]} to {window[1]}"] = self._cells(exponent_over(window))
        longest = max(self.how.windows, key=lambda window: window[1] / window[0])
        rivals = [self.values(rival_over(longest), layer) for layer in self.how.layers]
        told = ["-" if v is None else " / ".join(f"{sum(x < 0 for x in w)} of {len(w)}" for w in v) for v in rivals]
        return found | {f"rival ahead, {longest[0]} to {longest[1]}": told}

    def others(self) -> dict[str, list[Any]]:
        """A table: of each layer means of the other numbers, network's / twins', as `numbers_of_layers` has them."""
        found: dict[str, list[Any]] = {"layer": list(self.how.layers), "units": self._units()}
        names = ["dimensions", "bits", "inside", "held out", "path", *["reliability"] * bool(self.how.masked)]
        return found | {name: self._cells(name) for name in names}

    def _units(self) -> list[int]:
        return [self.pairs[0][0]["network"][layer]["units"] for layer in self.how.layers]

    def _cells(self, number: str) -> list[str]:
        values = [self.values(number, layer) for layer in self.how.layers]
        return ["-" if v is None else f"{fmean(v[0]):.2g} / {fmean(v[1]):.2g}" for v in values]

    def finding(self, number: str, *, by_layer: bool = False) -> Finding:
        """The sentence that `CLAIMS` has for a number, with its evidence: a mean over layers, or a row for each layer.

        An exponent has rows for all windows. From three networks on the networks are the replicates. Fewer are spoken
        of as these; replicates are then differences on parts of the images, each from a draw of the twin, and their
        spread is widened by the root of one more than their number, so that the interval is one of prediction: it
        leaves 0 out where another draw of the twin would seldom be as far from the draws as the network is. Raises
        ValueError for an unknown number or one that no layer has, FindingError where values carry no interval.
        """
        validate.one_of("number", number, CLAIMS)
        sign, says, unit = CLAIMS[number]
        names = {exponent_over(w): {"ranks": f"{w[0]} to {w[1]}"} for w in self.how.windows}
        rows = names if number == "exponent" else {number: {}}
        whose, theirs = ("This network's", "its") if self.networks == 1 else ("The networks'", "their")
        claim = Finding(
            f"{whose} {says} than {theirs} untrained twins'{', layer by layer' * by_layer}",
            source="this book",
            replicates=self.replicates,
            networks=self.networks,
            about={1: "this network", 2: "these networks"}.get(self.networks, "networks"),
            null=self._null(),
            unit=unit if by_layer else f"{unit}, mean over layers",
            digits=2,
        )
        add = claim.more if sign > 0 else claim.less
        for name, settings in rows.items():
            found = {layer: v for layer in self.how.layers if (v := self.values(name, layer))}
            if not found:
                raise ValueError(f"number must be one that layers have, got {name}, which none of them has")
            if not by_layer:
                add(*self._replicated(np.mean(list(found.values()), axis=0)), **settings)
            for layer, values in found.items() if by_layer else ():
                add(*self._replicated(np.array(values)), layer=layer, **settings)
        return claim

    def _null(self) -> str:
        rule = f"untrained twins: {self.pairs[0][0]['rule']}, normalisation measured over these images"
        return rule + "; the interval is that of one more draw" * (self.networks < ENOUGH)

    def _replicated(self, values: NDArray) -> tuple[NDArray, NDArray | float]:
        """What a row compares: networks and their twins, or differences that vary as much as one more draw does."""
        if self.networks >= ENOUGH:
            return values[0], values[1]
        apart = values[0] - values[1]
        return apart.mean() + (apart - apart.mean()) * np.sqrt(apart.size + 1), 0.0

    def draw(self, ax: plt.Axes, number: str, label: str = "") -> None:
        """A number by layer on `ax`: means of networks and of twins as marked lines, ranges over replicates as bands.

        number: one of `numbers()`. A layer without it is left out.
        """
        validate.one_of("number", number, self.numbers())
        found = {layer: v for layer in self.how.layers if (v := self.values(number, layer))}
        places = [self.how.layers.index(layer) for layer in found]
        for who, words in enumerate(("network" if self.networks == 1 else "networks", "untrained twins")):
            figures.band(ax, places, np.array([v[who] for v in found.values()]).T, words, who)
        ax.set_xticks(range(len(self.how.layers)), self.how.layers, rotation=90, fontsize=8)
        ax.set(xlabel="layer", ylabel=label or number)

    def spectra(
        self, layer: str
    ) -> tuple[Float[np.ndarray, "replicates ranks"], Float[np.ndarray, "replicates ranks"]]:
        """Eigenvalues over the largest, of the networks and of the twins, by replicate, as far as all of them go."""
        both = []
        for who in ("network", "twin"):
            rows = [pair[who][layer]["spectrum"] for pairs in self.pairs for pair in pairs]
            if any(row is None for row in rows):
                raise ValueError(f"layer must vary, got {layer}, whose {who} does not")
            shortest = min(map(len, rows))
            both.append(np.array([row[:shortest] for row in rows]))
        return both[0], both[1]

    def record(self) -> dict[str, Any]:
        """What `runs.results.save` keeps: every number of every layer, network and part, without the spectra."""
        bare = [[_without_spectra(pair) for pair in pairs] for pairs in self.pairs]
        windows = [list(window) for window in self.how.windows]
        return {"networks": list(self.said), "layers": list(self.how.layers), "windows": windows, "pairs": bare}


def _without_spectra(pair: Pair) -> Pair:
    """A pair without what fills a file."""
    return {
        who: {name: {k: v for k, v in r.items() if k != "spectrum"} for name, r in of.items()}
        if isinstance(of, dict)
        else of
        for who, of in pair.items()
    }
