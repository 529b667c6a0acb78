"""Integrals, limits and sums without end: SymPy proposes a value, and something else confirms it.

An antiderivative is confirmed by its derivative, and has to be defined on the whole closed range; a sum without end
by the telescoping sum of its terms; a limit by values on the way to it, twice as many digits closer each time.
"""

from collections.abc import Mapping
from functools import reduce
from itertools import pairwise

import sympy
from flint import arb

from polylib.derivation.algebra import vanishes
from polylib.derivation.domain import conditions
from polylib.derivation.evaluation import evaluate
from polylib.derivation.exceptions import dies_out, exception
from polylib.derivation.ranges import Ranges
from polylib.derivation.scope import holds
from polylib.derivation.signs import positive
from polylib.derivation.sums import antidifference, has_no_pole

PROVED, TWICE = "proved", "computed twice"
CONFIRMED = 10  # points at which a limit is approached
ENOUGH = 4  # points at which a value is confirmed
NEAR = 1e-2  # of a limit, relative to its size: how close the closest value has to come
_STEPS = [(sympy.Integer(2) ** j, 160 + 8 * 2**j) for j in range(2, 12)]
_STEPS += [(sympy.Integer(10) ** 2**j, 160 + 16 * 2**j) for j in range(6, 11)]
_BROKEN = tuple(
    getattr(sympy, name) for name in ["Piecewise", "sign", "Heaviside", "floor", "ceiling", "Abs", "arg", "Max", "Min"]
)  # where an antiderivative may jump
APART = (sympy.Limit, sympy.Derivative, sympy.Sum)  # what ball arithmetic does not compute where it stands
KINDS = (sympy.Integral, sympy.Limit, sympy.Derivative, sympy.Sum)


class UnconfirmedError(ValueError):
    """A value that SymPy proposes and nothing else confirms."""


def resolved(
    expr: sympy.Expr, ranges: Ranges, points: list[Mapping], kinds: tuple = KINDS
) -> tuple[sympy.Expr, list[str], str]:
    """(`expr` with the values of these kinds put in, how each was found, proved or computed twice)."""
    words, badge = [], PROVED
    while True:
        found = [e for e in sorted(expr.atoms(*kinds), key=sympy.count_ops) if _has_value(e)]
        if not found:
            return expr, words, badge
        value, how, kind = _value(found[0], ranges, points)
        expr = expr.xreplace({found[0]: value})
        words += [how] * (how not in words)
        badge = TWICE if kind == TWICE else badge


def _has_value(expr: sympy.Expr) -> bool:
    return not isinstance(expr, sympy.Sum) or any(high is sympy.oo for _, _, high in expr.limits)


def _value(expr: sympy.Expr, ranges: Ranges, points: list[Mapping]) -> tuple[sympy.Expr, str, str]:
    if isinstance(expr, sympy.Derivative):
        return _slope(expr), "by differentiation", PROVED
    if isinstance(expr, sympy.Limit):
        return _limit(expr, points, ranges), "a limit by SymPy, and by values on the way to it", TWICE
    if len(expr.limits) == 1:
        proved = (_telescoped if isinstance(expr, sympy.Sum) else _antiderivative)(expr, ranges, points)
        if proved is not None:
            how = "a sum that telescopes" if isinstance(expr, sympy.Sum) else "an antiderivative, differentiated"
            return proved, how, PROVED
    return _confirmed(expr, ranges, points), "a value by SymPy, and by numbers", TWICE


def _slope(expr: sympy.Derivative) -> sympy.Expr:
    """A derivative by the rules for what is made of functions that have one, without sums that have no end."""
    found = expr.doit()
    if found.has(sympy.Derivative) or any(_has_value(e) for e in expr.expr.atoms(*KINDS)):
        raise UnconfirmedError(f"no derivative was found for {expr.expr}")
    return found


def _confirmed(expr: sympy.Expr, ranges: Ranges, points: list[Mapping]) -> sympy.Expr:
    """SymPy's value of an integral or a sum without end, where numbers find the same."""
    value = expr.doit()
    if isinstance(value, sympy.Piecewise):
        value = next((v for v, condition in value.args if _implied(condition, ranges)), sympy.nan)
    if value.has(*KINDS, sympy.oo, -sympy.oo, sympy.zoo, sympy.nan):
        raise UnconfirmedError(f"no finite value was found for {expr}")
    here = [{x: v for x, v in point.items() if expr.has(x)} for point in points or [{}]]
    moderate = [point for point in here if all(1e-3 <= abs(v) <= 30 for v in point.values())]
    if not any([_same_at(expr, value, point) for point in moderate[:ENOUGH]]):
        raise UnconfirmedError(f"SymPy's value of {expr}, {value}, is confirmed at no point")
    return value


def _same_at(expr: sympy.Expr, value: sympy.Expr, point: Mapping) -> bool:
    """Whether numbers confirm a value; an error where they find another one."""
    seen, said = evaluate(expr, point), evaluate(value, point)
    if seen.is_finite() and not (seen - said).contains(0):
        raise UnconfirmedError(f"SymPy's value of {expr}, {value}, is not what numbers find")
    return bool(seen.is_finite() and seen.rad() <= 1e-6 * (abs(said) if said != 0 else 1))


def _implied(condition: sympy.Basic, ranges: Ranges) -> bool:
    """Whether a condition that SymPy attaches to a value is seen to hold on the ranges."""
    if isinstance(condition, sympy.And):
        return all(_implied(c, ranges) for c in condition.args)
    if isinstance(condition, sympy.StrictGreaterThan | sympy.StrictLessThan | sympy.GreaterThan | sympy.LessThan):
        return positive(condition.gts - condition.lts, ranges)
    return condition is sympy.true


def _antiderivative(expr: sympy.Integral, ranges: Ranges, points: list[Mapping]) -> sympy.Expr | None:
    x, low, high = expr.limits[0]
    if not (low.is_finite is not False and high.is_finite is not False) or expr.function.has(*_BROKEN):
        return None
    found = sympy.integrate(expr.function, x)
    if found.has(sympy.Integral, *_BROKEN) or not vanishes(sympy.diff(found, x) - expr.function):
        return None
    between = {**ranges, x: (low, high)} if low.is_number and high.is_number else None
    for c in {c for e in (found, expr.function) for c in conditions(e)}:
        inside = between is not None and holds(c, between) and _at_ends(c, x, low, high)
        if not (inside if c.expr.has(x) else holds(c, ranges)):
            return None
    return found.subs(x, high) - found.subs(x, low)


def _at_ends(condition, x: sympy.Symbol, low: sympy.Expr, high: sympy.Expr) -> bool:
    return all(condition.expr.subs(x, end).is_nonzero is True for end in (low, high))


def _telescoped(expr: sympy.Sum, ranges: Ranges, points: list[Mapping]) -> sympy.Expr | None:
    k, low, _ = expr.limits[0]
    if expr.function.is_Pow and expr.function.base == k and positive(-expr.function.exp - 1, ranges):
        return sympy.zeta(-expr.function.exp, low)
    total = antidifference(expr.function, k)
    if total is None or not has_no_pole(total, k, low, sympy.oo):
        return None
    try:
        end = _limit(sympy.Limit(total, k, sympy.oo, "-"), points, ranges)
    except UnconfirmedError:
        return None
    return end - total.subs(k, low)


def _limit(expr: sympy.Limit, points: list[Mapping], ranges: Ranges = {}) -> sympy.Expr:
    """A limit of 0 where a power dies out; else SymPy's, confirmed at points of the other symbols."""
    function, x, to, side = expr.args
    if to is sympy.oo and dies_out(function, x, ranges):
        return sympy.S.Zero
    try:
        value = expr.doit()
    except NotImplementedError:  # SymPy asks for a sign that it cannot know
        value = sympy.nan
    if value.has(sympy.Limit, sympy.AccumBounds) or (value.is_finite is not True and not value.free_symbols):
        raise UnconfirmedError(f"no finite value was found for {expr}")
    if (part := exception(function, x, to, str(side), ranges)) is not None:
        raise UnconfirmedError(f"{expr} may be another where {part} is 0")
    sides = [str(side)] if str(side) == "-" or to.is_infinite else [str(side), *_other_side(function, x, to, points)]
    for point in points[:CONFIRMED] or [{}]:
        here = {s: v for s, v in point.items() if s != x}
        for way in sides:
            _approached(expr, value, here, way)
    return value


def _other_side(function: sympy.Expr, x: sympy.Symbol, to: sympy.Expr, points: list[Mapping]) -> list[str]:
    """A limit is from the right to SymPy if nothing is said; the left counts too, where the function exists there."""
    if x.is_positive and to == 0:
        return []
    here = {s: v for s, v in (points[0] if points else {}).items() if s != x}
    near = evaluate(function, {**here, x: to - sympy.Rational(1, 10**6)})
    return ["-"] if near.is_finite() else []


def _approached(expr: sympy.Limit, value: sympy.Expr, point: Mapping, side: str) -> None:
    """Refuse a value from which the last values on the way that can be told from rounding do not shrink away."""
    function, x, to, _ = expr.args
    limit, gaps = evaluate(value, point, precision=640), []
    size = abs(limit) if limit != 0 else arb(1)
    for step, precision in _STEPS:
        step = step + _odd(x, len(gaps)) if to.is_infinite else step
        ahead = (to is sympy.oo) if to.is_infinite else side == "+"
        away = step if to.is_infinite else 1 / step
        at = (0 if to.is_infinite else to) + (away if ahead else -away)
        gap = evaluate(function, {**point, x: at}, precision=precision) - limit
        if gap.is_finite() and gap.rad() < 1e-6 * size:
            gaps.append(abs(gap))
    last = gaps[-3:]
    shrinking = all(bool(b <= a) or bool(b < 1e-6 * size) for a, b in pairwise(last))
    near = NEAR * (size if limit != 0 else reduce(arb.max, gaps, arb(0)))
    if len(last) < 3 or not shrinking or not (last[-1] < near or last[-1] == 0):
        raise UnconfirmedError(f"values on the way to {expr} do not approach {value} from every side that is shown")


def _odd(x: sympy.Symbol, n: int) -> sympy.Rational:
    """What keeps steps towards infinity from being even, or whole where they need not be."""
    return sympy.Integer(n % 2) if x.is_integer else sympy.Rational(1, 3)
