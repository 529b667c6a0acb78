"""Sums and products that have no closed form term by term: induction, with its base and its step.

Where the summand itself depends on the number of terms, the step is a telescoping sum in disguise: the certificate of
Wilf and Zeilberger. Petkovšek, Wilf and Zeilberger, *A = B* (1996), chapter 7.
"""

import sympy

from polylib.derivation.algebra import normal, vanishes
from polylib.derivation.facts import NONE, Facts
from polylib.derivation.ranges import Ranges, assumed_ends
from polylib.derivation.signs import positive
from polylib.derivation.sums import antidifference, has_no_pole, outermost

SERIES = (sympy.Sum, sympy.Product)


def by_induction(difference: sympy.Expr, ranges: Ranges, facts: Facts = NONE) -> str | None:
    """How a difference of plain SymPy is proved to be 0 for every whole number that a sum ends at, or None."""
    series = outermost(difference, SERIES)
    ends = set().union(*(end.free_symbols for s in series for _, *limits in s.limits for end in limits))
    fixed = set().union(*(e.free_symbols for e in facts.formulas()))
    for n in sorted((x for x in ends - fixed if x.is_integer), key=str):
        low, high = ranges.get(n, assumed_ends(n))
        for first in (low, low + 1, low + 2) if low.is_finite else ():
            if not vanishes(written_out(difference.subs(n, first)), facts):
                break
            beyond = {**ranges, n: (first, high)}
            if _steps(difference, n, beyond, facts) or any(
                _telescopes(difference, s, n, beyond, facts) for s in series
            ):
                return f"by induction on {n}"
    return None


def written_out(expr: sympy.Expr) -> sympy.Expr:
    """`expr` with sums and products of a known number of terms as such."""
    return expr.replace(lambda e: isinstance(e, SERIES), _terms)


def _terms(series: sympy.Expr) -> sympy.Expr:
    *inner, (k, low, high) = series.limits
    if not (low.is_Integer and high.is_Integer and -1 <= high - low <= 200):
        return series
    function = series.func(series.function, *inner) if inner else series.function
    join = sympy.Add if isinstance(series, sympy.Sum) else sympy.Mul
    return join(*(written_out(function.subs(k, low + j)) for j in range(int(high - low) + 1)))


def _steps(difference: sympy.Expr, n: sympy.Symbol, ranges: Ranges, facts: Facts) -> bool:
    """Whether the statement for n + 1 follows from that for n."""
    after = less_the_last(difference.subs(n, n + 1), n)
    if vanishes(after - difference, facts):
        return True
    for series in outermost(difference, SERIES):
        solved = _solved(difference, series, ranges)
        if solved is not None and vanishes(after.xreplace({series: solved}), facts):
            return True
    return False


def less_the_last(expr: sympy.Expr, n: sympy.Symbol) -> sympy.Expr:
    """`expr` at n + 1 with the last terms and factors of its series apart, so that those for n are left."""
    return expr.replace(lambda e: isinstance(e, SERIES), lambda e: _fewer(e, n))


def _fewer(series: sympy.Expr, n: sympy.Symbol) -> sympy.Expr:
    """The sum up to n + c, from the one up to n + c + 1."""
    (k, low, high), *outer = series.limits
    if outer or low.has(n) or sympy.expand(high - high.subs(n, n - 1)) != 1:
        return series
    last, fewer = series.function.subs(k, high), series.func(series.function, (k, low, sympy.expand(high - 1)))
    return fewer + last if isinstance(series, sympy.Sum) else fewer * last


def _solved(difference: sympy.Expr, series: sympy.Expr, ranges: Ranges) -> sympy.Expr | None:
    """What the series is where the difference is 0, if it stands there once and its factor is not 0."""
    place = sympy.Dummy()
    factor = sympy.diff(difference.xreplace({series: place}), place)
    if factor.has(place) or not (positive(factor, ranges) or positive(-factor, ranges)):
        return None
    return -difference.xreplace({series: sympy.S.Zero}) / factor


def _telescopes(difference: sympy.Expr, series: sympy.Sum, n: sympy.Symbol, ranges: Ranges, facts: Facts) -> bool:
    """Whether the quotient of summand and value has a certificate: its sum does not change from n to n + 1."""
    value = _solved(difference, series, ranges)
    if value is None or value.has(*SERIES) or not isinstance(series, sympy.Sum) or len(series.limits) > 1:
        return False
    if not (positive(value, ranges) or positive(-value, ranges)):
        return False
    k, low, high = series.limits[0]
    more = sympy.expand(high.subs(n, n + 1) - high)
    if low.has(n) or more not in (0, 1):
        return False
    share = series.function / value
    growth = sympy.simplify(sympy.combsimp(share.subs(n, n + 1) / share)) - 1
    change = antidifference(growth * share, k)
    if change is None or not has_no_pole(sympy.simplify(sympy.combsimp(change / share)), k, low, high - 1):
        return False
    # The last term stands apart: the certificate may have a pole there.
    last = sum(share.subs(n, n + 1).subs(k, high + j) for j in range(int(more) + 1)) - share.subs(k, high)
    return vanishes(normal(change.subs(k, high) - change.subs(k, low) + last, facts), facts)
