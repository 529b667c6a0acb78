"""Enclosures contain what another library computes, keep a sign on the edge, and claim nothing outside the domain."""

import flint
import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, symbols

from polylib.derivation.balls import defined, enclose
from polylib.derivation.notation import h2, log2

x = symbols("x", positive=True)
FORMULAS = [
    h2(x), log2(1 + x), x**x, sympy.sqrt(x), 1 / (1 + x), x**2 - x, x**-3, sympy.exp(-x), sympy.erf(x), sympy.pi * x,
    sympy.Abs(x - sympy.Rational(1, 2)), sympy.Max(x, 1 - x), sympy.Min(x, 1 - x), sympy.gamma(1 + x),
    sympy.loggamma(1 + x), sympy.factorial(x), sympy.zeta(2 + x), sympy.Float(0.5) * x, (x - Rational(1, 2)) ** 2,
    sympy.zeta(2 + x, 5),
    (x - 1) ** 2, (x - 2) ** 3, sympy.Abs(x - 2), sympy.EulerGamma + x,
]  # fmt: skip


def interval(low, high):
    return {x: (enclose(sympy.Rational(low), {})[0], enclose(sympy.Rational(high), {})[0])}


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
@given(st.integers(1, 999), st.integers(1, 999), st.integers(0, 100))
def test_an_enclosure_contains_every_value(formula, a, b, place):
    low, high = sorted((Rational(a, 1000), Rational(b, 1000)))
    inside = low + (high - low) * Rational(place, 100)
    with flint.ctx.workprec(160):
        bottom, top = enclose(formula, interval(low, high))
    with mpmath.workdps(40):
        value = mpmath.mpf(sympy.N(sympy.nsimplify(formula, rational=True).rewrite(sympy.log).subs(x, inside), 40))
        slack = mpmath.mpf(10) ** -35 * max(1, abs(value))  # forty digits are printed
        assert mpmath.mpf(bottom.str(40, radius=False)) <= value + slack
        assert value - slack <= mpmath.mpf(top.str(40, radius=False))


@pytest.mark.parametrize(
    ("formula", "low", "high"),
    [(h2(x), 0, 1), (x, 0, 1), (1 - x, 0, 1), (log2(1 + x), 0, 2), (-log2(x), 0, 1), (1 / x, 0, 1), (h2(x) / x, 0, 1)],
)
def test_a_sign_is_kept_on_the_edge(formula, low, high):
    assert enclose(formula, interval(low, high))[0] >= 0


@pytest.mark.parametrize(
    "formula", [sympy.log(x - 2), 1 / (x - Rational(1, 2)), h2(2 * x), sympy.sqrt(x - 1), sympy.I * x]
)
def test_outside_the_domain_nothing_is_claimed(formula):
    low, high = enclose(formula, interval(0, 1))
    assert not (low >= -(10**9) and high <= 10**9)


POLES = [(x / (1 - x), 1), (h2(x) / x, 0), (1 / x, 0), (1 / (1 - x), 1), (sympy.log(x) ** 2, -1)]


@pytest.mark.parametrize(("formula", "pole"), POLES, ids=str)
def test_at_a_pole_there_is_no_value(formula, pole):
    assert not defined(enclose(formula, interval(pole, pole)))


@pytest.mark.parametrize("n", [-3, -2, 1, 2, 5])
def test_a_negative_base_has_whole_powers_only(n):
    whole, half = ((1 - 2 * x) ** k for k in (symbols("n", integer=True), symbols("t", positive=True)))
    (exponent,) = whole.exp.free_symbols
    low, high = enclose(whole, {x: interval(1, 1)[x], exponent: enclose(sympy.Integer(n), {})})
    assert low == high == (-1) ** n
    (exponent,) = half.exp.free_symbols
    assert not defined(enclose(half, {x: interval(1, 1)[x], exponent: enclose(Rational(1, 2), {})}))


def test_an_unknown_function_is_refused_by_name():
    with pytest.raises(ValueError, match="expr must be made of functions that ball arithmetic knows, got floor"):
        enclose(sympy.floor(x), interval(0, 1))
