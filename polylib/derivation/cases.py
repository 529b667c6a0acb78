"""Cases of a size or a largest number: on a piece of the range it is one formula, or each of them is tried."""

from itertools import combinations, pairwise

import sympy

from polylib.derivation.inequality import UndecidedError
from polylib.derivation.ranges import Ranges
from polylib.derivation.signs import nonnegative

KINKED = (sympy.Abs, sympy.Max, sympy.Min)


def cases(expr: sympy.Expr, ranges: Ranges) -> tuple[list[tuple[sympy.Expr, Ranges]], bool]:
    """(formulas in place of `expr` with the ranges for each, whether each holds there rather than being tried)."""
    kink = min(expr.atoms(*KINKED), key=sympy.default_sort_key)
    if kink.free_symbols - ranges.keys():
        raise UndecidedError(f"{kink} is another number for every index")
    values = [kink.args[0], -kink.args[0]] if isinstance(kink, sympy.Abs) else list(kink.args)
    found = []
    for piece in _pieces(values, ranges):
        for value in values:
            above = [other - value if isinstance(kink, sympy.Min) else value - other for other in values]
            if all(nonnegative(a, piece) for a in above):
                found.append((expr.xreplace({kink: value}), piece))
                break
        else:  # on this piece no value is seen to be the one
            found = []
            break
    if found:
        return found, True
    return [(expr.xreplace({kink: value}), ranges) for value in values], False


def _pieces(values: list[sympy.Expr], ranges: Ranges) -> list[Ranges]:
    """The only symbol's range in pieces between the places where two values are equal, if those are rational."""
    symbols = set().union(*(v.free_symbols for v in values))
    if len(symbols) != 1 or not all(v.is_polynomial(*symbols) for v in values):
        return []
    (x,) = symbols
    roots = {r for a, b in combinations(values, 2) if a != b for r in sympy.real_roots(a - b)}
    if not all(r.is_Rational for r in roots):
        return []
    low, high = ranges[x]
    ends = [low, *sorted(r for r in roots if low < r < high), high]
    return [{**ranges, x: pair} for pair in pairwise(ends)]
