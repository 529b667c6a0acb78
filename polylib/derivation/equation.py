"""An equation or inequality between plain SymPy, the scope that it is drawn in, and where they are compared."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sympy
from flint import arb

from polylib.derivation.balls import PRECISION
from polylib.derivation.binding import draw, in_words, show
from polylib.derivation.domain import Condition
from polylib.derivation.evaluation import evaluate
from polylib.derivation.facts import NONE, Facts
from polylib.derivation.families import Families, HypothesisError
from polylib.derivation.induction import SERIES
from polylib.derivation.notation import written_out
from polylib.derivation.ranges import Ranges, assumed_ends
from polylib.derivation.scope import met_at
from polylib.derivation.vocabulary import DerivationError

POINTS = 24  # at which an identity is tried before algebra is
POINTS_OF_FAMILIES = 8  # each with numbers of its own for every member
SPECIAL = [sympy.Rational(*v) for v in ((0, 1), (1, 1), (1, 2), (-1, 1), (2, 1))]
TOLERANCE = 1e-30  # how well, relative to its size, a value must be known before two sides are compared
ROUGHLY = 1e-9  # and where quadrature is in it


@dataclass(frozen=True)
class Equation:
    """Two sides, as they are written and as plain SymPy, with what their symbols may be."""

    words: str
    written: tuple[sympy.Expr, sympy.Expr]
    left: sympy.Expr
    right: sympy.Expr
    where: Ranges
    facts: Facts = NONE
    granted: tuple[Condition, ...] = ()
    given: Mapping[sympy.Expr, object] = field(default_factory=dict)
    """hypotheses as the page shows them"""

    @property
    def symbols(self) -> list[sympy.Symbol]:
        """The symbols that have a value of their own: no index, no name of a family."""
        parts = [*self.written, self.left, self.right, *self.facts.formulas()]
        free = set().union(*(p.free_symbols for p in parts)) - self.facts.indices()
        labels = {i.base.label for p in parts for i in p.atoms(sympy.Indexed)}
        return sorted((s for s in free - labels if isinstance(s, sympy.Symbol)), key=str)

    def spelled_out(self) -> list[sympy.Expr]:
        """Both sides as they are written, names by their definitions and members of families by their rules."""
        return [self.facts.entered(written_out(side)) for side in self.written]

    @property
    def families(self) -> list[sympy.IndexedBase]:
        """The families of which members occur."""
        parts = [self.left, self.right, *self.facts.formulas()]
        return sorted({i.base for p in parts for i in p.atoms(sympy.Indexed)} | set(self.facts.rules), key=str)

    @property
    def ranges(self) -> Ranges:
        """A range for every symbol: the one that is given, or what is assumed of it."""
        return {x: self.where.get(x, assumed_ends(x)) for x in self.symbols}


def points_compared(equation: Equation, asked: Sequence[Condition]) -> list[dict]:
    """Points at which both sides were compared; DerivationError where they differ, or where none could be."""
    wanted = POINTS_OF_FAMILIES if equation.families else POINTS if equation.symbols else 1
    tried = []
    for seed, point in enumerate(drawn(equation, asked, 40 * wanted)):
        if _equal_at(equation, point, seed):
            tried.append(point)
        if len(tried) == wanted:
            break
    if not tried:
        raise DerivationError(f"{equation.words} is defined at no point that was tried; give ranges in where=")
    return tried


def drawn(equation: Equation, asked: Sequence[Condition], most: int) -> Iterator[dict]:
    """Different points of the equation's scope; the same one again where every member of a family is drawn anew."""
    generator, counted, seen = random.Random(0), _counted(equation), []
    for trial in range(4 * most):
        point = {x: draw(x, ends, x in counted, generator) for x, ends in equation.ranges.items()}
        if trial < len(SPECIAL):  # where formulas like to fail alone
            point |= {
                x: SPECIAL[trial] for x, (low, high) in equation.ranges.items() if _inside(x, SPECIAL[trial], low, high)
            }
        if (equation.families or point not in seen) and all(met_at(c, point) for c in asked):
            seen.append(point)
            yield point
        if len(seen) == most:
            return


def _inside(x: sympy.Symbol, value: sympy.Rational, low: sympy.Expr, high: sympy.Expr) -> bool:
    return not x.is_integer and bool(low < value < high)


def _counted(equation: Equation) -> set[sympy.Symbol]:
    """Symbols of which a value is a number of terms, factors or letters: those stay small where values are drawn."""
    parts = [equation.left, equation.right, *equation.facts.formulas()]
    ends = [end for p in parts for s in p.atoms(*SERIES) for _, *limits in s.limits for end in limits]
    ends += [i for p in parts for e in p.atoms(sympy.Indexed) for i in e.indices]
    ends += [a for p in parts for f in p.atoms(sympy.binomial, sympy.factorial) for a in f.args]
    return set().union(*(sympy.sympify(e).free_symbols for e in ends))


def _equal_at(equation: Equation, point: dict, seed: int) -> bool:
    """Whether both sides were compared at a point: False where neither is defined, an error where they differ."""
    # Quadrature may miss a peak: it refutes nothing, and no more digits come of it.
    rough = equation.left.has(sympy.Integral) or equation.right.has(sympy.Integral)
    for precision in (PRECISION,) if rough else (PRECISION, 4 * PRECISION, 16 * PRECISION, 64 * PRECISION):
        try:
            families = Families(equation.facts, point, random.Random(seed))
            left, right = (evaluate(side, point, families, precision) for side in (equation.left, equation.right))
        except HypothesisError:  # at this point the statement says nothing
            return False
        at = f" at {in_words(point)}" if point else ""
        if left.is_nan() != right.is_nan():
            raise DerivationError(f"{equation.words} fails{at}: only one side is defined there")
        if not (left.is_finite() and right.is_finite()):
            return False
        if not rough and not (left - right).contains(0):
            raise DerivationError(f"{equation.words} fails{at}: {show(left)} against {show(right)}")
        tolerance = ROUGHLY if rough else TOLERANCE
        if (left - right).rad() <= tolerance * arb.max(abs(left), abs(right)).upper():
            return bool((left - right).contains(0))
    return left.contains(0) and right.contains(0)  # 0 = 0, or a cancellation too deep to see through
