"""The checks of numbers: two computations that agree, and a value that a random sample meets."""

import dis
import functools
import inspect
import math
import re
import sys
from collections.abc import Callable, Sequence

import numpy as np

from polylib.derivation.vocabulary import DerivationError

_VALIDATES = re.compile(r"\bvalidate\.py$")  # what hands arguments on may stand behind both
FURTHEST = 4  # standard errors
WATCHED = 8  # cases in which it is watched what calls what
COARSEST = 0.1  # standard error over the value, or over the scale where the value is 0


def check_agrees(
    closed_form: Callable, algorithm: Callable, cases: Sequence, tol: float, scale: float | None = None
) -> tuple[str, str]:
    """(words, evidence) for two computations that agree within `tol` of the values, or of `scale` if that is given.

    Raises DerivationError where they differ, or where one calls the other; ValueError for no cases, the same case
    twice, another tol than (0, 0.01], or one computation given twice.
    """
    _check_cases(cases, _unread(closed_form) & _unread(algorithm))
    if _core(closed_form) == _core(algorithm):
        raise ValueError(f"algorithm must be another computation than closed_form, got {algorithm} twice")
    for case in cases[:WATCHED]:
        _refuse_a_call(closed_form, algorithm, case)
    pairs = [(_number(closed_form(*case)), _number(algorithm(*case))) for case in cases]
    _check_tolerance(tol, scale, [max(map(abs, values)) for values in zip(*pairs, strict=True)])
    shared = _ufuncs(closed_form)
    if shared and shared == _ufuncs(algorithm) and all(left == right for left, right in pairs):
        raise ValueError(f"algorithm must be another computation than closed_form, got {shared} behind both")
    sizes = [max(abs(left), abs(right)) for left, right in pairs]
    for case, (left, right), size in zip(cases, pairs, sizes, strict=True):
        if not abs(left - right) <= tol * (scale or size):
            raise DerivationError(f"the closed form and the algorithm differ at {case}: {left} against {right}")
    of = "" if scale is None else f" of {scale:g}"
    count = f"{len(cases):,} case{'' if len(cases) == 1 else 's'}"
    names = [getattr(f, "__name__", "").replace("<lambda>", "").replace("_", " ") for f in (closed_form, algorithm)]
    words = f"{names[0] or 'closed form'} = {names[1] or 'independent computation'}"
    return words, f"two independent computations agree in {count}, within {tol:.0e}{of}".replace("e-0", "e-")


def _check_tolerance(tol: float, scale: float | None, largest: Sequence[float]) -> None:
    """Refuse a tolerance that would let every value pass; `largest` of each computation."""
    if not 0 < tol <= 0.01:
        raise ValueError(f"tol must be positive and at most 0.01, got {tol}")
    if scale is None and max(largest) == 0:
        raise ValueError("scale must be given where every value is 0, got None")
    if scale is not None and not (math.isfinite(scale) and scale > 0):
        raise ValueError(f"scale must be positive and finite, got {scale}")
    if scale is not None and tol * scale > COARSEST * min(largest) > 0:
        raise ValueError(f"scale must leave tol at most a tenth of the largest value {min(largest)}, got {scale}")


def _number(value: object) -> float:
    if isinstance(value, str) or value is None:
        raise ValueError(f"a computation must return a number, got {value!r}")
    return float(value)


def _unread(function: Callable) -> set[int]:
    """Places of arguments that a function does not look at."""
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__"):
        return set()
    read = {step.argval for step in dis.get_instructions(code) if step.opname.startswith("LOAD")}
    read |= {name for step in read if isinstance(step, tuple) for name in step} | set(code.co_cellvars)
    return {i for i, name in enumerate(code.co_varnames[: code.co_argcount]) if name not in read}


def _check_cases(cases: Sequence, unread: set[int]) -> None:
    if not isinstance(cases, Sequence) or not cases or not all(isinstance(case, tuple) for case in cases):
        raise ValueError(f"cases must be a non-empty list of argument tuples, got {cases!r}")
    different = len({_key(tuple(a for i, a in enumerate(case) if i not in unread)) for case in cases})
    if different < len(cases):
        raise ValueError(f"cases must be different from one another, got {different} different ones of {len(cases)}")


def _inner(function: Callable) -> Callable:
    """The function under partial, bound method, wrapper or callable object."""
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif inspect.ismethod(function):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = inspect.unwrap(function)
        elif isinstance(function, np.vectorize):
            function = function.pyfunc
        elif not inspect.isroutine(function) and inspect.isfunction(vars(type(function)).get("__call__")):
            function = vars(type(function))["__call__"]
        else:
            return function


def _core(function: Callable) -> object:
    """What a function computes, whatever it is called."""
    code = getattr(_inner(function), "__code__", None)
    if code is None:
        return _inner(function)
    closed_over = tuple(repr(c.cell_contents) for c in _inner(function).__closure__ or ())
    told = tuple(c for c in code.co_consts if not (c is None or isinstance(c, str)))  # without what only describes it
    return code.co_code, told, code.co_names, closed_over


def _key(case: tuple) -> tuple:
    """A case as something that can be compared."""
    return tuple((a.shape, a.dtype.str, a.tobytes()) if isinstance(a, np.ndarray) else repr(a) for a in case)


def _refuse_a_call(one: Callable, other: Callable, case: tuple) -> None:
    """Refuse two computations of which one calls the other, or which both hand on what a third one returns."""
    seen = [_called(function, case) for function in (one, other)]
    for function, target, (_, called) in ((one, other, seen[0]), (other, one, seen[1])):
        if _named(target) in called:
            raise ValueError(
                f"algorithm must be another computation than closed_form, got {function} that calls {target}"
            )
    (value, first), (result, second) = seen
    for code in [c for c in first.keys() & second.keys() if not _VALIDATES.search(getattr(c, "co_filename", ""))]:
        if value in first[code] and result in second[code] and value == result:
            raise ValueError(f"algorithm must be another computation than closed_form, got {code} behind both")


def _ufuncs(function: Callable) -> set[np.ufunc]:
    """NumPy's own functions that a function names, which no profile sees called."""
    inner = _inner(function)
    if isinstance(inner, np.ufunc):
        return {inner}
    names = getattr(getattr(inner, "__code__", None), "co_names", ())
    named = [inner.__globals__[name] for name in names if name in inner.__globals__]
    named += [getattr(part, name, None) for part in named if inspect.ismodule(part) for name in names]
    return {part for part in named if isinstance(part, np.ufunc)}


def _named(function: Callable) -> object:
    return getattr(_inner(function), "__code__", _inner(function))


def _called(function: Callable, case: tuple) -> tuple[float, dict[object, list[float]]]:
    """(the value, what every Python function that was called on the way returned, built-in ones without values)."""
    own, returned = _named(function), {}

    def watch(frame, event: str, arg: object) -> None:
        if event == "c_call":
            returned.setdefault(arg, [])
        elif event == "call" and frame.f_code is not own:
            returned.setdefault(frame.f_code, [])
        elif event == "return" and frame.f_code is not own and isinstance(arg, int | float | np.number):
            returned.setdefault(frame.f_code, []).append(float(arg))

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        value = function(*case)
    finally:
        sys.setprofile(before)
    return _number(value), returned


def check_sampled(value: float, estimate: float, standard_error: float, why: str, scale: float | None = None) -> str:
    """Evidence for a value that a sample's mean meets; `DerivationError` beyond four standard errors.

    The standard error must be at most a tenth of the value, or of `scale`, which is that of a value of 0.
    """
    if not (math.isfinite(value) and math.isfinite(standard_error) and standard_error > 0):
        raise ValueError(f"standard_error must be positive and finite, got {standard_error} for the value {value}")
    size = abs(value) if scale is None or value != 0 else scale
    if not (size > 0 and math.isfinite(size)):
        raise ValueError(f"scale must be positive and finite where the value is 0, got {scale}")
    if standard_error > COARSEST * size:
        of = "scale" if value == 0 else "value"
        raise ValueError(f"standard_error must be at most a tenth of the {of} {size}, got {standard_error}")
    z = (estimate - value) / standard_error
    if not abs(z) <= FURTHEST:
        raise DerivationError(f"{why}: {estimate} is {z:.1f} standard errors from {value}, beyond {FURTHEST}")
    return f"Monte Carlo, z = {z:.1f}"
