"""Lemmas: an inequality that was proved once lends its gap, which is 0 or more, to the proofs of others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sympy

from polylib.derivation.notation import Formula, Named, latex, text
from polylib.derivation.ranges import Ranges
from polylib.derivation.scope import Scope, in_words
from polylib.derivation.signs import nonnegative, positive
from polylib.derivation.vocabulary import GAP, DerivationError


class Gap(Named):
    """rhs - lhs of a proved inequality, with other values put in for its symbols; prints as that difference."""

    proved_nonnegative = True
    enclosure = None
    scope: Scope
    order: tuple[sympy.Symbol, ...]

    def _latex(self, printer, exp=None) -> str:
        body = rf"\left({latex(self._shown())}\right)"
        return body if exp is None else f"{body}^{{{exp}}}"

    def _sympystr(self, printer) -> str:
        return f"({text(self._shown())})"

    def _shown(self) -> sympy.Expr:
        with sympy.evaluate(False):
            return self.definition(*self.args)


@dataclass(frozen=True)
class Lemma:
    """A proved inequality: what it shows of itself, and its gap at values of its symbols, in alphabetical order."""

    words: str
    tex: str
    gap: Callable[..., sympy.Expr]

    def __call__(self, *values: Formula) -> sympy.Expr:
        return self.gap(*values)

    def __repr__(self) -> str:
        return self.words

    def _repr_latex_(self) -> str:
        return self.tex


def lemma(lhs: Formula, rhs: Formula, scope: Scope) -> Lemma:
    """What a proved inequality lends: its gap as a function of its symbols, in alphabetical order."""
    order = tuple(sorted(scope.ranges, key=str))

    def definition(*values: sympy.Expr) -> sympy.Expr:
        at = dict(zip(order, values, strict=True))
        return sympy.sympify(rhs).xreplace(at) - sympy.sympify(lhs).xreplace(at)

    members = {"name": GAP, "definition": staticmethod(definition), "scope": scope, "order": order}
    gap = type("Gap", (Gap,), {**members, "nargs": len(order)})
    words, tex = in_words(scope), in_words(scope, latex).strip("$")
    return Lemma(
        f"{text(lhs)} <= {text(rhs)}" + f", for {words}" * bool(words),
        rf"${latex(lhs)} \le {latex(rhs)}" + rf"\quad\text{{for }}{tex}" * bool(tex) + "$",
        gap,
    )


def check_instances(expr: Formula, ranges: Ranges, given: Mapping) -> None:
    """Refuse a gap whose values are not seen to lie where its inequality was proved, under the same hypotheses."""
    for gap in sympy.sympify(expr).atoms(Gap):
        if any(given.get(key) != value for key, value in gap.scope.given.items()):
            raise DerivationError(f"{text(gap)} is 0 or more under hypotheses that are not given here")
        for x, value in zip(gap.order, gap.args, strict=True):
            if x.is_integer and not value.is_integer:
                raise DerivationError(f"{text(gap)} is 0 or more for whole {x}, not seen of {text(value)}")
            for end, away in zip(gap.scope.ranges[x], (1, -1), strict=True):
                if end.is_infinite:
                    continue
                seen = nonnegative if (x, end) in gap.scope.closed else positive
                if not seen(away * (value - end), ranges):
                    raise DerivationError(
                        f"{text(gap)} is 0 or more for {x} in {gap.scope.ranges[x]}, not seen of {text(value)}"
                    )
