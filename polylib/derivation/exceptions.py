"""What a limit does for all values of other symbols: where a leading coefficient vanishes it may be another."""

import sympy
from sympy.series.gruntz import mrv_leadterm

from polylib.derivation.ranges import Ranges
from polylib.derivation.signs import positive


def exception(function: sympy.Expr, x: sympy.Symbol, to: sympy.Expr, side: str, ranges: Ranges) -> sympy.Expr | None:
    """What is not seen to differ from 0, of the leading coefficients of all parts of a function on the way to a limit.

    None where all are, so that the limit is one formula for all values of the other symbols on their ranges.
    """
    y = sympy.Dummy("y", positive=True)
    ways = [1, -1] if side == "+-" else [-1 if side == "-" else 1]
    for way in ways:
        near = {sympy.oo: y, -sympy.oo: -y}.get(to, to + way / y)
        parts = sympy.together(function.subs(x, near))
        for part in sympy.preorder_traversal(parts):
            if isinstance(part, sympy.Expr) and part.has(y) and part.free_symbols - {y}:
                leading = _leading(part, y)
                if leading is None or not (positive(leading, ranges) or positive(-leading, ranges)):
                    return part if leading is None else leading
    return None


def _leading(part: sympy.Expr, y: sympy.Symbol) -> sympy.Expr | None:
    """The coefficient of the largest term as y grows, or None where it is not found."""
    try:
        while part.has(y):
            part = mrv_leadterm(part, y)[0]
    except (ValueError, NotImplementedError, TypeError, sympy.PoleError):
        return None
    return part


def dies_out(function: sympy.Expr, x: sympy.Symbol, ranges: Ranges) -> bool:
    """Whether a function is a rational one of x times b^x with b seen to lie between -1 and 1."""
    y, bases = sympy.Dummy(x.name, positive=True, integer=True), []
    for factor in sympy.Mul.make_args(sympy.factor(sympy.expand_power_exp(function.subs(x, y)))):
        base, power = factor.as_base_exp()
        slope = sympy.diff(power, y)
        if slope.is_number and slope != 0 and not base.has(y):
            bases.append(base**slope)
        elif not factor.is_rational_function(y):
            return False
    b = sympy.expand(sympy.prod(bases))
    return bool(bases) and positive(1 - b, ranges) and positive(1 + b, ranges)
