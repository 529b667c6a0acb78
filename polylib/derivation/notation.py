"""Formulas as a mathematician writes them: named functions, base-2 logarithms, terms in the order written.

Write a formula under ``with sympy.evaluate(False):`` and it prints as it was written. `unfold` turns the same
object into plain SymPy, which is what a check works on, so the formula on the page is the formula that was checked.
"""

import re
from collections.abc import Callable

import sympy
from flint import arb
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from polylib.derivation.balls import Enclosure, binary_entropy_enclosure, log_enclosure

Formula = sympy.Basic | int | float


class Named(sympy.Function):
    """A function that prints by its name and is checked by its definition; made by `named`."""

    name: str
    definition: Callable[..., sympy.Expr]

    def _eval_rewrite_as_log(self, *args: sympy.Expr, **hints) -> sympy.Expr:
        return unfold(self)

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        if not self.args:
            return f"{{{self.name}}}{power}" if power else self.name
        return f"{self.name}{power}{_bracket(', '.join(printer._print(a) for a in self.args))}"

    def _sympystr(self, printer: StrPrinter) -> str:
        name = self.name
        for mark, plain in {
            r"\mid": "|",
            r"\langle": "<",
            r"\rangle": ">",
            r"\operatorname": "",
            r"\bmod": " mod ",
        }.items():
            name = name.replace(mark, plain)
        name = re.sub(r"\{(\w*)\}", r"\1", name).translate(str.maketrans("{}", "()", "\\"))
        return f"{name}({', '.join(printer._print(a) for a in self.args)})" if self.args else name


def named(name: str, definition: Callable[..., sympy.Expr] | sympy.Expr, enclosure: Callable | None = None):
    """Give a formula a name: a function if `definition` is callable, else a quantity.

    `name` is LaTeX. `enclosure`, if given, bounds the function over an interval more tightly than its definition would.
    """
    if not callable(definition):
        return named(name, lambda: definition)()
    members = {
        "name": name,
        "definition": staticmethod(definition),
        "enclosure": staticmethod(enclosure) if enclosure else None,
    }
    return type(name, (Named,), members)


class log2(sympy.Function):  # noqa: N801, a function's name in SymPy
    """Base-2 logarithm that stays one."""

    nargs = 1

    @classmethod
    def eval(cls, x: sympy.Expr) -> sympy.Expr | None:
        if x.is_Rational and x > 0:
            exponent = sympy.log(x, 2)
            return exponent if exponent.is_Integer else None
        return None

    @staticmethod
    def enclosure(x: Enclosure) -> Enclosure:
        low, high = log_enclosure(x)
        return low / arb(2).log(), high / arb(2).log()

    def _eval_rewrite_as_log(self, x: sympy.Expr, **hints) -> sympy.Expr:
        return sympy.log(x) / sympy.log(2)

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        (x,) = self.args
        body = printer._print(x)
        power = "" if exp is None else f"^{{{exp}}}"
        simple = x.is_Symbol or x.is_Integer or isinstance(x, sympy.Indexed | Named)
        return rf"\log_2{power} {body}" if simple else rf"\log_2{power}{_bracket(body)}"


h2 = named("h_2", lambda p: -p * log2(p) - (1 - p) * log2(1 - p), binary_entropy_enclosure)


def unfold(expr: Formula, keep: Callable[[Named], bool] = lambda function: False) -> sympy.Expr:
    """Evaluated SymPy for a formula: names replaced by definitions (but those to `keep`), log2 by log.

    Sums, integrals and limits stay what they are: their values are for checks to find.
    """
    with sympy.evaluate(True):
        return _unfolded(sympy.sympify(expr), keep)


def written_out(expr: Formula) -> sympy.Expr:
    """A formula as it is written, with names replaced by their definitions and nothing else done to it."""
    with sympy.evaluate(False):
        return _unfolded(sympy.sympify(expr), lambda function: False)


def _unfolded(expr: sympy.Basic, keep: Callable[[Named], bool]) -> sympy.Basic:
    if isinstance(expr, Named) and not keep(expr):
        return _unfolded(sympy.sympify(type(expr).definition(*expr.args)), keep)
    if expr.is_Float:  # a decimal, as it prints
        return sympy.Rational(str(expr))
    if not expr.args or isinstance(expr, sympy.Indexed):
        return expr
    args = [_unfolded(a, keep) for a in expr.args]
    return sympy.log(*args) / sympy.log(2) if isinstance(expr, log2) else expr.func(*args)


def _bracket(body: str) -> str:
    tall = any(mark in body for mark in (r"\frac", r"\sum", r"\left"))
    return rf"\!\left({body}\right)" if tall else f"({body})"


def _flatten(kind: type, expr: sympy.Expr) -> list[sympy.Expr]:
    """The terms of left-nested sums or products, as unevaluated arithmetic leaves them."""
    first, *rest = expr.args
    return (_flatten(kind, first) if isinstance(first, kind) else [first]) + rest


class _AsWritten:
    """Printing of sums and products that keeps their order; unevaluated arithmetic nests them."""

    def _print_Add(self, expr: sympy.Add, order: str | None = None) -> str:
        return super()._print_Add(sympy.Add(*_flatten(sympy.Add, expr), evaluate=False), order)

    def _print_Mul(self, expr: sympy.Mul) -> str:
        factors = [f for f in _flatten(sympy.Mul, expr) if f is not sympy.S.One]
        if len(factors) < 2:
            return self._print(factors[0] if factors else sympy.S.One)
        return super()._print_Mul(sympy.Mul(*factors, evaluate=False))


class _Text(_AsWritten, StrPrinter):
    pass


class _Latex(_AsWritten, LatexPrinter):
    def _print_Pow(self, expr: sympy.Pow) -> str:
        if expr.exp == -1:
            return rf"\frac{{1}}{{{self._print(expr.base)}}}"
        return super()._print_Pow(expr)

    def _print_Indexed(self, expr: sympy.Indexed) -> str:
        return f"{self._print(expr.base)}_{{{', '.join(self._print(i) for i in expr.indices)}}}"


def latex(expr: Formula) -> str:
    """LaTeX of a formula, terms and factors in the order in which they were written."""
    return _Latex({"order": "none", "ln_notation": True}).doprint(sympy.sympify(expr))


def relation(lhs: Formula, sign: str, rhs: Formula) -> str:
    """LaTeX of ``lhs sign rhs``, on two lines if one would be wider than a page's column."""
    left, right = latex(lhs), latex(rhs)
    if len(re.sub(r"\\[A-Za-z]+|[{}_^ ]", "", left + right)) < 50:
        return f"{left} {sign} {right}"
    return rf"\begin{{aligned}}&{left}\\&\quad {sign} {right}\end{{aligned}}"


def text(expr: Formula) -> str:
    """The same formula on one line of plain text."""
    return _Text({"order": "none"}).doprint(sympy.sympify(expr))
