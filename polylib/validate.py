"""Numbers in and out: bad input refused in one voice, a ValueError with argument, rule and value; scalars kept."""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:  # torch takes seconds to import, and who checks a tensor has done so
    import torch

Real = float | NDArray[np.float64]


def real(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """`value` as an array of finite numbers."""
    try:
        raw = np.asarray(value)
        if raw.dtype.kind not in "biufO":  # text, complex numbers, dates
            raise TypeError
        array = raw.astype(np.float64)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise ValueError(f"{name} must be a real number or an array of them, got {value!r}") from None
    _require(name, "finite", value, np.isfinite(array))
    return array


def probability(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """`value` as probabilities."""
    array = real(name, value)
    _require(name, "in [0, 1]", value, (array >= 0) & (array <= 1))
    return array


def positive(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """`value` as numbers above 0."""
    array = real(name, value)
    _require(name, "positive", value, array > 0)
    return array


def nonnegative(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """`value` as numbers of at least 0."""
    array = real(name, value)
    _require(name, "at least 0", value, array >= 0)
    return array


def whole_numbers(name: str, value: ArrayLike, least: int = 1) -> NDArray[np.float64]:
    """`value` as whole numbers of at least `least`, which may be floats."""
    array = real(name, value)
    _require(name, f"a whole number of at least {least}", value, (array >= least) & (array == np.floor(array)))
    return array


def distribution(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """`value` as probability mass functions along its last axis."""
    array = real(name, value)
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"{name} must have at least one symbol on its last axis, got shape {array.shape}")
    _require(name, "at least 0 everywhere", value, array >= 0)
    total = array.sum(axis=-1)
    _require(name, "of total 1 along its last axis, within 1e-9", total, np.abs(total - 1) <= 1e-9)
    return array


def integer(name: str, value: object, least: int = 1) -> int:
    """`value` as one of Python's integers, of any size and at least `least`; a float is refused even if it is whole."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        kind = ", a float" if isinstance(value, float) else ""
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}{kind}")
    return int(value)


def finite(name: str, value: "torch.Tensor", where: str = "") -> None:
    """Refuse a tensor that holds nan or infinity; `where`, which begins with a space, says where it was met."""
    if not bool(value.isfinite().all()):
        raise ValueError(f"{name} must be finite everywhere, got nan or infinity{where}")


def one_of(name: str, value: object, choices: Collection) -> None:
    """Refuse what is none of the choices, and show them."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(str, choices))}, got {value!r}")


def generator(name: str, value: object) -> None:
    """Refuse a source of randomness that is no numpy Generator, such as a bare seed."""
    if not isinstance(value, np.random.Generator):
        raise ValueError(f"{name} must be a numpy random Generator, got {value!r}")


def broadcastable(**arrays: ArrayLike) -> None:
    """Refuse arrays whose shapes do not broadcast against one another."""
    shapes = {name: np.shape(value) for name, value in arrays.items()}
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        raise ValueError(f"{', '.join(shapes)} must broadcast, got shapes {shapes}") from None


def scalar(name: str, value: ArrayLike) -> float:
    """`value` as one number."""
    if np.ndim(value):
        raise ValueError(f"{name} must be one number, got shape {np.shape(value)}")
    return float(value)


def plain(value: ArrayLike) -> Real:
    """A float for a scalar, the array itself otherwise."""
    return float(value) if np.ndim(value) == 0 else np.asarray(value)


def _require(name: str, rule: str, value: ArrayLike, holds: NDArray[np.bool_] | np.bool_) -> None:
    if not np.all(holds):
        offending = np.asarray(value, dtype=np.float64)[~np.asarray(holds)].flat[0] if np.ndim(value) else value
        raise ValueError(f"{name} must be {rule}, got {offending}")


def parameters(namespace: dict) -> dict[str, object]:
    """A notebook's parameters, name -> value, checked against the annotations of its parameters cell.

    `namespace` is the notebook's globals(). An int is accepted for a float; a bool is not accepted for a number.
    Raises ValueError that names the parameter, its kind and its value, or says that it has none, and for a name that
    papermill was given and the cell does not declare, of which papermill itself only warns.
    """
    kinds = {"int": int, "float": (int, float), "str": str, "bool": bool}
    found, declared = {}, namespace.get("__annotations__", {})
    injected = [source for source in namespace.get("In", []) if source.startswith("# Parameters\n")]
    for name in re.findall(r"^(\w+) = ", "\n".join(injected), re.M):
        one_of("a parameter", name, declared)
    for name, kind in declared.items():
        kind = kind if isinstance(kind, str) else kind.__name__
        if name not in namespace:
            raise ValueError(f"{name} must have a value, got none")
        value = namespace[name]
        if kind not in kinds:
            raise ValueError(f"{name} must be annotated as one of {', '.join(kinds)}, got {kind}")
        if not isinstance(value, kinds[kind]) or isinstance(value, bool) != (kind == "bool"):
            raise ValueError(f"{name} must be of kind {kind}, got {value!r}")
        if kind == "float":
            real(name, value)
        found[name] = value
    return found
