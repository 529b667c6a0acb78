"""Formulas as code here: against ball arithmetic; that of the browser is compared in tests/book/test_sliders.py."""

import math
import random

import mpmath
import pytest
import sympy
from sympy import Abs, Integer, Max, Min, Piecewise, Product, Rational, Sum, cos, exp, floor, log, sin, sqrt, symbols

from polylib.derivation import h2, log2, named
from polylib.derivation.evaluation import evaluate
from polylib.derivation.explore_code import Code
from polylib.derivation.notation import unfold

x, y = symbols("x y", positive=True)
k, n = symbols("k n", integer=True, positive=True)
R = named("R", lambda x, y: (1 - x) + h2(x) / y)

FORMULAS = [
    R(x / 4, y),
    log2(1 + x) * x - log(y) ** 2,
    Sum(2 * k ** (-x) * sin(k * y) ** 2, (k, 1, n)),
    Sum(Sum(k ** (-x) / n, (k, 1, n)), (n, 1, 4)),
    Product(1 + x / k, (k, 1, n)),
    sympy.zeta(1 + x) + sympy.zeta(2, y) + sympy.zeta(-x),
    sympy.gamma(x) + sympy.loggamma(y) + sympy.factorial(n) + sympy.binomial(n, 2),
    sympy.polygamma(0, x) + sympy.erf(y) + sympy.erfc(x) + sympy.EulerGamma,
    Max(x, y, 1) - Min(x, 2 * y) + Abs(x - y) + sqrt(x) * exp(-y) * cos(x) + sympy.tanh(y) + sympy.pi,
    (x - y) ** 3 / (1 + x) + x**y + 2**n,
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: str(formula)[:40])
def test_a_value_is_that_of_ball_arithmetic(formula):
    code, draw = Code(formula, (x, y, n)), random.Random(0)
    for _ in range(5):
        point = {x: draw.uniform(0.1, 4), y: draw.uniform(0.1, 4), n: draw.randint(2, 9)}
        ball = evaluate(unfold(formula), {s: Rational(v) for s, v in point.items()})
        assert code(*point.values()) == pytest.approx(float(ball.mid()), rel=1e-12)


def test_functions_that_balls_lack():
    cases = Piecewise((floor(x), x < 2), (sympy.sign(x - y), (x <= 3) | (y > 5)), (sympy.harmonic(n), True))
    code = Code(cases, (x, y, n))
    assert code(1.7, 1, 1) == 1 and code(2.5, 4, 1) == -1
    assert code(9, 1, 12) == pytest.approx(float(mpmath.harmonic(12)), rel=1e-14)


def test_an_entropy_is_0_at_both_ends_and_poles_are_gaps():
    entropy = Code(h2(x) / y, (x, y))
    assert entropy(0.0, 2.0) == 0 == entropy(1.0, 2.0)
    assert Code(R(Integer(0), y), (y,))(3.0) == 1
    assert not math.isfinite(Code(1 / (x - 1), (x,))(1.0))
    assert not math.isfinite(Code(log(x), (x,))(0.0))
    assert Code(Min(1 / x, 7), (x,))(0.0) == 7


@pytest.mark.parametrize("formula", [sqrt(1 - x), log(1 - x), sympy.asin(x), (1 - x) ** y, Max(sqrt(1 - x), 1)])
def test_what_is_not_real_is_refused(formula):
    with pytest.raises(ValueError, match=r"formula must be real over its ranges, got .* at x = 2.5, y = 0.3"):
        Code(formula, (x, y))(2.5, 0.3)


def test_symbols_and_functions_that_are_not_known_are_named():
    with pytest.raises(ValueError, match="formula must have no symbols but x, got n, y in"):
        Code(x * y + n, (x,))
    for unknown in (
        sympy.besselj(0, x),
        sympy.Function("f")(x),
        sympy.polygamma(1, x),
        sympy.Integral(y**2, (y, 0, x)),
    ):
        with pytest.raises(ValueError, match=f"functions that have JavaScript, got .*{type(unknown).__name__}"):
            Code(unknown, (x,))
    with pytest.raises(ValueError, match="formula must have sums that end"):
        Code(Sum(1 / k**2, (k, 1, sympy.oo)), ()).javascript


def test_code_for_the_browser_has_arguments_in_order_and_loops():
    assert Code(x / y, (y, x)).javascript == "(v0,v1)=>v1/v0"
    assert Code(Sum(k**x, (k, 1, n)), (x, n)).javascript == "(v0,v1)=>sum(1,v1,k2=>Math.pow(k2, v0))"
    assert Code(x * log2(y), (x, y)).javascript == "(v0,v1)=>xlogy(v0/Math.log(2), v1)"
    assert Code(sympy.pi * x, (x,)).javascript == "(v0)=>Math.PI*v0"


def test_the_largest_of_many_is_found_at_once():
    misses = [Abs(value / R(Rational(value, 100), y) - 1) for value in range(1, 30, 3)]
    code = Code(Max(*misses, evaluate=False), (y,))
    assert code(3.0) == max(Code(miss, (y,))(3.0) for miss in misses)
