"""Checked derivations: the formula that a reader sees is the object that was checked.

A `Derivation` is a list of steps. Each step is checked when it is written, raises `DerivationError` if it does not
hold, and keeps its evidence. Shown at the end of a cell, a derivation renders as a page fragment and leaves its record
in the notebook's outputs: those records are the claims ledger, from which the book's claims and errata are made.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from polylib.derivation import rendering
from polylib.derivation.binding import Values, in_words, show
from polylib.derivation.checks import DerivationError, both_sides, check_agrees, check_at_most, check_equal
from polylib.derivation.notation import Formula, text
from polylib.derivation.notation import relation as relation_latex

LEDGER_MIME = "application/vnd.polylib.derivation+json"
_SIGNS = {"=": "=", "<=": r"\le"}


@dataclass(frozen=True)
class Step:
    """One checked line."""

    kind: str
    """equal, at_most, agrees, sampled, refutes or remark"""
    formula: str
    """LaTeX, or words where the step is about two computations"""
    plain: str
    """the same on one line of text"""
    why: str
    badge: str
    """the kind of evidence: proved, proved for this size, checked, computed twice, sampled, print refuted, wording"""
    evidence: str
    """what was done, in words"""
    repair: str = ""
    """LaTeX of what holds instead"""
    line: str = ""
    """which printed line, for the errata"""
    implied: bool = False
    """the formula does not stand in print as such, but follows from what does"""


@dataclass
class Derivation:
    """A statement and the checked steps that lead to it.

    title: the statement in words. source: where it stands, such as "supplement 2.1, Lemma 2". holds_if: the assumption
    that the source leaves out, if it needs one.
    """

    title: str
    source: str
    holds_if: str = ""
    steps: list[Step] = field(default_factory=list)

    def equal(
        self, lhs: Formula, rhs: Formula, why: str, *, on: Values | Sequence[Values] = (), where: Values = {}
    ) -> None:
        """Check ``lhs == rhs``: by algebra where SymPy can, else at many points.

        `on` makes a statement about a finite distribution finite: values for its alphabet size and its probabilities
        (numbers or generic symbols), or a list of such. `where` gives a range (low, high) to a symbol whose
        assumptions do not say enough.
        """
        self._add("equal", lhs, "=", rhs, why, *check_equal(lhs, rhs, on, where))

    def at_most(self, lhs: Formula, rhs: Formula, box: Values, why: str, *, budget: int = 50_000) -> None:
        """Prove ``lhs <= rhs`` on a closed box {symbol: (low, high)} by ball arithmetic with adaptive subdivision."""
        self._add("at_most", lhs, "<=", rhs, why, *check_at_most(lhs, rhs, box, budget))

    def agrees(self, closed_form: Callable, algorithm: Callable, cases: Sequence, tol: float, why: str) -> None:
        """Check two computations against each other, on a list of argument tuples.

        `tol` is relative for values above 1 and absolute below.
        """
        badge, evidence = check_agrees(closed_form, algorithm, cases, tol)
        names = [getattr(f, "__name__", "").replace("<lambda>", "").replace("_", " ") for f in (closed_form, algorithm)]
        words = f"{names[0] or 'closed form'} = {names[1] or 'independent computation'}"
        self.steps.append(Step("agrees", "", words, why, badge, evidence))

    def sampled(self, value: float, estimate: float, standard_error: float, why: str) -> None:
        """Check a value against a Monte Carlo estimate; refused beyond five standard errors."""
        if not (math.isfinite(standard_error) and standard_error > 0):
            raise ValueError(f"standard_error must be positive and finite, got {standard_error}")
        if value != 0 and standard_error > abs(value) / 5:
            raise ValueError(f"standard_error must be at most a fifth of the value {value}, got {standard_error}")
        z = (estimate - value) / standard_error
        if not abs(z) <= 5:
            raise DerivationError(f"{why}: {estimate} is {z:.1f} standard errors from {value}, beyond 5")
        words = f"{value:.5g}, sampled {estimate:.5g} ± {standard_error:.2g}"
        self.steps.append(Step("sampled", "", words, why, "sampled", f"Monte Carlo, z = {z:.1f}"))

    def refutes(
        self,
        printed_lhs: Formula,
        printed_rhs: Formula,
        at: Values,
        repaired: tuple[Formula, Formula] | None = None,
        why: str = "",
        *,
        relation: str = "=",
        box: Values | None = None,
        on: Values | Sequence[Values] = (),
        where: Values = {},
        line: str = "",
        implied: bool = False,
    ) -> None:
        """Show that a printed line, or what it implies, fails at one point, and check what holds instead.

        relation: "=" or "<=". A repaired inequality is proved on `box`; a repaired equation is checked as by `equal`,
        `on` and `where` as there. line: which printed line, for the errata. implied: the formula does not stand in
        print as such, but follows from what does. Raises DerivationError if the printed line holds there or the repair
        does not, ValueError for a repair that shares no side with the print, or without the box that it needs.
        """
        if relation not in _SIGNS:
            raise ValueError(f"relation must be '=' or '<=', got {relation!r}")
        left, right = both_sides(printed_lhs, printed_rhs, at)
        differs = (left - right).is_finite() and not (left - right).contains(0)
        if (relation == "=" and not differs) or (relation == "<=" and not left > right):
            raise DerivationError(
                f"the printed line is not refuted at {in_words(at)}: {show(left)} {relation} {show(right)}"
            )
        repair = ""
        evidence = f"fails at {in_words(at)}: {show(left)} on the left, {show(right)} on the right"
        if repaired is not None:
            if repaired[0] != printed_lhs and repaired[1] != printed_rhs:
                sides = ", ".join(map(text, repaired))
                raise ValueError(f"repaired must share a side with the print, got {sides}")
            if relation == "<=" and box is None:
                raise ValueError("box must be given to prove a repaired inequality, got None")
            badge, how = check_equal(*repaired, on, where) if relation == "=" else check_at_most(*repaired, box)
            evidence += f"; the repair is {badge}, {how}"
            repair = relation_latex(repaired[0], _SIGNS[relation], repaired[1])
        details = {"repair": repair, "line": line, "implied": implied}
        self._add("refutes", printed_lhs, relation, printed_rhs, why, "print refuted", evidence, **details)

    def remark(self, printed: str, instead: str, *, line: str = "") -> None:
        """Enter a slip of wording, which no computation can check, in the errata."""
        self.steps.append(Step("remark", "", f"“{printed}”", instead, "wording", "not a formula", instead, line))

    @property
    def verdict(self) -> str:
        """holds, holds if ..., repaired, or refuted. Raises DerivationError where no step was checked."""
        if not self.steps:
            raise DerivationError(f"{self.title!r} has no step, so nothing was checked")
        refutations = [s for s in self.steps if s.kind in ("refutes", "remark")]
        if any(not s.repair for s in refutations):
            return "refuted"
        return "repaired" if refutations else f"holds if {self.holds_if}" if self.holds_if else "holds"

    def record(self) -> dict:
        """The entry in the claims ledger."""
        return asdict(self) | {"verdict": self.verdict, "id": rendering.slug(self.title)}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        record = self.record()
        return {"text/plain": rendering.plain(record), "text/html": rendering.html(record), LEDGER_MIME: record}

    def __repr__(self) -> str:
        return rendering.plain(self.record())

    def _add(self, kind: str, lhs: Formula, sign: str, rhs: Formula, *found: str, **details: str | bool) -> None:
        """A step about one relation; `found` is why it holds, the badge and the evidence."""
        formula, plain = relation_latex(lhs, _SIGNS[sign], rhs), f"{text(lhs)} {sign} {text(rhs)}"
        self.steps.append(Step(kind, formula, plain, *found, **details))
