"""Entropy of sparse distributions, and the ratio of hidden units to features that it asks for.

Everything is in bits. Arguments may be scalars or arrays that broadcast; scalars give a float.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import entr, gammaln
from scipy.stats import binom

from polylib import validate
from polylib.validate import Real, plain

_LN2 = np.log(2.0)


def entropy(pmf: ArrayLike) -> Real:
    """Shannon entropy -sum p log2 p, in bits, along the last axis of `pmf`, array (..., symbols).

    Raises ValueError unless every row is a probability mass function {cite:p}`shannon1948`.
    """
    return plain(np.maximum(entr(validate.distribution("pmf", pmf)).sum(axis=-1), 0) / _LN2)


def binary_entropy(p: ArrayLike) -> Real:
    """Entropy h2(p) of a coin with probability `p`, in bits. Raises ValueError outside [0, 1]."""
    p = validate.probability("p", p)
    return plain(np.abs(entr(p) - np.where(p < 1, (1 - p) * np.log1p(-np.where(p < 1, p, 0)), 0)) / _LN2)


def sparse_entropy(sparsity: ArrayLike, element_entropy: ArrayLike, n: ArrayLike = 1) -> Real:
    """Entropy of n i.i.d. elements after S-sparsification, n [h2(S) + (1-S) H], in bits (supplement, Lemma 2).

    Exact for discrete elements that are never 0 themselves; an upper bound otherwise. `element_entropy` H is in bits
    an element. Raises ValueError for a sparsity outside [0, 1], a negative entropy, or n that is no count.
    """
    sparsity = validate.probability("sparsity", sparsity)
    element_entropy = validate.nonnegative("element_entropy", element_entropy)
    validate.broadcastable(sparsity=sparsity, element_entropy=element_entropy, n=n)
    return plain(validate.whole_numbers("n", n) * (binary_entropy(sparsity) + (1 - sparsity) * element_entropy))


def sparse_entropy_with_atom(
    sparsity: ArrayLike, element_entropy: ArrayLike, p_zero: ArrayLike, n: ArrayLike = 1
) -> Real:
    """Entropy of n i.i.d. elements after S-sparsification, in bits, exact when P(X = 0) = p_zero.

    With q = S + (1-S) p_zero this is n [h2(q) + (1-S)(H - h2(p_zero))], which is Lemma 2 less n q h2(S/q): a zero no
    longer tells whether it was masked. Raises ValueError as `sparse_entropy` does, and for an entropy below
    h2(p_zero), which no distribution with that atom has.
    """
    sparsity = validate.probability("sparsity", sparsity)
    element_entropy = validate.nonnegative("element_entropy", element_entropy)
    p_zero = validate.probability("p_zero", p_zero)
    validate.broadcastable(sparsity=sparsity, element_entropy=element_entropy, p_zero=p_zero, n=n)
    nonzero_part = element_entropy - binary_entropy(p_zero)
    if np.any(nonzero_part < -1e-9) or np.any((p_zero == 1) & (nonzero_part > 1e-9)):
        raise ValueError(
            "element_entropy must be at least h2(p_zero), and 0 where p_zero is 1, "
            f"got {element_entropy} for p_zero {p_zero}"
        )
    not_zero = (1 - sparsity) * (1 - p_zero)  # 1 - q, exact where q is near 1
    q = sparsity + (1 - sparsity) * p_zero
    per_element = binary_entropy(np.minimum(q, not_zero)) + (1 - sparsity) * np.maximum(nonzero_part, 0)
    return plain(validate.whole_numbers("n", n) * per_element)


def sparsify(x: ArrayLike, sparsity: ArrayLike, rng: np.random.Generator) -> NDArray:
    """A copy of `x`, any shape, with each element independently set to 0 with probability `sparsity` (Definition 1).

    `sparsity` broadcasts against `x`. Raises ValueError for a sparsity outside [0, 1] or one of another shape.
    """
    x, sparsity = np.asarray(x), validate.probability("sparsity", sparsity)
    validate.generator("rng", rng)
    try:
        np.broadcast_to(sparsity, x.shape)
    except ValueError:
        raise ValueError(f"sparsity must broadcast to x's shape {x.shape}, got shape {sparsity.shape}") from None
    return np.where(rng.random(x.shape) < sparsity, np.zeros((), x.dtype), x)


def optimal_ratio(sparsity: ArrayLike, element_entropy: ArrayLike) -> Real:
    """Hidden units per feature R(S) = m/n = (1-S) + h2(S)/H at which the channel just carries the sparse input.

    The supplement describes this ratio in words (2.1, last paragraph); it holds for units of the features' precision
    H bits, the best code and long blocks. Raises ValueError for a sparsity outside [0, 1] or H that is not positive.
    """
    sparsity = validate.probability("sparsity", sparsity)
    h = validate.positive("element_entropy", element_entropy)
    validate.broadcastable(sparsity=sparsity, element_entropy=h)
    return plain((1 - sparsity) + binary_entropy(sparsity) / h)


def optimal_ratio_peak(element_entropy: ArrayLike) -> tuple[Real, Real]:
    """The sparsity S* = 1/(1+2^H) at which R(S) is greatest, and R(S*) = log2(1+2^H)/H.

    Raises ValueError unless `element_entropy` H, in bits, is positive.
    """
    h = validate.positive("element_entropy", element_entropy)
    log_states = np.logaddexp2(0, h)
    return plain(np.exp2(-log_states)), plain(log_states / h)


def best_precision(sparsity: ArrayLike, ratio: ArrayLike, most: float = 24) -> tuple[float, float]:
    """The one H, in bits from 1 to `most`, whose R(S) is nearest to measured ratios, and its worst miss.

    sparsity, ratio: shape (n,), ratio in units per feature. The miss at a sparsity is |ratio / R(S) - 1|. R falls as H
    grows, so the worst miss falls and then rises, and one search finds where it is least. Raises ValueError for a
    sparsity outside [0, 1), ratios that are not positive, or shapes that do not fit.
    """
    sparsity, ratio = validate.probability("sparsity", sparsity), validate.positive("ratio", ratio)
    if (sparsity == 1).any():
        raise ValueError(f"sparsity must be below 1, where R(S) is 0, got {sparsity}")
    if sparsity.ndim != 1 or sparsity.shape != ratio.shape:
        raise ValueError(f"ratio must have one entry for each sparsity, got {ratio.shape} for {sparsity.shape}")

    def worst(bits: float) -> float:
        return float(np.abs(ratio / optimal_ratio(sparsity, bits) - 1).max())

    found = minimize_scalar(worst, bounds=(1, validate.scalar("most", most)), method="bounded")
    return float(found.x), float(found.fun)


def best_code_error(n: int, units: float, sparsity: float, bits: float) -> float:
    """Probability of an error of the best code of n sparse features, each of 2^bits equal values, in `units` units.

    A unit has 2^bits states; zero is not among the values. At a sparsity S above 1/(1 + 2^bits) the likeliest vectors
    are those with the fewest features on, so the best code keeps these until the states run out, and the vectors that
    are left are counted. Raises ValueError for counts below 1, or where the fewest are not the likeliest.
    """
    n, units = validate.integer("n", n), validate.scalar("units", validate.positive("units", units))
    bits = validate.scalar("bits", validate.positive("bits", bits))
    sparsity = validate.scalar("sparsity", validate.probability("sparsity", sparsity))
    if sparsity <= optimal_ratio_peak(bits)[0]:
        raise ValueError(f"sparsity must be above {optimal_ratio_peak(bits)[0]:.3g}, got {sparsity}")
    on = np.arange(n + 1)
    choices = (gammaln(n + 1) - gammaln(on + 1) - gammaln(n - on + 1)) / _LN2
    sizes = choices + bits * on  # log2 of the vectors with that many on
    upto = np.logaddexp2.accumulate(sizes)
    k = int(np.searchsorted(upto, units * bits, side="right"))  # the first lost in part
    if k > n:
        return 0.0
    kept = np.exp2(units * bits - sizes[k]) - (np.exp2(upto[k - 1] - sizes[k]) if k else 0.0)
    law = binom(n, 1 - sparsity)
    return float(law.sf(k - 1) - kept * law.pmf(k))
