"""Jensen's inequality for the logarithm and the square, term by term over sums of families.

For weights v > 0: the sum of v log z is at least -V log(sum of v/z over V) with V the sum of v (the log-sum inequality;
Gibbs' where v and v/z are laws), and the sum of v a^2 is at least the square of the sum of v a, over V.
"""

from collections.abc import Iterator

import sympy

from polylib.derivation.algebra import as_logs, log_size, normal, vanishes
from polylib.derivation.facts import Facts
from polylib.derivation.notation import unfold
from polylib.derivation.ranges import Ranges
from polylib.derivation.signs import nonnegative, positive


def by_jensen(gap: sympy.Expr, ranges: Ranges, facts: Facts) -> str | None:
    """How a gap with sums over families is seen to be 0 or more, or None."""
    terms = sympy.Add.make_args(sympy.expand(normal(unfold(gap), facts)))
    parts, rest = _groups([_taken_apart(term) for term in terms])
    lower = sum(rest)
    for (body, limits, _), factors in parts.items():
        series = [sympy.Sum(part, *limits) for part in _bounded(as_logs(body, ranges), factors, ranges)]
        if not series or not all(nonnegative(high - low, ranges) for _, low, high in limits):
            return None
        total, other = series
        lower += other**2 / total if factors is None else -total * sympy.log(other / total)
    seen = vanishes(lower, facts) or nonnegative(as_logs(normal(lower, facts), ranges), ranges)
    return ("by Jensen's inequality" if parts else "term by term") if seen else None


def _taken_apart(term: sympy.Expr) -> tuple:
    """(coefficient, sum) of a term, or (term, None) without one sum."""
    outside, inside = term.as_independent(sympy.Sum, as_Add=False)
    return (outside, inside) if isinstance(inside, sympy.Sum) else (term, None)


def _groups(terms: list[tuple]) -> tuple[dict, list]:
    """Sums of logarithms with the same weights as one, {(weight, limits, kind): z}, sums with squares, and the rest."""
    parts, rest = {}, []
    for outside, series in terms:
        logs = series.function.atoms(log_size) if series is not None else set()
        square = series is not None and any(f.is_Pow and f.exp == 2 for f in sympy.Mul.make_args(series.function))
        if len(logs) == 1 and not (weight := series.function / (log := logs.pop())).has(log_size):
            new = outside * weight, series.limits, log_size
            key = next((k for k in parts if k[1:] == new[1:] and (new[0] / k[0]).is_Rational), new)
            parts[key] = parts.get(key, 1) * log.args[0] ** (new[0] / key[0])
        elif square and nonnegative(outside):
            parts[outside * series.function, series.limits, sympy.Pow] = None
        else:
            rest.append(outside if series is None else outside * series)
    return parts, rest


def _bounded(body: sympy.Expr, z: sympy.Expr | None, ranges: Ranges) -> Iterator[sympy.Expr]:
    """The weight of a term, and what it is summed with; nothing where the signs are not seen."""
    if z is None:
        square = next(f for f in sympy.Mul.make_args(body) if f.is_Pow and f.exp == 2)
        a, weight = square.base, body / square
        yield from (weight, weight * a) if positive(weight, ranges) else ()
    elif positive(z, ranges) and (positive(body, ranges) or positive(-body, ranges)):
        weight, z = (body, z) if positive(body, ranges) else (-body, 1 / z)
        yield from (weight, weight / z)
