"""Known ground for estimators of mutual information: pairs (X, Y) that can be drawn and whose information is exact.

The Gaussians, Student's t, the images and the additive noise are the ground of {cite:t}`czyz2023`; the binary channels
and the quantiser are those that the supplement's program is tried on; the dropout channel is chapter 3's. Arguments
outside their range raise ValueError.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from polylib import validate
from polylib.theory.channel import dropout_transition, mutual_information

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
Matrix = Float[np.ndarray, "d d"]


@dataclass(frozen=True)
class Task:
    """A pair of variables with known mutual information."""

    name: str
    bits: float
    """I(X; Y), exact up to rounding"""
    draw: Callable[[int, np.random.Generator], Pair]
    """draw(n, rng): x (n, dx) and y (n, dy)"""
    continuous: bool = True
    """whether X and Y have a joint density"""


def gaussian(name: str, covariance: Matrix, x_width: int) -> Task:
    """Gaussian variables, the first `x_width` of them X: I = 1/2 log2 (det S_x det S_y / det S).

    Raises ValueError for a matrix that is no covariance of full rank.
    """
    return Task(name, _gaussian_bits(covariance, x_width), _elliptical(covariance, x_width, None))


def student(name: str, dispersion: Matrix, x_width: int, freedom: float) -> Task:
    """Multivariate t: the Gaussian's information and that of the scale which all coordinates share, more than 0 even
    for a dispersion of the identity. `freedom` 1 has no mean, 2 no variance.
    """
    nu, d = validate.scalar("freedom", validate.positive("freedom", freedom)), len(dispersion)

    def term(v: float) -> float:
        return float(gammaln(v / 2) - v / 2 * digamma(v / 2))

    shared = term(nu) + term(nu + d) - term(nu + x_width) - term(nu + d - x_width)
    return Task(name, _gaussian_bits(dispersion, x_width) + shared / np.log(2), _elliptical(dispersion, x_width, nu))


def image(name: str, task: Task, of_x: Callable[[NDArray], NDArray], of_y: Callable[[NDArray], NDArray]) -> Task:
    """The same task behind maps that can be undone, which leave the information as it is."""

    def draw(n: int, rng: np.random.Generator) -> Pair:
        x, y = task.draw(n, rng)
        return of_x(x), of_y(y)

    return Task(name, task.bits, draw, task.continuous)


def channel(name: str, p_input: NDArray[np.float64], transition: NDArray[np.float64], uses: int = 1) -> Task:
    """Symbols 0, 1, ... through `uses` independent uses of a discrete channel: uses * I(p, W)."""
    bits = uses * mutual_information(p_input, transition)
    cumulative = np.cumsum(transition, 1)

    def draw(n: int, rng: np.random.Generator) -> Pair:
        x = rng.choice(len(p_input), size=(n, uses), p=p_input)
        y = (rng.random((n, uses, 1)) > cumulative[x]).sum(-1).clip(max=cumulative.shape[1] - 1)
        return x.astype(float), y.astype(float)

    return Task(name, bits, draw, continuous=False)


def binary_symmetric(flip: float) -> Task:
    """A fair bit, flipped with probability `flip`: 1 - h2(flip)."""
    validate.probability("flip", validate.scalar("flip", flip))
    return channel(f"binary symmetric {flip}", np.full(2, 0.5), np.array([[1 - flip, flip], [flip, 1 - flip]]))


def binary_erasure(rate: float) -> Task:
    """A fair bit, replaced by a third symbol with probability `rate`: 1 - rate."""
    d = validate.scalar("rate", validate.probability("rate", rate))
    return channel(f"binary erasure {rate}", np.full(2, 0.5), np.array([[1 - d, 0, d], [0, 1 - d, d]]))


def dropout(levels: int, rate: float, neurons: int = 1) -> Task:
    """Neurons of `levels` equally likely values under dropout, where a dropped value looks like a 0."""
    levels, neurons = validate.integer("levels", levels, 2), validate.integer("neurons", neurons)
    p = np.full(levels, 1 / levels)
    return channel(f"dropout {neurons} x {levels} levels {rate}", p, dropout_transition(levels, rate), neurons)


def quantiser(n_bits: int) -> Task:
    """A uniform number and the first `n_bits` of its binary digits, as one number: n_bits."""
    cells = 2 ** validate.integer("n_bits", n_bits)

    def draw(n: int, rng: np.random.Generator) -> Pair:
        x = rng.random((n, 1))
        return x, np.floor(cells * x) / cells

    return Task(f"quantiser {n_bits} bits", float(n_bits), draw, continuous=False)


def additive_uniform(noise: float) -> Task:
    """X uniform on [0, 1] and Y = X + N, N uniform on [-e, e]: e - ln(2e) nats for e <= 1/2, 1 / (4e) beyond."""
    e = validate.scalar("noise", validate.positive("noise", noise))

    def draw(n: int, rng: np.random.Generator) -> Pair:
        x = rng.random((n, 1))
        return x, x + rng.uniform(-e, e, (n, 1))

    return Task(f"additive uniform {noise}", float((e - np.log(2 * e) if e <= 0.5 else 1 / (4 * e)) / np.log(2)), draw)


def cells(count: int) -> Task:
    """A mixture: one of `count` squares of a checkerboard's permutation, then X and Y uniform within it: log2 count.

    The square of x is k, that of y is 3k + 1 modulo `count`, so no line and no correlation tells of the other. Raises
    ValueError for a multiple of 3, which is no permutation.
    """
    if validate.integer("count", count, 2) % 3 == 0:
        raise ValueError(f"count must not be a multiple of 3, got {count}")

    def draw(n: int, rng: np.random.Generator) -> Pair:
        k = rng.integers(count, size=(n, 1))
        return (k + rng.random((n, 1))) / count, ((3 * k + 1) % count + rng.random((n, 1))) / count

    return Task(f"mixture of {count} cells", float(np.log2(count)), draw)


def equicorrelated(d: int, correlation: float) -> Matrix:
    """Covariance (d, d) of unit variances with one correlation."""
    return np.full((d, d), correlation) + (1 - correlation) * np.eye(d)


def paired(width: int, correlations: list[float]) -> Matrix:
    """Covariance of X and Y, `width` columns each, of which the first len(correlations) pairs are correlated."""
    across = np.zeros((width, width))
    across[range(len(correlations)), range(len(correlations))] = correlations
    return np.block([[np.eye(width), across], [across.T, np.eye(width)]])


def _elliptical(covariance: Matrix, x_width: int, freedom: float | None) -> Callable[[int, np.random.Generator], Pair]:
    try:
        if not np.allclose(covariance, covariance.T):
            raise np.linalg.LinAlgError
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise ValueError(f"covariance must be symmetric and positive definite, got {covariance}") from None

    def draw(n: int, rng: np.random.Generator) -> Pair:
        both = rng.standard_normal((n, len(root))) @ root.T
        if freedom is not None:
            both = both * np.sqrt(freedom / rng.chisquare(freedom, (n, 1)))
        return both[:, :x_width], both[:, x_width:]

    return draw


def _gaussian_bits(covariance: Matrix, x_width: int) -> float:
    if not 0 < x_width < len(covariance):
        raise ValueError(f"x_width must be in 1 to {len(covariance) - 1}, got {x_width}")
    blocks = covariance[:x_width, :x_width], covariance[x_width:, x_width:], covariance
    x, y, both = (np.linalg.slogdet(block)[1] for block in blocks)
    return float((x + y - both) / 2 / np.log(2))
