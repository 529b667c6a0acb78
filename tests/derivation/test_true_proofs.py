"""True statements are proved for all values of their symbols: nothing rests on a size, a box or points."""

import pytest
import sympy
from sympy import (
    Abs,
    Derivative,
    E,
    IndexedBase,
    Integer,
    Integral,
    KroneckerDelta,
    Limit,
    Max,
    Min,
    Product,
    Rational,
    Sum,
    binomial,
    cos,
    cosh,
    exp,
    factorial,
    gamma,
    log,
    oo,
    pi,
    sin,
    sinh,
    sqrt,
    symbols,
    tanh,
    zeta,
)

from polylib.derivation.derivation import Derivation, DerivationError
from polylib.derivation.notation import h2, log2, named

S, H, p, q = symbols("S H p q", positive=True)
x, y, a, b, c, d, s = symbols("x y a b c d s", real=True)
n, K = symbols("n K", integer=True, positive=True)
r = symbols("r", integer=True, nonnegative=True)
i, j, k = symbols("i j k", integer=True)
P, Q = IndexedBase("P", positive=True), IndexedBase("Q", positive=True)
A, B, C = (IndexedBase(name, real=True) for name in "ABC")
LAW = {Sum(P[k], (k, 1, K)): 1}
UNIT = {"where": {p: (0, 1)}}
H_X = named("H(X)", -Sum(P[k] * log2(P[k]), (k, 1, K)))
COINS, BOX = p * log(p / q) + (1 - p) * log((1 - p) / (1 - q)), {p: (0, 1), q: (0, 1)}
R = named("R", lambda S, H: (1 - S) + h2(S) / H)

EQUATIONS = {
    "Pascal": (binomial(n + 1, k + 1), binomial(n, k) + binomial(n, k + 1), {}),
    "geometric": (Sum(p**k, (k, 0, n)), (1 - p ** (n + 1)) / (1 - p), UNIT),
    "binomial": (Sum(binomial(n, k) * S**k * H ** (n - k), (k, 0, n)), (S + H) ** n, {}),
    "its law": (Sum(binomial(n, k) * p**k * (1 - p) ** (n - k), (k, 0, n)), Integer(1), UNIT),
    "its mean": (Sum(k * binomial(n, k) * p**k * (1 - p) ** (n - k), (k, 0, n)), n * p, UNIT),
    "squares": (Sum(k**2, (k, 1, n)), n * (n + 1) * (2 * n + 1) / 6, {}),
    "cubes": (Sum(k**3, (k, 1, n)), Sum(k, (k, 1, n)) ** 2, {}),
    "telescoping": (Sum(1 / (k * (k + 1)), (k, 1, n)), n / (n + 1), {}),
    "without end": (Sum(1 / (k * (k + 1)), (k, 1, oo)), Integer(1), {}),
    "geometric without end": (Sum(p**k, (k, 0, oo)), 1 / (1 - p), UNIT),
    "factorials": (Sum(k * factorial(k), (k, 1, n)), factorial(n + 1) - 1, {}),
    "logarithms": (Sum(log2(k), (k, 1, n)), log2(factorial(n)), {}),
    "a product": (Product(1 + 1 / k, (k, 1, n)), n + 1, {}),
    "zeta": (Sum(k ** (-S), (k, 1, oo)), zeta(S), {"where": {S: (1, oo)}}),
    "Hurwitz": (zeta(s), Sum(k ** (-s), (k, 1, n)) + zeta(s, n + 1), {}),
    "circle": (sin(x) ** 2 + cos(x) ** 2, Integer(1), {}),
    "addition": (sin(x + y), sin(x) * cos(y) + cos(x) * sin(y), {}),
    "hyperbola": (cosh(x) ** 2 - sinh(x) ** 2, Integer(1), {}),
    "tanh": (tanh(x), (exp(2 * x) - 1) / (exp(2 * x) + 1), {}),
    "gamma": (gamma(n + 1), factorial(n), {}),
    "slope": (Derivative(h2(p), p), log2((1 - p) / p), {}),
    "a positive range": (Integral(S * (1 - S), (S, 0, 1)), Rational(1, 6), {}),
    "polynomial": (Integral(x**2, (x, -Rational(1, 2), Rational(1, 2))), Rational(1, 12), {}),
    "max and min": (Max(x, y) + Min(x, y), x + y, {}),
    "the mask": (
        -Sum((1 - S) * P[k] * log2((1 - S) * P[k]), (k, 1, K)) - S * log2(S),
        h2(S) + (1 - S) * H_X,
        {"given": LAW},
    ),
    "a law by a rule": (
        -Sum(Q[k] * log2(Q[k]), (k, 0, K)),
        h2(S) + (1 - S) * H_X,
        {"given": LAW | {Q[0]: S, Q[k]: (1 - S) * P[k]}},
    ),
    "variance": (
        Sum(P[k] * (A[k] - Sum(P[j] * A[j], (j, 1, K))) ** 2, (k, 1, K)),
        Sum(P[k] * A[k] ** 2, (k, 1, K)) - Sum(P[k] * A[k], (k, 1, K)) ** 2,
        {"given": LAW},
    ),
    "Lagrange": (
        Sum(A[i] ** 2, (i, 1, n)) * Sum(B[j] ** 2, (j, 1, n)) - Sum(A[i] * B[i], (i, 1, n)) ** 2,
        Sum((A[i] * B[j] - A[j] * B[i]) ** 2, (i, 1, n), (j, 1, n)) / 2,
        {},
    ),
    "trace of a product": (
        Sum(A[i, j] * B[j, i], (i, 1, n), (j, 1, K)),
        Sum(B[i, j] * A[j, i], (i, 1, K), (j, 1, n)),
        {},
    ),
    "mean energy": (
        Sum(A[i, j] * C[i, j], (i, 1, n), (j, 1, n)) / 2,
        Sum(A[i, i], (i, 1, n)) / (2 * n),
        {"given": {C[i, j]: KroneckerDelta(i, j) / n}},
    ),
    "shifted": (Sum(P[k + 1], (k, 0, K - 1)), Sum(P[k], (k, 1, K)), {}),
    "backwards": (Sum(P[K + 1 - k], (k, 1, K)), Sum(P[k], (k, 1, K)), {}),
    "one more": (Sum(P[k], (k, 1, K + 1)), P[K + 1] + Sum(P[k], (k, 1, K)), {}),
    "around 0": (
        sympy.Pow(sympy.Add(log(2), log(3), -log(6), evaluate=False), 2, evaluate=False),
        Integer(0),
        {},
    ),
}


@pytest.mark.parametrize(("lhs", "rhs", "scope"), EQUATIONS.values(), ids=list(EQUATIONS))
def test_true_equations_are_proved(lhs, rhs, scope):
    derivation = Derivation("True", "a test")
    derivation.equal(lhs, rhs, "", **scope)
    assert derivation.steps[0].badge == ("proved on a range" if "where" in scope else "proved")


CONFIRMED = {
    "e": (Limit((1 + 1 / S) ** S, S, oo), E),
    "sinc": (Limit(sin(x) / x, x, 0), Integer(1)),
    "slow": (Limit(S * log(S), S, 0), Integer(0)),
    "Gauss": (Integral(exp(-(x**2) / 2) / sqrt(2 * pi), (x, -oo, oo)), Integer(1)),
    "a size": (Integral(Abs(x), (x, -1, 1)), Integer(1)),
}


@pytest.mark.parametrize(("lhs", "rhs"), CONFIRMED.values(), ids=list(CONFIRMED))
def test_values_that_sympy_proposes_are_confirmed_by_numbers(lhs, rhs):
    derivation = Derivation("True", "a test")
    derivation.equal(lhs, rhs, "")
    assert derivation.steps[0].badge == "computed twice"


INEQUALITIES = {
    "square": (Integer(0), x**2, {}),
    "tangent": (log(S), S - 1, {}),
    "exponential": (1 + x, exp(x), {}),
    "means": (2 * x * y, x**2 + y**2, {}),
    "geometric mean": (sqrt(S * H), (S + H) / 2, {}),
    "convex": (exp((x + y) / 2), (exp(x) + exp(y)) / 2, {}),
    "Cauchy": ((a * c + b * d) ** 2, (a**2 + b**2) * (c**2 + d**2), {}),
    "triangle": (Abs(x + y), Abs(x) + Abs(y), {}),
    "largest": (Max(x, y), Abs(x) + Abs(y), {}),
    "a coin": (h2(p), Integer(1), {}),
    "Pinsker": (2 * (p - q) ** 2, COINS, BOX),
    "chi square": (COINS, (p - q) ** 2 / (q * (1 - q)), BOX),
    "a sine": (sin(S), S, {}),
    "a cosine": (1 - x**2 / 2, cos(x), {}),
    "of light tails": (cosh(x), exp(x**2 / 2), {}),
    "saving": (1 / R(p, H), 1 / (1 - p), {}),
    "Bernoulli": (1 + n * S, (1 + S) ** n, {}),
    "powers of 2": (n + 1, 2**n, {}),
    "from 4 on": (n**2, 2**n, {n: (4, oo)}),
    "factorial": (2 ** (n - 1), factorial(n), {}),
    "harmonic": (log(n + 1), Sum(1 / k, (k, 1, n)), {}),
    "n to the n": (factorial(n), n**n, {}),
    "Stirling, a power": ((n / E) ** n, factorial(n), {}),
    "Stirling": (n * log2(n / E), log2(factorial(n)), {n: (1, oo)}),
    "slack": (log2(2 * pi * n) / 2, log2(factorial(n)) - n * log2(n / E), {}),
    "slack above": (log2(factorial(n)) - n * log2(n / E), log2(2 * pi * n) / 2 + log2(E) / (12 * n), {}),
}


LAWS = LAW | {Sum(Q[k], (k, 1, K)): 1}
OF_FAMILIES = {
    "Gibbs": (Integer(0), Sum(P[k] * log2(P[k] / Q[k]), (k, 1, K)), LAWS),
    "cross-entropy": (-Sum(P[k] * log(P[k]), (k, 1, K)), -Sum(P[k] * log(Q[k]), (k, 1, K)), LAWS),
    "uniform": (H_X, log2(K), LAW),
    "collisions": (1 / K, Sum(P[k] ** 2, (k, 1, K)), LAW),
    "spread": (Sum(P[k] * A[k], (k, 1, K)) ** 2, Sum(P[k] * A[k] ** 2, (k, 1, K)), LAW),
    "mean square": (Sum(A[k], (k, 1, n)) ** 2, n * Sum(A[k] ** 2, (k, 1, n)), {}),
    "squares of a law": (Sum(P[j] ** 2, (j, 1, K)), Integer(1), LAW),
    "an entropy": (Integer(0), H_X, LAW),
    "agreement": (Sum(P[k] * Q[k], (k, 1, K)), Integer(1), LAWS),
    "squares of shares": (Sum(P[k] ** 2, (k, 1, K)), S**2, {Sum(P[k], (k, 1, K)): S}),
    "a law's share": (S * Sum(P[k], (k, 1, K)), 2 * S, LAW),
}


@pytest.mark.parametrize(("lhs", "rhs", "given"), OF_FAMILIES.values(), ids=list(OF_FAMILIES))
def test_sums_over_families_are_bounded(lhs, rhs, given):
    derivation = Derivation("True", "a test")
    derivation.at_most(lhs, rhs, {}, "", given=given)
    assert derivation.steps[0].badge == "proved"


def test_what_no_way_decides_says_so():
    with pytest.raises(DerivationError, match="is neither proved nor refuted: neither slopes"):
        Derivation("True", "a test").at_most(Sum(P[k] ** 2, (k, 2, K)), Integer(1), {}, "", given=LAW)


def test_a_lemma_shows_what_it_says():
    lemma = Derivation("True", "a test").at_most(log(S), S - 1, {}, "")
    assert repr(lemma) == "log(S) <= -1 + S, for S > 0"
    assert lemma._repr_latex_() == r"$\ln{\left(S \right)} \le -1 + S\quad\text{for }S > 0$"


@pytest.mark.parametrize(("lhs", "rhs", "box"), INEQUALITIES.values(), ids=list(INEQUALITIES))
def test_true_inequalities_are_proved_without_end(lhs, rhs, box):
    derivation = Derivation("True", "a test")
    derivation.at_most(lhs, rhs, box, "")
    assert derivation.steps[0].badge == ("proved on a range" if box in ({n: (4, oo)}, BOX) else "proved")


def test_lemmas_lend_their_gaps():
    derivation = Derivation("Gibbs", "a test")
    gap = derivation.at_most(log(S), S - 1, {}, "the logarithm lies below its tangent")
    laws = LAW | {Sum(Q[k], (k, 1, K)): 1}
    divergence = Sum(P[k] * log(P[k] / Q[k]), (k, 1, K))
    derivation.at_most(Integer(0), divergence, {}, "Gibbs", by=Sum(P[k] * gap(Q[k] / P[k]), (k, 1, K)), given=laws)
    entropy = -Sum(P[k] * log(P[k]), (k, 1, K))
    derivation.at_most(entropy, log(K), {}, "uniform", by=Sum(P[k] * gap(1 / (K * P[k])), (k, 1, K)), given=LAW)
    assert [step.badge for step in derivation.steps] == ["proved"] * 3
    assert "Sum(P[k], (k, 1, K)) = 1" in derivation.steps[1].plain
