"""Signs that can be seen: a formula is positive for every value of its symbols, not at many of them.

A range becomes algebra: a number between 0 and 1 is 1/(1 + y) for some y > 0, one from 2 up is 2 + y, a whole number
from 1 up is 1 + j with j = 0, 1, 2, ... A polynomial in such y whose coefficients are all positive is positive.
"""

from functools import lru_cache

import flint
import sympy

from polylib.derivation.balls import PRECISION, enclose
from polylib.derivation.notation import Named, unfold
from polylib.derivation.ranges import Ranges, assumed_ends, hull, stand_in

LARGEST = 400  # terms of a polynomial whose sign is still read off
FACTORED = 12  # and of one that is factored, where squares may appear


def nonnegative(expr: sympy.Expr, ranges: Ranges = {}) -> bool:
    """Whether `expr` is seen to be 0 or more wherever it is defined; False says only that it is not seen."""
    return expr.is_nonnegative is True or _value_sign(expr) in (0, 1) or _read(expr, tuple(ranges.items()), False)


def positive(expr: sympy.Expr, ranges: Ranges = {}) -> bool:
    """Whether `expr` is seen to be more than 0 wherever it is defined."""
    return expr.is_positive is True or _value_sign(expr) == 1 or _read(expr, tuple(ranges.items()), True)


def _value_sign(expr: sympy.Expr) -> int | None:
    """The sign of a number, if its ball shows one."""
    if expr.free_symbols or expr.has(sympy.Sum, sympy.Product, sympy.Indexed):
        return None
    with flint.ctx.workprec(PRECISION):
        try:
            low, high = enclose(unfold(expr), {})
        except ValueError:
            return None
    return 1 if low > 0 else -1 if high < 0 else None


@lru_cache(maxsize=20_000)
def _read(expr: sympy.Expr, items: tuple, strict: bool) -> bool:
    if expr.has(sympy.Derivative, sympy.Subs, sympy.I):  # a sine by exponentials has no sign that they show
        return False
    hidden = _hidden(expr, dict(items))
    stand_ins = {x: stand_in(x, ends) for x, ends in _all_ranges(hidden, dict(items)).items()}
    plain = hidden.xreplace(stand_ins)
    return _quotient(_without_roots(_seen_logs(_grown(plain if strict else _bounded(plain)))), strict)


def _without_roots(expr: sympy.Expr) -> sympy.Expr:
    """`expr` with a positive number under roots written as a power of another one."""
    for x in [s for s in expr.free_symbols if s.is_positive and not s.is_integer]:
        roots = [p.exp.q for p in expr.atoms(sympy.Pow) if p.base == x and p.exp.is_Rational and p.exp.q > 1]
        if roots:
            expr = expr.xreplace({x: sympy.Dummy(x.name, positive=True) ** sympy.ilcm(1, *roots)})
    return expr


def _quotient(expr: sympy.Expr, strict: bool) -> bool:
    numerator, denominator = sympy.fraction(sympy.together(expr))
    return any(_terms(sign * numerator, strict) and _terms(sign * denominator, True) for sign in (1, -1))


def _grown(expr: sympy.Expr) -> sympy.Expr:
    """`expr` with the powers of b^t by one number: 1 + u, 1/(1 + u) or u for some u > 0, as b and t say."""
    expr = sympy.expand_power_exp(expr)
    found: dict[tuple, dict] = {}
    for power in sorted(expr.atoms(sympy.Pow, sympy.exp), key=sympy.count_ops):
        base, exponent = power.args if isinstance(power, sympy.Pow) else (sympy.E, *power.args)
        if exponent.free_symbols:
            times, t = exponent.as_coeff_Mul()
            found.setdefault((base, t), {})[power] = times
    for (base, t), powers in found.items():
        number = _power_of(base, t)
        if number is not None and all(times.is_Rational for times in powers.values()):
            unit = abs(sympy.gcd_list(list(powers.values())))
            expr = expr.xreplace({power: number ** (times / unit) for power, times in powers.items()})
    return expr


def _power_of(base: sympy.Expr, t: sympy.Expr) -> sympy.Expr | None:
    """A number that stands for base^t: above 1, below 1, or positive; None where not even that is seen."""
    u = sympy.Dummy("u", positive=True) if _terms(t, True) or _terms(-t, True) else sympy.Dummy("u", nonnegative=True)
    above, below = base is sympy.E or _quotient(base - 1, True), _quotient(base, True) and _quotient(1 - base, True)
    up = 1 if above else -1 if below else 0
    way = 1 if _terms(t, False) else -1 if _terms(-t, False) else 0
    if up * way:
        return (1 + u) ** (up * way)
    return sympy.Dummy("u", positive=True) if base is sympy.E or _quotient(base, True) else None


def _seen_logs(expr: sympy.Expr) -> sympy.Expr:
    """`expr` with the logarithm of what is above 1, or between 0 and 1, written as a number of that sign."""
    for log in sorted(expr.atoms(sympy.log), key=sympy.count_ops):
        (x,) = log.args
        for sign, above in ((1, x - 1), (-1, 1 - x)) if x.free_symbols else ():
            if (sign == 1 or _quotient(x, True)) and _quotient(above, False):
                size = sympy.Dummy("l", nonnegative=True, positive=_quotient(above, True) or None)
                expr = expr.xreplace({log: sign * size})
    return expr


def _bounded(expr: sympy.Expr) -> sympy.Expr:
    """`expr` with every sine and cosine as a number from -1 up to, but not, 1: for what may be 0 as well."""
    waves = [f for f in expr.atoms(sympy.sin, sympy.cos) if f.is_real]
    return expr.xreplace({f: 1 - 2 / (1 + sympy.Dummy("w", nonnegative=True)) for f in waves})


def _all_ranges(expr: sympy.Expr, ranges: Ranges) -> dict[sympy.Symbol, tuple]:
    return {x: ranges.get(x, assumed_ends(x)) for x in expr.free_symbols if isinstance(x, sympy.Symbol)}


def _terms(expr: sympy.Expr, strict: bool) -> bool:
    """Whether a sum is of terms that are each 0 or more (one more than 0, if `strict`)."""
    factors = [f for f in sympy.Mul.make_args(expr) if f is not sympy.S.One]
    if len(factors) > 1 and all(_factor(f, strict) for f in factors):
        return True
    terms = sympy.Add.make_args(sympy.expand(expr))
    if len(terms) > LARGEST:
        return False
    if all(_product(t, False) for t in terms) and (not strict or any(_product(t, True) for t in terms)):
        return True
    if len(terms) > FACTORED:
        return False
    whole = sympy.factor(expr)
    return whole.func in (sympy.Mul, sympy.Pow) and _product(whole, strict)


def _product(term: sympy.Expr, strict: bool) -> bool:
    """Whether a product has factors that are 0 or more; two negative ones make a positive one."""
    signs = [1 if _factor(f, strict) else -1 if _factor(-f, strict) else None for f in sympy.Mul.make_args(term)]
    return None not in signs and signs.count(-1) % 2 == 0


def _factor(x: sympy.Expr, strict: bool) -> bool:
    if (x.is_positive if strict else x.is_nonnegative) is True:
        return True
    if isinstance(x, sympy.Pow):
        if x.exp.is_even and x.base.is_real is not False:
            return not strict
        return _factor(x.base, strict) and bool(x.exp.is_real)
    rule = next((rule for kind, rule in _SIGNED.items() if isinstance(x, kind)), None)
    return rule is not None and rule(x, strict)


_SIGNED = {
    sympy.exp: lambda x, strict: True,
    sympy.Abs: lambda x, strict: not strict,
    sympy.factorial: lambda x, strict: _terms(x.args[0] + 1, True),
    sympy.gamma: lambda x, strict: _terms(x.args[0], True),
    sympy.binomial: lambda x, strict: _terms(x.args[0] - x.args[1], False) and _terms(x.args[1], False),
    sympy.Sum: lambda x, strict: not strict and _terms(sympy.factor(x.function), False),
    sympy.Add: lambda x, strict: (
        all(_product(t, False) for t in x.args) and (not strict or any(_product(t, True) for t in x.args))
    ),
}


def _hidden(expr: sympy.Expr, ranges: Ranges) -> sympy.Expr:
    """`expr` unfolded, but for functions whose enclosure shows that they are 0 or more: those become a symbol."""

    def seen(function: sympy.Expr) -> bool:
        if function.func.__dict__.get("enclosure") is None and not getattr(function, "proved_nonnegative", False):
            return False
        return getattr(function, "proved_nonnegative", False) or _enclosed(function, ranges)

    kept = unfold(expr, keep=lambda f: isinstance(f, Named) and seen(f))
    seen_ones = {f: sympy.Dummy("g", nonnegative=True) for f in kept.atoms(Named)}
    return kept.xreplace(seen_ones)


def _enclosed(function: sympy.Expr, ranges: Ranges) -> bool:
    with flint.ctx.workprec(PRECISION):
        box = {x: hull(ends) for x, ends in _all_ranges(function, ranges).items()}
        try:
            return bool(enclose(function, box)[0] >= 0)
        except ValueError:
            return False
