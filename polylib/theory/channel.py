"""Capacity of noisy neurons: any discrete channel, erasure and dropout, layers in series, and codes over many neurons.

Everything is in bits. `levels` K is the number of values of a neuron, 0 among them; `rate` D is the probability that
dropout sets it to 0. Arguments broadcast; scalars give a float.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.special import lambertw, xlogy
from scipy.stats import binom

from polylib import validate
from polylib.validate import Real, plain

_LN2 = np.log(2.0)


@dataclass(frozen=True)
class Capacity:
    """A capacity, enclosed: lower <= C <= upper, in bits a use."""

    lower: float
    upper: float
    p_input: NDArray[np.float64]
    """the input distribution that attains `lower`, array (inputs,)"""


def mutual_information(p_input: ArrayLike, transition: ArrayLike) -> float:
    """I(X; Y) in bits for input probabilities (inputs,) and a channel (inputs, outputs) whose rows sum to 1.

    Raises ValueError unless both are distributions of matching size.
    """
    w, p = _channel(transition), validate.distribution("p_input", p_input)
    if p.shape != w.shape[:1]:
        raise ValueError(f"p_input must have one entry for each of {len(w)} inputs, got shape {p.shape}")
    return float(p @ _divergences(csr_array(w), _negative_entropies(w), p))


def blahut_arimoto(transition: ArrayLike, tol: float = 1e-9, iterations: int = 100_000) -> Capacity:
    """Capacity of a discrete memoryless channel (inputs, outputs), enclosed to within `tol` bits.

    The algorithm of {cite:t}`arimoto1972` and {cite:t}`blahut1972`, with a step that grows while the rate does. The
    bounds hold at every step, up to rounding: the rate of the current input, and the largest divergence of a row from
    the output. A channel with inputs that are all but useless can close slowly, like one over the iterations. Raises
    ValueError for a matrix that is no channel or a tol that is not positive, RuntimeError if `iterations` do not close
    the gap.
    """
    w = _channel(transition)
    validate.positive("tol", tol)
    rows, entropies = csr_array(w), _negative_entropies(w)
    p, step = np.full(len(w), 1 / len(w)), 1.0
    d = _divergences(rows, entropies, p)
    for _ in range(validate.integer("iterations", iterations)):
        lower, upper = float(p @ d), float(d.max())
        if upper - lower <= tol:
            return Capacity(lower, upper, p)
        candidate = p * np.exp2(step * (d - upper))
        candidate /= candidate.sum()
        divergences = _divergences(rows, entropies, candidate)
        if step > 1 and candidate @ divergences < lower:
            step = 1.0  # the plain step never lowers the rate
            continue
        p, d, step = candidate, divergences, 1.5 * step
    raise RuntimeError(f"the capacity is still open by {upper - lower:.2g} bits after {iterations} iterations")


def dropout_transition(levels: int, rate: float) -> NDArray[np.float64]:
    """Channel matrix (K, K) of one neuron under dropout: symbol 0 stays, every other one survives with 1 - D.

    Raises ValueError for levels below 1 or a rate outside [0, 1].
    """
    k = validate.integer("levels", levels)
    d = validate.scalar("rate", validate.probability("rate", rate))
    w = (1 - d) * np.eye(k)
    w[:, 0] += d
    return w


def erasure_capacity(levels: ArrayLike, rate: ArrayLike) -> Real:
    """(1-D) log2 K: what dropout would leave if a dropped value could be told from a 0."""
    k, d = _levels_and_rate(levels, rate)
    return plain((1 - d) * np.log2(k))


def dropout_capacity(levels: ArrayLike, rate: ArrayLike) -> Real:
    """Exact capacity of one neuron under dropout, in bits.

    With w = (K-1)(1-D) D^(D/(1-D)) it is log2(1+w) while K-1 < D^(-1/(1-D)), where sending 0 pays, and
    (1-D) log2(K-1) beyond, where it does not. Raises ValueError for levels below 1 or a rate outside [0, 1].
    """
    k, d = _levels_and_rate(levels, rate)
    uses_zero = np.log1p(_weight(k, d)) / _LN2
    with np.errstate(divide="ignore", invalid="ignore"):
        avoids_zero = np.where(d < 1, (1 - d) * np.log2(k - 1.0), 0)
    return plain(np.where(_zero_pays(k, d), uses_zero, avoids_zero))


def dropout_capacity_bounds(levels: ArrayLike, rate: ArrayLike) -> tuple[Real, Real]:
    """(lower, upper) of Theorem 3 as its proof gives them: (1-D) log2(K-1), 0 for K = 1, and (1-D) log2 K."""
    k, d = _levels_and_rate(levels, rate)
    return plain((1 - d) * np.log2(np.maximum(k - 1, 1))), plain((1 - d) * np.log2(k))


def dropout_active_probability(levels: ArrayLike, rate: ArrayLike) -> Real:
    """P(X != 0) of the input that attains the dropout capacity; 0 for K = 1, and its limit where D is 1."""
    k, d = _levels_and_rate(levels, rate)
    return plain(np.where(_zero_pays(k, d), _survivor_weight(k, d) / (1 + _weight(k, d)), 1.0))


def critical_dropout_rate(levels: ArrayLike) -> Real:
    """Smallest D at which the proved lower bound is exact, K - 1 = D^(-1/(1-D)); nan for K < 4, where it never is.

    Raises ValueError for levels below 1.
    """
    k = validate.whole_numbers("levels", levels)
    log_rest = np.log(np.maximum(k - 1, 3))
    root = -lambertw(-log_rest * np.exp(-log_rest)).real / log_rest
    return plain(np.where(k < 4, np.nan, root))


def serial_dropout_capacity(levels: ArrayLike, rate: ArrayLike, layers: ArrayLike) -> Real:
    """Capacity of `layers` dropout layers with no re-encoding between them: one layer of rate 1 - (1-D)^L.

    In bits. Raises ValueError for counts below 1 or a rate outside [0, 1].
    """
    d, n = validate.probability("rate", rate), validate.whole_numbers("layers", layers)
    validate.broadcastable(levels=levels, rate=d, layers=n)
    with np.errstate(divide="ignore"):
        return dropout_capacity(levels, -np.expm1(n * np.log1p(-d)))


def mds_failure_probability(n_neurons: ArrayLike, n_data: ArrayLike, rate: ArrayLike, layers: ArrayLike) -> Real:
    """Probability that a code that corrects any n_neurons - n_data erasures fails in at least one of `layers` layers.

    Every layer decodes and encodes again. Raises ValueError for counts below 1, more data than neurons, or a rate
    outside [0, 1].
    """
    m, k = validate.whole_numbers("n_neurons", n_neurons), validate.whole_numbers("n_data", n_data)
    d, n = validate.probability("rate", rate), validate.whole_numbers("layers", layers)
    validate.broadcastable(n_neurons=m, n_data=k, rate=d, layers=n)
    if np.any(k > m):
        raise ValueError(f"n_data must be at most n_neurons, got {n_data} for {n_neurons}")
    one_layer = binom.cdf(k - 1, m, 1 - d)
    with np.errstate(divide="ignore"):
        return plain(-np.expm1(n * np.log1p(-one_layer)))


def _channel(transition: ArrayLike) -> NDArray[np.float64]:
    w = validate.distribution("transition", transition)
    if w.ndim != 2:
        raise ValueError(f"transition must be a matrix (inputs, outputs), got shape {w.shape}")
    return w


def _negative_entropies(w: NDArray[np.float64]) -> NDArray[np.float64]:
    return xlogy(w, w).sum(axis=1) / _LN2


def _divergences(rows: csr_array, negative_entropies: NDArray, p: NDArray) -> NDArray[np.float64]:
    """D(W_x || pW) of every row, in bits; the rows are sparse, since most channels here have few outputs an input."""
    output = p @ rows
    return negative_entropies - rows @ np.log2(np.where(output > 0, output, 1))


def _levels_and_rate(levels: ArrayLike, rate: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    k, d = validate.whole_numbers("levels", levels), validate.probability("rate", rate)
    validate.broadcastable(levels=k, rate=d)
    return k, d


def _weight(k: NDArray, d: NDArray) -> Real:
    """w = (K-1)(1-D) D^(D/(1-D)), the weight of all other letters against the letter 0."""
    return (1 - d) * _survivor_weight(k, d)


def _survivor_weight(k: NDArray, d: NDArray) -> Real:
    """w / (1-D) = (K-1) D^(D/(1-D)), with its limit (K-1)/e at D = 1."""
    return (k - 1) * np.exp(np.where(d < 1, xlogy(d, d) / np.where(d < 1, 1 - d, 1), -1.0))


def _zero_pays(k: NDArray, d: NDArray) -> NDArray[np.bool_] | np.bool_:
    """K - 1 < D^(-1/(1-D)): the best input uses the symbol 0."""
    with np.errstate(divide="ignore"):
        threshold = np.where(d < 1, -np.log(d) / np.where(d < 1, 1 - d, 1), 1.0)
    return np.log(np.maximum(k - 1, 1e-300)) < threshold
