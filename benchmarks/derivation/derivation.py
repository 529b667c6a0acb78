"""The derivations of chapters 1 to 5, and SymPy alone on the same formulas.

Ours is the time of every check of a formula, with its scope, points, proof and evidence, as the cells that build and
show a derivation make them. The peer is `simplify` and `doit` of the difference of both sides, which knows nothing of
hypotheses or of where a formula is defined, for at most `LIMIT` seconds a formula: how many it decides is in the row.
"""

import contextlib
import dis
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import jupytext
import sympy

from benchmarks.row import Row, table
from polylib import derivation
from polylib.derivation.limits import OutOfTimeError, time_limit
from polylib.derivation.notation import unfold

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("0[1-5]-*.py"))
LIMIT = 1  # seconds that SymPy has for a formula; ours take a fifth of that on average


class Check(NamedTuple):
    """One formula that was checked: its two sides, how they compare, and the processor's seconds that it took."""

    title: str
    lhs: sympy.Expr
    rhs: sympy.Expr
    kind: str
    seconds: float


def needed(source: str) -> list[str]:
    """The cells of a notebook that build a derivation, and those that define what these use."""
    cells = [c.source for c in jupytext.reads(source, fmt="py:percent").cells if c.cell_type == "code"]
    defined, used = zip(*(_names(compile(cell, "cell", "exec")) for cell in cells), strict=True)
    built = "|".join(re.findall(r"(\w+) = Derivation\(", source))
    step = re.compile(rf"\b({built})\.(equal|at_most|agrees|sampled|refutes|assumed|remark)\(")
    kept, wanted = [], set()
    for cell, own, others in reversed(list(zip(cells, defined, used, strict=True))):
        if step.search(cell) or "Derivation" in others or wanted & own:
            kept.append(cell)
            wanted = wanted - own | others
    return kept[::-1]


def _names(code: CodeType) -> tuple[set[str], set[str]]:
    """(names that a cell or a function defines, names that it takes from elsewhere)."""
    stored, loaded = set(), set()
    for step in dis.get_instructions(code):
        if step.opname == "STORE_NAME":
            stored.add(step.argval)
        elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in stored:
            loaded.add(step.argval)
    inner = [_names(part)[1] for part in code.co_consts if isinstance(part, CodeType)]
    return stored, loaded | (set().union(*inner) - stored)


def checked(cells: list[str]) -> list[Check]:
    """Runs cells, and keeps what a derivation was asked to check in them."""
    found: list[Check] = []

    class Timed(derivation.Derivation):
        def equal(self, lhs, rhs, *rest, **options):
            return keep(self, "equal", lhs, rhs, *rest, **options)

        def at_most(self, lhs, rhs, *rest, **options):
            return keep(self, "at_most", lhs, rhs, *rest, **options)

    def keep(self, kind, lhs, rhs, *rest, **options):
        start = time.process_time()
        result = getattr(derivation.Derivation, kind)(self, lhs, rhs, *rest, **options)
        found.append(Check(self.title, lhs, rhs, kind, time.process_time() - start))
        return result

    space = {"__name__": "chapter", "display": lambda *shown, **options: None}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            exec(cell, space)
            space.update({"Derivation": Timed} if "Derivation" in space else {})
    return found


def by_sympy(check: Check) -> tuple[bool, float]:
    """(whether SymPy alone decides a formula, the processor's seconds that it took)."""
    start, seen = time.process_time(), False
    with contextlib.suppress(OutOfTimeError, Exception), time_limit(LIMIT):
        gap = sympy.simplify((unfold(check.rhs) - unfold(check.lhs)).doit())
        seen = gap == 0 if check.kind == "equal" else gap.is_nonnegative is True
    return seen, time.process_time() - start


def rows() -> Iterator[Row]:
    checks = [check for path in NOTEBOOKS for check in checked(needed(path.read_text()))]
    for kind, words in (("equal", "equations"), ("at_most", "inequalities")):
        own = [check for check in checks if check.kind == kind]
        peer = [by_sympy(check) for check in own]
        work = f"{len(own)} {words} of chapters 1 to 5, the longest in {max(c.seconds for c in own):.2g} s"
        against = f"SymPy alone, {LIMIT} s each, decides {sum(seen for seen, _ in peer)}"
        yield Row(work, sum(c.seconds for c in own), sum(s for _, s in peer), "s", against)


if __name__ == "__main__":
    print(table(rows()))
