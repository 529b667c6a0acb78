"""Values for a formula's symbols: bound, drawn, held to what is assumed of them, and put into words."""

import random
from collections.abc import Mapping

import sympy
from flint import arb

from polylib.derivation.notation import Formula, text, unfold

Values = Mapping[sympy.Basic, object]


def bind(expr: Formula, values: Values) -> sympy.Expr:
    """`expr` with names unfolded, sums written out, and symbols and indexed families replaced by values."""
    families = _families(values)
    scalars = {k: _respect("on", k, v) for k, v in values.items() if k not in families}
    bound = unfold(unfold(expr).subs(scalars))
    entries = {i: _entry(families[i.base], i) for i in bound.atoms(sympy.Indexed) if i.base in families}
    return bound.xreplace(entries).doit()


def _families(values: Values) -> dict[sympy.IndexedBase, dict[int, sympy.Expr]]:
    """The distributions among `values`, by index; each must sum to 1."""
    families = {}
    for key, entries in values.items():
        if isinstance(key, sympy.IndexedBase):
            family = dict(entries if isinstance(entries, Mapping) else enumerate(entries))
            families[key] = {index: sympy.sympify(entry) for index, entry in family.items()}
            total = sympy.expand(sum(families[key].values()))
            if total != 1 or any(entry.is_negative for entry in families[key].values()):
                raise ValueError(f"{key} must be a distribution, got entries that sum to {total}: {entries}")
    return families


def _entry(family: Mapping[int, sympy.Expr], indexed: sympy.Indexed) -> sympy.Expr:
    if len(indexed.indices) != 1 or indexed.indices[0] not in family:
        raise ValueError(f"{indexed.base} must be given at every index that is used, got none for {indexed}")
    return family[indexed.indices[0]]


def probabilities(values: Values) -> list[sympy.Expr]:
    """The probabilities that hold symbols: at a sampled point none may be negative."""
    return [p for family in _families(values).values() for p in family.values() if p.free_symbols]


def _respect(name: str, x: sympy.Basic, value: object) -> sympy.Expr:
    """A value that does not contradict what is assumed of its symbol; the edge 0 is left to positive ones."""
    value = sympy.sympify(value)
    wrong = (x.is_nonnegative and value.is_negative) or (x.is_nonpositive and value.is_positive)
    if wrong or (x.is_integer and value.is_number and not value.is_integer):
        raise ValueError(f"{name} must respect what is assumed of {x}, got {value}")
    return value


def draw(x: sympy.Symbol, ends: tuple | None, generator: random.Random) -> sympy.Rational:
    """A rational value for a symbol: in its range, or as its assumptions allow, near 1 and over many magnitudes."""
    if x.is_integer:
        low, high = ends or ((1 if x.is_positive else 0 if x.is_nonnegative else -12), generator.choice((4, 12, 60)))
        return sympy.Integer(generator.randint(int(low), int(high)))
    share = sympy.Rational(generator.randint(1, 9972), 9973)
    if ends:
        return ends[0] + (ends[1] - ends[0]) * share
    size = sympy.Integer(10) ** generator.choice((-6, -2, 0, 0, 0, 0, 2, 6))
    return (3 * share if x.is_nonnegative else 6 * share - 3) * size


def interval(name: str, x: sympy.Symbol, ends: tuple) -> tuple[sympy.Rational, sympy.Rational]:
    """A closed range in rationals; a float means the decimal that it prints as.

    Raises ValueError unless `ends` are finite, in order, and respect what is assumed of the symbol.
    """
    try:
        low, high = (sympy.Rational(str(end)) for end in ends)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must give {x} a pair of finite rational ends, got {ends}") from None
    if not low <= high or (x.is_integer and not (low.is_integer and high.is_integer)):
        raise ValueError(f"{name} must hold low <= high (whole numbers for an integer symbol), got {ends} for {x}")
    return _respect(name, x, low), _respect(name, x, high)


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


def count(n: int, noun: str) -> str:
    """A number with its noun."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
