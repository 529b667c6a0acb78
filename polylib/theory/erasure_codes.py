"""Two codes for neurons under dropout: copies, and Reed-Solomon.

Data and activations are whole numbers. A data symbol is one of 0 .. q-1; an activation is 1 .. q, so that 0 is free to
mean "dropped". Both codes encode (words, n_data) to (words, n_neurons) and decode to the data and a flag a word.
They raise ValueError for sizes that make no code, and for words of another shape or outside those numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import fmpz, nmod_mat
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from polylib import validate

Words = NDArray[np.int64]


@dataclass(frozen=True)
class Repetition:
    """Every data symbol is held by n_neurons / n_data neurons, neighbours of one another."""

    n_neurons: int
    n_data: int
    field: int
    """q, the number of values of a data symbol"""

    def __post_init__(self) -> None:
        _check_sizes(self)
        if self.n_neurons % self.n_data:
            raise ValueError(f"n_neurons must be a multiple of n_data, got {self.n_neurons} for {self.n_data}")

    def encode(self, data: ArrayLike) -> Words:
        """Activations (words, n_neurons) for data (words, n_data)."""
        return np.repeat(_symbols("data", data, self.n_data, self.field - 1), self.n_neurons // self.n_data, axis=1) + 1

    def decode(self, activations: ArrayLike) -> tuple[Words, NDArray[np.bool_]]:
        """(data, whole): a word is whole if at least one copy of each of its symbols survived."""
        received = _symbols("activations", activations, self.n_neurons, self.field)
        best = received.reshape(-1, self.n_data, self.n_neurons // self.n_data).max(axis=2)
        return np.maximum(best - 1, 0), (best > 0).all(axis=1)


@dataclass(frozen=True)
class ReedSolomon:
    """The values of a polynomial over a prime field at the points 1 .. n_neurons {cite:p}`reed1960`.

    Any n_data neurons determine the word, which is the most that a code of this size can promise. Data are the
    polynomial's coefficients; or, if systematic, its values at the first n_data neurons.
    """

    n_neurons: int
    n_data: int
    field: int
    """q, a prime above n_neurons"""
    systematic: bool = False

    def __post_init__(self) -> None:
        _check_sizes(self)
        if not (fmpz(self.field).is_prime() and self.field > self.n_neurons):
            raise ValueError(f"field must be a prime above n_neurons, got {self.field} for {self.n_neurons}")

    @cached_property
    def generator(self) -> Words:
        """Array (n_data, n_neurons): neuron j is 1 + (data @ generator[:, j] mod q)."""
        rows = [[pow(x, i, self.field) for x in range(1, self.n_neurons + 1)] for i in range(self.n_data)]
        if self.systematic:
            first = nmod_mat([row[: self.n_data] for row in rows], self.field)
            rows = (first.inv() * nmod_mat(rows, self.field)).tolist()
        return np.array([[int(x) for x in row] for row in rows])

    def encode(self, data: ArrayLike) -> Words:
        """Activations (words, n_neurons) for data (words, n_data)."""
        return _symbols("data", data, self.n_data, self.field - 1) @ self.generator % self.field + 1

    def decode(self, activations: ArrayLike) -> tuple[Words, NDArray[np.bool_]]:
        """(data, whole): a word is whole if at least n_data neurons survived; else its data are 0."""
        received = _symbols("activations", activations, self.n_neurons, self.field)
        whole = (received > 0).sum(axis=1) >= self.n_data
        data = np.zeros((len(received), self.n_data), dtype=np.int64)
        for i in np.flatnonzero(whole):
            data[i] = self._solve(received[i])
        return data, whole

    def _solve(self, word: Words) -> list[int]:
        alive = np.flatnonzero(word)[: self.n_data]
        equations = nmod_mat(self.n_data, self.n_data, self.generator[:, alive].T.ravel().tolist(), self.field)
        values = nmod_mat(self.n_data, 1, (word[alive] - 1).tolist(), self.field)
        return [int(x) for x in equations.solve(values).entries()]


def relay(code: Repetition | ReedSolomon, data: ArrayLike, drop: Callable[[Words], Words], layers: int) -> Words:
    """How many of `layers` layers each word passed before its first failure, array (words,).

    Every layer encodes, drops, decodes and hands on what it decoded. `drop` maps activations to activations, with 0 for
    a dropped one. A word has failed when it is not whole or differs from what was sent. Raises ValueError for
    data that the code does not take, or `layers` below 1.
    """
    sent = held = np.asarray(data)
    passed, alive = np.zeros(len(sent), dtype=np.int64), np.ones(len(sent), dtype=bool)
    for _ in range(validate.integer("layers", layers)):
        held, whole = code.decode(drop(code.encode(held)))
        alive &= whole & (held == sent).all(axis=1)
        passed += alive
    return passed


def random_code_failure(n_neurons: int, n_data: int, rate: float, field: int) -> float:
    """Probability that a random linear code over a field of that size loses its word in one layer of dropout.

    Where s neurons survive, a uniform matrix (n_data, s) over the field is short of rank n_data with probability
    1 - prod_i (1 - q^-i), i from s - n_data + 1 to s. Raises ValueError for counts below 1, more data than neurons, or
    a rate outside [0, 1].
    """
    m, k = validate.integer("n_neurons", n_neurons), validate.integer("n_data", n_data)
    d, q = validate.scalar("rate", validate.probability("rate", rate)), validate.integer("field", field, 2)
    if k > m:
        raise ValueError(f"n_data must be at most n_neurons, got {n_data} for {n_neurons}")
    survivors = np.arange(k, m + 1)
    full_rank = [np.prod(1 - float(q) ** -np.arange(s - k + 1, s + 1)) for s in survivors]
    return float(1 - binom.pmf(survivors, m, 1 - d) @ full_rank)


def _check_sizes(code: Repetition | ReedSolomon) -> None:
    """Sizes as Python integers, or a ValueError."""
    for name in ("n_neurons", "n_data", "field"):
        object.__setattr__(code, name, validate.integer(name, getattr(code, name)))
    if code.n_data > code.n_neurons:
        raise ValueError(f"n_data must be at most n_neurons, got {code.n_data} for {code.n_neurons}")
    if code.n_data * code.field**2 >= 2**63:
        raise ValueError(
            f"field must be so small that n_data field^2 is below 2^63, got {code.field} for {code.n_data}"
        )


def _symbols(name: str, words: ArrayLike, width: int, largest: int) -> Words:
    w = np.asarray(words)
    if w.ndim != 2 or w.shape[1] != width:
        raise ValueError(f"{name} must have shape (words, {width}), got {w.shape}")
    if not np.issubdtype(w.dtype, np.integer):
        raise ValueError(f"{name} must be whole numbers, got {w.dtype}")
    if (outside := w[(w < 0) | (w > largest)]).size:
        raise ValueError(f"{name} must be from 0 to {largest}, got {outside[0]}")
    return w.astype(np.int64)
