"""The value of a formula at one point by ball arithmetic, its sums term by term: nothing is simplified on the way.

Integrals and sums without end are computed by quadrature and extrapolation, and their balls are as wide as that errs.
"""

import random
from collections.abc import Mapping

import flint
import mpmath
import sympy
from flint import arb

from polylib.derivation.balls import INFINITY, PRECISION, UNDEFINED, enclose
from polylib.derivation.facts import NONE
from polylib.derivation.families import Families, HypothesisError
from polylib.derivation.sums import outermost

MOST_TERMS = 3_000
UNKNOWN = (-INFINITY, INFINITY)  # what quadrature and extrapolation cannot find
DIGITS = 40  # of quadrature and extrapolation
TRUSTED = 1e-12  # how well, relative to its size, those are believed


def evaluate(
    expr: sympy.Expr,
    point: Mapping[sympy.Symbol, sympy.Expr],
    families: Families | None = None,
    precision: int = PRECISION,
) -> arb:
    """A ball around plain SymPy at a point with a rational value for every symbol."""
    families = families or Families(NONE, point, random.Random(0))
    with flint.ctx.workprec(precision):
        low, high = _enclosed(expr, {x: sympy.sympify(v) for x, v in point.items()}, families)
        return low.union(high)


def _enclosed(expr: sympy.Expr, point: dict, families: Families) -> tuple[arb, arb]:
    box = {x: enclose(v, {}) for x, v in point.items()}
    parts: dict[sympy.Expr, sympy.Symbol] = {}
    for kind, compute in _COMPUTED.items():
        for part in outermost(expr, tuple(_COMPUTED)):
            if isinstance(part, kind) and part not in parts:
                parts[part] = sympy.Dummy(real=True)
                box[parts[part]] = compute(part, point, families)
    return enclose(expr.xreplace(parts), box)


def _member(member: sympy.Indexed, point: dict, families: Families) -> tuple[arb, arb]:
    at = member.xreplace(point)
    if not all(i.is_Integer for i in at.indices):
        return UNDEFINED
    value, indices = families.formula(at)
    low, high = _enclosed(value, {**point, **indices}, families)
    if (at.is_positive and high <= 0) or (at.is_nonnegative and high < 0) or (at.is_nonpositive and low > 0):
        raise HypothesisError(f"given must hold together, got {value} for {at}, which is declared otherwise")
    return low, high


def _series(expr: sympy.Expr, point: dict, families: Families) -> tuple[arb, arb]:
    (*inner, (k, low, high)) = expr.limits
    function = expr.func(expr.function, *inner) if inner else expr.function
    low, high = (sympy.sympify(e).xreplace(point) for e in (low, high))
    if high is sympy.oo and isinstance(expr, sympy.Product):
        return UNKNOWN
    if high is sympy.oo:
        return _without_end(function, k, low, point)
    if not (low.is_Integer and high.is_Integer and high - low >= -1):
        return UNDEFINED
    if high - low > MOST_TERMS:
        return UNKNOWN
    total = arb(0) if isinstance(expr, sympy.Sum) else arb(1)
    for j in range(int(low), int(high) + 1):
        a, b = _enclosed(function, {**point, k: sympy.Integer(j)}, families)
        total = total + a.union(b) if isinstance(expr, sympy.Sum) else total * a.union(b)
    return total, total


def _without_end(function: sympy.Expr, k: sympy.Symbol, low: sympy.Expr, point: dict) -> tuple[arb, arb]:
    with mpmath.workdps(DIGITS):
        term = sympy.lambdify(k, function.xreplace(point), "mpmath")
        sums = [
            mpmath.nsum(lambda j: term(mpmath.mpf(j)), [int(low), mpmath.inf], method=method) for method in ("r+s", "e")
        ]
        return _believed(sums[0], abs(sums[0] - sums[1]))


def _integral(expr: sympy.Integral, point: dict, families: Families) -> tuple[arb, arb]:
    if len(expr.limits) > 1:
        return UNDEFINED
    x, low, high = expr.limits[0]
    low, high = (sympy.sympify(e).xreplace(point) for e in (low, high))
    with mpmath.workdps(DIGITS):
        ends = [
            mpmath.mpf(sympy.N(e, DIGITS)) if e.is_finite else mpmath.mpf(str(e).replace("oo", "inf"))
            for e in (low, high)
        ]
        value, error = mpmath.quad(
            sympy.lambdify(x, expr.function.xreplace(point), "mpmath"), _cut(ends), error=True, maxdegree=8
        )
        return _believed(value, error)


def _cut(ends: list) -> list:
    """A finite range in pieces, so that a kink spoils one of them only."""
    low, high = ends
    return mpmath.linspace(low, high, 33) if mpmath.isfinite(low) and mpmath.isfinite(high) else ends


def _believed(value: mpmath.mpf, error: mpmath.mpf) -> tuple[arb, arb]:
    if not mpmath.isfinite(value) or not mpmath.isfinite(error) or isinstance(value, mpmath.mpc):
        return UNKNOWN
    radius = max(TRUSTED * abs(value), 10 * error) or mpmath.mpf(10) ** -30
    ball = arb(mpmath.nstr(value, DIGITS), arb(mpmath.nstr(radius, 5)))
    return ball.lower(), ball.upper()


def _delta(expr: sympy.Expr, point: dict, families: Families) -> tuple[arb, arb]:
    value = expr.xreplace(point)
    return enclose(value, {}) if value.is_Integer else UNDEFINED


_COMPUTED = {
    sympy.KroneckerDelta: _delta,
    sympy.Indexed: _member,
    sympy.Sum: _series,
    sympy.Product: _series,
    sympy.Integral: _integral,
}
