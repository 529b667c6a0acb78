"""Proof of an inequality on a closed box: adaptive subdivision over ball arithmetic."""

from collections import deque
from collections.abc import Mapping, Sequence
from functools import reduce

import flint
import sympy
from flint import arb

from polylib.derivation.balls import INFINITY, PRECISION, Enclosure, add, defined, enclose, multiply

NARROWEST = 2.0**-50  # a piece this small, as a share of the box, will not be settled by smaller ones

Interval = tuple[sympy.Rational, sympy.Rational]
Point = dict[sympy.Symbol, sympy.Rational]


class UndecidedError(ValueError):
    """An inequality that was neither proved nor refuted within its budget."""


def find_negative(
    forms: Sequence[sympy.Expr],
    slopes: Mapping[sympy.Symbol, sympy.Expr],
    box: Mapping[sympy.Symbol, Interval],
    budget: int,
) -> tuple[Point | None, int]:
    """Prove ``f >= 0`` on a closed box, or find a point where it is negative; `forms` are equal ways to write f.

    Adaptive subdivision. Each piece is settled by the enclosure of any of the forms or by its mean-value form; where a
    slope keeps its sign the piece shrinks to the face on which the minimum lies, which is what settles a bound that
    is attained on the boundary. Symbols that are integers are split between integers. A bound that is attained inside
    the box, or on an edge where a slope is infinite, leaves pieces that no subdivision settles. Nothing is claimed of
    single points on an edge at which f is not defined, such as 1/x at 0.

    Returns (point or None, pieces examined). Raises `UndecidedError` once `budget` pieces did not suffice.
    """
    with flint.ctx.workprec(PRECISION):
        pieces, examined = deque([dict(box)]), 0
        while pieces:
            piece = pieces.popleft()
            examined += 1
            if examined > budget or _width(piece, box) < NARROWEST:
                raise UndecidedError(_open_piece(piece, examined))
            found, rest = _examine(forms, slopes, piece)
            if found is not None:
                return found, examined
            pieces += rest
        return None, examined


def _width(piece: Mapping[sympy.Symbol, Interval], box: Mapping[sympy.Symbol, Interval]) -> float:
    """The widest side left, as a share of the box; 1 for a piece that is a point already."""
    sides = [(high - low) / (box[x][1] - box[x][0]) for x, (low, high) in piece.items() if low < high]
    return float(max(sides, default=1))


def _open_piece(piece: Mapping[sympy.Symbol, Interval], examined: int) -> str:
    where = ", ".join(f"{x} in [{float(low):.9g}, {float(high):.9g}]" for x, (low, high) in piece.items())
    return f"after {examined} pieces the sign is still open for {where}"


def _examine(
    forms: Sequence[sympy.Expr], slopes: Mapping[sympy.Symbol, sympy.Expr], piece: Mapping[sympy.Symbol, Interval]
) -> tuple[Point | None, list[dict]]:
    """(a point where f < 0, or None; the pieces that remain of this one)."""
    box = {x: (enclose(low, {})[0], enclose(high, {})[0]) for x, (low, high) in piece.items()}
    if any(enclose(form, box)[0] >= 0 for form in forms):
        return None, []
    middle = {x: _middle(x, *ends) for x, ends in piece.items()}
    centre = {x: enclose(v, {}) for x, v in middle.items()}
    at_middle = enclose(forms[0], centre)
    if at_middle[1] < 0:
        return middle, []
    wide = [x for x, (low, high) in piece.items() if low < high]
    if not wide:
        return None, _settle_point(forms[0], middle)
    slope = {x: _slope(slopes[x], box) for x in wide}
    face = {x: _lower_end(slope[x], ends) if x in slope else ends for x, ends in piece.items()}
    if face != piece and defined(enclose(forms[0], box)):  # a slope says nothing across a pole
        return None, [face]
    away = {x: (box[x][0] - centre[x][1], box[x][1] - centre[x][0]) for x in wide}
    if reduce(add, (multiply(slope[x], away[x]) for x in wide), at_middle)[0] >= 0:
        return None, []
    return None, _split(piece, slope)


def _slope(slope: sympy.Expr, box: Mapping[sympy.Symbol, Enclosure]) -> Enclosure:
    try:
        return enclose(slope, box)
    except ValueError:  # the slope of Abs, Max, gamma ... is no function that we can enclose
        return -INFINITY, INFINITY


def _middle(x: sympy.Symbol, low: sympy.Rational, high: sympy.Rational) -> sympy.Rational:
    middle = (low + high) / 2
    return sympy.floor(middle) if x.is_integer else middle


def _lower_end(slope: Enclosure, ends: Interval) -> Interval:
    """The end at which a function of this slope is least, or both ends where the slope's sign is open."""
    low, high = ends
    return (low, low) if slope[0] >= 0 else (high, high) if slope[1] <= 0 else ends


def _settle_point(expr: sympy.Expr, point: Point) -> list[dict]:
    """Nothing remains of a point at which the formula is exactly 0: only algebra can tell that, not balls."""
    if not defined(enclose(expr, {x: enclose(v, {}) for x, v in point.items()})):
        raise UndecidedError(f"at {point}, on the edge, it is not defined")
    value = expr.subs(point).doit().rewrite(sympy.log)
    if sympy.expand(sympy.expand_log(value, force=True, factor=True)) == 0:
        return []
    raise UndecidedError(f"at {point} both sides agree to {PRECISION} bits, and algebra cannot tell them apart")


def _split(piece: Mapping[sympy.Symbol, Interval], slope: Mapping[sympy.Symbol, Enclosure]) -> list[dict]:
    """Two halves, cut across the symbol along which the formula changes most (or is not known to be finite)."""

    def change(x: sympy.Symbol) -> float:
        steepest = arb.max(abs(slope[x][0]), abs(slope[x][1]))
        return (float(steepest.upper()) if steepest.is_finite() else float("inf")) * float(piece[x][1] - piece[x][0])

    x = max(slope, key=lambda x: (change(x), float(piece[x][1] - piece[x][0])))
    low, high = piece[x]
    middle = _middle(x, low, high)
    upper = middle + 1 if x.is_integer else middle
    return [{**piece, x: (low, middle)}, {**piece, x: (upper, high)}]
