"""Which symbols and names a statement may use: each says one thing, and shows what it is."""

import inspect
import random
from collections.abc import Iterable, Mapping

import flint
import sympy
from sympy import Rational

from polylib.derivation.balls import PRECISION, enclose
from polylib.derivation.names import check_name, rendered
from polylib.derivation.notation import Formula, Named, h2, unfold
from polylib.derivation.signs import nonnegative, positive

_ENCLOSED: set[type] = set()
"""functions whose enclosure was compared with their definition"""
GAP = "gap"
"""the name of the gaps of lemmas, which print as what they are"""


class DerivationError(ValueError):
    """A step of a derivation that does not hold, or that could not be checked."""


def check_words(*formulas: Formula) -> None:
    """Refuse formulas that are no real numbers, or whose symbols and names could be taken for others."""
    parts = [sympy.sympify(f) for f in formulas]
    for part in parts:
        if not isinstance(part, sympy.Expr) or isinstance(part, sympy.MatrixBase):
            raise ValueError(f"a formula must be a SymPy expression for a number, got {part!r}")
    for e in [*parts, *map(unfold, parts)]:
        if _infinite(e) or e.has(sympy.I):
            raise DerivationError(f"a formula must be of finite real numbers, got {e}")
        _check_limits(e)
    used = vocabulary(*formulas)
    for thing in [*used["symbols"], *(f[0] for f in used["families"])]:
        _check_assumptions(thing)
    for function in used["functions"] - _ENCLOSED:
        if function.enclosure:
            _check_enclosure(function)
    check_vocabulary(used)


def _check_assumptions(x: sympy.Expr) -> None:
    """Refuse what is not real, and what is assumed to be more than a sign and whole: the page does not show it."""
    if isinstance(x, sympy.Symbol) and x.is_extended_real is not True:
        raise ValueError(f"a symbol must be declared real, positive or integer, got {x}")
    signed = x.is_positive or x.is_negative
    more = [x.is_even, x.is_odd, x.is_prime, x.is_composite, x.is_irrational, x.is_zero, x.is_nonzero and not signed]
    if any(more) or (x.is_rational and not x.is_integer):
        raise ValueError(f"a symbol must be assumed to be real, whole or of a sign, and no more, got {x}")


def vocabulary(*formulas: Formula) -> dict[str, set]:
    """The symbols, families and named functions of formulas, those of definitions included."""
    parts = [sympy.sympify(f) for f in formulas]
    parts += [unfold(p) for p in parts]
    families = {i.base for p in parts for i in p.atoms(sympy.Indexed)}
    sides = {e.args[3] for p in parts for e in p.atoms(sympy.Limit)}  # the side of a limit is a symbol to SymPy
    symbols = set().union(*(p.atoms(sympy.Symbol) for p in parts)) - sides - {f.label for f in families}
    functions = {type(f) for p in parts for f in p.atoms(Named) if type(f).name != GAP}
    return {"symbols": symbols, "families": families, "functions": functions}


def check_vocabulary(*vocabularies: Mapping[str, set]) -> None:
    """Refuse two things that show alike, and names that show something else."""
    shown: dict[str, object] = {}
    for kind in ("symbols", "families", "functions"):
        for thing in set().union(*(v[kind] for v in vocabularies)):
            name = str(thing.label) if kind == "families" else thing.name
            check_name(name)
            if name == "h_2" and thing is not h2:
                raise ValueError("name must not be one that mathematics has taken, got 'h_2'")
            if shown.setdefault(rendered(name), thing) != thing:
                raise ValueError(f"{kind} of one name must be one, got two things called {name}")


def check_bound(*formulas: Formula, besides: Iterable[sympy.Symbol] = ()) -> None:
    """Refuse an index that is a symbol elsewhere in the statement, and one whose sign its sum does not keep."""
    parts = [unfold(f) for f in formulas]
    free = set().union(*(p.free_symbols for p in parts)) - set(besides)
    for e in set().union(*(p.atoms(sympy.Sum, sympy.Product, sympy.Integral) for p in parts)):
        for x, low, high in [limits for limits in e.limits if len(limits) == 3]:
            if x in free:
                raise ValueError(f"an index must be no symbol of the statement besides, got {x} in {e}")
            kept = {"is_positive": low, "is_nonnegative": low, "is_negative": -high, "is_nonpositive": -high}
            for sign, end in kept.items():
                if getattr(x, sign) and not (positive if sign in ("is_positive", "is_negative") else nonnegative)(end):
                    raise ValueError(f"an index must keep the sign that it is declared to have, got {x} in {e}")


def _check_limits(expr: sympy.Expr) -> None:
    """Refuse a sum that does not begin and end at whole numbers."""
    for series in expr.atoms(sympy.Sum, sympy.Product):
        for _, *ends in series.limits:
            for end in ends:
                if not (end.is_integer or end.is_infinite):
                    raise DerivationError(f"a sum must begin and end at whole numbers, got {end} in {series}")


def _check_enclosure(function: type) -> None:
    """Refuse a function whose enclosure of an interval does not hold the values of its definition there."""
    generator = random.Random(0)
    number = len(inspect.signature(function.definition).parameters)
    for size in (1, 1, 1, 1, 1, 4, 100) * 6:
        ends = [sorted(Rational(generator.randint(-4, 996) * size, 992) for _ in "ab") for _ in range(number)]
        at = [low + (high - low) * Rational(generator.randint(0, 8), 8) for low, high in ends]
        box = [sympy.Dummy(real=True) for _ in ends]
        with flint.ctx.workprec(PRECISION):
            value = enclose(
                unfold(function.definition(*box)), {x: enclose(v, {}) for x, v in zip(box, at, strict=True)}
            )
            low, high = function.enclosure(*((enclose(a, {})[0], enclose(b, {})[0]) for a, b in ends))
        if value[0].is_finite() and value[1].is_finite() and (value[1] < low or value[0] > high):
            raise DerivationError(f"{function.name} leaves its enclosure at {', '.join(map(str, at))}: {value[0]}")
    _ENCLOSED.add(function)


def _infinite(expr: sympy.Basic) -> bool:
    """Whether an infinity stands elsewhere than at the end of a sum, an integral or a limit."""
    if expr in (sympy.oo, -sympy.oo, sympy.zoo, sympy.nan):
        return True
    if isinstance(expr, sympy.Sum | sympy.Product | sympy.Integral | sympy.Limit):
        return _infinite(expr.args[0])
    return any(_infinite(a) for a in expr.args)
