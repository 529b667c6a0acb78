"""Ball arithmetic: where a formula lies over a whole box, so that a sign found there holds at every point.

An enclosure is a pair of Arb balls {cite:p}`johansson2017`, one around each end of an interval. Ends are exact where
the arithmetic is, so a formula that is 0 on the edge of a box, or whose slope is infinite there, keeps its sign.
"""

import math
from collections.abc import Callable, Mapping
from functools import reduce

import sympy
from flint import arb, fmpq

PRECISION = 160  # bits; far more than any statement here needs

LARGEST = 10**6  # power that is multiplied out

Enclosure = tuple[arb, arb]

INFINITY = arb("inf")
UNDEFINED = (arb("nan"), arb("nan"))


def enclose(expr: sympy.Expr, box: Mapping[sympy.Symbol, Enclosure]) -> Enclosure:
    """Ends between which `expr` lies at every point of `box`; not a number where it is undefined.

    Raises ValueError for a function that ball arithmetic does not know here, or a symbol without a range.
    """
    if expr.is_Rational:
        value = arb(fmpq(int(expr.p), int(expr.q)))
        return value, value
    if expr.is_Float:  # a decimal, as it prints
        return enclose(sympy.Rational(str(expr)), box)
    if expr in box:
        return box[expr]
    if expr in _CONSTANTS:
        value = _CONSTANTS[expr]()
        return value, value
    if not expr.args and expr.is_number:  # infinities, nan and i: outside the formula's domain
        return UNDEFINED
    args = [enclose(a, box) for a in expr.args]
    if expr.is_Pow:
        return _power(*args, root=expr.exp == sympy.Rational(1, 2))
    function = getattr(expr, "enclosure", None) or _FUNCTIONS.get(expr.func)
    if function is None:
        raise ValueError(f"expr must be made of functions that ball arithmetic knows, got {expr.func} in {expr}")
    return function(*args)


def defined(x: Enclosure) -> bool:
    """Whether both ends are numbers, infinite ones included."""
    return not (x[0].is_nan() or x[1].is_nan())


def add(x: Enclosure, y: Enclosure) -> Enclosure:
    """Sum of two enclosures."""
    return x[0] + y[0], x[1] + y[1]


def multiply(x: Enclosure, y: Enclosure) -> Enclosure:
    """Product of two enclosures."""
    if not (defined(x) and defined(y)):
        return UNDEFINED
    # An infinite end stands for arbitrarily large numbers, so 0 times it is 0.
    products = [arb(0) if a == 0 or b == 0 else a * b for a in x for b in y]
    return reduce(arb.min, products), reduce(arb.max, products)


def _reciprocal(x: Enclosure) -> Enclosure:
    low, high = x
    if low == high and (low == 0 or not low.is_finite()):
        return UNDEFINED
    if low >= 0:
        return _invert(high, arb(0)), _invert(low, INFINITY)
    if high <= 0:
        return _invert(high, -INFINITY), _invert(low, arb(0))
    return UNDEFINED


def _invert(end: arb, limit: arb) -> arb:
    return limit if end == 0 or not end.is_finite() else 1 / end


def _power(base: Enclosure, power: Enclosure, root: bool = False) -> Enclosure:
    """base ** power; a power that is one whole number, however it came about, admits a negative base."""
    if not (defined(base) and defined(power)):
        return UNDEFINED
    if power[0] == power[1] and power[0].is_integer() and (abs(power[0]) <= LARGEST or not base[0] > 0):
        return _whole_power(base, int(power[0].unique_fmpz()))
    if root:
        return (base[0].sqrt(), base[1].sqrt()) if base[0] >= 0 else UNDEFINED
    return _exp(multiply(power, log_enclosure(base)))


def _whole_power(base: Enclosure, n: int) -> Enclosure:
    if n < 0:
        return _reciprocal(_whole_power(base, -n))
    low, high = base
    ends = _product(low, n), _product(high, n)
    if n % 2 or low >= 0:
        return ends
    return (ends[1], ends[0]) if high <= 0 else (arb(0), arb.max(*ends))


def _product(end: arb, n: int) -> arb:
    """end ** n by squaring: Arb's own power of a ball around 0 is not a number."""
    result = arb(1)
    for bit in bin(n)[2:]:
        result = result * result * end if bit == "1" else result * result
    return result


def _exp(x: Enclosure) -> Enclosure:
    # A power times a power of a logarithm is 0 where 0 times infinity is met; what grows like exp is not held by one.
    if not defined(x) or x[1] == INFINITY:
        return UNDEFINED
    return tuple(end.exp() if end.is_finite() else arb(0) for end in x)


def log_enclosure(x: Enclosure) -> Enclosure:
    """Natural logarithm, down to minus infinity at 0."""
    if not x[0] >= 0 or x[0] == INFINITY:
        return UNDEFINED
    ends = tuple(-INFINITY if end == 0 else end.log() if end.is_finite() else INFINITY for end in x)
    return ends if defined(x) else UNDEFINED


def binary_entropy_enclosure(p: Enclosure) -> Enclosure:
    """h2 in bits: it rises to 1 at one half and falls again, so the ends of an interval bound it."""
    low, high = p
    if not (low >= 0 and high <= 1):
        return UNDEFINED
    ends = _binary_entropy_at(low), _binary_entropy_at(high)
    return arb.min(*ends), (arb(1) if low <= arb(0.5) <= high else arb.max(*ends))


def _binary_entropy_at(p: arb) -> arb:
    return arb(0) if p == 0 or p == 1 else -(p * p.log() + (1 - p) * (1 - p).log()) / arb(2).log()


def _over_hull(function: Callable[[arb], arb]) -> Callable[[Enclosure], Enclosure]:
    """For functions with no rule of their own: Arb's value on one ball around the whole interval."""

    def enclosed(x: Enclosure) -> Enclosure:
        value = function(x[0].union(x[1]))
        return value.lower(), value.upper()

    return enclosed


def _rising(function: Callable[[arb], arb]) -> Callable[[Enclosure], Enclosure]:
    return lambda x: (function(x[0]), function(x[1]))


def _zeta(s: Enclosure, *start: Enclosure) -> Enclosure:
    """Riemann's zeta(s), or Hurwitz's zeta(s, a), whose sum starts at a."""
    low, high = _over_hull(lambda ball: ball.zeta(*(a[0].union(a[1]) for a in start)))(s)
    if low.is_finite() or s[0] <= 1 <= s[1] or not (start == () or start[0][0] > 0):
        return low, high
    return -INFINITY, INFINITY  # a number, too large to be found


def _binomial(n: Enclosure, k: Enclosure) -> Enclosure:
    if not all(end.is_integer() for end in (*n, *k)) or n[0] != n[1] or k[0] != k[1] or not n[0] >= 0:
        return UNDEFINED  # over an interval it has no rule of its own
    value = arb(math.comb(int(n[0].unique_fmpz()), int(k[0].unique_fmpz())) if k[0] >= 0 else 0)
    return value, value


_CONSTANTS = {sympy.pi: arb.pi, sympy.E: arb.const_e, sympy.EulerGamma: arb.const_euler}
_RISING = ["atan", "sinh", "tanh", "asinh", "erf"]
_CIRCULAR = ["sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos"]
_HYPERBOLIC = ["cosh", "coth", "sech", "csch", "acosh", "atanh"]
_FUNCTIONS = {
    sympy.Add: lambda *xs: reduce(add, xs),
    sympy.Mul: lambda *xs: reduce(multiply, xs),
    sympy.log: log_enclosure,
    sympy.exp: _exp,
    sympy.Abs: lambda x: x if x[0] >= 0 else (-x[1], -x[0]) if x[1] <= 0 else (arb(0), arb.max(-x[0], x[1])),
    sympy.Max: lambda *xs: tuple(reduce(arb.max, ends) for ends in zip(*xs, strict=True)),
    sympy.Min: lambda *xs: tuple(reduce(arb.min, ends) for ends in zip(*xs, strict=True)),
    sympy.gamma: _over_hull(arb.gamma),
    sympy.loggamma: _over_hull(arb.lgamma),
    sympy.factorial: _over_hull(lambda x: (x + 1).gamma()),
    sympy.zeta: _zeta,
    sympy.binomial: _binomial,
    sympy.erfc: lambda x: (x[1].erfc(), x[0].erfc()),
    sympy.polygamma: lambda n, x: _over_hull(arb.digamma)(x) if n[0] == n[1] == 0 else UNDEFINED,
}
_FUNCTIONS |= {getattr(sympy, f): _over_hull(getattr(arb, f)) for f in _CIRCULAR + _HYPERBOLIC}
_FUNCTIONS |= {getattr(sympy, f): _rising(getattr(arb, f)) for f in _RISING}
KNOWN = frozenset(_FUNCTIONS)
