"""False statements that a careless check would pass: poles, undefined points, tiny differences, empty repairs."""

import pytest
import sympy
from sympy import IndexedBase, Integer, Rational, Sum, symbols

from polylib.derivation.derivation import Derivation, DerivationError
from polylib.derivation.notation import h2, log2

S, H = symbols("S H", positive=True)
x, y = symbols("x y", real=True)
n = symbols("n", integer=True, positive=True)
k, K = symbols("k K", integer=True)
P = IndexedBase("P")
HALF = Rational(1, 2)


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


def test_the_number_of_points_is_of_different_points(d):
    d.equal(n**2, 3 * n - 2, "equal at 1 and 2 only", where={n: (1, 2)})
    assert d.steps[0].evidence == "equal to 30 digits at 2 rational points"


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda d: d.at_most(abs(S), S, {S: (-1, 1)}, ""), "box must respect what is assumed of S, got -1"),
        (lambda d: d.equal(S, S, "", where={S: (-2, 1)}), "where must respect what is assumed of S, got -2"),
        (lambda d: d.equal(S, S, "", where={S: (2, 1)}), "where must hold low <= high"),
        (lambda d: d.refutes(Integer(0), S, {S: -1}, relation="<="), "on must respect what is assumed of S, got -1"),
        (lambda d: d.equal(n, n + 0 * S, "", on={n: HALF}), "on must respect what is assumed of n, got 1/2"),
        (lambda d: d.at_most(S, 2 * S, {S: (1, 1)}, ""), "box must have room in at least one direction"),
        (lambda d: d.at_most(S, 2 * S, {S: (1, sympy.oo)}, ""), "box must give S a pair of finite rational ends"),
        (lambda d: d.refutes(S, 2 * S, {S: 1}, (H, H)), "repaired must share a side with the print"),
        (lambda d: d.agrees(float, float, [(1,)], 1e-9, ""), "algorithm must be another computation"),
        (lambda d: d.agrees(float, abs, [(1,)], 10, ""), "tol must be positive and at most 0.01, got 10"),
        (lambda d: d.sampled(1, 100, 1e6, ""), "standard_error must be at most a fifth of the value 1"),
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
    assert [s.badge for s in d.steps] == ["proved", "proved"]
