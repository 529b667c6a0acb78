"""For which values a statement is made: what is assumed of its symbols, ranges, hypotheses, and where it is defined.

All of it is printed beside the formula. Both sides must be defined at the same places: where only one is, the statement
is false there, and its scope has to leave the place out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import sympy

from polylib.derivation.domain import ABOVE, FROM, NO_POLE, NOT, Condition, conditions
from polylib.derivation.evaluation import evaluate
from polylib.derivation.notation import Formula, latex, text, unfold
from polylib.derivation.ranges import Ranges, assumed_ends
from polylib.derivation.signs import nonnegative, positive

_SIGN = {ABOVE: "> 0", FROM: "≥ 0", NOT: "≠ 0", NO_POLE: "not in 0, −1, −2, …"}


@dataclass(frozen=True)
class Scope:
    """ranges: of the symbols. asked: conditions that both sides share. given: hypotheses. on: cases of fixed values."""

    ranges: Ranges
    asked: tuple[Condition, ...] = ()
    families: Sequence[sympy.IndexedBase] = ()
    given: Mapping[sympy.Expr, object] = field(default_factory=dict)
    on: Sequence[Mapping[sympy.Basic, object]] = ()
    closed: frozenset = frozenset()
    """(symbol, end) where an end of a range is included; the ends of whole numbers always are"""
    bound: Iterable[sympy.Symbol] = ()
    """whole numbers along which a limit goes"""

    def __post_init__(self) -> None:
        for name in ("ranges", "given"):  # the caller's own dictionaries may change
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def holds(self, ranges: Ranges) -> bool:
        """Whether ranges lie within this scope."""
        asked = list(self.asked)
        own = {x: narrowed(x, ends, asked) for x, ends in self.ranges.items()}
        met = all(holds(c, {**own, **ranges}) for c in asked)
        return met and all(own[x][0] <= low and high <= own[x][1] for x, (low, high) in ranges.items() if x in own)


def one_sided(
    lhs: sympy.Expr, rhs: sympy.Expr, ranges: Ranges, granted: Iterable[Condition] = ()
) -> tuple[list[Condition], list[tuple[str, Condition]]]:
    """(conditions that both sides share, those that only one side asks for: ("left" or "right", condition))."""
    sides = {
        "left": [c for c in conditions(lhs) if not holds(c, ranges, granted)],
        "right": [c for c in conditions(rhs) if not holds(c, ranges, granted)],
    }
    alone = []
    for side, other in (("left", "right"), ("right", "left")):
        alone += [
            (side, c) for c in sides[side] if c not in sides[other] and not holds(c, ranges, [*granted, *sides[other]])
        ]
    shared: list[Condition] = []
    for c in sorted({*sides["left"], *sides["right"]}, key=lambda c: (c.kind != ABOVE, str(c.expr))):
        if c not in shared and not holds(c, ranges, [*granted, *shared]):
            shared.append(_reduced(c, ranges, [*granted, *shared]))
    for c in list(shared):  # one that a later one says more briefly
        others = [o for o in shared if o != c]
        if holds(c, ranges, [*granted, *others]):
            shared = others
    return shared, alone


def _reduced(condition: Condition, ranges: Ranges, granted: list[Condition]) -> Condition:
    """The same condition without factors whose sign is seen."""
    if condition.kind not in (ABOVE, NOT):
        return condition
    rest = sympy.S.One
    for base, power in _factors(condition.expr):
        sign = _factor_sign(base, power, ranges, granted)
        rest *= sign if sign in (1, -1) else base if condition.kind == NOT else base**power
    return Condition(condition.kind, sympy.expand(rest)) if not rest.is_number else condition


def holds(condition: Condition, ranges: Ranges, granted: Iterable[Condition] = ()) -> bool:
    """Whether a condition is seen to hold on the ranges, wherever the granted conditions do."""
    expr, granted = condition.expr, list(granted)
    if condition.kind == NO_POLE:
        return positive(expr, ranges) or condition in granted
    if condition.kind == FROM and nonnegative(expr, ranges):
        return True
    if condition.kind == FROM and any(_multiple(expr, c.expr, ranges) for c in granted if c.kind == FROM):
        return True
    signs = [_factor_sign(base, power, ranges, granted) for base, power in _factors(expr)]
    if condition.kind == NOT:
        return None not in signs
    return None not in signs and 0 not in signs and sympy.prod(signs) > 0


def _factors(expr: sympy.Expr) -> list[tuple[sympy.Expr, sympy.Expr]]:
    with sympy.evaluate(True):
        return [f.as_base_exp() for f in sympy.Mul.make_args(sympy.factor(sympy.together(unfold(expr))))]


def _factor_sign(base: sympy.Expr, power: sympy.Expr, ranges: Ranges, granted: list[Condition]) -> int | None:
    """1 or -1, 0 where only known not to vanish, None where not even that."""
    odd = power.is_even is not True
    if positive(base, ranges):
        return 1
    if positive(-base, ranges):
        return -1 if odd else 1
    for c in granted:
        if c.kind == ABOVE and _multiple(base, c.expr, ranges):
            return 1
        if c.kind == ABOVE and _multiple(-base, c.expr, ranges):
            return -1 if odd else 1
        if c.kind == FROM and _multiple(base, c.expr, ranges) and Condition(NOT, c.expr) in granted:
            return 1
    other = any(c.kind == NOT and any(_multiple(b, c.expr, ranges) for b in (base, -base)) for c in granted)
    return None if not other else 0 if odd else 1


def _multiple(one: sympy.Expr, other: sympy.Expr, ranges: Ranges) -> bool:
    """Whether one is a positive multiple of the other, or more than one (where it is asked to be positive)."""
    return positive(sympy.cancel(sympy.together(one / other)), ranges)


def met_at(condition: Condition, point: Mapping[sympy.Symbol, sympy.Expr]) -> bool:
    """Whether a condition holds at a point; True where that depends on members of families."""
    if condition.expr.has(sympy.Indexed) or condition.expr.has(sympy.Sum):
        return True
    value = evaluate(unfold(condition.expr), point)
    if not value.is_finite():
        return False
    return bool({ABOVE: value > 0, FROM: value >= 0}.get(condition.kind, value != 0))


def in_words(scope: Scope, show: Callable[[Formula], str] = text) -> str:
    """The scope on one line: of plain text, or of LaTeX with `show=latex`."""
    tex, asked = show is latex, list(scope.asked)
    parts = []
    for x, ends in sorted(scope.ranges.items(), key=lambda pair: str(pair[0])):
        low, high = narrowed(x, ends, asked)
        parts.append(_range(x, low, high, *((x, e) in scope.closed or bool(x.is_integer) for e in (low, high)), show))
    parts += [_range(x, *assumed_ends(x), True, True, show) for x in sorted(scope.bound, key=str)]
    parts += [f"{show(c.expr)} {_latex_sign(c.kind) if tex else _SIGN[c.kind]}" for c in asked]
    parts += [f"{show(b)} {_SIGN_OF[sign]}" for b in scope.families for sign in _SIGN_OF if _declared(b) == sign]
    comma, either = (r",\; ", r"\;\text{ or }\;") if tex else (", ", " or ")
    cases = [comma.join(f"{show(key)} = {_value(value, show)}" for key, value in on.items()) for on in scope.on if on]
    parts += [either.join(cases)] * bool(cases)
    parts += [f"{show(key)} = {show(value)}" for key, value in scope.given.items()]
    return f"${comma.join(parts)}$" if tex and parts else comma.join(parts)


_SIGN_OF = {"positive": "> 0", "nonnegative": "≥ 0", "negative": "< 0", "nonpositive": "≤ 0"}


def _declared(base: sympy.IndexedBase) -> str | None:
    """The sign that the members of a family are declared to have."""
    return next((s for s in ("positive", "negative", "nonnegative", "nonpositive") if base.assumptions0.get(s)), None)


def narrowed(x: sympy.Symbol, ends: tuple, asked: list[Condition]) -> tuple:
    """The range of x within the conditions on x alone that are linear, which are taken off the list: 1 - S > 0."""
    low, high = ends
    for c in [c for c in asked if c.kind == ABOVE and c.expr.free_symbols == {x} and not x.is_integer]:
        if c.expr.is_polynomial(x) and sympy.degree(c.expr, x) == 1:
            slope = sympy.expand(c.expr).coeff(x, 1)
            end = -sympy.expand(c.expr).coeff(x, 0) / slope
            low, high = (low, min(high, end)) if slope < 0 else (max(low, end), high)
            asked.remove(c)
    return low, high


def _range(x: sympy.Symbol, low: sympy.Expr, high: sympy.Expr, low_in: bool, high_in: bool, show) -> str:
    tex = show is latex
    kind = "whole " if x.is_integer else "" if low.is_finite or high.is_finite else "real "
    kind = rf"\text{{{kind}}}" if tex and kind else kind
    at_most, at_least = (r"\le", r"\ge") if tex else ("≤", "≥")
    if low.is_finite and high.is_finite:
        return f"{kind}{show(low)} {at_most if low_in else '<'} {show(x)} {at_most if high_in else '<'} {show(high)}"
    if low.is_finite:
        return f"{kind}{show(x)} {at_least if low_in else '>'} {show(low)}"
    return f"{kind}{show(x)}" + (f" {at_most if high_in else '<'} {show(high)}" if high.is_finite else "")


def _latex_sign(kind: str) -> str:
    return {ABOVE: "> 0", FROM: r"\ge 0", NOT: r"\ne 0", NO_POLE: r"\notin \{0, -1, \ldots\}"}[kind]


def _value(value: object, show) -> str:
    if not isinstance(value, Mapping | tuple | list):
        return show(value)
    entries = [sympy.sympify(v) for v in (value.values() if isinstance(value, Mapping) else value)]
    if any(e.free_symbols for e in entries):
        return r"\text{any law}" if show is latex else "any law"
    return f"({', '.join(map(show, entries))})"
