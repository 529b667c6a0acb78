"""Calibration: from simulated levels, 0 to 10, to values of the direction, fitted on records that no score is read on.

"identity" leaves the levels alone, as the supplement's script does. "scale" undoes the making of levels and needs no
simulation: 10 is the largest value. "linear" is least squares, and cannot change a correlation unless its slope is
negative. "percentile" maps quantiles to quantiles; levels that are tied all get the largest of the values that stand at
their places, as in neuron_explainer. The last two and the first are those of Bills et al. (2023).
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg

from polylib import validate
from polylib.explanation.records import TOP_LEVEL

Kind = Literal["identity", "scale", "linear", "percentile"]
KINDS: tuple[str, ...] = get_args(Kind)
FITTED = ("linear", "percentile")
"""those that need simulations of the explain records"""


@dataclass(frozen=True, eq=False)
class Calibration:
    """A map from levels to values: straight lines between knots, or one straight line."""

    kind: Kind
    slope: float = 1.0
    intercept: float = 0.0
    knots: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    """of "percentile": sorted levels and sorted values"""

    def __call__(self, levels: ArrayLike) -> NDArray[np.float64]:
        """Levels as values; beyond the outermost knots of "percentile" they stay what they are at the knots."""
        x = validate.real("levels", levels)
        return x * self.slope + self.intercept if self.knots is None else np.interp(x, *self.knots)


def scale(top: float) -> Calibration:
    """Level 10 is the value `top`."""
    return Calibration("scale", slope=validate.scalar("top", validate.nonnegative("top", top)) / TOP_LEVEL)


def fit(kind: Kind, simulated: ArrayLike, values: ArrayLike) -> Calibration:
    """A calibration fitted to simulated levels and the values at the same tokens, both of shape (tokens,).

    Constant levels give a constant, the mean value. Raises ValueError for shapes that differ, or a kind that is not
    fitted.
    """
    x, y = validate.real("simulated", simulated), validate.real("values", values)
    if x.shape != y.shape or x.ndim != 1 or x.size == 0:
        raise ValueError(f"simulated and values must have one shape (tokens,), got {x.shape} and {y.shape}")
    validate.one_of("kind", kind, FITTED)
    return _least_squares(x, y) if kind == "linear" else Calibration("percentile", knots=(np.sort(x), np.sort(y)))


def _least_squares(x: NDArray, y: NDArray) -> Calibration:
    centre, mean = np.average(x), np.average(y)
    constant = np.ptp(x) <= 1e-12 * np.abs(x).max()
    slope = 0.0 if constant else float(linalg.lstsq((x - centre)[:, None], y - mean)[0][0])
    return Calibration("linear", slope, float(mean - centre * slope))
