"""The check of an inequality: where it is defined, that no point refutes it, and how it is seen to hold everywhere."""

import random
from collections.abc import Mapping
from dataclasses import replace

import sympy

from polylib.derivation import calculus
from polylib.derivation.algebra import as_logs, normal
from polylib.derivation.binding import Values, in_words, interval, show
from polylib.derivation.bound import check_bound, whole_limits
from polylib.derivation.bounds import NegativeError, seen_nonnegative
from polylib.derivation.domain import Condition
from polylib.derivation.edges import closed_ends, met_on
from polylib.derivation.equality import PROVED, RANGE, TWICE, check_equal
from polylib.derivation.equation import POINTS_OF_FAMILIES, Equation, drawn
from polylib.derivation.evaluation import evaluate
from polylib.derivation.facts import read
from polylib.derivation.families import Families, HypothesisError
from polylib.derivation.inequality import UndecidedError
from polylib.derivation.jensen import by_jensen
from polylib.derivation.lemma import check_instances
from polylib.derivation.members import by_members
from polylib.derivation.notation import Formula, text, unfold
from polylib.derivation.scope import Scope, holds, narrowed, one_sided
from polylib.derivation.signs import nonnegative, positive
from polylib.derivation.vocabulary import DerivationError, check_words

TRIED = 60  # points at which an inequality is tried before it is proved
FEW = 200  # pieces for an attempt beyond the box


def check_at_most(
    lhs: Formula, rhs: Formula, box: Values, budget: int = 50_000, by: Formula | None = None, given: Mapping = {}
) -> tuple[str, str, Scope]:
    """(badge, evidence, scope) for ``lhs <= rhs`` on closed ranges, without end where an end is infinite.

    Raises DerivationError where it fails, is undefined or stays open, ValueError for a range of no width.
    """
    with sympy.evaluate(True):
        check_words(lhs, rhs, *([] if by is None else [by]), *(e for pair in given.items() for e in pair))
        check_bound(lhs, rhs, *([] if by is None else [by]), *given.values(), besides=read(given).indices())
        sides = {x: interval("box", x, ends) for x, ends in box.items()}
        if sides and not any(low < high for low, high in sides.values()):
            raise ValueError(f"box must have room in at least one direction, got {dict(box)}")
        words = f"{text(lhs)} <= {text(rhs)}"
        plain = Equation(words, (sympy.sympify(lhs), sympy.sympify(rhs)), unfold(lhs), unfold(rhs), {}, read(given))
        try:  # on all of where it is defined, if that can be
            badge, how, scope = _check(plain, lhs, rhs, FEW, by, given)
            if not scope.holds(sides):
                raise UndecidedError("the box leaves what the statement is defined on")
        except (DerivationError, UndecidedError):
            if not sides:
                raise
            badge, how, scope = _check(replace(plain, where=sides), lhs, rhs, budget, by, given)
            badge = RANGE if badge == PROVED else badge
    return badge, how, scope


def _check(
    statement: Equation, lhs: Formula, rhs: Formula, budget: int, by: Formula | None, given: Mapping
) -> tuple[str, str, Scope]:
    statement, asked = _where_defined(statement)
    ranges = statement.ranges
    points = list(drawn(statement, asked, POINTS_OF_FAMILIES if statement.families else TRIED))
    if not any([_compared_at(statement, point) for point in points]):
        raise DerivationError(f"{statement.words} is defined at no point that was tried")
    try:
        found = [calculus.resolved(side, ranges, points) for side in (statement.left, statement.right)]
        (left, ways, one), (right, more, two) = found
        gap = right - left if ways or more else sympy.sympify(rhs) - sympy.sympify(lhs)
        how = _seen(gap, statement, budget) if by is None else _certified(lhs, rhs, by, given, statement)
    except NegativeError as error:
        _compared_at(statement, error.point)
        raise DerivationError(f"{statement.words} fails somewhere there") from None
    except (calculus.UnconfirmedError, UndecidedError) as error:
        raise DerivationError(f"{statement.words} is neither proved nor refuted: {error}") from None
    scope = Scope(
        ranges, (), statement.families, given, closed=closed_ends(lhs, rhs, ranges), bound=whole_limits(lhs, rhs)
    )
    return (TWICE if TWICE in (one, two) else PROVED), "; ".join([*ways, *more, how]), scope


def _seen(gap: sympy.Expr, statement: Equation, budget: int) -> str:
    """How a gap is seen to be 0 or more: over families member by member or by Jensen; of logarithms where it grows."""
    ranges, sides = statement.ranges, (statement.left, statement.right)
    for way in (by_members, by_jensen) if statement.families else ():
        if found := way(gap, ranges, statement.facts):
            return found
    if any(_grows_fast(power) for side in sides for power in side.atoms(sympy.Pow, sympy.exp)) and all(
        positive(side, ranges) for side in sides
    ):
        logs = [as_logs(normal(sympy.log(side)), ranges) for side in sides]
        return "of logarithms: " + seen_nonnegative(logs[1] - logs[0], ranges, budget)
    return seen_nonnegative(gap, ranges, budget)


def _grows_fast(power: sympy.Expr) -> bool:
    """Whether base and exponent of a power share a symbol, or the exponent of e grows faster than it."""
    if isinstance(power, sympy.exp):
        return any(sympy.diff(power.args[0], x, 2) != 0 for x in power.free_symbols)
    return bool(power.base.free_symbols & power.exp.free_symbols)


def _where_defined(statement: Equation) -> tuple[Equation, list[Condition]]:
    """The statement with ranges on which both sides are defined, and the conditions for that."""
    facts = statement.facts
    shared, alone = one_sided(*statement.spelled_out(), statement.ranges, facts.granted())
    asked = [*shared, *(c for _, c in alone)]
    ranges = statement.where or {x: narrowed(x, ends, asked) for x, ends in statement.ranges.items()}
    statement = replace(statement, where=ranges)
    for condition in asked:
        if not holds(condition, statement.ranges, facts.granted()) and not met_on(condition, statement.ranges):
            raise DerivationError(f"{statement.words} is not defined everywhere there: {condition} is not seen to hold")
    return statement, asked


def _compared_at(statement: Equation, point: Mapping) -> bool:
    """Whether the sides were compared at a point; DerivationError if the statement fails there."""
    if point.keys() < set(statement.symbols):
        return False
    try:
        families = Families(statement.facts, point, random.Random(0))
        left, right = (evaluate(side, point, families) for side in (statement.left, statement.right))
    except HypothesisError:  # at this point the statement says nothing
        return False
    if left.is_nan() or right.is_nan() or statement.left.has(sympy.Integral) or statement.right.has(sympy.Integral):
        return not (left.is_nan() or right.is_nan())
    if left > right:
        at = f" at {in_words(point)}" if point else ""
        raise DerivationError(f"{statement.words} fails{at}: {show(left)} > {show(right)}")
    return True


def _certified(lhs: Formula, rhs: Formula, by: Formula, given: Mapping, statement: Equation) -> str:
    """rhs - lhs is `by`, and `by` is made of parts that are 0 or more."""
    check_instances(by, statement.ranges, given)
    if not nonnegative(sympy.sympify(by), statement.ranges):
        raise DerivationError(f"by must be seen to be 0 or more, got {text(by)}")
    _, how, _ = check_equal(sympy.sympify(rhs) - sympy.sympify(lhs), by, where=statement.where, given=given)
    return f"the right side less the left is {text(by)}, {how}, and that is 0 or more term by term"
