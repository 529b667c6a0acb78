"""Whether a formula is 0 or more on ranges that may have no end: the ways to see it, tried one after another."""

from collections.abc import Callable
from itertools import product

import sympy

from polylib.derivation.algebra import as_logs, normal, vanishes
from polylib.derivation.calculus import UnconfirmedError, resolved
from polylib.derivation.cases import KINKED, cases
from polylib.derivation.evaluation import evaluate
from polylib.derivation.induction import less_the_last, written_out
from polylib.derivation.inequality import Point, UndecidedError, find_negative
from polylib.derivation.notation import text, unfold
from polylib.derivation.ranges import Ranges
from polylib.derivation.signs import nonnegative, positive

FEW = 100  # pieces before other ways than ball arithmetic are tried


class NegativeError(ValueError):
    """The formula is negative at `point`."""

    def __init__(self, point: Point):
        super().__init__(str(point))
        self.point = point


def seen_nonnegative(
    gap: sympy.Expr, ranges: Ranges, budget: int, ways: str = "step slope end fall", deep: int = 5
) -> str:
    """How `gap` is seen to be 0 or more everywhere on closed ranges, limits at their ends included.

    Raises `NegativeError` where it is not, `UndecidedError` where no way decides. `ways` are those that may be tried
    where a look, and a few pieces of ball arithmetic, do not decide; `deep` says how often slopes of slopes.
    """
    if nonnegative(gap, ranges) or (gap.has(sympy.Max, sympy.Min) and nonnegative(normal(unfold(gap)), ranges)):
        return "term by term"
    if gap.has(*KINKED):
        return _case_by_case(gap, ranges, budget)
    bounded = all(low.is_finite and high.is_finite for low, high in ranges.values()) and not gap.has(sympy.Indexed)
    if bounded and (found := _decided(_by_balls, gap, ranges, min(budget, FEW))):
        return found
    # Of the ways, induction alone asks for no number for members of families.
    tried = [way for way in ways.split() if deep and (way == "step" or not gap.has(sympy.Indexed))]
    for way, x in product(tried, sorted(ranges, key=str)):
        try:
            found = _decided(_WAYS[way], unfold(gap), x, ranges, deep - 1)
        except NegativeError:  # what this way asks for fails; the gap itself may hold
            continue
        if found:
            return found
    if bounded and budget > FEW:
        return _by_balls(gap, ranges, budget)
    raise UndecidedError("neither slopes, nor a change of variable, nor induction decides it")


def _decided(way: Callable[..., str | None], *args: object) -> str | None:
    """What a way finds, or None where it does not decide."""
    try:
        return way(*args)
    except (UndecidedError, UnconfirmedError):
        return None


def _case_by_case(gap: sympy.Expr, ranges: Ranges, budget: int) -> str:
    found, certain = cases(gap, ranges)
    hows = []
    for one, within in found:
        try:
            hows.append(seen_nonnegative(one, within, budget))
        except NegativeError as error:
            if certain:
                raise
            raise UndecidedError(f"{one} is negative at {error}") from None
    ways = [part for how in hows for part in how.removeprefix("case by case, ").split(", ")]
    return "case by case, " + ", ".join(dict.fromkeys(ways))


def _by_balls(gap: sympy.Expr, ranges: Ranges, budget: int) -> str:
    plain = unfold(gap)
    if plain.is_number:
        if evaluate(plain, {}) >= 0 or vanishes(plain):
            return "by its value"
        raise NegativeError({}) if evaluate(plain, {}) < 0 else UndecidedError(f"{plain} is not seen to be 0 or more")
    slopes = {x: sympy.factor(sympy.diff(plain, x)) for x in ranges}
    compact = unfold(gap, keep=lambda f: f.enclosure is not None)
    point, pieces = find_negative([compact, sympy.factor(sympy.expand(compact))], slopes, ranges, budget)
    if point is not None:
        raise NegativeError(point)
    return f"by ball arithmetic ({pieces:,} piece{'' if pieces == 1 else 's'})"


def _by_slope(gap: sympy.Expr, x: sympy.Symbol, ranges: Ranges, deep: int) -> str | None:
    """A function that falls up to some place and rises from there is least at that place."""
    slope = sympy.diff(gap, x)  # in exponentials a sine or cosine has no sign
    slope = sympy.together(slope if slope.has(sympy.sin, sympy.cos) else as_logs(normal(slope), ranges))
    (low, high), rest = ranges[x], {y: ends for y, ends in ranges.items() if y != x}
    for place in [*_lowest(slope, x, low, high), *(y for y, ends in rest.items() if ends == ranges[x])]:
        value = gap.subs(x, place)
        if value.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
            continue
        try:
            seen_nonnegative(value, rest, FEW, "", deep)
            for sign, *ends in ((1, place, high), (-1, low, place)):
                if ends[0] != ends[1]:
                    seen_nonnegative(*_cleared(*_between(sign * slope, x, *ends, rest)), FEW, "slope", deep)
        except (UndecidedError, NegativeError):
            continue
        return f"least at {x.name} = {text(place)}, by its slope"
    return None


def _between(expr: sympy.Expr, x: sympy.Symbol, low: sympy.Expr, high: sympy.Expr, ranges: Ranges) -> tuple:
    """A formula and its ranges with x between two ends; where they are no numbers, x is a share of the way."""
    if not (low.free_symbols or high.free_symbols):
        return expr, {**ranges, x: (low, high)}
    if x.is_integer or not (low.is_finite and high.is_finite):
        raise UndecidedError(f"{x} has no share of the way from {low} to {high}")
    t = sympy.Dummy("t", positive=True)
    return expr.subs(x, low + t * (high - low)), {**ranges, t: (sympy.S.Zero, sympy.S.One)}


def _lowest(slope: sympy.Expr, x: sympy.Symbol, low: sympy.Expr, high: sympy.Expr) -> list[sympy.Expr]:
    """Places where a function of this slope may be least."""
    numerator = sympy.expand(sympy.fraction(slope)[0])
    found = sympy.real_roots(numerator) if numerator.is_polynomial(x) and numerator.free_symbols == {x} else []
    found = {c for c in [*found, sympy.S.Zero, sympy.S.One] if c.is_Rational and low < c < high}
    return [*(e for e in (low, high) if e.is_finite), *sorted(found)]


def _cleared(expr: sympy.Expr, ranges: Ranges) -> tuple[sympy.Expr, Ranges]:
    """`expr` times its denominator, where that is seen to be positive, and its ranges."""
    numerator, denominator = sympy.fraction(sympy.together(expr))
    signs = [sign for sign in (1, -1) if positive(sign * denominator, ranges)]
    return (sympy.expand(signs[0] * numerator) if signs else expr), ranges


def _without_end(gap: sympy.Expr, x: sympy.Symbol, ranges: Ranges, deep: int) -> str | None:
    """x = 1/u turns a range without end into one from 0: the gap times what is positive."""
    low, high = ranges[x]
    if high is not sympy.oo or not low.is_finite:
        return None
    u = sympy.Dummy("u", positive=True)
    changes = [(1 / u, sympy.S.One / low)] if low > 0 else []
    for change, high in [*changes, (low + u / (1 - u), sympy.S.One)]:
        inside = {**{y: ends for y, ends in ranges.items() if y != x}, u: (sympy.S.Zero, high)}
        plain = as_logs(normal(gap.subs(x, change)), inside)
        numerator, denominator = sympy.fraction(sympy.together(sympy.expand(plain)))
        for sign in (1, -1):
            if positive(sign * denominator, inside):
                try:
                    how = seen_nonnegative(sympy.expand(sign * numerator), inside, FEW, "slope", 5)
                except UndecidedError:
                    break
                return f"with {x} = {str(change).replace('_', '')}, {how}"
    return None


def _step_by_step(gap: sympy.Expr, x: sympy.Symbol, ranges: Ranges, deep: int) -> str | None:
    """Induction: true at the first value, and at n + 1 at least a positive multiple of what it is at n."""
    if not gap.has(*_COUNTED) or not x.is_integer or ranges[x][1] is not sympy.oo or not ranges[x][0].is_finite:
        return None
    rest = {y: ends for y, ends in ranges.items() if y != x}
    first = seen_nonnegative(written_out(gap.subs(x, ranges[x][0])), rest, FEW, "slope", deep)
    after = less_the_last(gap.subs(x, x + 1), x)
    for times in _multiples(gap, x, ranges):
        step = as_logs(normal(after - times * gap), ranges)
        try:
            then = seen_nonnegative(sympy.factor(sympy.expand(step)), ranges, FEW, "end slope", deep)
        except UndecidedError:
            continue
        return f"by induction on {x}: {first}, then {then}"
    return None


def _multiples(gap: sympy.Expr, x: sympy.Symbol, ranges: Ranges) -> list[sympy.Expr]:
    """1, and by what the terms of the gap grow from one whole number to the next."""
    found = [sympy.S.One]
    for term in sympy.Add.make_args(sympy.expand(gap)):
        if term.has(x) and not term.has(sympy.Sum, sympy.Product, sympy.log):
            growth = sympy.combsimp(sympy.powsimp(term.subs(x, x + 1) / term))
            if growth not in found and nonnegative(growth, ranges):
                found.append(growth)
    return found[:3]


def _falling(gap: sympy.Expr, x: sympy.Symbol, ranges: Ranges, deep: int) -> str | None:
    """A gap that falls with every step and tends to 0 or more is never less than that."""
    if not gap.has(*_COUNTED) or not x.is_integer or len(ranges) > 1 or ranges[x][1] is not sympy.oo:
        return None
    step = as_logs(normal(gap - less_the_last(gap.subs(x, x + 1), x)), ranges)
    how = seen_nonnegative(step, ranges, FEW, "end slope", deep)
    end, *_ = resolved(sympy.Limit(gap.subs(x, (y := sympy.Dummy(x.name, positive=True))), y, sympy.oo), {}, [{}])
    return f"it falls with every {x}, {how}, towards {end}" if end.is_nonnegative else None


_WAYS = {"slope": _by_slope, "end": _without_end, "step": _step_by_step, "fall": _falling}
_COUNTED = (sympy.factorial, sympy.loggamma, sympy.gamma, sympy.zeta, sympy.Sum, sympy.Product, sympy.Pow)
