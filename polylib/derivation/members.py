"""Sums over a law, or over positive numbers with a known sum, seen to be 0 or more member by member.

No member is more than their sum, and a constant c is the sum of c times the members over that sum. So entropies are 0
or more, and a law's squares sum to 1 at most.
"""

from collections.abc import Iterable

import sympy

from polylib.derivation.algebra import as_logs, normal
from polylib.derivation.facts import Facts
from polylib.derivation.notation import unfold
from polylib.derivation.ranges import Ranges
from polylib.derivation.signs import nonnegative, positive


def by_members(gap: sympy.Expr, ranges: Ranges, facts: Facts) -> str | None:
    """How a gap with sums over one family is seen to be 0 or more, or None."""
    terms = sympy.Add.make_args(sympy.expand(normal(unfold(gap), facts)))
    laws = [(t, v) for t, v in facts.totals if t.function.is_positive and positive(v, ranges)]
    for total, value in laws:
        body = _summand(terms, total, value)
        alike = [(t.function.xreplace(_renamed(t, total)), v) for t, v in laws if _ends(t) == _ends(total)]
        # above 0, at most the sum
        shares = {member: v / (1 + sympy.Dummy("y", nonnegative=True)) for member, v in alike}
        if body is not None and nonnegative(as_logs(body.xreplace(shares), ranges), ranges):
            return "member by member, each at most their sum"
    return None


def _ends(total: sympy.Sum) -> list[sympy.Tuple]:
    return [limits[1:] for limits in total.limits]


def _renamed(one: sympy.Sum, other: sympy.Sum) -> dict[sympy.Symbol, sympy.Symbol]:
    """The indices of one sum by those of another with the same limits."""
    return {k: m for (k, *_), (m, *_) in zip(one.limits, other.limits, strict=True)}


def _summand(terms: Iterable[sympy.Expr], total: sympy.Sum, value: sympy.Expr) -> sympy.Expr | None:
    """What is summed over the limits of `total` in all terms together; None where sums have others, or factors."""
    found = sympy.S.Zero
    for term in terms:
        outside, inside = term.as_independent(sympy.Sum, as_Add=False)
        if not term.has(sympy.Sum):
            found += term * total.function / value
        elif isinstance(inside, sympy.Sum) and _ends(inside) == _ends(total):
            found += outside * inside.function.xreplace(_renamed(inside, total))
        else:
            return None
    return found
