"""False statements that a careless check would pass: poles, undefined points, tiny differences, empty repairs."""

import time

import numpy as np
import pytest
import sympy
from sympy import IndexedBase, Integer, Rational, Sum, symbols

from polylib.derivation.derivation import Derivation, DerivationError
from polylib.derivation.lemma import check_instances
from polylib.derivation.notation import h2, log2, named
from polylib.derivation.rendering import slug

S, H = symbols("S H", positive=True)
x, y = symbols("x y", real=True)
n = symbols("n", integer=True, positive=True)
k, K = symbols("k K", integer=True)
P = IndexedBase("P")
HALF = Rational(1, 2)
COINS, BOX = S * sympy.log(S / H) + (1 - S) * sympy.log((1 - S) / (1 - H)), {S: (0, 1), H: (0, 1)}


@pytest.fixture
def d():
    return Derivation("False", "a test")


INEQUALITIES = {
    "a power of a negative base": ((1 - 2 * S) ** (2 * n), Rational(1, 10), {S: (0.6, 1), n: (1, 8)}),
    "alternating sign": ((-1) ** n, Integer(0), {n: (1, 5)}),
    "unbounded at the edge": (1 / (1 - S), Integer(10), {S: (0, 1)}),
    "unbounded times a number": (S / (1 - S), Integer(5), {S: (0, 1)}),
    "infinite slope of h2": (h2(S) / S, Integer(3), {S: (0, 1)}),
    "a sign change across a pole": (Integer(0), 1 / x, {x: (-1, 1)}),
    "a pole inside": (1 / (x - HALF), Integer(2), {x: (0, 1)}),
    "Pinsker with more than 2": (Rational(21, 10) * (S - H) ** 2, COINS, BOX),
    "a pole of a cosine": (1 / (1 - sympy.cos(x)), Integer(5), {x: (-1, 1)}),
    "below a cosine": (1 - Rational(49, 100) * x**2, sympy.cos(x), {}),
    "lighter tails": (sympy.cosh(x), sympy.exp(Rational(49, 100) * x**2), {}),
    "a square that is not defined": (sympy.log(x) ** 2, Integer(-1), {x: (-2, -1)}),
}


@pytest.mark.parametrize(("lhs", "rhs", "box"), INEQUALITIES.values(), ids=list(INEQUALITIES))
def test_false_inequalities_are_not_proved(d, lhs, rhs, box):
    with pytest.raises(DerivationError):
        d.at_most(lhs, rhs, box, "planted", budget=2000)


EQUATIONS = {
    "tiny numbers": (S / 10**31, 2 * S / 10**31, {}),
    "tiny exponentials": (sympy.exp(-80 - S), sympy.exp(-90 - S), {}),
    "huge numbers": (10**40 * S + S**2, 10**40 * S, {}),
    "complex": (sympy.exp(sympy.I * S), sympy.exp(2 * sympy.I * S), {}),
    "a power that is undefined": ((1 - 2 * S) ** HALF, Integer(0), {S: (0.6, 0.9)}),
    "one side undefined": (sympy.log(x**2), 2 * sympy.log(x), {}),
    "log of a product of negatives": (sympy.log(x * y), sympy.log(x) + sympy.log(y), {}),
    "far away": (sympy.Max(S, 4), Integer(4), {}),
    "far away, too": (sympy.Abs(4 - S), 4 - S, {}),
    "equal at the first twelve integers": (sympy.prod(n - j for j in range(1, 13)) + n, n, {}),
}


@pytest.mark.parametrize(("lhs", "rhs", "where"), EQUATIONS.values(), ids=list(EQUATIONS))
def test_false_equations_are_not_accepted(d, lhs, rhs, where):
    with pytest.raises(DerivationError):
        d.equal(lhs, rhs, "planted", where=where)


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (sympy.expand((1 - S) ** 60), (1 - S) ** 60),  # cancels to far below the first precision
        (0.1 * S, S / 10),  # a decimal is what it prints as
        ((1 - 2 * S) ** n, (1 - 2 * S) * (1 - 2 * S) ** (n - 1)),
    ],
)
def test_true_equations_are_not_refused(d, lhs, rhs):
    d.equal(lhs, rhs, "true", where={S: (0.01, 0.9)})


def test_few_whole_numbers_are_tried_one_after_another(d):
    d.equal(n**2, 3 * n - 2, "equal at 1 and 2 only", where={n: (1, 2)})
    assert (d.steps[0].badge, d.steps[0].evidence) == ("proved on a range", "at every value")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda d: d.at_most(abs(S), S, {S: (-1, 1)}, ""), "box must respect what is assumed of S, got -1"),
        (lambda d: d.equal(S, S, "", where={S: (-2, 1)}), "where must respect what is assumed of S, got -2"),
        (lambda d: d.equal(S, S, "", where={S: (2, 1)}), "where must hold low <= high"),
        (lambda d: d.refutes(Integer(0), S, {S: -1}, relation="<="), "on must respect what is assumed of S, got -1"),
        (lambda d: d.equal(n, n + 0 * S, "", on={n: HALF}), "on must respect what is assumed of n, got 1/2"),
        (lambda d: d.at_most(S, 2 * S, {S: (1, 1)}, ""), "box must have room in at least one direction"),
        (lambda d: d.at_most(S, 2 * S, {S: (1, sympy.I)}, ""), "box must give S a pair of rational ends"),
        (lambda d: d.refutes(S, 2 * S, {S: 1}, (H, H)), "repaired must share a side with the print"),
        (lambda d: d.agrees(float, float, [(1,)], 1e-9, ""), "algorithm must be another computation"),
        (lambda d: d.agrees(float, abs, [(1,)], 10, ""), "tol must be positive and at most 0.01, got 10"),
        (lambda d: d.sampled(1, 100, 1e6, ""), "standard_error must be at most a tenth of the value 1"),
    ],
)
def test_checks_that_would_say_nothing_are_refused(d, check, message):
    with pytest.raises(ValueError, match=message):
        check(d)


TOTAL = Sum(P[k], (k, 1, K))


@pytest.mark.parametrize(
    ("formula", "on", "message"),
    [
        (TOTAL, {K: 2, P: {1: 1, 2: 1}}, "P must be a distribution, got entries that sum to 2"),
        (TOTAL, {K: 2, P: {1: 3, 2: -2}}, "P must be a distribution"),
        (
            Sum(P[k - 1], (k, 0, K)),
            {K: 2, P: (HALF, HALF, 0)},
            r"P must be given at every index that is used, got none for P\[-1\]",
        ),
        (P[1, 2], {P: (HALF, HALF)}, "P must be given at every index that is used"),
        (P[7], {P: (HALF, HALF)}, r"got none for P\[7\]"),
    ],
)
def test_families_are_distributions_and_indices_are_theirs(d, formula, on, message):
    with pytest.raises(ValueError, match=message):
        d.equal(formula, formula + 0, "", on=on)


def test_small_differences_are_not_lost_in_agreement(d):
    with pytest.raises(DerivationError):
        d.agrees(lambda v: v, lambda v: 2 * v, [(1e-10,)], 1e-14, "a factor 2 between small numbers")


def test_a_refutation_may_be_tiny(d):
    d.refutes(S / 10**31, 2 * S / 10**31, {S: 1}, why="a factor 2")
    assert d.verdict == "refuted"


def test_a_kink_has_no_slope_but_can_be_proved(d):
    d.at_most(sympy.Max(S, 1 - S), Integer(1), {S: (0, 1)}, "Max")
    d.at_most(log2(1 + sympy.Abs(x)), Rational(11, 10), {x: (-1, 1)}, "Abs")
    assert [s.badge for s in d.steps] == ["proved on a range", "proved on a range"]


z = symbols("z", integer=True, nonnegative=True)
j, m = symbols("j m", integer=True)
POSITIVE, OTHER = IndexedBase("P", positive=True), IndexedBase("Q", positive=True)
LAW = {Sum(POSITIVE[k], (k, 1, n)): 1}


def half(v):
    """A computation that another one may hide behind."""
    return v / 2


def described(v):
    """The same, in other words."""
    return v / 2


def written(formula):
    """A formula as it is written."""
    with sympy.evaluate(False):
        return formula()


def named_one(name):
    return named(name, S)


class Halving:
    def __call__(self, v):
        return v / 2

    def method(self, v):
        return v / 2


WRONG_IN_SYMPY = sympy.Integral(abs(sympy.sin(x) * sympy.cos(x)), (x, 0, 2 * sympy.pi))  # its issue 29072
EVEN = sympy.Symbol("e_0", even=True)
PEAK = sympy.Integral(sympy.exp(-(10**12) * (x - Rational(1, 7)) ** 2), (x, -sympy.oo, sympy.oo))
SOME, TIMES = Sum(POSITIVE[k], (k, 6, n)), [1]
MOVING = named("g", lambda u: TIMES[-1] * u)
ONCE, TWICE = named("f", lambda u: u), named("f", lambda u: 2 * u)

PLANTED = {
    # SymPy believed alone
    "a wrong integral": lambda d: d.equal(sympy.Integral(abs(sympy.sin(2 * x)) / 2, (x, 0, 2 * sympy.pi)), 1, ""),
    "the same, as a product": lambda d: d.equal(WRONG_IN_SYMPY, Integer(1), ""),
    "a principal value": lambda d: d.equal(sympy.Integral(1 / x, (x, -1, 1)), Integer(0), ""),
    "across a pole": lambda d: d.equal(sympy.Integral(1 / x**2, (x, -1, 1)), Integer(-2), ""),
    "Abel's sum": lambda d: d.equal(Sum((-1) ** k, (k, 0, sympy.oo)), HALF, ""),
    "zeta where it diverges": lambda d: d.equal(Sum(k ** (-S), (k, 1, sympy.oo)), sympy.zeta(S), ""),
    "a series that diverges": lambda d: d.equal(Sum(S**k, (k, 0, sympy.oo)), 1 / (1 - S), "", where={S: (1.5, 2)}),
    "a limit from one side": lambda d: d.equal(sympy.Limit(abs(x) / x, x, 0), Integer(1), ""),
    "a limit off by little": lambda d: d.equal(
        sympy.Limit((1 + 1 / S) ** S, S, sympy.oo), sympy.E + Rational(1, 10**6), ""
    ),
    # places where a formula is undefined
    "a hole": lambda d: d.equal((x**2 - 1) / (x - 1), x + 1, ""),
    "a sine of itself over a cosine": lambda d: d.equal(sympy.tan(x) * sympy.cos(x), sympy.sin(x), ""),
    "cancelled before it is seen": lambda d: d.at_most(1 / x, 1 / x + 1, {x: (-1, 1)}, ""),
    "a logarithm of negative numbers": lambda d: d.at_most(Integer(0), abs(sympy.log(x)), {x: (-2, -1)}, ""),
    "a gamma across poles": lambda d: d.at_most(Integer(0), abs(sympy.gamma(x)), {x: (-3, -1)}, ""),
    # numbers that sampling does not reach
    "beyond 60": lambda d: d.equal(sympy.Max(n, 100), Integer(100), ""),
    "beyond a million": lambda d: d.equal(abs(S - 10**7), 10**7 - S, ""),
    "below 160 bits": lambda d: d.equal(10**60 * S + S**2, 10**60 * S, ""),
    "tiny": lambda d: d.equal(S, S + Rational(1, 10**300), ""),
    # sums
    "-3 terms": lambda d: d.equal(Sum(1, (k, 1, m)), m, ""),
    "up to no whole number": lambda d: d.equal(Sum(k, (k, 1, S)), S * (S + 1) / 2, ""),
    "down": lambda d: d.equal(Sum(k, (k, n, 1)), Integer(0), ""),
    "an empty end": lambda d: d.equal(Sum(k, (k, 1, z - 2)), (z - 2) * (z - 1) / 2, ""),
    "a delta that picks nothing": lambda d: d.equal(Sum(sympy.KroneckerDelta(k, j), (k, 1, n)), Integer(1), ""),
    "twice the law": lambda d: d.equal(Sum(POSITIVE[k], (k, 1, 2 * n)), Integer(1), "", given=LAW),
    "induction without its base": lambda d: d.equal(Sum(k, (k, 1, n)), n * (n + 1) / 2 + 1, ""),
    # hypotheses
    "that do not hold together": lambda d: d.equal(S, 2 * S, "", given=LAW | {Sum(POSITIVE[k], (k, 1, n + 1)): 1}),
    "against a sign": lambda d: d.equal(abs(POSITIVE[n]), -POSITIVE[n], "", given={POSITIVE[k]: -1}),
    "a negative mass": lambda d: d.at_most(
        Integer(0), -S, {}, "", by=Sum(POSITIVE[k], (k, 1, n)), given={Sum(POSITIVE[k], (k, 1, n)): -S}
    ),
    "a counterexample outside": lambda d: d.refutes(
        Sum(OTHER[k], (k, 1, 2)), 1, {OTHER: {1: 1, 2: 0}, POSITIVE: {1: HALF, 2: HALF}}, given={OTHER[k]: POSITIVE[k]}
    ),
    # infinities, complex numbers, names
    "at infinity": lambda d: d.equal(1 / S, 2 / S, "", on={S: sympy.oo}),
    "an imaginary symbol": lambda d: d.equal(abs(sympy.Symbol("w", imaginary=True)) ** 2, S, ""),
    "two symbols of one name": lambda d: d.equal(S - sympy.Symbol("S", real=True), Integer(0), ""),
    "two functions of one name": lambda d: d.equal(ONCE(S) + TWICE(S), 3 * S, ""),
    "a symbol and a family": lambda d: d.equal(POSITIVE[n], sympy.Symbol("P", positive=True), ""),
    "two in two steps": lambda d: (d.equal(2 * S, S + S, ""), d.equal(sympy.Symbol("S", real=True) + x, x + S, "")),
    **{f"the name {name}": lambda d, name=name: d.equal(named_one(name), S, "") for name in (
        "2", "S + 1", "S = 1", "<b>x</b>", r"\mathrm{2}", r"\href{a}{b}", r"x\color{white}{y}", "log", r"\text{S}",
    )},
    "the number pi": lambda d: d.equal(sympy.Symbol("pi", positive=True) + S, S + 3, ""),
    "a wrong enclosure": lambda d: d.at_most(named("f", lambda u: 2 * u, lambda e: e)(x), 3 * x, {x: (1, 2)}, ""),
    # inequalities
    "a power that falls": lambda d: d.at_most(POSITIVE[1], POSITIVE[1] * 2 ** (-H), {}, ""),
    "a certificate that is negative": lambda d: d.at_most(S, 2 * S - 1, {}, "", by=S - 1),
    "a certificate of something else": lambda d: d.at_most(S, 2 * S, {}, "", by=S**2),
    "a lemma outside its scope": lambda d: (
        gap := d.at_most(S**2, S, {S: (0, 1)}, ""), d.at_most(H**2, H, {}, "", by=gap(H))
    ),
    "Gibbs without laws": lambda d: (
        gap := d.at_most(sympy.log(S), S - 1, {}, ""),
        d.at_most(
            Integer(0), Sum(POSITIVE[k] * sympy.log(POSITIVE[k] / OTHER[k]), (k, 1, n)), {}, "",
            by=Sum(POSITIVE[k] * gap(OTHER[k] / POSITIVE[k]), (k, 1, n)),
        ),
    ),
    "Stirling the other way": lambda d: d.at_most(sympy.log(sympy.factorial(n)), n * sympy.log(n) - n, {}, ""),
    "a slack that is too small": lambda d: d.at_most(
        sympy.log(sympy.factorial(n)), n * sympy.log(n) - n + sympy.log(2 * sympy.pi * n) / 2 + 1 / (13 * n), {}, ""
    ),
    # repairs
    "the print": lambda d: d.refutes(abs(x), x, {x: -1}, (abs(x), x), where={x: (0, 1)}),
    "a tautology": lambda d: d.refutes(S, 2 * S, {S: 1}, (S, S)),
    "a definition": lambda d: d.refutes(named("a", S**2), S, {S: 2}, (named("a", S**2), S**2)),
    # numbers
    "a method against itself": lambda d: d.agrees(Halving().method, Halving().method, [(1,)], 1e-9, ""),
    "an object against its twin": lambda d: d.agrees(Halving(), Halving(), [(1,)], 1e-9, ""),
    "one behind the other": lambda d: d.agrees(half, lambda v: half(v) + 0, [(1,), (2,)], 1e-9, ""),
    "one behind both": lambda d: d.agrees(lambda v: half(v) * 1, lambda v: half(v) / 1, [(1,), (2,)], 1e-9, ""),
    "one case many times": lambda d: d.agrees(abs, lambda v: v, [(1,)] * 9, 1e-9, ""),
    "far below the tolerance": lambda d: d.agrees(lambda v: v, lambda v: 2 * v, [(1e-20,)], 1e-9, ""),
    "nothing but zeros": lambda d: d.agrees(lambda v: 0 * v, lambda v: v * 0.0, [(1,), (2,)], 1e-9, ""),
    "an error of a million": lambda d: d.sampled(0, 1e6, 1e6, ""),
    "twice the value": lambda d: d.sampled(1, 2, 0.2, ""),
    "six errors away": lambda d: d.sampled(1.0, 1.3, 0.05, ""),
    # assumptions that the page does not show
    "an even number": lambda d: d.equal(sympy.Pow(-1, EVEN, evaluate=False), Integer(1), ""),
    "more than its sign": lambda d: d.at_most(0, 1 / sympy.Symbol("y", real=True, nonzero=True) ** 2, {}, ""),
    "an index that keeps no sign": lambda d: d.equal(Sum(n, (n, -m, m)), m * (m + 1) / 2, ""),
    "a family that breaks its sign": lambda d: d.refutes(0, POSITIVE[1], {POSITIVE: {1: -1}}, relation="<="),
    "a positive symbol that is 0": lambda d: d.refutes(1, n, {n: 0}, relation="<="),
    "a symbol for a positive one": lambda d: d.equal(abs(S), S, "", on={S: x}),
    # limits and sums that fail for single values
    "a limit that is none": lambda d: d.equal(
        sympy.Limit(sympy.sin(S) * (1 + 1 / S) ** S / 10**10, S, sympy.oo), Integer(0), ""
    ),
    "a limit with an exception": lambda d: d.equal(sympy.Limit(1 / (1 + S * x**2), S, sympy.oo), Integer(0), ""),
    "a series with an exception": lambda d: d.equal(
        Sum((1 - 2 * S) ** 2 * (4 * S * (1 - S)) ** k, (k, 0, sympy.oo)), Integer(1), "", where={S: (0, 1)}
    ),
    "a product without end": lambda d: d.at_most(
        HALF, sympy.Product(2 ** (-k), (k, 1, sympy.oo)), {}, "", seconds=3
    ),
    # 0 times infinity on an edge
    "what outgrows a power": lambda d: d.at_most(S * sympy.exp(sympy.log(S) ** 2), 10**300, {S: (0, HALF)}, ""),
    "what outgrows it for some t": lambda d: d.at_most(
        S * sympy.exp(x**2 * sympy.log(S) ** 2), 10**300, {S: (0, HALF), x: (0, 1)}, "", seconds=5
    ),
    "a quotient of logarithms": lambda d: d.at_most(
        -(sympy.log(S) ** 2) / sympy.log(S / 2), 10**6, {S: (0, HALF)}, ""
    ),
    "a logarithm's logarithm": lambda d: d.at_most(
        sympy.exp(-sympy.log(-sympy.log(S))) * sympy.log(S) ** 2, 10**30, {S: (0, HALF)}, ""
    ),
    # lemmas beyond what they were proved for
    "a lemma for whole numbers": lambda d: (
        gap := d.at_most(0, (n - 7) * (10**20 * (n - 7) - 1), {n: (7, 20)}, ""),
        d.at_most(0, (x - 7) * (10**20 * (x - 7) - 1), {x: (7, 20)}, "", by=gap(x)),
    ),
    "a lemma under a hypothesis": lambda d: (
        gap := d.at_most(S * POSITIVE[1], 2 * S, {}, "", given={POSITIVE[1]: 1}),
        d.at_most(S * POSITIVE[1], 2 * S, {}, "", by=gap(S)),
    ),
    # indices
    "an index that is free elsewhere": lambda d: d.equal(
        Sum(POSITIVE[1], (j, 1, n)), n * (n + 1) / 2, "", given={POSITIVE[k]: j}
    ),
    "a kink in every term": lambda d: d.at_most(Sum(sympy.Max(k - 20 * S, 0), (k, 1, n)), Integer(0), {}, ""),
    "hypotheses on single members": lambda d: d.equal(
        POSITIVE[1], Integer(2), "", given={POSITIVE[1]: 2} | LAW
    ),
    # names that are set alike
    "a quantity called as its symbol": lambda d: d.equal(named("S", 2 * S), 2 * S, ""),
    "sigma and its letter": lambda d: d.equal(
        sympy.Symbol("sigma", positive=True), sympy.Symbol(r"\sigma", positive=True), ""
    ),
    "a product in a name": lambda d: d.equal(named(r"S \times H", S), S, ""),
    "an entropy that is none": lambda d: d.equal(named("h_2", lambda u: u)(S), S, ""),
    "an infinite scale": lambda d: d.sampled(1, 1e6, 1e6, "", scale=float("inf")),
    # limits, derivatives and integrals of symbols that keep to something
    "a limit with an exception off the way": lambda d: d.equal(
        sympy.Limit(1 / (1 + S * (x - 3) ** 2), S, sympy.oo), Integer(0), ""
    ),
    "a limit with an exception at a root": lambda d: d.equal(
        sympy.Limit(S * (x**2 - 2) ** 2 / (1 + S * (x**2 - 2) ** 2), S, sympy.oo), Integer(1), ""
    ),
    "a limit with an exception at a logarithm": lambda d: d.equal(
        sympy.Limit(1 / (1 + S * (sympy.exp(x) - 3) ** 2), S, sympy.oo), Integer(0), ""
    ),
    "a size where its symbol is negative": lambda d: d.equal(written(lambda: sympy.Limit(abs(S), S, -1)), -1, ""),
    "a size towards minus infinity": lambda d: d.equal(
        written(lambda: sympy.Limit(sympy.exp(abs(S)), S, -sympy.oo)), Integer(0), ""
    ),
    "a size below 0 in an integral": lambda d: d.equal(
        written(lambda: sympy.Integral(abs(S), (S, 1, -1))), Integer(0), ""
    ),
    "a whole number to a place": lambda d: d.equal(
        written(lambda: sympy.Limit(sympy.sin(sympy.pi * k) / (k - HALF), k, 0)), Integer(0), ""
    ),
    "an integral over whole numbers": lambda d: d.equal(
        written(lambda: sympy.Integral(sympy.sin(sympy.pi * k) ** 2, (k, 0, 1))), Integer(0), ""
    ),
    "a slope along whole numbers": lambda d: d.equal(sympy.Derivative(n**2, n), 2 * n, ""),
    "the slope of a step": lambda d: d.equal(
        sympy.Derivative(sympy.Piecewise((0, x < 0), (1, True)), x), Integer(0), ""
    ),
    "the slope of a jump": lambda d: d.equal(
        sympy.Derivative(sympy.Piecewise((x, x < 0), (x + 1, True)), x), Integer(1), ""
    ),
    "the slope of a floor": lambda d: d.equal(sympy.Derivative(sympy.floor(x), x), Integer(0), ""),
    "the slope of a remainder": lambda d: d.equal(sympy.Derivative(sympy.Mod(x, 1), x), Integer(1), ""),
    "a delta beyond the range": lambda d: d.equal(
        sympy.Integral(sympy.DiracDelta(x - 2), (x, 0, 1)), Integer(1), ""
    ),
    "a floor": lambda d: d.equal(Sum(sympy.floor(k / 2), (k, 1, n)), n**2 / 4, ""),
    # what is true is not refuted
    "by quadrature that misses a peak": lambda d: d.refutes(PEAK, sympy.sqrt(sympy.pi) / 10**6, {}),
    "by quadrature, an inequality": lambda d: d.refutes(
        sympy.sqrt(sympy.pi) / 10**7, PEAK, {}, relation="<="
    ),
    "by quadrature between ends": lambda d: d.refutes(
        sympy.Integral(1 / (1 + 10**20 * (x - HALF) ** 2), (x, 0, 1)), 2 * sympy.atan(10**10 * HALF) / 10**10, {}
    ),
    "by a series that diverges": lambda d: d.refutes(Sum((-2) ** k, (k, 0, sympy.oo)), Integer(1), {}),
    "by a series that has no sum": lambda d: d.refutes(Sum((-1) ** k, (k, 0, sympy.oo)), Integer(0), {}),
    # signs of complex exponentials
    "a sine below 1": lambda d: d.at_most(sympy.sin(n) ** 2, 1 - Rational(1, 10**6), {}, ""),
    "a cosine from below": lambda d: d.at_most(-Rational(99999, 100000), sympy.cos(n), {}, ""),
    # sums that may be empty, families, hypotheses
    "an empty sum by itself": lambda d: d.equal(written(lambda: SOME / SOME), Integer(1), ""),
    "one over an empty sum": lambda d: d.at_most(Integer(0), 1 / SOME, {}, ""),
    "a family of whole numbers": lambda d: d.equal(
        written(lambda: sympy.cos(2 * sympy.pi * IndexedBase("N", integer=True)[1])), Integer(1), ""
    ),
    "rules in a circle": lambda d: d.equal(
        OTHER[1], OTHER[1] + 1, "", given={OTHER[k]: POSITIVE[k], POSITIVE[k]: OTHER[k] + 1}
    ),
    "Gibbs for half a law": lambda d: d.at_most(
        Integer(0), Sum(POSITIVE[k] * sympy.log(POSITIVE[k] / OTHER[k]), (k, 1, n)), {}, "",
        given=LAW | {Sum(OTHER[k], (k, 1, n)): 2},
    ),
    "Jensen the other way": lambda d: d.at_most(
        Sum(POSITIVE[k] * x**2 * POSITIVE[k] ** 2, (k, 1, n)), Sum(POSITIVE[k] ** 2, (k, 1, n)) ** 2 * x**2, {}, "",
        given=LAW,
    ),
    "entropy above its bound": lambda d: d.at_most(
        -Sum(POSITIVE[k] * sympy.log(POSITIVE[k]), (k, 1, n)), sympy.log(n) / 2, {}, "", given=LAW
    ),
    # names
    "an empty index": lambda d: d.equal(written(lambda: named("S_{}", 2 * S) + S), 3 * S, ""),
    "a name that cannot be seen": lambda d: d.equal(written(lambda: S * named(r"\,", Integer(2))), 2 * S, ""),
    "a product of two symbols": lambda d: d.equal(named("SH", 5 * S * H) + S * H, 6 * S * H, ""),
    "a power of a symbol": lambda d: d.equal(named("S^2", 3 * S) + S, 4 * S, ""),
    "a value of a function": lambda d: d.equal(written(lambda: named("f(S)", 3 * S) + ONCE(S)), 4 * S, ""),
    "a value of the entropy": lambda d: d.equal(named("h_2(S)", 3 * S) + S, 4 * S, ""),
    "a size": lambda d: d.equal(named("|x|", -x) + x, Integer(0), ""),
    "a hyperbolic tangent": lambda d: d.equal(named("tanh", lambda u: u)(S) + S, 2 * S, ""),
    "an arc": lambda d: d.equal(named(r"\operatorname{arcsin}", lambda u: 5 * u)(S) + S, 6 * S, ""),
    "a member of a family": lambda d: d.equal(named("P_1", 3 * POSITIVE[1]) + POSITIVE[1], 4 * POSITIVE[1], ""),
    "dots": lambda d: d.equal(written(lambda: S + named(r"\ldots", 4 * S)), 5 * S, ""),
    "Euler's constant as a symbol": lambda d: d.at_most(
        0, sympy.Symbol("gamma", real=True) ** 2 + sympy.EulerGamma, {}, ""
    ),
    "a definition that moves": lambda d: [
        d.equal(MOVING(S) + S, sympy.sympify(1 + times) * S, "") for times in (1, 2) if not TIMES.append(times)
    ],
    # numbers
    "NumPy's function against itself": lambda d: d.agrees(np.exp, lambda v: np.exp(v), [(1.0,), (2.0,)], 1e-9, ""),
    "NumPy's function behind both": lambda d: d.agrees(
        lambda v: 1 * np.exp(v), lambda v: np.exp(v) / 1, [(1.0,), (2.0,)], 1e-9, ""
    ),
    "a scale as wide as the claim": lambda d: d.agrees(
        lambda v: v, lambda v: 2 * v, [(1.0,), (2.0,)], 1e-9, "", scale=1e12
    ),
    "cases that differ where nobody looks": lambda d: d.agrees(
        lambda v, i: v, lambda v, i: abs(v), [(1.0, i) for i in range(9)], 1e-9, ""
    ),
    "a function described": lambda d: d.agrees(half, described, [(1.0,), (2.0,)], 1e-9, ""),
    "an error as wide as the value": lambda d: d.sampled(0.001, 0.05, 0.05, "", scale=1.0),
    # repairs
    "with nothing added": lambda d: d.refutes(S, 2 * S, {S: 1}, (S, sympy.Add(S, 0, evaluate=False))),
    "twice a half": lambda d: d.refutes(S, 2 * S, {S: 1}, (S, sympy.Mul(2, S, HALF, evaluate=False))),
    "at most itself": lambda d: d.refutes(
        S, S / 2, {S: 1}, (S, sympy.Add(S, 0, evaluate=False)), relation="<=", box={}
    ),
    # markup
    "a title with markup": lambda d: Derivation("P <b>= NP</b>", "own"),
}  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED.values(), ids=list(PLANTED))
def test_planted_statements_are_refused(d, plant):
    with pytest.raises(ValueError, match=r"\w"):
        plant(d)


def test_what_was_checked_cannot_be_changed(d):
    d.refutes(S, 2 * S, {S: 1})
    with pytest.raises(AttributeError):
        d.steps.pop()
    with pytest.raises(AttributeError):
        d.title = "P = NP"
    assert d.verdict == "refuted"


def test_different_titles_have_different_anchors():
    titles = ["A b", "a b", "A-b", "A b!", "A  b", "P = 1", "P ≠ 1"]
    assert len({slug(t) for t in titles}) == len(titles)


def test_a_step_ends_within_its_limit(d):
    start = time.process_time()
    with pytest.raises(DerivationError, match="not decided within its limit of 2 seconds"):
        d.at_most(sympy.exp(-1), S ** (S / (1 - S)), {S: (0, 1)}, "true, and slow", seconds=2)
    assert time.process_time() - start < 10
    assert d.steps == ()


def test_a_scope_says_all_that_a_statement_rests_on(d):
    d.equal(abs(x), x, "", on=[{x: 1}, {x: 2}])
    d.equal(written(lambda: sympy.Limit(sympy.sin(sympy.pi * k), k, sympy.oo)), Integer(0), "")
    lhs = written(lambda: sympy.log((S - HALF) ** 2))
    d.equal(lhs, 2 * sympy.log(S - HALF), "", given={POSITIVE[k]: S - HALF})
    scopes = [step.plain.split(", for ")[1] for step in d.steps]
    assert scopes == ["x = 1 or x = 2", "whole k", "S > 0, P > 0, P[k] = -1/2 + S"]


def test_hypotheses_of_a_lemma_do_not_change_with_the_callers(d):
    given = dict(LAW)
    gap = d.at_most(S * Sum(POSITIVE[k], (k, 1, n)), 2 * S, {}, "", given=given)
    given.clear()
    with pytest.raises(DerivationError, match="0 or more under hypotheses that are not given here"):
        check_instances(gap(S, n), {}, {})
