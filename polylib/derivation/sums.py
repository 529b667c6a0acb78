"""Sums whose number of terms is a symbol: split, shifted and taken apart until equal sums are the same object."""

from collections.abc import Callable
from functools import cache
from itertools import permutations

import sympy
from sympy.concrete.gosper import gosper_term

from polylib.derivation.facts import Facts
from polylib.derivation.signs import positive

MOST_TERMS = 12  # that are written out where two sums differ in their ends
Normal = Callable[..., sympy.Expr]


@cache
def _index(depth: int) -> sympy.Dummy:
    """The index of every sum in normal form that holds `depth` sums in one another."""
    return sympy.Dummy(f"k{depth}", integer=True)


def summed(expr: sympy.Sum, normal: Normal, facts: Facts) -> sympy.Expr:
    """The normal form of a sum: by terms, with what does not depend on an index in front of its sum."""
    function = expr.function
    for place, limits in enumerate(expr.limits):  # the first index is the innermost
        within = facts
        for k, low, high in expr.limits[place + 1 :]:
            within = within.inside(k, low, high)
        function = _over_one(function, *limits, normal, within)
    return function


def _over_one(function: sympy.Expr, k, low, high, normal: Normal, facts: Facts) -> sympy.Expr:
    if any(sympy.expand(odd - low) == 0 for odd in facts.odd_ones(function, k)):
        return normal(function.subs(k, low), facts) + _over_one(function, k, low + 1, high, normal, facts)
    total = sympy.S.Zero
    for term in sympy.Add.make_args(sympy.expand(_cancelled(normal(function, facts.inside(k, low, high)), k))):
        outside, inside = term.as_independent(k, as_Add=False)
        total += outside * _of_term(inside, k, low, high, normal, facts)
    return total


def _cancelled(function: sympy.Expr, k: sympy.Symbol) -> sympy.Expr:
    """A summand whose terms have no common factor above and below."""
    return sympy.Add(
        *(
            sympy.factor(term) if any(d.is_Add and d.has(k) for d in _divisors(term)) else term
            for term in sympy.Add.make_args(sympy.expand(function))
        )
    )


def _divisors(term: sympy.Expr) -> list[sympy.Expr]:
    return [f.base for f in sympy.Mul.make_args(term) if f.is_Pow and f.exp.is_negative]


def _of_term(term: sympy.Expr, k, low, high, normal: Normal, facts: Facts) -> sympy.Expr:
    if term == 1:
        return high - low + 1
    picked = _picked(term, k, low, high, facts)
    if picked is not None:
        return normal(picked, facts)
    if not term.has(sympy.Indexed, sympy.Sum) and high.is_finite is not False:
        closed = antidifference(term, k)
        if closed is not None and has_no_pole(closed, k, low, high):
            return normal(closed.subs(k, high + 1) - closed.subs(k, low), facts)
    if any(i.coeff(k) == -1 for e in term.atoms(sympy.Indexed) for i in e.indices) and high.is_finite is not False:
        term = sympy.expand(term.subs(k, low + high - k))
    shift = _shift(term, k)
    whole = [f for f in sympy.Mul.make_args(term) if isinstance(f, sympy.Sum)]
    if len(whole) == 1 and term != whole[0]:  # a(i) times the sum of b(i, j) is the sum of a(i) b(i, j)
        new = {j: sympy.Dummy(integer=True) for j, *_ in whole[0].limits}
        ends = [(new[j], a.xreplace(new), b.xreplace(new)) for j, a, b in whole[0].limits]
        term = sympy.Sum(_renamed(whole[0].function, new) * (term / whole[0]), *ends)
    return _known(_ordered(term.subs(k, k - shift), (k, low + shift, high + shift)), facts, normal)


def _renamed(expr: sympy.Expr, names: dict) -> sympy.Expr:
    """`expr` with other names for indices, but not for those that sums inside it have for their own."""
    inner = {s: sympy.Dummy() for s in outermost(expr, sympy.Sum) if {j for j, *_ in s.limits} & names.keys()}
    return expr.xreplace(inner).xreplace(names).xreplace({new: old for old, new in inner.items()})


def _ordered(term: sympy.Expr, limits: tuple) -> sympy.Sum:
    """A sum with indices of our own names, in the order that sorts first where the order does not matter."""
    atom = sympy.Sum(term, limits)
    indices = [limit[0] for limit in atom.limits]
    fixed = any(end.has(*indices) for _, *ends in atom.limits for end in ends)
    orders = [atom.limits] if fixed else permutations(atom.limits)
    found, inside = [], _depth(atom.function)
    for order in orders:
        names = {limit[0]: _index(inside + place) for place, limit in enumerate(order)}
        ends = [(names[x], low.xreplace(names), high.xreplace(names)) for x, low, high in order]
        found.append(sympy.Sum(atom.function.xreplace(names), *ends))
    return min(found, key=sympy.default_sort_key)


def _depth(expr: sympy.Expr) -> int:
    """How many indices the sums in one another have."""
    return max((len(s.limits) + _depth(s.function) for s in outermost(expr, sympy.Sum)), default=0)


def _known(atom: sympy.Sum, facts: Facts, normal: Normal) -> sympy.Expr:
    """The value of a sum that is given, however its ends are written, or the sum itself."""
    for total, value in facts.totals:
        within = Facts(facts.special, facts.rules, (), facts.ranges)
        part = summed(total, normal, within)
        scale, sums = part.as_independent(sympy.Sum, as_Add=False)
        if sums == atom:
            return normal(value, facts) / scale
        if isinstance(sums, sympy.Sum) and (rest := _beyond(atom, sums, normal)) is not None:
            return normal(value, facts) / scale + rest
    return atom


def _beyond(one: sympy.Sum, other: sympy.Sum, normal: Normal) -> sympy.Expr | None:
    """one - other, where they are sums of the same terms whose ends differ by whole numbers; None elsewhere."""
    (k, low, high), (j, from_, to) = one.limits[0], other.limits[0]
    if len(other.limits) > 1 or one.function != other.function.subs(j, k):
        return None
    below, above = sympy.expand(from_ - low), sympy.expand(high - to)
    if not (below.is_Integer and above.is_Integer and max(abs(below), abs(above)) <= MOST_TERMS):
        return None
    before = _terms(one.function, k, low, below) if below >= 0 else -_terms(one.function, k, from_, -below)
    after = _terms(one.function, k, to + 1, above) if above >= 0 else -_terms(one.function, k, high + 1, -above)
    return normal(before + after)


def _terms(function: sympy.Expr, k: sympy.Symbol, start: sympy.Expr, n: sympy.Integer) -> sympy.Expr:
    return sympy.Add(*(function.subs(k, start + j) for j in range(int(n))))


def merged(expr: sympy.Expr, normal: Normal) -> sympy.Expr:
    """Sums of the same terms whose ends differ by whole numbers, by one of them."""
    kept, replaced = [], {}
    for atom in sorted(outermost(expr, sympy.Sum), key=sympy.default_sort_key):
        for other in kept:
            if len(atom.limits) == len(other.limits) == 1 and (rest := _beyond(atom, other, normal)) is not None:
                replaced[atom] = other + rest
                break
        else:
            kept.append(atom)
    return expr.xreplace(replaced)


def outermost(expr: sympy.Basic, kinds: type | tuple) -> set[sympy.Expr]:
    """The parts of a formula that are of these kinds and stand inside no other such part."""
    return {expr} if isinstance(expr, kinds) else set().union(*(outermost(a, kinds) for a in expr.args))


def _picked(term: sympy.Expr, k, low, high, facts: Facts) -> sympy.Expr | None:
    """What a Kronecker delta leaves of a sum over k, where its other index is known to run over the same range."""
    for delta in term.atoms(sympy.KroneckerDelta):
        at = delta.args[1] if delta.args[0] == k else delta.args[0]
        if k in delta.args and facts.ranges.get(at) == (low, high):
            return (term / delta).subs(k, at)
    return None


def _shift(term: sympy.Expr, k: sympy.Symbol) -> sympy.Expr:
    """How far the index moves so that the least index of a family in the term is the index itself."""
    offsets = [sympy.expand(i - k) for e in term.atoms(sympy.Indexed) for i in e.indices if i.has(k)]
    return min((o for o in offsets if o.is_Integer), default=sympy.S.Zero)


def has_no_pole(closed: sympy.Expr, k: sympy.Symbol, low: sympy.Expr, high: sympy.Expr) -> bool:
    """Whether no denominator of a telescoping sum vanishes from `low` to `high` + 1."""
    step = sympy.Dummy(integer=True, nonnegative=True)
    parts = sympy.Mul.make_args(sympy.factor(sympy.fraction(sympy.together(closed))[1]))
    for part in (p for p in parts if p.has(k) and not p.as_base_exp()[1].has(k)):
        ways = [part.subs(k, low + step)] + [part.subs(k, high + 1 - step)] * (high is not sympy.oo)
        if not any(positive(sympy.expand(sign * way)) for way in ways for sign in (1, -1)):
            return False
    return True


def antidifference(term: sympy.Expr, k: sympy.Symbol) -> sympy.Expr | None:
    """T with T(k + 1) - T(k) = term by Gosper's algorithm; its certificate is checked, not believed."""
    try:
        certificate = gosper_term(term, k)
    except (ValueError, TypeError, NotImplementedError, sympy.PolynomialError):
        return None
    if certificate is None:
        return None
    ratio = sympy.simplify(sympy.combsimp(term.subs(k, k + 1) / term))
    left = certificate.subs(k, k + 1) * ratio - certificate - 1
    return certificate * term if sympy.simplify(left) == 0 else None
