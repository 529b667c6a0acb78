"""Numbers for the members of families, drawn when they are asked for, within the hypotheses."""

import itertools
import random
from collections.abc import Iterator, Mapping

import sympy

from polylib.derivation.facts import Facts


class HypothesisError(ValueError):
    """Hypotheses that do not hold together at a point."""


class Families:
    """Members of families at one point of the other symbols."""

    def __init__(self, facts: Facts, point: Mapping[sympy.Symbol, sympy.Expr], generator: random.Random):
        self.facts, self.point, self.generator, self.drawn = facts, point, generator, {}
        for total, value in facts.totals:
            members = list(self._members(total))
            fixed = {m: facts.special[m].xreplace(point) for m in members if m in facts.special}
            weights = {m: generator.randint(1, 97) for m in members if m not in fixed}
            rest = sympy.sympify(value).xreplace(point) - sum(fixed.values())
            if weights and members[0].is_positive and not rest > 0:
                raise HypothesisError(f"given must hold together, got {total} = {value}, which leaves {rest}")
            self.drawn |= fixed | {m: rest * sympy.Rational(w, sum(weights.values())) for m, w in weights.items()}
        for total, value in facts.totals:  # again: one may have undone another
            found = sum((self.drawn[member] for member in self._members(total)), sympy.S.Zero)
            if found != sympy.sympify(value).xreplace(point):
                raise HypothesisError(f"given must hold together, got {total} = {value}, which sums to {found}")

    def _members(self, total: sympy.Sum) -> Iterator[sympy.Indexed]:
        """The members of a family that a known sum runs over."""
        member, indices = total.function, [k for k, *_ in total.limits]
        plain = isinstance(member, sympy.Indexed) and set(member.indices) == set(indices)
        if not plain or member.base in self.facts.rules:
            raise ValueError(f"given must sum the members of one family, got {total}")
        ends = [[int(sympy.sympify(e).xreplace(self.point)) for e in limits] for _, *limits in total.limits]
        for values in itertools.product(*(range(low, high + 1) for low, high in ends)):
            yield member.xreplace(dict(zip(indices, map(sympy.Integer, values), strict=True)))

    def formula(self, member: sympy.Indexed) -> tuple[sympy.Expr, Mapping[sympy.Symbol, sympy.Expr]]:
        """What gives a member, and the values of the indices in it."""
        if member in self.facts.special:
            return self.facts.special[member], {}
        if member.base in self.facts.rules:
            indices, value = self.facts.rules[member.base]
            return value, dict(zip(indices, member.indices, strict=True))
        if member not in self.drawn:
            sign = 1 if member.is_nonnegative else -1 if member.is_nonpositive else self.generator.choice((-1, 1))
            self.drawn[member] = sign * sympy.Rational(self.generator.randint(1, 997), 499)
        return self.drawn[member], {}
