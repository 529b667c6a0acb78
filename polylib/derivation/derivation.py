"""Checked derivations: the formula that a reader sees is the object that was checked.

A `Derivation` is a list of steps. Each step is checked when it is written, raises `DerivationError` if it does not
hold, and keeps its evidence. Shown at the end of a cell, a derivation renders as a page fragment and leaves its record
in the notebook's outputs: those records are the claims ledger, from which the book's claims and errata are made.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from polylib.derivation import rendering
from polylib.derivation.agreement import check_agrees, check_sampled
from polylib.derivation.binding import Values
from polylib.derivation.checks import check_at_most
from polylib.derivation.equality import RESTATES, TWICE, check_equal
from polylib.derivation.lemma import Lemma, lemma
from polylib.derivation.limits import OutOfTimeError, time_limit
from polylib.derivation.names import check_title
from polylib.derivation.notation import Formula, text
from polylib.derivation.refutation import check_refuted, check_repair
from polylib.derivation.scope import Scope
from polylib.derivation.step import Step, in_latex, relation_step, verdict
from polylib.derivation.vocabulary import DerivationError, check_vocabulary, vocabulary

LEDGER_MIME = "application/vnd.polylib.derivation+json"
SECONDS = 20  # of processor time that a step may take
BUDGET = 50_000  # pieces of a box that may be examined


@dataclass(frozen=True)
class Derivation:
    """A statement and the checked steps that lead to it.

    title: the statement in words. source: where it stands, such as "supplement 2.1, Lemma 2". holds_if: the assumption
    that the source leaves out, if it needs one. What was checked cannot be changed afterwards.
    """

    title: str
    source: str
    holds_if: str = ""
    _steps: list[Step] = field(default_factory=list, init=False, repr=False)
    _used: list = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        for words in (self.title, self.source, self.holds_if):
            check_title(words)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The checked lines."""
        return tuple(self._steps)

    def equal(
        self,
        lhs: Formula,
        rhs: Formula,
        why: str,
        *,
        on: Values | Sequence[Values] = (),
        where: Values = {},
        given: Mapping = {},
        seconds: float = SECONDS,
    ) -> None:
        """Prove ``lhs == rhs``: by algebra, by induction on a number of terms, by a telescoping sum.

        It is proved wherever both sides are defined, which must be at the same places. `where` gives ranges
        {symbol: (low, high)} to leave places out. `given` holds hypotheses: members of families by a rule,
        {Q[k]: (1 - S)*P[k], Q[0]: S}, and sums that are known, {Sum(P[k], (k, 1, K)): 1}. `on` makes a statement about
        a distribution finite: values for its alphabet size and its probabilities, or a list of such. All of it is
        printed as the scope. Raises DerivationError where the sides differ, or are not seen to be equal within
        `seconds` of processor time.
        """
        found = self._within(seconds, check_equal, lhs, rhs, on, where, given)
        self._steps.append(relation_step("equal", (lhs, rhs), "=", why, *found))

    def at_most(
        self,
        lhs: Formula,
        rhs: Formula,
        box: Values,
        why: str,
        *,
        by: Formula | None = None,
        given: Mapping = {},
        budget: int = BUDGET,
        seconds: float = SECONDS,
    ) -> Lemma:
        """Prove ``lhs <= rhs`` on closed ranges {symbol: (low, high)}, whose ends may be infinite.

        A symbol without a range has the one that is assumed of it. Ways: terms that are seen to be 0 or more;
        induction; slopes; a change of variable; ball arithmetic with adaptive subdivision, in at most `budget` pieces.
        `by` proves it at once: a formula that equals rhs - lhs and is made of squares, of what is positive, and of gaps
        of lemmas. Returns the lemma: called with values of its symbols in alphabetical order it gives the gap rhs - lhs
        there, for such a `by`.
        """
        *found, scope = self._within(seconds, check_at_most, lhs, rhs, box, budget, by, given)
        self._steps.append(relation_step("at_most", (lhs, rhs), "<=", why, *found, scope))
        return lemma(lhs, rhs, scope)

    def agrees(
        self,
        closed_form: Callable,
        algorithm: Callable,
        cases: Sequence,
        tol: float,
        why: str,
        *,
        scale: float | None = None,
    ) -> None:
        """Check two computations on different argument tuples; `tol` is relative to the values, or to `scale`."""
        words, evidence = check_agrees(closed_form, algorithm, cases, tol, scale)
        self._steps.append(Step("agrees", "", words, why, TWICE, evidence))

    def sampled(
        self, value: float, estimate: float, standard_error: float, why: str, *, scale: float | None = None
    ) -> None:
        """Check a value by Monte Carlo: within four standard errors, each at most a tenth of it or of `scale`."""
        evidence = check_sampled(value, estimate, standard_error, why, scale)
        words = f"{value:.5g}, sampled {estimate:.5g} ± {standard_error:.2g}"
        self._steps.append(Step("sampled", "", words, why, "sampled", evidence))

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
        by: Formula | None = None,
        on: Values | Sequence[Values] = (),
        where: Values = {},
        given: Mapping = {},
        line: str = "",
        implied: bool = False,
        seconds: float = SECONDS,
    ) -> None:
        """Show that a printed line, or what it implies, fails at one point, and prove what holds instead.

        relation: "=" or "<=". A repaired inequality is proved as by `at_most` with `box` and `by`, a repaired equation
        as by `equal` with `on`, `where` and `given`. line: which printed line, for the errata. implied: the formula
        does not stand in print as such, but follows from what does. Raises DerivationError if the printed line holds
        there or the repair does not, ValueError for a repair that shares no side with the print, or says the same.
        """
        printed, repair, scope = (printed_lhs, printed_rhs), "", Scope({})
        evidence = self._within(seconds, check_refuted, *printed, relation, at, given)
        if repaired is not None:
            check_repair(*printed, repaired, relation == "<=" and box is None and by is None)
            rest = (on, where, given) if relation == "=" else (box or {}, BUDGET, by, given)
            check = check_equal if relation == "=" else check_at_most
            badge, how, scope = self._within(seconds, check, *repaired, *rest)
            if badge == RESTATES:
                raise ValueError(f"repaired must say more than a definition, got {', '.join(map(text, repaired))}")
            evidence += f"; the repair is {badge}, {how}"
            repair = in_latex(repaired[0], relation, repaired[1])
        details = {"repair": repair, "line": line, "implied": implied}
        step = relation_step("refutes", printed, relation, why, "print refuted", evidence, scope, **details)
        self._steps.append(step)

    def assumed(self, words: str, why: str) -> None:
        """Enter what the statement rests on and nothing here checks, such as that a problem is hard."""
        self._steps.append(Step("assumed", "", words, why, "assumed", "not proved by anybody, or not here"))

    def remark(self, printed: str, instead: str, *, line: str = "") -> None:
        """Enter a slip of wording, which no computation can check, in the errata."""
        self._steps.append(Step("remark", "", f"“{printed}”", instead, "wording", "not a formula", "", instead, line))

    @property
    def verdict(self) -> str:
        """holds, holds if ..., assumed, repaired, or refuted. Raises DerivationError where no step was checked."""
        if not self.steps:
            raise DerivationError(f"{self.title!r} has no step, so nothing was checked")
        return verdict(self.steps, self.holds_if)

    def record(self) -> dict:
        """The entry in the claims ledger."""
        entry = {"title": self.title, "source": self.source, "holds_if": self.holds_if}
        steps = [asdict(s) for s in self.steps]
        return entry | {"steps": steps, "verdict": self.verdict, "id": rendering.slug(self.title)}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        record = self.record()
        return {"text/plain": rendering.plain(record), "text/html": rendering.html(record), LEDGER_MIME: record}

    def __repr__(self) -> str:
        return rendering.plain(self.record())

    def _within(self, seconds: float, check: Callable, lhs: Formula, rhs: Formula, *rest: object) -> tuple | str:
        """A check within its time limit, on names that the whole derivation tells apart."""
        self._used.append(vocabulary(lhs, rhs))
        check_vocabulary(*self._used)
        try:
            with time_limit(seconds):
                return check(lhs, rhs, *rest)
        except OutOfTimeError as error:
            raise DerivationError(f"{text(lhs)} and {text(rhs)} are {error}") from None
