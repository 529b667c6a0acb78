"""The checks behind a derivation: each returns its evidence in words, or raises `DerivationError`."""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import wraps

import sympy
from flint import arb

from polylib.balls import evaluate_at
from polylib.inequality import UndecidedError, find_negative
from polylib.notation import Formula, text, unfold

POINTS = 24  # rational points at which an identity is tried before algebra is
TOLERANCE = 1e-30  # two sides that differ by less at every point are called equal there
Values = Mapping[sympy.Basic, object]


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
    """(badge, evidence) for ``lhs == rhs``."""
    instances = [on] if isinstance(on, Mapping) else list(on) or [{}]
    statement = f"{text(lhs)} = {text(rhs)}"
    results = [_check_instance(statement, _bind(lhs, values), _bind(rhs, values), where) for values in instances]
    scope = (
        f" on {len(instances)} distributions" if len(instances) > 1 else f" for {in_words(instances[0])}" if on else ""
    )
    if all(proved for proved, _ in results):
        return "proved for this size" if scope else "proved", f"by algebra{scope}"
    return "checked", f"equal to 30 digits at {_count(sum(n for _, n in results), 'rational point')}{scope}"


def _check_instance(statement: str, lhs: Formula, rhs: Formula, where: Values) -> tuple[bool, int]:
    """(whether algebra proves it, at how many points it was tried first)."""
    symbols = sorted(lhs.free_symbols | rhs.free_symbols, key=str)
    draw, tried = random.Random(0), 0
    for _ in range(100 * POINTS):
        point = {x: _draw(x, where.get(x), draw) for x in symbols}
        left, right = _at_point(lhs, point), _at_point(rhs, point)
        if left.is_finite() and right.is_finite():
            tried += 1
            if not abs(left - right) < TOLERANCE * max(1, abs(left)):
                at = f" at {in_words(point)}" if point else ""
                raise DerivationError(f"{statement} fails{at}: {show(left)} against {show(right)}")
        if tried == (POINTS if symbols else 1):
            break
    if not tried:
        raise DerivationError(f"{statement} is defined at no point that was tried; give ranges in where=")
    return _is_zero(lhs - rhs), tried


def _at_point(expr: sympy.Expr, point: Values) -> arb:
    """A ball around `expr`; sums with symbolic limits are written out first."""
    return evaluate_at(_bind(expr, point), {}) if expr.has(sympy.Sum, sympy.Product) else evaluate_at(expr, point)


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
    """(badge, evidence) for ``lhs <= rhs`` on a closed box."""
    sides = {x: _interval(x, ends) for x, ends in box.items()}
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
    return "proved", f"by ball arithmetic for {ranges} ({_count(pieces, 'piece')})"


def check_agrees(closed_form: Callable, algorithm: Callable, cases: Sequence, tol: float) -> tuple[str, str]:
    """(badge, evidence) for two computations that agree."""
    if not cases or not all(isinstance(case, tuple) for case in cases):
        raise ValueError(f"cases must be a non-empty list of argument tuples, got {cases!r}")
    if not tol > 0:
        raise ValueError(f"tol must be positive, got {tol}")
    for case in cases:
        left, right = float(closed_form(*case)), float(algorithm(*case))
        if not abs(left - right) <= tol * max(1.0, abs(right)):
            raise DerivationError(f"the closed form and the algorithm differ at {case}: {left} against {right}")
    return (
        "computed twice",
        f"two independent computations agree in {_count(len(cases), 'case')}, within {tol:.0e}".replace("e-0", "e-"),
    )


def _bind(expr: Formula, values: Values) -> sympy.Expr:
    """`expr` with names unfolded, sums written out, and symbols and indexed families replaced by values."""
    families = {k: v for k, v in values.items() if isinstance(k, sympy.IndexedBase)}
    scalars = {k: v for k, v in values.items() if k not in families}
    bound = unfold(unfold(expr).subs(scalars))
    entries = {
        i: sympy.sympify(families[i.base][int(i.indices[0])]) for i in bound.atoms(sympy.Indexed) if i.base in families
    }
    return bound.xreplace(entries).doit()


@_evaluating
def both_sides(lhs: Formula, rhs: Formula, at: Values) -> tuple[arb, arb]:
    """Balls around both sides at a point."""
    left, right = (_bind(side, at) for side in (lhs, rhs))
    if loose := left.free_symbols | right.free_symbols:
        raise ValueError(f"at must give a value to every symbol, got none for {sorted(map(str, loose))}")
    return evaluate_at(left, {}), evaluate_at(right, {})


def _draw(x: sympy.Symbol, ends: tuple | None, draw: random.Random) -> sympy.Rational:
    """A rational value for a symbol, in its range or else as its assumptions allow."""
    if x.is_integer:
        low, high = ends or ((1 if x.is_positive else 0 if x.is_nonnegative else -12), 12)
        return sympy.Integer(draw.randint(int(low), int(high)))
    low, high = ends or ((0 if x.is_nonnegative else -3), 3)
    return low + (high - low) * sympy.Rational(draw.randint(1, 9972), 9973)


def _interval(x: sympy.Symbol, ends: tuple) -> tuple[sympy.Rational, sympy.Rational]:
    """A closed range in rationals; a float means the decimal that it prints as."""
    low, high = (sympy.Rational(str(end)) for end in ends)
    if not low <= high or (x.is_integer and not (low.is_integer and high.is_integer)):
        raise ValueError(f"box must hold low <= high (whole numbers for an integer symbol), got {ends} for {x}")
    return low, high


def in_words(at: Values) -> str:
    """A point, or the values that make a statement finite; probabilities that are symbols are called generic."""

    def one(key: sympy.Basic, value: object) -> str:
        if isinstance(key, sympy.IndexedBase):
            entries = [sympy.sympify(v) for v in (value.values() if isinstance(value, Mapping) else value)]
            generic = any(v.free_symbols for v in entries)
            return f"generic {text(key)}" if generic else f"{text(key)} = ({', '.join(map(text, entries))})"
        return f"{text(key)} = {text(value)}"

    return ", ".join(one(key, value) for key, value in at.items())


def show(ball: arb) -> str:
    """Seven digits of a ball's middle."""
    return f"{float(ball.mid()):.7g}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
