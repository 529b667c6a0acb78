"""Refutations: a point at which a printed line fails, and what a repair of it has to be."""

from collections.abc import Mapping

import sympy
from flint import arb

from polylib.derivation.algebra import vanishes
from polylib.derivation.binding import Values, bind, in_words, show
from polylib.derivation.bound import check_bound
from polylib.derivation.calculus import UnconfirmedError, resolved
from polylib.derivation.evaluation import evaluate
from polylib.derivation.notation import Formula, text, unfold
from polylib.derivation.vocabulary import DerivationError, check_words


def check_refuted(lhs: Formula, rhs: Formula, relation: str, at: Values, given: Mapping) -> str:
    """How a printed line fails at a point that meets the hypotheses; `DerivationError` where it holds there."""
    if relation not in ("=", "<="):
        raise ValueError(f"relation must be '=' or '<=', got {relation!r}")
    check_words(lhs, rhs)
    check_bound(lhs, rhs)
    _refuse_outside(at, given)
    left, right = both_sides(lhs, rhs, at)
    differs = (left - right).is_finite() and not (left - right).contains(0)
    if (relation == "=" and not differs) or (relation == "<=" and not left > right):
        place = in_words(at)
        raise DerivationError(f"the printed line is not refuted at {place}: {show(left)} {relation} {show(right)}")
    return f"fails at {in_words(at)}: {show(left)} on the left, {show(right)} on the right"


def both_sides(lhs: Formula, rhs: Formula, at: Values) -> tuple[arb, arb]:
    """Balls around both sides at a point; what has no end, or is an integral, by a value that was confirmed."""
    with sympy.evaluate(True):
        sides = [bind(side, at) for side in (lhs, rhs)]
        loose = {s for side in sides for s in side.free_symbols}
        if loose:
            raise ValueError(f"at must give a value to every symbol, got none for {sorted(map(str, loose))}")
        try:
            return tuple(evaluate(resolved(side, {}, [{}])[0], {}) for side in sides)
        except UnconfirmedError as error:
            raise DerivationError(f"the printed line is not refuted at {in_words(at)}: {error}") from None


def _refuse_outside(at: Values, given: Mapping) -> None:
    """Refuse a counterexample that does not meet the hypotheses."""
    for key, value in given.items():
        members = [key]
        if isinstance(key, sympy.Indexed) and key.base in at and all(i.is_Symbol for i in key.indices):
            own = [k.indices[0] for k in given if isinstance(k, sympy.Indexed) and k.base == key.base]
            entries = at[key.base] if isinstance(at[key.base], Mapping) else dict(enumerate(at[key.base]))
            members = [key.base[i] for i in entries if i not in own]
        for member in members:
            there = sympy.sympify(value).xreplace(
                dict(zip(key.indices, member.indices, strict=True)) if member != key else {}
            )
            left, right = both_sides(member, there, at)
            if not (left - right).contains(0):
                raise ValueError(f"at must meet what is given, got {text(member)} = {show(left)}, not {show(right)}")


def check_repair(lhs: Formula, rhs: Formula, repaired: tuple[Formula, Formula], boxless: bool) -> None:
    """Refuse a repair that has nothing to do with the print, is the print, or holds of anything."""
    sides = ", ".join(map(text, repaired))
    if boxless:
        raise ValueError("box must be given to prove a repaired inequality, got None")
    with sympy.evaluate(True):
        if repaired[0] != lhs and repaired[1] != rhs:
            raise ValueError(f"repaired must share a side with the print, got {sides}")
        new, old = (repaired[1], rhs) if repaired[0] == lhs else (repaired[0], lhs)
        if unfold(new) == unfold(old) or vanishes(unfold(new) - unfold(old)):
            raise ValueError(f"repaired must differ from the print, got {sides}")
        said = [unfold(side, keep=lambda name: True) for side in repaired]
        if said[0] == said[1]:
            raise ValueError(f"repaired must say something, got {sides}")
