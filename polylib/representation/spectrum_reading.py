"""One call for a spectrum of one's own: exponents with intervals, rivals and nulls, and sentences that may be said."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from polylib import validate
from polylib.finding import Finding
from polylib.representation.exponent import PowerLawFit, fit_power_law
from polylib.representation.held_out import shares_of_first
from polylib.representation.spectrum import eigenspectrum
from polylib.representation.spectrum_input import checked_samples, checked_spectra, chosen_windows, refuse_order
from polylib.representation.spectrum_nulls import (
    drawn_spectrum,
    law_that_gives,
    next_to_each_other,
    shuffled_columns,
)

Window = tuple[int, int]
CLAIMS = {
    "rival": (
        "A rival law does better here than on samples of one power law",
        "AIC of the best rival less the power law's",
    ),
    "shared": ("Units share variance: the spectrum is steeper than with its columns shuffled", "exponent"),
    "steep": ("The spectrum falls faster than the inverse of the rank", "exponent"),
}
_FIRST = 10  # components whose share is told
_DRAWN = "draws from power laws that give this exponent at this size; the interval is that of one more draw"


@dataclass(frozen=True)
class SpectrumReading:
    """A spectrum, or several, with fits over windows of ranks, replicates, and draws of true laws of the same size."""

    eigenvalues: NDArray[np.float64]
    """(units,) of all samples, or the mean of the spectra; largest first"""
    samples: int | None
    """how many samples they are from; None where nobody said"""
    fits: dict[Window, PowerLawFit]
    replicates: str
    """what the arrays below run over"""
    exponents_of_parts: dict[Window, NDArray[np.float64]]
    """by window, an exponent for each part or spectrum; one number where there is one spectrum"""
    shuffled: dict[Window, NDArray[np.float64]]
    """the same of parts whose columns are shuffled; empty without samples"""
    drawn: dict[Window, list[PowerLawFit]]
    """by window, fits of draws from the Gaussian power law that gives the exponent at as many samples and units"""
    laws: dict[Window, float]
    """by window, the exponent of that law: the fitted one less the bias of finite samples"""
    shares: tuple[float, float] | None
    """of the variance in the first ten components, in sample and held out; None without samples"""
    neighbours: float | None
    """correlation of the first component with itself one row on; None without samples"""

    def exponents(self) -> dict[str, list[str]]:
        """A table, a row for each window: exponent, interval, rivals' AIC, shuffled columns, draws of a true law."""
        rows = [self._row(window) for window in self.fits]
        return {name: [row[name] for row in rows] for name in rows[0]}

    def finding(self, name: str, *, than: float = 1.0, networks: int = 0) -> Finding:
        """One of the sentences of `CLAIMS`, with a row for each window; "steep" has `than` for its exponent.

        networks: how many trained networks the spectra are of; 0 for data. Raises ValueError for another name, for
        "shared" without samples, "rival" without draws or a window that is long enough to tell rivals, and "steep" for
        one spectrum without parts.
        """
        validate.one_of("name", name, CLAIMS)
        title, unit = CLAIMS[name]
        if name == "steep" and than != 1:
            title = f"The spectrum falls faster than the rank to the power of −{than:g}"
        null = {"rival": _DRAWN, "shared": "the same parts, each column in an order of its own"}
        about = {0: "methods", 1: "this network", 2: "these networks"}.get(networks, "networks")
        over = "draws of a true law" if name == "rival" else self.replicates
        settings = {"networks": networks, "about": about, "null": null.get(name, ""), "unit": unit}
        claim = Finding(title, source="this book", replicates=over, digits=2, **settings)
        for window in self.fits:
            ranks = f"{window[0]} to {window[1]}"
            if name == "rival" and self._least(window) is not None:
                claim.less(self._beyond(window), 0, ranks=ranks)
            elif name == "shared":
                self._need(bool(self.shuffled), name, "samples")
                claim.more(self.exponents_of_parts[window], self.shuffled[window], ranks=ranks)
            elif name == "steep":
                several = self.exponents_of_parts[window].size > 1
                self._need(
                    several, name, "parts of samples, or several spectra: one alone has its interval in the table"
                )
                claim.more(self.exponents_of_parts[window], than, ranks=ranks)
        told = any(self._least(window) is not None for window in self.fits)
        where = "draws, for which the number of samples is known and they are neither in_order nor cross_validated"
        self._need(name != "rival" or told, name, f"{where}, and a window whose last rank is 16 times its first")
        return claim

    def _need(self, there: bool, name: str, what: str) -> None:
        if not there:
            raise ValueError(f"name must be a sentence that the input can carry, got {name!r}, which needs {what}")

    def _row(self, window: Window) -> dict[str, str]:
        fit, drawn, parts = self.fits[window], self.drawn.get(window, []), self.exponents_of_parts[window]
        low, high = fit.interval
        alphas = [one.alpha for one in drawn]
        shuffled = self.shuffled.get(window)
        return {
            "ranks": f"{window[0]} to {window[1]}",
            "exponent": f"{fit.alpha:.2f}",
            "interval": f"{low:.2f} to {high:.2f}",
            self.replicates: f"{parts.min():.2f} to {parts.max():.2f}" if parts.size > 1 else "-",
            "rivals' AIC": ", ".join(f"{name} {value:+.0f}" for name, value in fit.rivals.items()) or "-",
            "columns shuffled": "-" if shuffled is None else f"{shuffled.mean():.2f}",
            "law of that size": f"{self.laws[window]:.2f} gives {min(alphas):.2f} to {max(alphas):.2f}"
            if alphas
            else "-",
        }

    def _least(self, window: Window) -> float | None:
        """AIC of the better rival; None where it cannot be told or there are no draws."""
        rivals = self.fits[window].rivals
        return min(rivals.values()) if rivals and self.drawn.get(window) else None

    def _beyond(self, window: Window) -> NDArray:
        """How far the rival is ahead of draws of a true law, spread so that the mean varies as one more draw does."""
        drawn = np.array([min(fit.rivals.values()) for fit in self.drawn[window]])
        apart = self._least(window) - drawn
        return apart.mean() + (apart - apart.mean()) * np.sqrt(apart.size + 1)


def read_spectrum(
    values: ArrayLike,
    kind: str = "samples",
    *,
    windows: Sequence[Window] | None = None,
    parts: int = 5,
    in_order: bool = False,
    samples: int | None = None,
    cross_validated: bool = False,
    draws: int = 10,
    progress: bool = False,
    rng: np.random.Generator,
) -> SpectrumReading:
    """Fits, replicates and nulls of a spectrum; everything that `finding` needs.

    values: with kind "samples" a matrix (samples, units); with "eigenvalues" those of one spectrum (units,), or of
    several (spectra, units), largest first unless they are `cross_validated`, which have no bias of finite samples, so
    that no law is drawn that gives them. windows: pairs of ranks; None: three, up
    to a third of the samples of a part and 0.7 of the units. parts: disjoint ones of the samples, random, or with
    `in_order` blocks of neighbours, for samples in time order, whose true number nobody knows, so that no law of their
    size is drawn. samples: the number behind given eigenvalues. draws: of
    a Gaussian power law of the same size, for each window; 0 for none. Raises ValueError for samples in an order
    without `in_order`, and as `checked_samples`, `checked_spectra` and `fit_power_law` do.
    """
    validate.generator("rng", rng)
    validate.one_of("kind", kind, ("samples", "eigenvalues"))
    validate.integer("draws", draws, 0)
    shuffled: list[NDArray] = []
    shares = neighbours = None
    if kind == "samples":
        x = checked_samples("samples", values, parts)
        order = np.arange(len(x)) if in_order else rng.permutation(len(x))
        blocks = np.array_split(x[order], parts)
        whole, several = eigenspectrum(x), [eigenspectrum(block) for block in blocks]
        shuffled = [eigenspectrum(shuffled_columns(block, rng, in_order)) for block in blocks]
        samples, replicates, limit = len(x), "parts of the samples", min(map(len, blocks)) // 3
        shares = shares_of_first(x[order], min(_FIRST, x.shape[1]))
        neighbours = next_to_each_other(x)
        if not in_order:
            refuse_order(neighbours, len(x))
        of = f" and a third of a part of {min(map(len, blocks))} samples; fewer parts leave more"
    else:
        several = checked_spectra(values, cross_validated)
        whole, replicates = np.mean(several, axis=0), "spectra"
        limit = whole.size if samples is None else validate.integer("samples", samples, 4) // 3
        of = "" if samples is None else f" and a third of {samples} samples"
    chosen = chosen_windows(whole, windows, limit, of)
    fits = {window: fit_power_law(whole, window) for window in chosen}
    drawn: dict[Window, list[PowerLawFit]] = {}
    laws: dict[Window, float] = {}
    if samples and draws and not in_order and not cross_validated:
        laws = {w: law_that_gives(fit.alpha, w, samples, whole.size) for w, fit in fits.items()}
    if laws:
        bar = tqdm([(w, k) for w in chosen for k in range(draws)], disable=not progress, desc="draws of true laws")
        for window, _ in bar:
            lam = drawn_spectrum(laws[window], samples, whole.size, rng)
            drawn.setdefault(window, []).append(fit_power_law(lam, window))
    found = {w: np.array([fit_power_law(lam, w).alpha for lam in several]) for w in chosen}
    null = {w: np.array([fit_power_law(lam, w).alpha for lam in shuffled]) for w in chosen if shuffled}
    return SpectrumReading(whole, samples, fits, replicates, found, null, drawn, laws, shares, neighbours)
