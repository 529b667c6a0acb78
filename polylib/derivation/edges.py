"""Where on closed ranges a formula is a number: on all of a box, and at its ends."""

from collections.abc import Mapping

import flint
import sympy

from polylib.derivation.balls import PRECISION, Enclosure, enclose
from polylib.derivation.domain import NOT, Condition, conditions
from polylib.derivation.notation import Formula, Named, unfold
from polylib.derivation.ranges import Ranges, hull
from polylib.derivation.scope import holds

STRICT = 400  # pieces in which a condition is seen to hold on a box


def met_on(condition: Condition, ranges: Ranges) -> bool:
    """Whether a condition holds on all of a bounded box, seen by ball arithmetic in pieces."""
    if condition.expr.free_symbols - set(ranges) or not all(e.is_finite for ends in ranges.values() for e in ends):
        return False
    pieces = [{x: ends for x, ends in ranges.items() if condition.expr.has(x)}]
    with flint.ctx.workprec(PRECISION):
        for _ in range(STRICT):
            if not pieces:
                return True
            piece = pieces.pop()
            try:
                low, high = enclose(unfold(condition.expr), {x: hull(ends) for x, ends in piece.items()})
            except ValueError:
                return False
            if low > 0 or (condition.kind == NOT and high < 0):
                continue
            x = max(piece, key=lambda x: piece[x][1] - piece[x][0], default=None)
            if x is None or high <= 0 or x.is_integer:
                return False
            middle = (piece[x][0] + piece[x][1]) / 2
            pieces += [{**piece, x: (piece[x][0], middle)}, {**piece, x: (middle, piece[x][1])}]
    return False


def closed_ends(lhs: Formula, rhs: Formula, ranges: Ranges) -> frozenset:
    """Ends of ranges at which both sides are numbers, whatever the other symbols are."""
    found = set()
    sides = [unfold(side, keep=lambda f: f.enclosure is not None) for side in (lhs, rhs)]
    with flint.ctx.workprec(PRECISION):
        box = {x: hull(ends) for x, ends in ranges.items()}
        for x, ends in ranges.items():
            for end in [e for e in ends if not (e.is_zero and (x.is_positive or x.is_negative))]:
                face = {**box, x: hull((end, end))} if end.is_finite else None
                rest = {y: pair for y, pair in ranges.items() if y != x}
                if face and _met_at_end(lhs, rhs, x, end, rest, by_convention=all(_finite(s, face) for s in sides)):
                    found.add((x, end))
    return frozenset(found)


def _met_at_end(lhs: Formula, rhs: Formula, x, end, rest: Ranges, by_convention: bool) -> bool:
    """Whether all that is asked holds at an end; functions with an enclosure may have a value there by convention."""
    with sympy.evaluate(False):
        sides = [sympy.sympify(s) for s in (lhs, rhs)]
        if by_convention:
            named = {f: sympy.Dummy(real=True) for s in sides for f in s.atoms(Named) if f.enclosure is not None}
            sides = [s.xreplace(named) for s in sides]
    asked = [Condition(c.kind, c.expr.subs(x, end)) for s in sides for c in conditions(s)]
    return all(holds(c, rest) for c in asked)


def _finite(side: sympy.Expr, face: Mapping[sympy.Symbol, Enclosure]) -> bool:
    try:
        return all(end.is_finite() for end in enclose(side, face))
    except ValueError:
        return False
