"""One line of a derivation, as it was found to hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from polylib.derivation.notation import Formula, latex, relation, text
from polylib.derivation.scope import Scope, in_words


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
    """the kind of evidence: proved, proved on a range, restates a definition, computed twice, sampled, assumed,
    print refuted, wording"""
    evidence: str
    """what was done, in words"""
    scope: str = ""
    """for which values, in words with LaTeX between dollars"""
    repair: str = ""
    """LaTeX of what holds instead"""
    line: str = ""
    """which printed line, for the errata"""
    implied: bool = False
    """the formula does not stand in print as such, but follows from what does"""


def relation_step(
    kind: str, sides: tuple[Formula, Formula], sign: str, why: str, badge: str, evidence: str, scope: Scope, **details
) -> Step:
    """A step about one relation between two formulas, with its scope in words."""
    lhs, rhs = sides
    plain, where = f"{text(lhs)} {sign} {text(rhs)}", in_words(scope)
    plain += f", for {where}" if where else ""
    return Step(kind, in_latex(lhs, sign, rhs), plain, why, badge, evidence, in_words(scope, latex), **details)


def in_latex(lhs: Formula, sign: str, rhs: Formula) -> str:
    """LaTeX of a relation, which is "=" or "<="."""
    return relation(lhs, {"=": "=", "<=": r"\le"}[sign], rhs)


def verdict(steps: Sequence[Step], holds_if: str) -> str:
    """holds, holds if ..., assumed, repaired, or refuted: what steps say together."""
    refutations = [s for s in steps if s.kind in ("refutes", "remark")]
    if any(not s.repair for s in refutations):
        return "refuted"
    if refutations:
        return "repaired"
    if holds_if:
        return f"holds if {holds_if}"
    return "assumed" if any(s.kind == "assumed" for s in steps) else "holds"
