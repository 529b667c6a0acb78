"""Which symbols and names a statement may use: each says one thing, and shows what it is."""

import inspect
import random
from collections.abc import Mapping

import flint
import sympy
from sympy import Rational

from polylib.derivation.balls import KNOWN, PRECISION, enclose
from polylib.derivation.bound import BINDING, SERIES
from polylib.derivation.names import check_apart, check_name, rendered
from polylib.derivation.notation import Formula, Named, h2, log2, unfold

_ENCLOSED: set[type] = set()
"""functions whose enclosure was compared with their definition"""
GAP = "gap"
"""the name of the gaps of lemmas, which print as what they are"""
_PARTS = {*KNOWN, *BINDING, sympy.Pow, sympy.KroneckerDelta, sympy.Indexed, sympy.IndexedBase, sympy.Tuple, log2}
_PLACES = sympy.symbols("u_0:9", positive=True, cls=sympy.Dummy)
"""arguments of a function, to see what its definition says"""


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
        _check_parts(e)
    used = vocabulary(*formulas)
    for thing in [*used["symbols"], *(f[0] for f in used["families"])]:
        _check_assumptions(thing)
    for function in used["functions"].keys() - _ENCLOSED:
        if function.enclosure:
            _check_enclosure(function)
    check_vocabulary(used)


def _check_assumptions(x: sympy.Expr) -> None:
    """Refuse what is not real, and what is assumed to be more than a sign and whole: the page does not show it."""
    if isinstance(x, sympy.Symbol) and x.is_extended_real is not True:
        raise ValueError(f"a symbol must be declared real, positive or integer, got {x}")
    signed = x.is_positive or x.is_negative
    more = [x.is_even, x.is_odd, x.is_prime, x.is_composite, x.is_irrational, x.is_zero, x.is_nonzero and not signed]
    if any(more) or (x.is_rational and not x.is_integer) or (x.is_integer and isinstance(x, sympy.Indexed)):
        raise ValueError(f"a symbol must be assumed to be real, whole or of a sign, and no more, got {x}")


def vocabulary(*formulas: Formula) -> dict[str, Mapping]:
    """The symbols, families and named functions of formulas, those of definitions included, with what each says."""
    parts = [sympy.sympify(f) for f in formulas]
    parts += [unfold(p) for p in parts]
    families = {i.base for p in parts for i in p.atoms(sympy.Indexed)}
    sides = {e.args[3] for p in parts for e in p.atoms(sympy.Limit)}  # the side of a limit is a symbol to SymPy
    symbols = set().union(*(p.atoms(sympy.Symbol) for p in parts)) - sides - {f.label for f in families}
    symbols |= {sympy.EulerGamma} & set().union(*(p.atoms(sympy.NumberSymbol) for p in parts))
    functions = {type(f) for p in parts for f in p.atoms(Named) if type(f).name != GAP}
    said = {f: (f, f.definition(*_PLACES[: len(inspect.signature(f.definition).parameters)])) for f in functions}
    return {"symbols": {x: x for x in symbols}, "families": {f: f for f in families}, "functions": said}


def check_vocabulary(*vocabularies: Mapping[str, Mapping]) -> None:
    """Refuse two things that show alike, what says another thing than before, and names that show something else."""
    shown: dict[str, object] = {}
    for kind in ("symbols", "families", "functions"):
        for thing, said in (pair for v in vocabularies for pair in v[kind].items()):
            name = "gamma" if thing is sympy.EulerGamma else str(thing.label) if kind == "families" else thing.name
            check_name(name)
            if rendered(name).split("(")[0] == "h_2" and thing is not h2:
                raise ValueError(f"name must not be one that mathematics has taken, got {name!r}")
            if shown.setdefault(rendered(name), said) != said:
                raise ValueError(f"{kind} of one name must be one, got two things called {name}")
    check_apart(shown, {rendered(str(f.label)) for v in vocabularies for f in v["families"]})


def _check_parts(expr: sympy.Expr) -> None:
    """Refuse what no ball arithmetic knows, and a sum that does not begin and end at whole numbers."""
    for part in sympy.preorder_traversal(expr):
        if part.args and part.func not in _PARTS and not isinstance(part, Named):
            raise DerivationError(f"a formula must be made of functions that are known here, got {part.func.__name__}")
    for series in expr.atoms(*SERIES):
        for _, *ends in series.limits:
            for end in ends:
                if not (end.is_integer or end.is_infinite):
                    raise DerivationError(f"a sum must begin and end at whole numbers, got {end} in {series}")


def _check_enclosure(function: type) -> None:
    """Refuse a function whose enclosure of an interval does not hold the values of its definition there."""
    generator = random.Random(0)
    number = len(inspect.signature(function.definition).parameters)
    for size in (1, 1, 1, 1, 1, 4, 100, -4, -100) * 6:
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
