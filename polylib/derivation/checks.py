"""The checks behind a derivation: each returns its evidence in words, or raises `DerivationError`."""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import wraps

import sympy
from flint import arb

from polylib.derivation.balls import PRECISION, evaluate_at
from polylib.derivation.binding import Values, bind, count, draw, in_words, interval, probabilities, show
from polylib.derivation.inequality import UndecidedError, find_negative
from polylib.derivation.notation import Formula, text, unfold

POINTS = 24  # rational points at which an identity is tried before algebra is
TOLERANCE = 1e-30  # how well, relative to its size, a value must be known before two sides are compared


def _evaluating(check: Callable) -> Callable:
    """Formulas are written under evaluate(False); a check computes with them, so it switches evaluation on."""

    @wraps(check)
    def wrapped(*args, **kwargs):
        with sympy.evaluate(True):
            return check(*args, **kwargs)

    return wrapped


class DerivationError(ValueError):
    """A step of a derivation that does not hold, or that could not be checked."""


@_evaluating
def check_equal(lhs: Formula, rhs: Formula, on: Values | Sequence[Values] = (), where: Values = {}) -> tuple[str, str]:
    """(badge, evidence) for ``lhs == rhs``; `DerivationError` where it fails or is defined nowhere."""
    instances = [on] if isinstance(on, Mapping) else list(on) or [{}]
    statement = f"{text(lhs)} = {text(rhs)}"
    ranges = {x: interval("where", x, ends) for x, ends in where.items()}
    results = [_check_instance(statement, lhs, rhs, values, ranges) for values in instances]
    place = in_words(instances[0]) if len(instances) == 1 else f"{len(instances)} distributions"
    scope = f" for {place}" if place else ""
    if all(proved for proved, _ in results):
        return "proved for this size" if scope else "proved", f"by algebra{scope}"
    return "checked", f"equal to 30 digits at {count(sum(n for _, n in results), 'rational point')}{scope}"


def _check_instance(statement: str, lhs: Formula, rhs: Formula, on: Values, where: Values) -> tuple[bool, int]:
    """(whether algebra proves it, at how many different points it was tried first)."""
    left, right, chances = bind(lhs, on), bind(rhs, on), probabilities(on)
    symbols = sorted(set().union(*(e.free_symbols for e in (left, right, *chances))), key=str)
    generator, tried = random.Random(0), set()
    for _ in range(100 * POINTS):
        point = {x: draw(x, where.get(x), generator) for x in symbols}
        if tuple(point.values()) in tried or any(evaluate_at(p, point) < 0 for p in chances):
            continue
        if _equal_at(statement, left, right, point):
            tried.add(tuple(point.values()))
        if len(tried) == (POINTS if symbols else 1):
            break
    if not tried:
        raise DerivationError(f"{statement} is defined at no point that was tried; give ranges in where=")
    return _is_zero(left - right), len(tried)


def _equal_at(statement: str, lhs: sympy.Expr, rhs: sympy.Expr, point: Values) -> bool:
    """Whether both sides were compared at a point: False where neither is defined, an error where they differ."""
    at = f" at {in_words(point)}" if point else ""
    precision = PRECISION
    while True:
        left, right = (_at_point(side, point, precision) for side in (lhs, rhs))
        if left.is_finite() != right.is_finite():
            raise DerivationError(f"{statement} fails{at}: only one side is defined there")
        if not left.is_finite():
            return False
        if not (left - right).contains(0):
            raise DerivationError(f"{statement} fails{at}: {show(left)} against {show(right)}")
        if (left - right).rad() <= TOLERANCE * arb.max(abs(left), abs(right)).upper():
            return True
        if precision > 64 * PRECISION:  # a cancellation too deep to see through
            return False
        precision *= 4


def _at_point(expr: sympy.Expr, point: Values, precision: int = PRECISION) -> arb:
    """A ball around `expr`; sums with symbolic limits are written out first."""
    if expr.has(sympy.Sum, sympy.Product):
        expr, point = bind(expr, point), {}
    return evaluate_at(expr, point, precision)


def _is_zero(difference: sympy.Expr) -> bool:
    """Whether algebra turns the difference into 0.

    Logarithms are split as if all factors were positive. That is sound here: a formal identity of logarithms leaves
    at most a constant, and the points, tried before, leave no constant but 0.
    """
    split = sympy.expand(sympy.expand_log(difference.replace(sympy.log, _log_of_factors), force=True, factor=True))
    return split == 0 or sympy.simplify(split) == 0


def _log_of_factors(x: sympy.Expr) -> sympy.Expr:
    """log x as a sum over the factors of x, each with the sign that SymPy prefers, so that equal factors cancel."""
    powers = [factor.as_base_exp() for factor in sympy.Mul.make_args(sympy.factor(x))]
    signs = [(base.is_Add and base.could_extract_minus_sign()) or base.is_negative for base, _ in powers]
    return sum(e * sympy.log(-b if sign else b) for (b, e), sign in zip(powers, signs, strict=True))


@_evaluating
def check_at_most(lhs: Formula, rhs: Formula, box: Values, budget: int = 50_000) -> tuple[str, str]:
    """(badge, evidence) for ``lhs <= rhs`` on a closed box.

    Raises DerivationError where it fails or stays open, ValueError for a box of no width or without a symbol of theirs.
    """
    sides = {x: interval("box", x, ends) for x, ends in box.items()}
    if not any(low < high for low, high in sides.values()):
        raise ValueError(f"box must have room in at least one direction, got {dict(box)}")
    gap = sympy.sympify(rhs) - sympy.sympify(lhs)
    plain = unfold(gap)
    if loose := plain.free_symbols - set(sides):
        raise ValueError(f"box must give a range to every symbol, got none for {sorted(map(str, loose))}")
    slopes = {x: sympy.factor(sympy.diff(plain, x)) for x in sides}
    try:
        compact = unfold(gap, keep=lambda f: f.enclosure is not None)
        point, pieces = find_negative([compact, sympy.factor(sympy.expand(compact))], slopes, sides, budget)
    except UndecidedError as error:
        raise DerivationError(f"{text(lhs)} <= {text(rhs)} is neither proved nor refuted: {error}") from None
    if point is not None:
        left, right = both_sides(lhs, rhs, point)
        raise DerivationError(f"{text(lhs)} <= {text(rhs)} fails at {in_words(point)}: {show(left)} > {show(right)}")
    ranges = ", ".join(f"{text(low)} ≤ {text(x)} ≤ {text(high)}" for x, (low, high) in sides.items())
    return "proved", f"by ball arithmetic for {ranges} ({count(pieces, 'piece')})"


def check_agrees(closed_form: Callable, algorithm: Callable, cases: Sequence, tol: float) -> tuple[str, str]:
    """(badge, evidence) for two computations that agree.

    Raises DerivationError where they differ, ValueError for no cases, another tol than (0, 0.01], or one computation.
    """
    if not cases or not all(isinstance(case, tuple) for case in cases):
        raise ValueError(f"cases must be a non-empty list of argument tuples, got {cases!r}")
    if not 0 < tol <= 0.01:
        raise ValueError(f"tol must be positive and at most 0.01, got {tol}")
    if closed_form is algorithm:
        raise ValueError(f"algorithm must be another computation than closed_form, got {algorithm} twice")
    for case in cases:
        left, right = float(closed_form(*case)), float(algorithm(*case))
        if not abs(left - right) <= tol * max(1e-3, abs(right)):
            raise DerivationError(f"the closed form and the algorithm differ at {case}: {left} against {right}")
    return (
        "computed twice",
        f"two independent computations agree in {count(len(cases), 'case')}, within {tol:.0e}".replace("e-0", "e-"),
    )


@_evaluating
def both_sides(lhs: Formula, rhs: Formula, at: Values) -> tuple[arb, arb]:
    """Balls around both sides at a point. Raises ValueError if that leaves a symbol without a value."""
    left, right = (bind(side, at) for side in (lhs, rhs))
    if loose := left.free_symbols | right.free_symbols:
        raise ValueError(f"at must give a value to every symbol, got none for {sorted(map(str, loose))}")
    return evaluate_at(left, {}), evaluate_at(right, {})
