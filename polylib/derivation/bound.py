"""Symbols that a sum, an integral, a limit or a derivative binds: they keep to what is assumed of them."""

from collections.abc import Iterable

import sympy

from polylib.derivation.notation import Formula, unfold
from polylib.derivation.signs import nonnegative, positive

SERIES = (sympy.Sum, sympy.Product)
BINDING = (*SERIES, sympy.Integral, sympy.Limit, sympy.Derivative)


def check_bound(*formulas: Formula, besides: Iterable[sympy.Symbol] = ()) -> None:
    """Refuse a bound symbol that is free elsewhere in the statement, or that leaves what is assumed of it."""
    parts = [unfold(f) for f in formulas]
    free = set().union(*(p.free_symbols for p in parts)) - set(besides)
    for e in set().union(*(p.atoms(*BINDING) for p in parts)):
        for x, *ends in _bound(e):
            if x in free and not isinstance(e, sympy.Derivative):
                raise ValueError(f"an index must be no symbol of the statement besides, got {x} in {e}")
            if x.is_integer and not (isinstance(e, SERIES) or (isinstance(e, sympy.Limit) and ends[0].is_infinite)):
                raise ValueError(f"a symbol that runs over all numbers must not be assumed whole, got {x} in {e}")
            if not _keeps_sign(e, x, *ends):
                raise ValueError(f"an index must keep the sign that it is declared to have, got {x} in {e}")


def whole_limits(*formulas: Formula) -> set[sympy.Symbol]:
    """The whole numbers that limits go along."""
    return {e.args[1] for f in formulas for e in unfold(f).atoms(sympy.Limit) if e.args[1].is_integer}


def _bound(e: sympy.Expr) -> list[tuple]:
    """(symbol, its ends): for a limit where it goes and from which side, for a derivative none."""
    if isinstance(e, sympy.Limit):
        return [tuple(e.args[1:])]
    limits = zip(e.variables) if isinstance(e, sympy.Derivative) else (x for x in e.limits if len(x) == 3)
    return [tuple(limit) for limit in limits]


def _keeps_sign(e: sympy.Expr, x: sympy.Symbol, *ends: sympy.Expr) -> bool:
    sign = 1 if x.is_nonnegative else -1 if x.is_nonpositive else 0
    if not sign or not ends:
        return True
    if isinstance(e, sympy.Limit):
        to, side = ends
        return to == sign * sympy.oo or positive(sign * to) or (to == 0 and str(side) == "+-"[sign < 0])
    if isinstance(e, sympy.Integral):
        return all(end == sign * sympy.oo or nonnegative(sign * end) for end in ends)
    return (positive if x.is_nonzero else nonnegative)(sign * ends[sign < 0])
