"""How well exponents are found again: recordings of known power laws, the usual rules beside this book's fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polylib import validate
from polylib.representation.exponent import fit_power_law
from polylib.representation.spectrum import cross_validated_spectrum, eigenspectrum

OURS = "this book, cvPCA"


def two_repeats(
    exponent: float, noise: float, samples: int, units: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two recordings (samples, units) of one Gaussian signal of variances i^-exponent, i = 1 to units.

    noise: variance of white noise, new in each recording, as a multiple of the signal's mean variance; without noise
    both are the signal. The signal lies along the axes, since a rotation would change neither spectrum. Raises
    ValueError for an exponent or noise below 0, or sizes below 1.
    """
    alpha = validate.scalar("exponent", validate.nonnegative("exponent", exponent))
    level = validate.scalar("noise", validate.nonnegative("noise", noise))
    shape = validate.integer("samples", samples), validate.integer("units", units)
    variances = np.arange(1, shape[1] + 1.0) ** -alpha
    signal = rng.standard_normal(shape) * np.sqrt(variances)
    if not level:
        return signal, signal
    std = np.sqrt(level * variances.mean())
    first, second = (signal + std * rng.standard_normal(shape) for _ in range(2))
    return first, second


def fixed_range(low: int, high: int, weighted: bool) -> Callable[[NDArray], float]:
    """The usual rule: a least squares line through log variance over log rank, ranks low to high, weighted by 1/rank.

    The rule maps eigenvalues (units,), largest first, to an exponent, and leaves out what is not positive.
    """

    def estimate(values: NDArray) -> float:
        top = min(high, values.size)
        ranks, kept = np.arange(low, top + 1.0), values[low - 1 : top]
        ranks, kept = ranks[kept > 0], kept[kept > 0]
        root = ranks**-0.5 if weighted else np.ones_like(ranks)
        return float(-np.polyfit(np.log(ranks), np.log(kept), 1, w=root)[0])

    return estimate


def hill(values: NDArray) -> float:
    """Hill's maximum likelihood {cite:p}`hill1975` from the larger half of the eigenvalues, as an exponent of ranks."""
    top = np.sort(values)[::-1][: values.size // 2]
    top = top[top > 0]
    return float(np.log(top / top[-1]).mean())


RULES: dict[str, Callable[[NDArray], float]] = {
    "OLS, all ranks": fixed_range(1, 10**9, weighted=False),
    "OLS, ranks 1 to 50": fixed_range(1, 50, weighted=False),
    "WLS, ranks 11 to 500": fixed_range(11, 500, weighted=True),
    "WLS, ranks 11 to 100": fixed_range(11, 100, weighted=True),
    "WLS, ranks 1 to 12": fixed_range(1, 12, weighted=True),
    "maximum likelihood": hill,
}


@dataclass(frozen=True)
class Recovery:
    """What `recover` found; arrays are (exponents, noises, repeats)."""

    errors: dict[str, NDArray[np.float64]]
    """estimate less truth, of each rule on each kind of spectrum"""
    half: NDArray[np.float64]
    """half of the interval of `fit_power_law` on cvPCA"""
    last: NDArray[np.float64]
    """last rank that it used"""
    covered: NDArray[np.bool_]
    """whether its interval held the truth"""
    rival: NDArray[np.float64]
    """AIC of its best rival less that of the power law; nan where ranks were too few for rivals"""

    def summary(self) -> dict:
        """Means and standard deviations over repeats, as a run keeps them, and all false alarms of rivals."""
        decided = np.moveaxis(self.rival, 0, 1).ravel()
        decided = decided[~np.isnan(decided)]
        per_cell = {"half": self.half, "last": self.last, "covered": self.covered, "alarm": self.rival < 0}
        return {
            "mean": {name: e.mean(axis=2).tolist() for name, e in self.errors.items()},
            "sd": {name: e.std(axis=2, ddof=1).tolist() for name, e in self.errors.items()},
            **{name: found.mean(axis=2).tolist() for name, found in per_cell.items()},
            "decided": decided.size,
            "false alarms": decided[decided < 0].tolist(),
        }


def recover(
    exponents: Sequence[float], noises: Sequence[float], repeats: int, samples: int, units: int, seed: int
) -> Recovery:
    """Fit `repeats` recordings of each exponent at each noise, by this book and by `RULES` on plain PCA and on cvPCA.

    Without noise there is one recording, and cvPCA is PCA. Raises ValueError as `two_repeats` and `fit_power_law` do.
    """
    shape = len(exponents), len(noises), validate.integer("repeats", repeats)
    names = [OURS, *(f"{rule}, {kind}" for kind in ("PCA", "cvPCA") for rule in RULES)]
    errors = {name: np.zeros(shape) for name in names}
    half, last, rival, covered = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    for at in np.ndindex(shape):
        row, column, repeat = at
        truth, noise = exponents[row], noises[column]
        draw = np.random.default_rng([seed, row, column, repeat])
        first, second = two_repeats(truth, noise, samples, units, draw)
        spectra = {"PCA": eigenspectrum(first)}
        spectra["cvPCA"] = cross_validated_spectrum(first, second) if noise else spectra["PCA"]
        fit = fit_power_law(spectra["cvPCA"])
        errors[OURS][at] = fit.alpha - truth
        for kind, values in spectra.items():
            for name, rule in RULES.items():
                errors[f"{name}, {kind}"][at] = rule(values) - truth
        half[at], last[at] = np.ptp(fit.interval) / 2, fit.ranks[1]
        covered[at] = fit.interval[0] <= truth <= fit.interval[1]
        rival[at] = min(fit.rivals.values(), default=np.nan)
    return Recovery(errors, half, last, covered, rival)
