"""An estimate of mutual information, and the sentence that may be said of it."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, repr=False)
class Estimate:
    """An estimate of mutual information, in bits, and how it was reached."""

    bits: float
    """the estimate: for a critic, its value on samples that neither its training nor its stopping rule saw; a little
    below 0 where there is nothing to find"""
    interval: tuple[float, float]
    """95 % interval. A critic's begins 1.96 standard errors below `bits`, and ends 1.96 above what it reads on samples
    that it was trained on, because the best critic of its size lies between. What no critic of that size can see it
    cannot cover alone: where x and y have at most four columns together it reaches to the end of KSG's interval on the
    same samples; with more columns its end is what such a critic can see, no more. It reaches up to 0 at least, as
    information is never negative. Infinity means "at least": near the ceiling, where KSG's interval lies wholly above
    a critic's, for "ksg" of more than four columns and for "cca" where columns are not Gaussian; `notes` say which. Of
    "ksg" and "cca": see there. With groups, Student's t over folds or groups"""
    standard_error: float
    """in bits: of a critic by the delta method, with groups over the folds; of "ksg" by parts of the samples"""
    ceiling: float
    """log2 of the samples that one critic is read on, for InfoNCE of its candidates; for "ksg" what n samples of a copy
    give; inf for "cca". No estimator that is a bound with high probability can say more {cite:p}`mcallester2020`"""
    history: NDArray[np.float64]
    """values on the validation samples in bits, array (folds, looks), nan after a critic has stopped; else empty"""
    steps: int
    """steps of the longest training; the weights read may be earlier ones"""
    seconds: float
    """wall time of the run, divided evenly among the estimates that were made in it"""
    n_test: int
    """samples that the value was read on, over all folds"""
    estimator: str
    unused: tuple[list[int], list[int]] = ([], [])
    """columns of x and of y without which the critic says as much, by shuffling them: a critic of the others alone is
    trained on less noise"""
    null: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """the same estimate, in bits, where x and y were paired at random, as often as was asked for"""
    notes: tuple[str, ...] = ()
    """doubts, in words"""

    @property
    def at_least(self) -> bool:
        """Whether the interval has no end: the truth may be anything above its beginning, and `notes` say why."""
        return math.isinf(self.interval[1])

    def __repr__(self) -> str:
        low, high = self.interval
        ends = f"at least {low:.3f}" if self.at_least else f"from {low:.3f} to {high:.3f}"
        parts = [f"{self.estimator}: {self.bits:.3f} bits, 95 % {ends}"]
        if len(self.null):
            parts.append(f"paired at random {self.null.min():.3f} to {self.null.max():.3f}")
        parts += [
            f"does not use columns {columns} of {v}" for v, columns in zip("xy", self.unused, strict=True) if columns
        ]
        return f"Estimate({'; '.join([*parts, *self.notes])}; {self.n_test} samples read)"
