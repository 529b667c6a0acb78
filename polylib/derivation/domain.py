"""Where a formula is defined: what its quotients, logarithms, roots and sums ask of their arguments.

The conditions are read from the formula as it is written, before anything cancels.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sympy

from polylib.derivation.notation import Named, log2, text, unfold

ABOVE, NOT, FROM, NO_POLE = ">", "≠", "≥", "no pole"


@dataclass(frozen=True)
class Condition:
    """expr > 0, expr ≠ 0, expr ≥ 0, or expr is no whole number at or below 0."""

    kind: str
    expr: sympy.Expr

    def __str__(self) -> str:
        return f"{text(self.expr)} {self.kind}" + " 0" * (self.kind != NO_POLE)


def conditions(expr: sympy.Expr) -> set[Condition]:
    """What must hold for `expr`, names replaced by their definitions, to be a real number."""
    found: set[Condition] = set()
    _collect(sympy.sympify(expr), found)
    plain = {Condition(c.kind, _without_divisor(c.kind, unfold(c.expr))) for c in found}
    return {c for c in plain if not _met(c)}


def _without_divisor(kind: str, expr: sympy.Expr) -> sympy.Expr:
    """The same condition on a product: a/b is above 0 where ab is."""
    numerator, divisor = sympy.fraction(sympy.together(expr)) if kind == ABOVE else (expr, sympy.S.One)
    return numerator * divisor if divisor.free_symbols else expr


def _collect(expr: sympy.Expr, found: set[Condition]) -> None:
    if isinstance(expr, Named):
        with sympy.evaluate(False):
            definition = sympy.sympify(type(expr).definition(*expr.args))
        _collect(definition, found)
        return
    if isinstance(expr, sympy.Sum | sympy.Product | sympy.Integral):
        found |= {c for c in conditions(expr.function) if not _met_inside(c, expr.limits)}
    elif isinstance(expr, sympy.Derivative):
        found |= conditions(expr.args[0])
    elif isinstance(expr, sympy.Limit):
        found |= {c for c in conditions(expr.args[0]) if not c.expr.has(*expr.args[1].free_symbols)}
    else:
        for arg in expr.args:
            _collect(arg, found)
    found |= {Condition(kind, part) for kind, part in _asked(expr)}


def _asked(expr: sympy.Expr) -> list[tuple[str, sympy.Expr]]:
    if isinstance(expr, sympy.Pow):
        base, power = expr.args
        if power.is_integer:
            return [] if power.is_nonnegative else [(NOT, base)]
        return [(FROM if power.is_nonnegative else ABOVE, base)] if power.is_Rational else [(ABOVE, base)]
    if isinstance(expr, sympy.Sum | sympy.Product):
        return [(FROM, high - low + 1) for _, low, high in expr.limits if high.is_finite is not False]
    rule = next((rule for kind, rule in _RULES.items() if isinstance(expr, kind)), None)
    return rule(*expr.args) if rule else []


def _met_inside(condition: Condition, limits: tuple) -> bool:
    """Whether a condition holds for every index from the first one up, or for every one from the last one down."""
    for k, low, high in limits:
        if condition.expr.has(k):
            step = sympy.Dummy(nonnegative=True, integer=k.is_integer)
            ways = [low + step] * bool(low.is_finite) + [high - step] * (high.is_finite is not False)
            if any(_met(Condition(condition.kind, sympy.expand(condition.expr.subs(k, way)))) for way in ways):
                return True
    return _met(condition)


def _within_one(x: sympy.Expr) -> list[tuple[str, sympy.Expr]]:
    return [(FROM, 1 - x), (FROM, 1 + x)]


_RULES: dict[type, Callable[..., list[tuple[str, sympy.Expr]]]] = {
    sympy.log: lambda x, *base: [(ABOVE, x)],
    log2: lambda x: [(ABOVE, x)],
    sympy.gamma: lambda x: [(NO_POLE, x)],
    sympy.loggamma: lambda x: [(ABOVE, x)],
    sympy.polygamma: lambda n, x: [(NO_POLE, x)],
    sympy.binomial: lambda n, k: [(FROM, n)],
    sympy.factorial: lambda x: [(NO_POLE, x + 1)],
    sympy.zeta: lambda s, *start: [(NOT, s - 1), *((ABOVE, a) for a in start)],
    sympy.tan: lambda x: [(NOT, sympy.cos(x))],
    sympy.cot: lambda x: [(NOT, sympy.sin(x))],
    sympy.sec: lambda x: [(NOT, sympy.cos(x))],
    sympy.csc: lambda x: [(NOT, sympy.sin(x))],
    sympy.coth: lambda x: [(NOT, x)],
    sympy.csch: lambda x: [(NOT, x)],
    sympy.asin: _within_one,
    sympy.acos: _within_one,
    sympy.atanh: lambda x: [(ABOVE, 1 - x), (ABOVE, 1 + x)],
    sympy.acosh: lambda x: [(FROM, x - 1)],
}


def _met(condition: Condition) -> bool:
    """Whether the assumptions of the symbols alone say so."""
    x = condition.expr
    return bool(
        {ABOVE: x.is_positive, NOT: x.is_nonzero, FROM: x.is_nonnegative, NO_POLE: x.is_positive}[condition.kind]
    )
