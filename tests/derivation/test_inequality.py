"""The search for a negative value neither misses one nor invents one, and says when it cannot tell."""

import pytest
import sympy
from sympy import Rational, symbols

from polylib.derivation.inequality import UndecidedError, find_negative
from polylib.derivation.notation import h2, log2

x, y = symbols("x y", positive=True)
n = symbols("n", integer=True, positive=True)


def search(formula, box, budget=20_000):
    slopes = {s: sympy.factor(sympy.diff(formula.rewrite(sympy.log), s)) for s in box}
    ends = {s: (Rational(a), Rational(b)) for s, (a, b) in box.items()}
    return find_negative([formula], slopes, ends, budget)


@pytest.mark.parametrize(
    ("formula", "box"),
    [
        (1 - h2(x), {x: (0, 1)}),  # attained inside, where the enclosure is exact
        (x / sympy.log(2) - log2(1 + x), {x: (0, 10)}),  # attained at 0
        (log2(n) - log2(n - 1), {n: (3, 4096)}),
        (log2(1 + 2**y) - y, {y: (1, 24)}),
        (y * (x - 2) ** 2, {x: (0, 1), y: (0, 1)}),
    ],
)
def test_true_inequalities_are_proved(formula, box):
    assert search(formula, box)[0] is None


@pytest.mark.parametrize("hole", ["1/1000", "1/2", "999/1000"])
def test_a_narrow_violation_is_found(hole):
    """Below 0 on a thousandth of the interval only."""
    point, _ = search((x - Rational(hole)) ** 2 - Rational(1, 4_000_000), {x: (0, 1)})
    assert point is not None
    assert abs(point[x] - Rational(hole)) < Rational(1, 2000)


def test_integers_are_tried_only_where_they_are():
    """Negative between 3 and 4, but at no integer."""
    formula = (n - 3) * (n - 4) * (n - Rational(1, 2))
    assert search(formula, {n: (1, 9)})[0] is None
    assert search(formula.subs(n, y), {y: (1, 9)})[0] is not None


def test_what_cannot_be_settled_says_so():
    with pytest.raises(UndecidedError, match=r"the sign is still open for x in \[0\.5"):
        search(h2(x) - 4 * x * (1 - x), {x: (Rational(1, 10), Rational(9, 10))})
    with pytest.raises(UndecidedError, match="after 4 pieces"):
        search(log2(1 + 2**y) / y - (1 - x) - h2(x) / y, {x: ("0.01", "0.99"), y: (1, 24)}, budget=3)


def test_equality_at_a_point_is_settled_by_algebra_only():
    assert search(log2(sympy.Integer(6)) - 1 - log2(3) + 0 * x, {x: (1, 1)})[0] is None
    almost = log2(sympy.Integer(6)) - 1 - log2(3) + x * Rational(1, 10**60)
    with pytest.raises(UndecidedError, match="algebra cannot tell them apart"):
        search(almost, {x: (1, 1)})
