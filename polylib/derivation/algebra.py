"""A normal form in which equal formulas are the same: what an identity is proved by.

Every rule holds wherever the formula is defined: log(xy) is log|x| + log|y| because xy > 0 there, b^(c+d) is b^c b^d,
a circular or hyperbolic function is made of exponentials, a factorial of its neighbours. What is left is a rational
function of symbols, logarithms, powers and sums, and its numerator is 0 or is not.
"""

from collections.abc import Callable

import sympy

from polylib.derivation.facts import NONE, Facts
from polylib.derivation.ranges import Ranges
from polylib.derivation.signs import positive
from polylib.derivation.sums import merged, outermost, summed

FACTORIAL = (sympy.factorial, sympy.binomial, sympy.RisingFactorial, sympy.FallingFactorial, sympy.gamma)
CIRCULAR = sympy.functions.elementary.trigonometric.TrigonometricFunction
HYPERBOLIC = sympy.functions.elementary.hyperbolic.HyperbolicFunction
FURTHEST = 40  # neighbours of a factorial that are written out


class log_size(sympy.Function):  # noqa: N801, a function's name in SymPy
    """log|x|, which turns every product into a sum."""

    nargs = 1


def vanishes(difference: sympy.Expr, facts: Facts = NONE) -> bool:
    """Whether algebra turns a difference of plain SymPy into 0; False says only that it was not seen to."""
    with sympy.evaluate(True):
        expr = merged(normal(difference, facts), lambda term: normal(term, facts))
        return expr == 0 or _numerator_vanishes(expr)


def _numerator_vanishes(expr: sympy.Expr) -> bool:
    kinds = sympy.Sum, sympy.Product, sympy.Integral, sympy.Limit, log_size
    opaque = {a: sympy.Dummy(positive=a.is_positive) for a in outermost(expr, kinds)}
    numerator = sympy.expand(sympy.fraction(sympy.together(expr.xreplace(opaque)))[0])
    return numerator == 0 or sympy.simplify(sympy.expand(numerator, power_base=True)) == 0


def normal(expr: sympy.Expr, facts: Facts = NONE) -> sympy.Expr:
    """The normal form of plain SymPy (see `unfold`), with the values that `facts` give."""
    rule = next((rule for kinds, rule in _RULES if isinstance(expr, kinds)), None)
    if rule is not None:
        return rule(expr, facts)
    return expr.func(*(normal(a, facts) for a in expr.args)) if expr.args else expr


def as_logs(expr: sympy.Expr, ranges: Ranges) -> sympy.Expr:
    """A normal form with its log|x| as logarithms of what is positive on the ranges."""

    def signed(x: sympy.Expr) -> sympy.Expr:
        return sympy.log(x if positive(x, ranges) else -x if positive(-x, ranges) else sympy.Abs(x))

    return expr.replace(log_size, signed)


def _log(x: sympy.Expr, facts: Facts) -> sympy.Expr:
    """log x, which is log|x| where it is defined, as a sum over the factors of x."""
    total = sympy.S.Zero
    for factor in sympy.Mul.make_args(sympy.factor(sympy.together(x))):
        base, power = factor.as_base_exp()
        if base is sympy.E:
            total += power
        elif isinstance(base, sympy.Product) and len(base.limits) == 1:
            total += power * normal(sympy.Sum(sympy.log(base.function), *base.limits), facts)
        elif base.is_Rational:
            parts = (sympy.factorint(abs(base.p)), 1), (sympy.factorint(base.q), -1)
            total += power * sum(s * n * log_size(sympy.Integer(q)) for f, s in parts for q, n in f.items() if q > 1)
        else:
            total += power * log_size(-base if base.is_Add and base.could_extract_minus_sign() else base)
    return sympy.expand(total)


def _power(base: sympy.Expr, power: sympy.Expr) -> sympy.Expr:
    """base ** power: a sum in the exponent is a product of powers, and e^(c log b) is b^c."""
    if power.is_Integer:
        return base**power
    result = sympy.S.One
    if len(power.free_symbols) == 1 and power.is_rational_function() and not power.is_polynomial():
        power = sympy.apart(power)
    for term in sympy.Add.make_args(sympy.expand(power)):
        sizes = [f for f in sympy.Mul.make_args(term) if isinstance(f, log_size)]
        if base is sympy.E and len(sizes) == 1 and sizes[0].args[0].is_positive:
            result *= _power(sizes[0].args[0], term / sizes[0])
        else:
            result *= sympy.powdenest(sympy.expand_power_base(base**term))
    return result


def _larger(x: sympy.Expr, *others: sympy.Expr, sign: int) -> sympy.Expr:
    """The largest (or smallest) of some numbers by sizes of differences."""
    if not others:
        return x
    y = _larger(*others, sign=sign)
    return (x + y + sign * sympy.Abs(x - y)) / 2


def _tail(s: sympy.Expr, start: sympy.Expr) -> sympy.Expr:
    """Hurwitz's zeta(s, z + j) by zeta(s, z), the first j terms less."""
    offset, z = sympy.expand(start).as_coeff_Add()
    if not z.free_symbols:
        z, offset = sympy.S.One, offset - 1
    steps = int(sympy.floor(offset)) if offset.is_Rational and abs(offset) <= FURTHEST else 0
    z = sympy.expand(start - steps)
    terms = [_power(z + j, -s) for j in (range(steps) if steps >= 0 else range(steps, 0))]
    return sympy.zeta(s, z) - sympy.Add(*terms) * (1 if steps >= 0 else -1)


def _neighbours(expr: sympy.Expr) -> sympy.Expr:
    """Factorials and binomials by gamma functions whose arguments differ from one another by no whole number."""

    def shifted(x: sympy.Expr) -> sympy.Expr:
        offset, z = sympy.expand(x).as_coeff_Add()
        if not z.free_symbols or not offset.is_Rational or abs(offset) > FURTHEST:
            return sympy.gamma(x)
        steps = int(sympy.floor(offset))
        z += offset - steps
        if steps < 0:
            return sympy.gamma(z) / sympy.prod([z - j for j in range(1, 1 - steps)])
        return sympy.gamma(z) * sympy.prod([z + j for j in range(steps)])

    return expr.rewrite(sympy.gamma).replace(sympy.gamma, shifted)


def _in_normal_form(function: Callable[..., sympy.Expr]) -> Callable[[sympy.Expr, Facts], sympy.Expr]:
    """A rule that works on arguments in normal form."""
    return lambda expr, facts: function(*(normal(a, facts) for a in expr.args))


def _hurwitz(s: sympy.Expr, *start: sympy.Expr) -> sympy.Expr:
    return _tail(s, *start) if start else sympy.zeta(s)


_RULES: list[tuple[type | tuple, Callable[[sympy.Expr, Facts], sympy.Expr]]] = [
    (sympy.Indexed, lambda expr, facts: facts.entry(expr, normal)),
    (sympy.Sum, lambda expr, facts: summed(expr, normal, facts)),
    ((sympy.Product, sympy.Integral, sympy.Limit, sympy.Derivative), lambda expr, facts: expr),
    ((CIRCULAR, HYPERBOLIC), lambda expr, facts: normal(expr.rewrite(sympy.exp), facts)),
    (sympy.log, lambda expr, facts: _log(normal(expr.args[0], facts), facts)),
    (sympy.loggamma, lambda expr, facts: _log(normal(sympy.gamma(expr.args[0]), facts), facts)),
    (FACTORIAL, lambda expr, facts: _neighbours(expr.func(*(normal(a, facts) for a in expr.args)))),
    (sympy.zeta, _in_normal_form(_hurwitz)),
    (sympy.Max, lambda expr, facts: normal(_larger(*expr.args, sign=1), facts)),
    (sympy.Min, lambda expr, facts: normal(_larger(*expr.args, sign=-1), facts)),
    (sympy.exp, _in_normal_form(lambda power: _power(sympy.E, power))),
    (sympy.Pow, _in_normal_form(lambda base, power: _power(base, power))),
]
