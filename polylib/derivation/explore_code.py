"""A formula as code: JavaScript for a browser and floats here, both printed from one SymPy object.

As in ball arithmetic, nothing times an infinite logarithm is nothing, so that an entropy is 0 at both ends.
"""

import math
from collections.abc import Sequence
from functools import cached_property

import mpmath
import scipy.special
import sympy
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanAtom
from sympy.printing.jscode import JavascriptCodePrinter
from sympy.printing.pycode import PythonCodePrinter

from polylib.derivation.notation import written_out


class xlogy(sympy.Function):  # noqa: N801, as SciPy calls it
    """x log y, which is 0 where x is."""

    nargs = 2


def _log(x: float) -> float:
    return -math.inf if x == 0 else math.log(x)


def _power(base: complex, exponent: complex) -> complex:
    """As JavaScript has it, infinite where Python refuses; a complex number where it is not real."""
    if abs(base) == 1 and exponent in (math.inf, -math.inf):
        return math.nan
    try:
        return base**exponent
    except (ZeroDivisionError, OverflowError):
        return math.inf


_PYTHON = {
    "log": _log,
    "power": _power,
    "max": lambda *xs: math.nan if any(map(math.isnan, xs)) else max(xs),
    "min": lambda *xs: math.nan if any(map(math.isnan, xs)) else min(xs),
    "exp": lambda x: _power(math.e, x) if x > 700 else math.exp(x),
    "xlogy": lambda x, y: 0.0 if x == 0 else x * _log(y),
    "gamma": lambda x: float(scipy.special.gamma(x)),
    "zeta": lambda *args: float(mpmath.zeta(*args)),
    "polygamma": lambda n, x: float(scipy.special.polygamma(n, x)),
    "binomial": lambda n, k: float(scipy.special.binom(n, k)),
}
_OWN = {sympy.zeta: "zeta", sympy.loggamma: "loggamma", sympy.gamma: "gamma", sympy.binomial: "binomial"}
_OWN |= {sympy.erf: "erf", sympy.erfc: "erfc", xlogy: "xlogy", sympy.polygamma: "polygamma"}
_MATH = "Abs acos acosh asin asinh atan atan2 atanh ceiling cos cosh exp floor log Max Min sign sin sinh tan tanh"
_FUNCTIONS = {*_OWN, *(getattr(sympy, name) for name in _MATH.split()), sympy.Piecewise}
_OTHER = (sympy.Add, sympy.Mul, sympy.Pow, sympy.Symbol, sympy.Number, sympy.NumberSymbol, sympy.Sum, sympy.Product)
_OTHER += (sympy.Tuple, ExprCondPair, sympy.Rel, sympy.And, sympy.Or, sympy.Not, BooleanAtom)


class Code:
    """A formula of `symbols`, given in this order, as a function in two languages.

    Raises ValueError for symbols that are not among them and for functions that the browser has no code for.
    """

    def __init__(self, formula: sympy.Expr | float, symbols: Sequence[sympy.Symbol]) -> None:
        self.formula, self.symbols = sympy.sympify(formula), tuple(symbols)
        self.plain = _prepared(written_out(self.formula))
        if unknown := sorted(map(str, self.plain.free_symbols - set(symbols))):
            known = ", ".join(map(str, symbols))
            raise ValueError(f"formula must have no symbols but {known}, got {', '.join(unknown)} in {formula}")
        if lacking := sorted({str(part.func) for part in sympy.preorder_traversal(self.plain) if not _known(part)}):
            raise ValueError(f"formula must be made of functions that have JavaScript, got {', '.join(lacking)}")

    @property
    def javascript(self) -> str:
        """An arrow function."""
        names = {symbol: f"v{i}" for i, symbol in enumerate(self.symbols)}
        return f"({','.join(names.values())})=>{_JavaScript(names).doprint(self.plain)}"

    @cached_property
    def _function(self):
        printer = _Python({"fully_qualified_modules": False, "allow_unknown_functions": True})
        return sympy.lambdify(self.symbols, self.plain, [_PYTHON, "math"], printer=printer)

    def __call__(self, *values: float) -> float:
        """Its value, not a number at a pole. Raises ValueError where it is not real."""
        arguments = [int(v) if s.is_integer else float(v) for s, v in zip(self.symbols, values, strict=True)]
        try:
            return float(self._function(*arguments))
        except ArithmeticError:
            return math.nan
        except (TypeError, ValueError):  # a complex number is no float; the logarithm and the root of less than 0
            where = ", ".join(f"{s} = {v}" for s, v in zip(self.symbols, arguments, strict=True))
            raise ValueError(f"formula must be real over its ranges, got {self.formula} at {where}") from None


def _known(part: sympy.Basic) -> bool:
    if isinstance(part, sympy.polygamma):
        return part.args[0] == 0
    return part.func in _FUNCTIONS or isinstance(part, _OTHER)


def _prepared(expr: sympy.Basic) -> sympy.Basic:
    """The same formula with factorials by gamma and logarithms that know what they are multiplied by."""
    args = [_prepared(a) if isinstance(a, sympy.Basic) else a for a in expr.args]
    if isinstance(expr, sympy.factorial):
        return sympy.gamma(args[0] + 1)
    if isinstance(expr, sympy.harmonic) and len(args) == 1:
        return sympy.polygamma(0, args[0] + 1) + sympy.EulerGamma
    if isinstance(expr, sympy.Mul):
        return _product(args)
    if isinstance(expr, sympy.Max | sympy.Min | sympy.Abs):  # SymPy would compare for minutes
        return expr.func(*args, evaluate=False)
    return expr.func(*args) if args else expr


def _product(factors: list[sympy.Expr]) -> sympy.Expr:
    if 0 in factors:
        return sympy.S.Zero
    for i, factor in enumerate(factors):
        if isinstance(factor, sympy.log | xlogy) and factor.free_symbols:
            *times, inside = factor.args
            return xlogy(sympy.Mul(*factors[:i], *factors[i + 1 :], *times), inside)
    return sympy.Mul(*factors)


class _Python(PythonCodePrinter):
    def _print_xlogy(self, expr: sympy.Expr) -> str:
        return f"xlogy({', '.join(map(self._print, expr.args))})"

    def _print_Pow(self, expr: sympy.Pow) -> str:
        return f"power({self._print(expr.base)}, {self._print(expr.exp)})"

    def _print_Mul(self, expr: sympy.Mul) -> str:
        return "*".join(f"({self._print(factor)})" for factor in expr.args)

    def _print_Product(self, expr: sympy.Product) -> str:
        loops = (f"for {k} in range({self._print(a)}, {self._print(b)} + 1)" for k, a, b in reversed(expr.limits))
        return f"prod({self._print(expr.function)} {' '.join(loops)})"


class _JavaScript(JavascriptCodePrinter):
    def __init__(self, names: dict[sympy.Symbol, str]) -> None:
        super().__init__({"user_functions": {kind.__name__: name for kind, name in _OWN.items()}})
        self.names = names

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        return self.names[expr]

    def _print_Dummy(self, expr: sympy.Dummy) -> str:
        return self.names[expr]

    def _print_NumberSymbol(self, expr: sympy.Expr) -> str:
        return repr(float(expr))

    def _print_Integer(self, expr: sympy.Integer) -> str:
        return str(expr) if abs(expr) < 2**53 else repr(float(expr))

    def _print_Rational(self, expr: sympy.Rational) -> str:
        return repr(float(expr)) if max(abs(expr.p), expr.q) >= 2**53 else f"{expr.p}/{expr.q}"

    def _print_BooleanTrue(self, expr: sympy.Basic) -> str:
        return "true"

    def _print_Infinity(self, expr: sympy.Expr) -> str:
        return "Infinity"

    def _print_NaN(self, expr: sympy.Expr) -> str:
        return "NaN"

    def _print_Piecewise(self, expr: sympy.Expr) -> str:
        cases = [f"{self._print(condition)}?{self._print(value)}:" for value, condition in expr.args]
        return f"({''.join(cases)}NaN)"

    def _print_Relational(self, expr: sympy.Rel) -> str:
        sign = {"==": "===", "!=": "!=="}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)}{sign}{self._print(expr.rhs)}"

    def _print_Sum(self, expr: sympy.Sum) -> str:
        return self._loop(expr, "sum")

    def _print_Product(self, expr: sympy.Product) -> str:
        return self._loop(expr, "product")

    def _loop(self, expr: sympy.Sum | sympy.Product, name: str) -> str:
        (*inner, (k, low, high)) = expr.limits
        if not (low.is_finite and high.is_finite):
            raise ValueError(f"formula must have sums that end, got {expr}")
        low, high = self._print(low), self._print(high)
        outside, self.names = self.names, self.names | {k: f"k{len(self.names)}"}
        term = self._print(expr.func(expr.function, *inner) if inner else expr.function)
        index, self.names = self.names[k], outside
        return f"{name}({low},{high},{index}=>{term})"
