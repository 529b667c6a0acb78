"""Values for a formula's symbols: bound, drawn, held to what is assumed of them, and put into words."""

import random
from collections.abc import Mapping

import sympy
from flint import arb

from polylib.derivation.domain import ABOVE, Condition
from polylib.derivation.induction import written_out
from polylib.derivation.notation import Formula, text, unfold

Values = Mapping[sympy.Basic, object]


def bind(expr: Formula, values: Values) -> sympy.Expr:
    """`expr` with names unfolded, sums written out, and symbols and indexed families replaced by values."""
    return entered(unfold(expr).subs(scalars(values)), values)


def scalars(values: Values) -> dict[sympy.Symbol, sympy.Expr]:
    """The values of single symbols, each held to what is assumed of it."""
    return {k: respect("on", k, v) for k, v in values.items() if not isinstance(k, sympy.IndexedBase)}


def entered(expr: sympy.Expr, values: Values) -> sympy.Expr:
    """Sums of a known number of terms written out, and members of families replaced by their entries."""
    families = _families(values)
    written = written_out(expr)
    entries = {i: _entry(families[i.base], i) for i in written.atoms(sympy.Indexed) if i.base in families}
    return unfold(written.xreplace(entries))


def _families(values: Values) -> dict[sympy.IndexedBase, dict[int, sympy.Expr]]:
    """The families among `values`, by index; one that is not declared real must be a distribution and sum to 1."""
    families = {}
    for key, entries in values.items():
        if isinstance(key, sympy.IndexedBase):
            family = dict(entries if isinstance(entries, Mapping) else enumerate(entries))
            families[key] = {index: sympy.sympify(entry) for index, entry in family.items()}
            if any(key[0].is_positive and e.is_number and not e.is_positive for e in families[key].values()):
                raise ValueError(f"{key} must keep the sign that it is declared to have, got {entries}")
            if key.assumptions0.get("real"):  # any numbers
                continue
            total = sympy.expand(sum(families[key].values()))
            if total != 1 or any(entry.is_negative for entry in families[key].values()):
                raise ValueError(f"{key} must be a distribution, got entries that sum to {total}: {entries}")
    return families


def _entry(family: Mapping[int, sympy.Expr], indexed: sympy.Indexed) -> sympy.Expr:
    index = indexed.indices[0] if len(indexed.indices) == 1 else tuple(indexed.indices)
    if index not in family:
        raise ValueError(f"{indexed.base} must be given at every index that is used, got none for {indexed}")
    return family[index]


def granted_by(values: Values) -> tuple[Condition, ...]:
    """What a law of symbols grants: that its probabilities are positive."""
    entries = [p for family in _families(values).values() for p in family.values() if p.free_symbols]
    return tuple(Condition(ABOVE, p) for p in entries)


_ASSUMED = ("is_positive", "is_nonnegative", "is_negative", "is_nonpositive", "is_integer", "is_extended_real")


def respect(name: str, x: sympy.Basic, value: object, edge: bool = False) -> sympy.Expr:
    """A finite value of which all is true that is assumed of its symbol; 0 may be an edge of a range."""
    value = sympy.sympify(value)
    value = sympy.Rational(str(value)) if value.is_Float else value
    met = all(getattr(value, a) for a in _ASSUMED if getattr(x, a) and not (edge and value.is_zero))
    if not met or value.is_finite is False or (value.is_number and value.is_finite is not True):
        raise ValueError(f"{name} must respect what is assumed of {x}, got {value}")
    return value


def draw(x: sympy.Symbol, ends: tuple, counts: bool, generator: random.Random) -> sympy.Rational:
    """A rational value for a symbol in its range: near its ends, near 1 and over many magnitudes.

    counts: whether it is a number of terms, which stays small.
    """
    low, high = ends
    if x.is_integer:
        reach = generator.choice((2, 4, 7) if counts else (4, 12, 60, 10**3, 10**9, 10**40))
        if low.is_finite:
            top = min(high, low + reach) if high.is_finite else low + reach
            return sympy.Integer(generator.randint(int(low), int(top)))
        bottom = high - reach if high.is_finite else sympy.Integer(-reach)
        return sympy.Integer(generator.randint(int(bottom), int(high) if high.is_finite else reach))
    share = sympy.Rational(generator.randint(1, 9972), 9973)
    if low.is_finite and high.is_finite:
        return low + (high - low) * share ** generator.choice((1, 1, 1, 4))
    size = sympy.Integer(10) ** generator.choice((-30, -6, -2, 0, 0, 0, 0, 0, 2, 6, 30))
    if low.is_finite:
        return low + 3 * share * size
    return high - 3 * share * size if high.is_finite else (6 * share - 3) * size


def interval(name: str, x: sympy.Symbol, ends: tuple) -> tuple[sympy.Expr, sympy.Expr]:
    """A range in rationals, or without end; a float means the decimal that it prints as.

    Raises ValueError unless `ends` are numbers in order that respect what is assumed of the symbol.
    """
    try:
        low, high = (e if e in (sympy.oo, -sympy.oo) else sympy.Rational(str(e)) for e in map(sympy.sympify, ends))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must give {x} a pair of rational ends, got {ends}") from None
    whole = all(e.is_integer or e.is_infinite for e in (low, high))
    if not low <= high or low is sympy.oo or high is -sympy.oo or (x.is_integer and not whole):
        raise ValueError(f"{name} must hold low <= high (whole numbers for an integer symbol), got {ends} for {x}")
    return tuple(e if e.is_infinite else respect(name, x, e, edge=True) for e in (low, high))


def in_words(at: Values) -> str:
    """A point, or the values that make a statement finite; probabilities that are symbols are called generic."""

    def one(key: sympy.Basic, value: object) -> str:
        if isinstance(key, sympy.IndexedBase):
            entries = [sympy.sympify(v) for v in (value.values() if isinstance(value, Mapping) else value)]
            generic = any(v.free_symbols for v in entries)
            if generic or len(entries) < 4 or len(set(entries)) > 1:
                return f"generic {text(key)}" if generic else f"{text(key)} = ({', '.join(map(text, entries))})"
            return f"{text(key)} uniform on {len(entries)}" if sum(entries) == 1 else f"{text(key)} all {entries[0]}"
        return f"{text(key)} = {text(value)}"

    return ", ".join(one(key, value) for key, value in at.items())


def show(ball: arb) -> str:
    """Seven digits of a ball's middle."""
    return f"{float(ball.mid()):.7g}"


def count(n: int, noun: str) -> str:
    """A number with its noun."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
