"""The direction along which activity moves most slowly, exactly, and how rarely a random one comes close.

The energy of a path, a step, over its variance is a Rayleigh quotient u'Du / u'Su of the step moment D, half the mean
product of differences, and the covariance S. White noise has 1. The least quotient and its direction solve a
generalised eigenproblem, which is slow feature analysis {cite:p}`wiskott2002`.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import gammaln
from torch import Tensor

from polylib import validate
from polylib.language.residual_stream import Batch
from polylib.theory.energy import path_energy

Matrix = NDArray[np.float64]


class PathMoments:
    """Step moment and covariance of some layers, over groups of passages, added up batch by batch in float64.

    Passage p belongs to group p modulo `groups`; the first `skip` tokens are left out. Memory is 2 x layers x groups x
    units^2, whatever the number of passages. Raises ValueError for bad counts, or groups without two tokens.
    """

    def __init__(self, layers: Sequence[int], groups: int = 2, skip: int = 4) -> None:
        self.layers = [validate.integer("layers", layer, 0) for layer in layers]
        self.groups, self.skip = validate.integer("groups", groups), validate.integer("skip", skip, 0)
        self._centre: Tensor | None = None

    def add(self, batch: Batch) -> None:
        """Take in a batch of the residual stream. Raises ValueError if it does not have the layers."""
        kept = batch.kept(self.skip)
        if max(self.layers, default=0) >= len(batch.activations):
            raise ValueError(f"layers must be at most {len(batch.activations) - 1}, the last, got {self.layers}")
        if self._centre is None and kept.any():  # the first tokens alone would give nan
            self._start(batch.activations[self.layers][:, kept].double().mean(1))
        for at, layer in enumerate(self.layers if kept.any() else ()):
            x = batch.activations[layer].double() - self._centre[at]
            for row in range(len(x)):
                self._add_passage(at, (batch.rows.start + row) % self.groups, x[row][kept[row]])

    def moments(self, groups: Sequence[int] | None = None) -> tuple[Matrix, Matrix]:
        """Step moments and covariances (layers, units, units) of the passages in `groups`, by default of all.

        Half the mean of dx dx' over steps within passages, and the covariance of all tokens about their common mean.
        """
        chosen = list(range(self.groups) if groups is None else groups)
        points, steps = self._sizes(chosen)
        if points < 2 or steps < 1:
            raise ValueError(f"groups must hold passages with two tokens or more, got {chosen} with {steps} steps")
        step, second = (part[:, chosen].sum(1) for part in (self._steps, self._squares))
        mean = self._sums[:, chosen].sum(1) / points
        covariance = second / points - mean[:, :, None] * mean[:, None, :]
        return (step / (2 * steps)).cpu().numpy(), covariance.cpu().numpy()

    def n_tokens(self, groups: Sequence[int] | None = None) -> int:
        """Number of tokens behind these moments, those that are left out not counted."""
        return self._sizes(list(range(self.groups) if groups is None else groups))[0]

    def _sizes(self, groups: list[int]) -> tuple[int, int]:
        """Tokens, and steps between them."""
        counts = (0, 0) if self._centre is None else self._counts[groups].sum(0).tolist()
        return int(counts[0]), int(counts[1])

    def _start(self, centre: Tensor) -> None:
        self._centre = centre
        shape = (len(self.layers), self.groups, centre.shape[1])
        self._sums = torch.zeros(shape, dtype=torch.float64, device=centre.device)
        self._steps, self._squares = (self._sums.new_zeros(*shape, shape[2]) for _ in range(2))
        self._counts = self._sums.new_zeros(self.groups, 2)

    def _add_passage(self, at: int, group: int, x: Tensor) -> None:
        d = x.diff(dim=0)
        self._steps[at, group].addmm_(d.T, d)
        self._squares[at, group].addmm_(x.T, x)
        self._sums[at, group].add_(x.sum(0))
        if at == 0:
            self._counts[group] += torch.tensor([len(x), len(d)], device=x.device)


def slowest(step: ArrayLike, covariance: ArrayLike, n: int = 1) -> tuple[Matrix, Matrix]:
    """The `n` least relative energies (n,) and their directions (units, n), of unit variance and uncorrelated.

    Solves D v = energy S v for the step moment D and the covariance S. Directions of no variance are left out, so S
    may be singular; the work is done in its range, above 1e-12 of its largest eigenvalue. Raises ValueError for
    matrices that are not square and of one shape, or more directions than S has.
    """
    step, covariance = _pair(step, covariance)
    values, axes = np.linalg.eigh(covariance)
    kept = values > 1e-12 * max(values[-1], 0)
    n = validate.integer("n", n)
    if n > kept.sum():
        raise ValueError(f"n must be at most the {kept.sum()} directions of variance above 0, got {n}")
    whiten = axes[:, kept] / np.sqrt(values[kept])
    energies, found = np.linalg.eigh(whiten.T @ step @ whiten)
    return np.maximum(energies[:n], 0), _signed(whiten @ found[:, :n])


def minimum_energy_direction(activations: ArrayLike | list[ArrayLike]) -> tuple[Matrix, float]:
    """The direction (units,) along which activity has variance 1 and the least path energy, and that energy.

    `activations` is an array (time, units), or several, of any lengths, whose energies add; the variance is over all
    times together, about their common mean, with divisor their number. This is the first slow feature. With more units
    than times the covariance is singular, and the work is done in its range: other directions do not vary. The
    direction's largest entry is positive. Raises ValueError for anything else, or activity that does not vary.
    """
    paths = _paths(activations)
    x = np.concatenate(paths)
    left, widths, right = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)  # a covariance has half the digits
    rank = int((widths > max(x.shape) * np.finfo(float).eps * np.abs(x).max() * np.sqrt(len(x))).sum())
    if rank == 0:
        raise ValueError(f"activations must vary, got {len(x)} equal rows")
    white = left[:, :rank] * np.sqrt(len(x))  # the same paths in coordinates of unit variance
    ends = np.cumsum([len(path) for path in paths])[:-1]
    steps = np.concatenate([np.diff(part, axis=0) for part in np.split(white, ends)])
    _, found = slowest(steps.T @ steps / 2, np.eye(rank))
    direction = _signed(right[:rank].T @ (found * np.sqrt(len(x)) / widths[:rank, None]))
    return direction[:, 0], float(sum(path_energy(path @ direction) for path in paths))


def relative_energy(step: ArrayLike, covariance: ArrayLike, directions: ArrayLike) -> NDArray[np.float64]:
    """Energy a step over variance along `directions` (units, n), an array (n,); 1 for white noise.

    Raises ValueError for matrices that are not square and of one shape, and for directions that are not finite, of
    another shape, or along which nothing varies.
    """
    (step, covariance), u = _pair(step, covariance), validate.real("directions", directions)
    if u.ndim != 2 or len(u) != len(covariance):
        raise ValueError(f"directions must have shape ({len(covariance)}, n), got {u.shape}")
    variance = (u * (covariance @ u)).sum(0)
    if not (variance > 0).all():
        raise ValueError(f"directions must have a variance above 0, got {variance.min()}")
    return (u * (step @ u)).sum(0) / variance


def log10_rarity(step: ArrayLike, covariance: ArrayLike, energy: float) -> float:
    """A bound L: the best of N random directions reaches this relative energy with probability at most N 10^-L.

    Rigorous for directions drawn uniformly, by Chernoff's inequality {cite:p}`chernoff1952` for the quadratic form
    u'(D - energy S)u. It is 0 where the mean of that form is not above 0, and infinite below the least energy. Raises
    ValueError as `relative_energy` does.
    """
    step, covariance = _pair(step, covariance)
    weights = np.linalg.eigvalsh(step - validate.scalar("energy", validate.real("energy", energy)) * covariance)
    if weights.sum() <= 0:
        return 0.0
    if weights[0] >= 0:
        return float("inf")
    scaled = weights / -weights[0]
    best = brentq(lambda s: (scaled / (1 + s * scaled)).sum(), 0, 1 - 1e-15, xtol=1e-15)
    return float(np.log1p(best * scaled).sum() / 2 / np.log(10))


def expected_best(energies: ArrayLike, draws: ArrayLike) -> NDArray[np.float64]:
    """Expected least of N of the given energies, over all subsets of N, for every N in `draws`.

    Exact for the sample, without resampling. Raises ValueError unless all N are counts of at most the sample's size.
    """
    found, n = np.sort(validate.real("energies", energies).ravel()), validate.whole_numbers("draws", draws)
    if np.any(n > found.size):
        raise ValueError(f"draws must be at most the {found.size} energies, got {n.max():.0f}")
    left = found.size - 1.0 - np.arange(found.size)  # energies that are larger than each
    shares = []
    for size in np.atleast_1d(n):
        enough = left >= size - 1
        log_share = gammaln(left[enough] + 1) - gammaln(left[enough] - size + 2) - gammaln(size)
        log_share -= gammaln(found.size + 1) - gammaln(found.size - size + 1) - gammaln(size + 1)
        shares.append(np.exp(log_share) @ found[enough])
    return np.array(shares)


def _paths(activations: ArrayLike | list[ArrayLike]) -> list[Matrix]:
    several = isinstance(activations, list | tuple) and len(activations) > 0 and np.ndim(activations[0]) == 2
    several = several or getattr(activations, "ndim", 0) == 3
    paths = [validate.real("activations", path) for path in (activations if several else [activations])]
    shapes = [path.shape for path in paths]
    if any(len(shape) != 2 or 0 in shape for shape in shapes) or len({shape[1] for shape in shapes}) != 1:
        raise ValueError(f"activations must be arrays (time, units) with as many units each, got shapes {shapes}")
    return paths


def _pair(step: ArrayLike, covariance: ArrayLike) -> tuple[Matrix, Matrix]:
    step, covariance = validate.real("step", step), validate.real("covariance", covariance)
    if step.ndim != 2 or step.shape[0] != step.shape[1] or step.shape != covariance.shape:
        raise ValueError(
            f"step and covariance must be square matrices of one shape, got {step.shape} and {covariance.shape}"
        )
    return step, covariance


def _signed(directions: Matrix) -> Matrix:
    """Each direction with its largest entry positive: an eigenvector has no sign of its own."""
    largest = np.take_along_axis(directions, np.abs(directions).argmax(0)[None], 0)
    return directions * np.where(largest < 0, -1.0, 1.0)
