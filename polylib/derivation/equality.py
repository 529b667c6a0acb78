"""The check of an equation: where it is defined, that it holds at many points, and that algebra proves it."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import sympy

from polylib.derivation import calculus, notation
from polylib.derivation.algebra import vanishes
from polylib.derivation.binding import Values, count, entered, granted_by, interval, scalars
from polylib.derivation.bound import check_bound, whole_limits
from polylib.derivation.equation import POINTS, Equation, drawn, points_compared
from polylib.derivation.facts import read
from polylib.derivation.induction import by_induction, written_out
from polylib.derivation.notation import Formula, text, unfold
from polylib.derivation.ranges import Ranges
from polylib.derivation.scope import Scope, narrowed, one_sided
from polylib.derivation.signs import nonnegative
from polylib.derivation.vocabulary import DerivationError, check_words

MOST_VALUES = 1_000  # that are tried one after another
PROVED, RANGE, RESTATES, TWICE = "proved", "proved on a range", "restates a definition", "computed twice"


def check_equal(
    lhs: Formula, rhs: Formula, on: Values | Sequence[Values] = (), where: Values = {}, given: Mapping = {}
) -> tuple[str, str, Scope]:
    """(badge, evidence, scope) for ``lhs == rhs``; `DerivationError` where it fails, or is not seen to hold."""
    with sympy.evaluate(True):
        check_words(lhs, rhs, *(e for pair in given.items() for e in pair))
        check_bound(lhs, rhs, *given.values(), besides=read(given).indices())
        ranges = {x: interval("where", x, ends) for x, ends in where.items()}
        instances = [on] if isinstance(on, Mapping) else list(on) or [{}]
        found = [_check_instance(lhs, rhs, instance, ranges, given) for instance in instances]
    badges = {badge for badge, *_ in found}
    badge = next(b for b in (TWICE, RANGE, PROVED, RESTATES) if b in badges)
    evidence = "; ".join(dict.fromkeys(how for _, how, _ in found))
    if len(found) > 1:
        evidence += f", for {len(found)} distributions"
    scopes = [scope for *_, scope in found]
    shared = {x: ends for scope in scopes for x, ends in scope.ranges.items()}
    asked = tuple(dict.fromkeys(c for scope in scopes for c in scope.asked))
    return badge, evidence, replace(scopes[0], ranges=shared, asked=asked, on=instances)


def _check_instance(lhs: Formula, rhs: Formula, on: Values, ranges: Ranges, given: Mapping) -> tuple[str, str, Scope]:
    equation = _equation(lhs, rhs, on, {}, given)
    if ranges:
        try:  # the formula may need no range
            badge, how, scope = _prove(equation)
            if not scope.holds(ranges):
                raise DerivationError("the ranges leave what the statement is defined on")
        except DerivationError:
            badge, how, scope = _prove(_equation(lhs, rhs, on, ranges, given))
            badge = RANGE if badge == PROVED else badge
    else:
        badge, how, scope = _prove(equation)
    return (RANGE if on and badge in (PROVED, RESTATES) else badge), how, scope


def _equation(lhs: Formula, rhs: Formula, on: Values, where: Ranges, given: Mapping) -> Equation:
    words, sides = f"{text(lhs)} = {text(rhs)}", (sympy.sympify(lhs), sympy.sympify(rhs))
    plain = [unfold(side) for side in sides]
    if not on:
        return Equation(words, sides, *plain, where, read(given), given=given)
    bound = [entered(side.subs(scalars(on)), on) for side in plain]
    known = read({k: sympy.sympify(v).subs(scalars(on)) for k, v in given.items()})
    return Equation(words, tuple(bound), *bound, where, known, granted_by(on), given)


def _prove(equation: Equation) -> tuple[str, str, Scope]:
    granted = [*equation.granted, *equation.facts.granted()]
    bound = whole_limits(*equation.written)
    asked, alone = one_sided(*equation.spelled_out(), equation.ranges, granted)
    if alone:
        side, condition = alone[0]
        raise DerivationError(
            f"{equation.words} fails somewhere: where not {condition}, only the {side} side is undefined; "
            "leave that out by where= or by what is assumed of the symbols"
        )
    conditions = [*asked, *granted]
    scope = Scope(equation.ranges, tuple(asked), equation.families, equation.given, bound=bound)
    try:
        # Limits and sums without end are confirmed on their own, and their values compared at points.
        ranges = {x: narrowed(x, ends, list(asked)) for x, ends in equation.ranges.items()}
        tried = list(drawn(equation, conditions, POINTS))
        equation, ways, badges = _with_values(equation, ranges, tried, calculus.APART)
        points = points_compared(equation, conditions)
        if notation.written_out(equation.written[0]) == notation.written_out(equation.written[1]):
            return RESTATES, "both sides are the same once names are written out", scope
        equation, more, kinds = _with_values(equation, ranges, points, calculus.KINDS)
    except calculus.UnconfirmedError as error:
        raise DerivationError(f"{equation.words} is neither proved nor refuted: {error}") from None
    method = _proof(equation.left - equation.right, equation)
    if method is None:
        raise DerivationError(
            f"{equation.words} is neither proved nor refuted: "
            f"equal at {count(len(points), 'point')}, but algebra does not see why"
        )
    return (TWICE if TWICE in badges | kinds else PROVED), "; ".join(dict.fromkeys([*ways, *more, method])), scope


def _with_values(
    equation: Equation, ranges: Ranges, points: list[dict], kinds: tuple
) -> tuple[Equation, list[str], set[str]]:
    """The equation with the values of limits, integrals, ... put in, how they were found, and what that is worth."""
    found = [calculus.resolved(side, ranges, points, kinds) for side in (equation.left, equation.right)]
    (left, ways, badge), (right, more, other) = found
    return replace(equation, left=left, right=right), [*ways, *more], {badge, other}


def _proof(difference: sympy.Expr, equation: Equation) -> str | None:
    """How the difference is seen to be 0, or None."""
    ranges = equation.ranges
    signed = difference.replace(sympy.Abs, lambda x: _size(x, ranges))
    signed = signed.replace(sympy.Max, lambda *xs: _largest(xs, ranges, 1)).replace(
        sympy.Min, lambda *xs: _largest(xs, ranges, -1)
    )
    # A symbol whose range leaves no negative value is a positive one to SymPy.
    kinds = {x: sympy.Dummy(x.name, positive=True, integer=x.is_integer) for x, (low, _) in ranges.items() if low >= 0}
    kinds = {x: new for x, new in kinds.items() if not x.is_positive and not (x.is_integer and ranges[x][0] == 0)}
    plain, facts = signed.xreplace(kinds), equation.facts.renamed(kinds)
    if vanishes(plain, facts):
        return "by algebra"
    if equation.where and (one_by_one := _value_by_value(difference, equation)):
        return one_by_one
    return by_induction(plain, {kinds.get(x, x): ends for x, ends in ranges.items()}, facts)


def _value_by_value(difference: sympy.Expr, equation: Equation) -> str | None:
    """Few whole numbers are tried one after another."""
    ranges = equation.ranges
    if not all(x.is_integer and low.is_finite and high.is_finite for x, (low, high) in ranges.items()):
        return None
    if math.prod(int(high - low) + 1 for low, high in ranges.values()) > MOST_VALUES:
        return None
    spans = [range(int(low), int(high) + 1) for low, high in ranges.values()]
    for values in itertools.product(*spans):
        if not vanishes(written_out(difference.subs(dict(zip(ranges, values, strict=True)))), equation.facts):
            return None
    return "at every value"


def _size(x: sympy.Expr, ranges: Ranges) -> sympy.Expr:
    return x if nonnegative(x, ranges) else -x if nonnegative(-x, ranges) else sympy.Abs(x)


def _largest(xs: tuple, ranges: Ranges, sign: int) -> sympy.Expr:
    for x in xs:
        if all(x == y or nonnegative(sign * (x - y), ranges) for y in xs):
            return x
    return (sympy.Max if sign > 0 else sympy.Min)(*xs)
