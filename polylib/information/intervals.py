"""The interval that may be stated of an estimate: as wide as what contradicts it, and without end where it must be."""

import math
from dataclasses import replace

from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from polylib.information.baselines import FEW_COLUMNS, ksg
from polylib.information.result import Estimate

ENOUGH = 5000
"""samples that do for a second opinion"""


def reported(said: Estimate) -> Estimate:
    """The same with an interval that reaches up to 0 at least, and has no end within a bit of the ceiling."""
    low, high = said.interval
    if math.isinf(high) or high <= said.ceiling - 1:
        return replace(said, interval=(low, max(high, 0.0)))
    note = f"within a bit of its ceiling of {said.ceiling:.1f}"
    return replace(said, interval=(low, math.inf), notes=(note, *said.notes))


def beside_neighbours(
    said: Estimate, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"], groups: Int[NDArray, " n"] | None
) -> Estimate:
    """A critic's estimate, its interval up to the end of KSG's on the same samples; without end if KSG's lies above.

    Neighbours see steep edges and tails that a smooth critic does not. With more than `FEW_COLUMNS` columns they are
    too far away to tell, and the interval stays as it is.
    """
    if x.shape[1] + y.shape[1] > FEW_COLUMNS:
        return said
    rows = slice(None, None, -(-len(x) // ENOUGH))
    own = None if groups is None else groups[rows]
    (low, high), (least, most) = said.interval, ksg(x[rows].cpu().numpy(), y[rows].cpu().numpy(), groups=own).interval
    if least <= high:
        return replace(said, interval=(low, max(high, most)))
    note = f"neighbours (KSG) read {least:.2f} bits or more, which this critic does not see"
    return replace(said, interval=(low, math.inf), notes=(note, *said.notes))
