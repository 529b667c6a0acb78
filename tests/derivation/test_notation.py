"""Formulas print as they were written, and unfold into what they mean."""

import pytest
import sympy
from sympy import IndexedBase, Sum, evaluate, symbols

from polylib.derivation.notation import h2, latex, log2, named, relation, text, unfold

S, H, n = symbols("S H n", positive=True)
k, K = symbols("k K", integer=True)
P = IndexedBase("P")

with evaluate(False):
    WRITTEN = {
        r"n \left(h_2(S) + \left(1 - S\right) H\right)": n * (h2(S) + (1 - S) * H),
        r"1 - S + \frac{h_2(S)}{H}": (1 - S) + h2(S) / H,
        r"- n S \log_2 S - n \left(1 - S\right) \log_2(1 - S)": -n * S * log2(S) - n * (1 - S) * log2(1 - S),
        r"- \sum_{k=1}^{K} P_{k} \log_2 P_{k}": -Sum(P[k] * log2(P[k]), (k, 1, K)),
        r"\frac{1}{2^{H}}": 1 / 2**H,
        r"\log_2\!\left(\frac{S}{H}\right)": log2(S / H),
        r"S + H + n": S + H + n,
        r"H + S": H + S,
        r"\log_2^{2} S": log2(S) ** 2,
        r"h_2^{2}(S)": h2(S) ** 2,
        "1": sympy.Integer(1) * 1,
    }


@pytest.mark.parametrize(("expected", "formula"), WRITTEN.items(), ids=list(WRITTEN))
def test_latex_keeps_the_order_of_the_writer(expected, formula):
    assert latex(formula) == expected


def test_text_keeps_it_too():
    with evaluate(False):
        assert text(n * (h2(S) + (1 - S) * H)) == "n*(h_2(S) + (1 - S)*H)"
    assert text(named(r"H(X_2 \mid X_1)", S)) == "H(X_2 | X_1)"


def test_a_long_relation_breaks_before_its_sign():
    long = sum(symbols("a:z"))
    assert relation(S, "=", H) == "S = H"
    assert r"\\&\quad \le " in relation(long, r"\le", long * 2)


def test_names_unfold_into_definitions_at_any_depth():
    q = named("q", lambda s: s + h2(s) / 2)
    entropy = -S * sympy.log(S) / sympy.log(2) - (1 - S) * sympy.log(1 - S) / sympy.log(2)
    assert sympy.simplify(unfold(q(S)) - S - entropy / 2) == 0
    assert unfold(named("c", S + 1)) == S + 1


def test_log2_of_a_power_of_two_is_a_number():
    assert log2(8) == 3
    assert log2(sympy.Rational(1, 4)) == -2
    assert log2(6).func is log2
