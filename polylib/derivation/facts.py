"""What a statement may take as given: entries of a family by a rule, and what a family sums to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sympy

from polylib.derivation.domain import ABOVE, Condition
from polylib.derivation.notation import unfold

Normal = Callable[..., sympy.Expr]


@dataclass(frozen=True)
class Facts:
    """Hypotheses in the form in which proofs use them.

    special: values at single indices, such as Q[0] = S. rules: values at all other indices, {base: (indices, value)}.
    totals: sums that are known, as pairs (Sum, value). ranges: of the indices of the sums that one is inside of.
    """

    special: Mapping[sympy.Indexed, sympy.Expr] = field(default_factory=dict)
    rules: Mapping[sympy.IndexedBase, tuple[tuple, sympy.Expr]] = field(default_factory=dict)
    totals: tuple[tuple[sympy.Sum, sympy.Expr], ...] = ()
    ranges: Mapping[sympy.Symbol, tuple] = field(default_factory=dict)

    def entry(self, indexed: sympy.Indexed, normal: Normal) -> sympy.Expr:
        """The value of a family's member, or the member itself."""
        if indexed in self.special:
            return normal(self.special[indexed], self)
        if indexed.base not in self.rules:
            return indexed
        indices, value = self.rules[indexed.base]
        return normal(value.subs(dict(zip(indices, indexed.indices, strict=True)), simultaneous=True), self)

    def inside(self, k: sympy.Symbol, low: sympy.Expr, high: sympy.Expr) -> "Facts":
        """The same facts within a sum over k."""
        return Facts(self.special, self.rules, self.totals, {**self.ranges, k: (low, high)})

    def odd_ones(self, expr: sympy.Expr, k: sympy.Symbol) -> list[sympy.Integer]:
        """Values of k at which a member of a family has a value of its own."""
        found = set()
        for e in expr.atoms(sympy.Indexed):
            for s in self.special:
                if s.base == e.base and len(e.indices) == 1 and e.indices[0].has(k):
                    found.add(sympy.expand(s.indices[0] - e.indices[0] + k))
        return sorted((f for f in found if f.is_Integer), key=int)

    def entered(self, expr: sympy.Expr) -> sympy.Expr:
        """`expr` with the members of families that have a rule or a value of their own written as those."""
        with sympy.evaluate(False):
            return expr.replace(lambda e: isinstance(e, sympy.Indexed), lambda e: self.entry(e, lambda v, _: v))

    def granted(self) -> list[Condition]:
        """That members declared positive are so, whatever rule gives them."""
        values = [(k.base, v) for k, v in self.special.items()] + [(b, v) for b, (_, v) in self.rules.items()]
        return [Condition(ABOVE, v) for base, v in values if base.is_positive or base.assumptions0.get("positive")]

    def formulas(self) -> list[sympy.Expr]:
        """Every formula that stands in a hypothesis."""
        pairs = [*self.special.items(), *self.totals, *((v, v) for _, v in self.rules.values())]
        return [sympy.sympify(e) for pair in pairs for e in pair]

    def indices(self) -> set[sympy.Symbol]:
        """The symbols that stand for any index in a rule."""
        return {i for indices, _ in self.rules.values() for i in indices}

    def renamed(self, names: Mapping[sympy.Symbol, sympy.Symbol]) -> "Facts":
        """The same facts with other symbols."""
        special = {k.xreplace(names): v.xreplace(names) for k, v in self.special.items()}
        rules = {base: (indices, v.xreplace(names)) for base, (indices, v) in self.rules.items()}
        return Facts(special, rules, tuple((t.xreplace(names), v.xreplace(names)) for t, v in self.totals))


NONE = Facts()


def read(given: Mapping[sympy.Expr, object]) -> Facts:
    """Facts from {Q[0]: S, Q[k]: (1 - S)*P[k], Sum(P[k], (k, 1, K)): 1}; ValueError for any other hypothesis."""
    special, rules, totals = {}, {}, []
    for key, value in given.items():
        value = unfold(value)
        if isinstance(key, sympy.Sum):
            totals.append((unfold(key), value))
        elif isinstance(key, sympy.Indexed) and all(i.is_Symbol for i in key.indices):
            rules[key.base] = key.indices, value
        elif isinstance(key, sympy.Indexed) and len(key.indices) == 1 and key.indices[0].is_Integer:
            special[key] = value
        else:
            raise ValueError(f"given must hold members of families and sums of members, got {key}")
    for base, (_, value) in rules.items():
        if base in _reached(value, rules):
            raise ValueError(f"given must not define {base} by itself, got {value}")
    return Facts(special, rules, tuple(totals))


def _reached(value: sympy.Expr, rules: Mapping, found: frozenset = frozenset()) -> frozenset:
    """The families that a value rests on, by the rules of those in it."""
    for base in {member.base for member in value.atoms(sympy.Indexed)} - found:
        found |= {base}
        found = _reached(rules[base][1], rules, found) if base in rules else found
    return found
