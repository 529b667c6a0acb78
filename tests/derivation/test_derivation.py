"""Every kind of check passes what is true and catches what is planted."""

import json

import pytest
import sympy
from sympy import IndexedBase, Integer, Rational, Sum, evaluate, symbols

from polylib.derivation.derivation import LEDGER_MIME, Derivation, DerivationError
from polylib.derivation.notation import h2, log2, named
from polylib.theory import entropy as ent

S, H, p1, p2 = symbols("S H p_1 p_2", positive=True)
x = symbols("x", real=True)
n, K = symbols("n K", integer=True, positive=True)
k = symbols("k", integer=True)
P = IndexedBase("P")
GENERIC = {K: 3, P: {1: p1, 2: p2, 3: 1 - p1 - p2}}
H_X = named("H(X)", -Sum(P[k] * log2(P[k]), (k, 1, K)))
THIRDS = {K: 3, S: Rational(1, 2), P: {1: Rational(1, 3), 2: Rational(1, 3), 3: Rational(1, 3)}}
with evaluate(False):
    MASKED = -Sum((1 - S) * P[k] * log2((1 - S) * P[k]), (k, 1, K)) - S * log2(S)
    LEMMA = h2(S) + (1 - S) * H_X


@pytest.fixture
def derivation():
    return Derivation("A statement, at last", source="supplement 0.0")


def badges(derivation):
    return [step.badge for step in derivation.steps]


def test_equal_proves_by_algebra(derivation):
    derivation.equal(log2(S * H), log2(S) + log2(H), "product")
    derivation.equal(MASKED, LEMMA, "grouping", on=GENERIC)
    derivation.equal(1 - (1 - S) ** n, 1 - (1 - S) ** n, "identity", where={S: (0, 1)})
    assert badges(derivation) == ["proved", "proved on a range", "restates a definition"]
    assert derivation.steps[1].plain.endswith("for 0 < S < 1, p_1 > 0, p_2 > 0, K = 3, P = any law")


def test_what_algebra_does_not_see_is_not_accepted(derivation):
    with pytest.raises(DerivationError, match="equal at 24 points, but algebra does not see why"):
        derivation.equal(sympy.erf(S) + sympy.erfc(S + 0) * 0 + sympy.erfc(S), Integer(1), "true, and out of reach")


def test_a_range_is_told_from_a_whole_domain(derivation):
    derivation.equal(sympy.Abs(x), x, "on a range", where={x: (0, 1)})
    derivation.equal(log2(1 - S) + log2(S), log2(S * (1 - S)), "wherever it is defined", where={S: (0, 1)})
    assert badges(derivation) == ["proved on a range", "proved"]
    assert [step.plain.rsplit(", for ")[1] for step in derivation.steps] == ["0 < x < 1", "0 < S < 1"]
    assert derivation.steps[0].scope == "$0 < x < 1$"


def test_equal_on_several_distributions(derivation):
    laws = [THIRDS, {K: 2, S: Rational(1, 5), P: {1: Rational(1, 7), 2: Rational(6, 7)}}]
    derivation.equal(MASKED, LEMMA, "grouping", on=laws)
    assert "for 2 distributions" in derivation.steps[0].evidence


@pytest.mark.parametrize(
    "planted",
    [
        h2(S) - (1 - S) * H_X,  # a sign
        h2(S) + 2 * (1 - S) * H_X,  # a factor 2
        (h2(S) + (1 - S) * H_X) * sympy.log(2),  # nats for bits
        h2(S) + S * H_X,  # the wrong complement
        h2(S) + (1 - S) * H_X + Rational(1, 10**25),  # too small for a float to see
    ],
    ids=["sign", "factor 2", "base", "complement", "1e-25"],
)
def test_equal_catches_planted_errors(derivation, planted):
    with pytest.raises(DerivationError, match=r"fails at .* against"):
        derivation.equal(MASKED, planted, "planted", on=GENERIC)
    with pytest.raises(DerivationError):
        derivation.equal(MASKED, planted, "planted", on=[{K: 3, P: THIRDS[P]}])
    assert derivation.steps == ()


def test_a_wrong_sum_is_caught(derivation):
    with pytest.raises(DerivationError):
        derivation.equal(Sum(log2(k), (k, 1, n)), log2(sympy.factorial(n - 1)), "off by one")


def test_equal_says_when_it_could_try_nothing(derivation):
    with pytest.raises(DerivationError, match="is defined at no point that was tried; give ranges in where="):
        derivation.equal(log2(S - 10), log2(S - 10) + 0, "nowhere", where={S: (0, 1)})


BOX = {S: (0.01, 0.99), H: (1, 24)}
RATIO = (1 - S) + h2(S) / H


def test_at_most_proves_on_a_box(derivation):
    derivation.at_most(1 - S, RATIO, {S: (0, 1), H: (1, 24)}, "the mask costs something")
    derivation.at_most(log2(n), log2(n + 1), {n: (1, 4096)}, "monotone")
    derivation.at_most(sympy.Max(S, 1 - S), Integer(1), {S: (0, 1)}, "on a range only")
    assert badges(derivation) == ["proved", "proved", "proved on a range"]
    scopes = [step.plain.rsplit(", for ")[1] for step in derivation.steps]
    assert scopes == ["H > 0, 0 < S ≤ 1", "whole n ≥ 1", "0 < S ≤ 1"]


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (RATIO, 1 - S),  # swapped
        (h2(S), 2 * S),  # a sign of the gap that changes inside
        (h2(S), 1 - Rational(1, 10**9)),  # fails in a sliver around one half
        (sympy.log(2) * H, log2(1 + 2**H) * sympy.log(2) ** 2),  # a base of logarithm
    ],
)
def test_at_most_catches_planted_errors(derivation, lhs, rhs):
    with pytest.raises(DerivationError, match=r"fails at .* > "):
        derivation.at_most(lhs, rhs, BOX, "planted")


def test_at_most_that_cannot_decide_is_an_error(derivation):
    with pytest.raises(DerivationError, match=r"is neither proved nor refuted: after .* pieces the sign is still open"):
        derivation.at_most(4 * S * (1 - S), h2(S), {S: (0.1, 0.9)}, "equality inside")


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ({S: (0.9, 0.1), H: (1, 2)}, "box must hold low <= high"),
        ({S: (0.5, 0.5)}, "box must have room in at least one direction"),
    ],
)
def test_at_most_refuses_a_bad_box(derivation, box, message):
    with pytest.raises(ValueError, match=message):
        derivation.at_most(1 - S, RATIO, box, "")
    with pytest.raises(ValueError, match="whole numbers for an integer symbol"):
        derivation.at_most(n, n + 1, {n: (0.5, 3)}, "")


CASES = [(0.1, 3.0), (0.5, 8.0)]


def direct(s, h):
    return ent.binary_entropy(s) + (1 - s) * h


def test_agrees_compares_two_computations(derivation):
    derivation.agrees(ent.sparse_entropy, direct, CASES, 1e-12, "two programs")
    assert derivation.steps[0].plain == "sparse entropy = direct"
    assert "2 cases, within 1e-12" in derivation.steps[0].evidence


@pytest.mark.parametrize(
    "planted", [lambda s, h: direct(s, h) + 1e-9, lambda s, h: float("nan"), lambda s, h: -direct(s, h)]
)
def test_agrees_catches_planted_errors(derivation, planted):
    with pytest.raises(DerivationError, match=r"differ at \(0.1, 3.0\)"):
        derivation.agrees(ent.sparse_entropy, planted, CASES, 1e-12, "planted")


@pytest.mark.parametrize(
    ("cases", "tol", "message"),
    [
        ([], 1e-9, "cases must be a non-empty list of argument tuples"),
        ([1.0], 1e-9, "cases must be a non-empty list of argument tuples"),
        (CASES, 0, "tol must be positive and at most 0.01, got 0"),
    ],
)
def test_agrees_refuses_empty_checks(derivation, cases, tol, message):
    with pytest.raises(ValueError, match=message):
        derivation.agrees(direct, ent.sparse_entropy, cases, tol, "")


def test_sampled_accepts_within_five_standard_errors(derivation):
    derivation.sampled(1.0, 1.4, 0.1, "four away")
    assert derivation.steps[0].evidence == "Monte Carlo, z = 4.0"
    with pytest.raises(DerivationError, match=r"5\.1 standard errors"):
        derivation.sampled(1.0, 1.51, 0.1, "planted")
    with pytest.raises(DerivationError):
        derivation.sampled(1.0, float("nan"), 0.1, "planted")


@pytest.mark.parametrize("error", [0.0, -1.0, float("nan"), float("inf")])
def test_sampled_refuses_a_meaningless_standard_error(derivation, error):
    with pytest.raises(ValueError, match="standard_error must be positive and finite, got"):
        derivation.sampled(1.0, 1.0, error, "")


WRONG = h2(S) - (1 - S) * H_X


def test_refutes_needs_a_line_that_fails_and_a_repair_that_holds(derivation):
    derivation.refutes(MASKED, WRONG, THIRDS, (MASKED, LEMMA), "sign", on=GENERIC)
    assert derivation.verdict == "repaired"
    assert "the repair is proved on a range" in derivation.steps[0].evidence
    with pytest.raises(DerivationError, match="the printed line is not refuted at"):
        derivation.refutes(MASKED, LEMMA, THIRDS, why="planted: the print is right")
    with pytest.raises(DerivationError, match="fails at"):
        derivation.refutes(MASKED, WRONG, THIRDS, (MASKED, 2 * LEMMA), "planted: the repair is wrong", on=GENERIC)


def test_refutes_an_inequality_and_proves_its_repair(derivation):
    at, box = {S: Rational(1, 2)}, {S: (0.1, 0.9)}
    derivation.refutes(h2(S), S, at, (h2(S), Integer(1)), "too small", relation="<=", box=box)
    with pytest.raises(DerivationError, match="is not refuted"):
        derivation.refutes(S, h2(S), at, relation="<=")
    with pytest.raises(DerivationError, match="fails at"):
        derivation.refutes(h2(S), S, at, (h2(S), Rational(9, 10)), relation="<=", box=box)
    with pytest.raises(ValueError, match="box must be given to prove a repaired inequality"):
        derivation.refutes(h2(S), S, at, (h2(S), Integer(1)), relation="<=")
    with pytest.raises(ValueError, match="relation must be '=' or '<=', got '<'"):
        derivation.refutes(h2(S), S, at, relation="<")
    with pytest.raises(ValueError, match=r"at must give a value to every symbol, got none for \['H'\]"):
        derivation.refutes(h2(S) + H, S, at)


def test_verdicts():
    holds = Derivation("a", "s")
    holds.equal(S, S, "")
    conditional = Derivation("a", "s", holds_if="it rains")
    conditional.equal(S, S, "")
    refuted = Derivation("a", "s")
    refuted.refutes(S, 2 * S, {S: 1})
    reworded = Derivation("a", "s")
    reworded.remark("three", "two")
    verdicts = [d.verdict for d in (holds, conditional, refuted, reworded)]
    assert verdicts == ["holds", "holds if it rains", "refuted", "repaired"]
    with pytest.raises(DerivationError, match="has no step"):
        _ = Derivation("a", "s").verdict


def test_a_derivation_shows_itself_and_leaves_its_record(derivation):
    derivation.refutes(MASKED, WRONG, THIRDS, (MASKED, LEMMA), "a < b & c", on=GENERIC, line="line 3")
    derivation.agrees(direct, ent.sparse_entropy, CASES, 1e-9, "twice")
    bundle = derivation._repr_mimebundle_()
    assert json.loads(json.dumps(bundle[LEDGER_MIME])) == bundle[LEDGER_MIME]
    assert bundle[LEDGER_MIME]["verdict"] == "repaired"
    html = bundle["text/html"]
    assert 'id="claim-a-statement-at-last-' in html  # the comma is in the mark
    assert "a &lt; b &amp; c" in html
    for words in ("print refuted", "computed twice", "Verdict:", "Printed:", "Instead:", r"h_2(S)"):
        assert words in html
    assert bundle["text/plain"] == repr(derivation)
    assert "[print refuted: fails at" in bundle["text/plain"]


def test_steps_written_without_evaluation_are_checked_with_it(derivation):
    with evaluate(False):
        derivation.equal(1 / (1 / S), S * 1, "inside the block", where={S: (1, 2)})
        derivation.at_most(S - S, Integer(0), {S: (0, 1)}, "inside the block")
    assert badges(derivation) == ["proved", "proved"]
