"""Ranges of symbols: what is assumed of them, as an interval, and as algebra in a number that is positive."""

from collections.abc import Mapping
from functools import cache

import sympy

from polylib.derivation.balls import INFINITY, Enclosure, enclose

Ends = tuple[sympy.Expr, sympy.Expr]
Ranges = Mapping[sympy.Symbol, Ends]


def assumed_ends(x: sympy.Symbol) -> Ends:
    """The range that a symbol's own assumptions give it; ends of reals are left out, of whole numbers included."""
    low = sympy.Integer(1) if x.is_integer and x.is_positive else sympy.Integer(0) if x.is_nonnegative else -sympy.oo
    high = sympy.Integer(-1) if x.is_integer and x.is_negative else sympy.Integer(0) if x.is_nonpositive else sympy.oo
    return low, high


@cache
def stand_in(x: sympy.Symbol, ends: Ends) -> sympy.Expr:
    """`x` in its range, written with a symbol that is positive (or a whole number from 0)."""
    low, high = ends
    if x.is_integer:
        j = sympy.Dummy(x.name, integer=True, nonnegative=True)
        return low + j if low.is_finite else high - j if high.is_finite else x
    y = sympy.Dummy(x.name, positive=True)
    if low.is_finite and high.is_finite:
        return (high + low * y) / (1 + y)
    return low + y if low.is_finite else high - y if high.is_finite else x


def hull(ends: Ends) -> Enclosure:
    """A range as an enclosure."""
    infinite = {sympy.oo: INFINITY, -sympy.oo: -INFINITY}
    return tuple(infinite[e] if e in infinite else enclose(e, {})[0] for e in ends)
