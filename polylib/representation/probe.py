"""Linear probes {cite:p}`alain2016`: what a linear reader, fitted on one half of the samples, reads on the other.

A probe is a ridge regression on labels of -1 and 1, so one factorisation serves all labels, and many shuffled copies
of them show what chance looks like.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.optimize import linprog
from torch import Tensor
from torch.nn.functional import softplus

from polylib import validate


def linear_probe(
    features: Float[Tensor, "networks samples units"],
    labels: Float[Tensor, "samples labels"],
    rng: np.random.Generator,
    *,
    groups: Tensor | None = None,
    n_splits: int = 20,
    ridge: float = 0.1,
) -> Float[Tensor, "networks labels"]:
    """Balanced accuracy on held-out samples, the mean over random halvings: 1/2 is chance for every label.

    Balanced: the mean of the accuracy on ones and that on zeros. Labels are 0 and 1. Samples that share an entry of
    `groups` are fitted or held out together. `ridge` is in units of the mean variance of a feature. Raises ValueError
    for features, labels and groups of different lengths, a label that is constant, fewer than 4 groups, or a ridge that
    is not positive.
    """
    validate.positive("ridge", ridge)
    n = features.shape[1]
    group = torch.arange(n) if groups is None else torch.unique(groups, return_inverse=True)[1]
    if not len(labels) == len(group) == n:
        raise ValueError(
            f"labels and groups must have one row for each of {n} samples, got {len(labels)}, {len(group)}"
        )
    if bool((labels == labels[0]).all(0).any()):
        raise ValueError("labels must take both values in every column, got a constant one")
    n_groups = int(group.max()) + 1
    if n_groups < 4:
        raise ValueError(f"groups must be at least 4, got {n_groups}")
    x, sign = features.double(), 2 * labels.double() - 1
    total = torch.zeros(len(x), sign.shape[1], dtype=x.dtype)
    for _ in range(validate.integer("n_splits", n_splits)):
        half = torch.as_tensor(rng.permutation(n_groups) < n_groups // 2)[group]
        fit, test = half.nonzero()[:, 0], (~half).nonzero()[:, 0]
        for some, told in zip(sign.split(64, 1), total.split(64, 1), strict=True):  # scores that fit a cache
            told += _balanced(_predict(x[:, fit], some[fit], x[:, test], ridge), some[test])
    return total / n_splits


def shuffled_range(
    features: Float[Tensor, "networks samples units"],
    labels: Float[Tensor, "samples labels"],
    rng: np.random.Generator,
    *,
    groups: Tensor | None = None,
    n_shuffles: int = 100,
    n_splits: int = 20,
    ridge: float = 0.1,
) -> float:
    """How far from 1/2 the luckiest of the labels gets, in 99 % of shuffles, in the mean over networks.

    A control task as in {cite:t}`hewitt2019`: the labels are dealt out anew, so there is nothing to read. A group gets
    the labels of another group as a whole, its members in random order: labels that agree within groups still do. A
    label beyond this range is read better than by chance, with all labels looked at. Raises as `linear_probe`, and for
    groups of different sizes or n_shuffles below 1.
    """
    n_labels, n = labels.shape[1], len(labels)
    members = _members(torch.arange(n) if groups is None else groups)
    dealt = [_deal(labels, members, rng) for _ in range(validate.integer("n_shuffles", n_shuffles))]
    chance = linear_probe(features, torch.cat(dealt, 1), rng, groups=groups, n_splits=n_splits, ridge=ridge)
    luckiest = (chance.mean(0) - 0.5).abs().reshape(n_shuffles, n_labels).amax(1)
    return float(torch.quantile(luckiest, 0.99))


def shuffle_labels(
    labels: Float[Tensor, "samples labels"], rng: np.random.Generator, *, groups: Tensor | None = None
) -> Float[Tensor, "samples labels"]:
    """Labels dealt out anew, with nothing left to read; in groups, as `shuffled_range` does, and raises as it does."""
    return _deal(labels, _members(torch.arange(len(labels)) if groups is None else groups), rng)


def usable_bits(
    code: Float[Tensor, "samples units"], labels: Float[Tensor, "samples labels"]
) -> Float[Tensor, " labels"]:
    """Bits by which the best affine logistic reader of a code beats the best guess without it, a label at a time.

    The usable information of {cite:t}`xu2020` for that family of readers, of the samples as the whole population: no
    sample is held out. code, labels: 0 or 1; a label that a line tells without error is worth its entropy. Raises
    ValueError for different lengths or a constant label, RuntimeError if Newton's method does not settle.
    """
    if len(code) != len(labels):
        raise ValueError(f"labels must have one row for each of {len(code)} samples, got {len(labels)}")
    if bool((labels == labels[0]).all(0).any()):
        raise ValueError("labels must take both values in every column, got a constant one")
    x = torch.cat([torch.ones(len(code), 1, dtype=torch.float64), 2 * code.double() - 1], 1)
    wanted, pairs = labels.double(), (x[:, :, None] * x[:, None]).flatten(1)
    w = x.new_zeros(x.shape[1], labels.shape[1])
    for _ in range(30):
        told = torch.sigmoid(x @ w)
        slope = x.mT @ (wanted - told)
        if float(slope.abs().max()) < 1e-9 * len(x):
            break
        curvature = ((told * (1 - told)).mT @ pairs).reshape(-1, len(w), len(w))
        w += torch.linalg.solve(curvature + 1e-9 * torch.eye(len(w), dtype=x.dtype), slope.mT[..., None])[..., 0].mT
    else:
        raise RuntimeError(f"the readers must settle, got a slope of {float(slope.abs().max()):.3g}")
    loss = softplus((1 - 2 * wanted) * (x @ w)).mean(0)
    guess = torch.special.entr(torch.stack([wanted.mean(0), 1 - wanted.mean(0)])).sum(0)
    return (guess - loss) / np.log(2)


def linearly_separable(
    features: Float[Tensor, "samples units"], labels: Float[Tensor, "samples labels"]
) -> Bool[Tensor, " labels"]:
    """Whether some affine reader tells each label, 0 or 1, of every sample without error: a linear programme a label.

    It asks for a reader of at least 1 on ones and at most -1 on zeros. What is separable by less than about 1e-7 of the
    features' scale, the solver's tolerance, may count as not: features should be digits or the like. Raises ValueError
    for features and labels of different lengths, RuntimeError where the solver does not decide.
    """
    if len(features) != len(labels):
        raise ValueError(f"labels must have one row for each of {len(features)} samples, got {len(labels)}")
    affine = torch.cat([features.double(), torch.ones(len(features), 1, dtype=torch.float64)], 1)
    found = []
    for sign in (2 * labels.double() - 1).T:
        rows = (-sign[:, None] * affine).numpy()
        solved = linprog(np.zeros(rows.shape[1]), rows, -np.ones(len(rows)), bounds=(None, None), method="highs")
        if solved.status not in (0, 2):  # 2: infeasible
            raise RuntimeError(f"the solver did not decide: {solved.message}")
        found.append(solved.status == 0)
    return torch.tensor(found)


def _members(groups: Tensor) -> Tensor:
    """Row numbers of the samples, one group a row."""
    sizes = torch.unique(groups, return_counts=True)[1]
    if len(set(sizes.tolist())) > 1:
        raise ValueError(f"groups must be of one size, got sizes from {int(sizes.min())} to {int(sizes.max())}")
    return torch.argsort(groups, stable=True).reshape(len(sizes), -1)


def _deal(labels: Tensor, members: Tensor, rng: np.random.Generator) -> Tensor:
    """Every group gets the labels of a random other one, dealt among its members in random order."""
    taken = torch.as_tensor(rng.permuted(rng.permutation(members.numpy()), axis=1))
    dealt = torch.empty_like(labels)
    dealt[members.flatten()] = labels[taken.flatten()]
    return dealt


def _predict(x: Tensor, sign: Tensor, x_new: Tensor, ridge: float) -> Tensor:
    """Scores by ridge regression, 0 at the mean of the fitted features, so no label has a head start."""
    centre = x.mean(1, keepdim=True)
    x, constant = x - centre, sign.mean(0)
    gram = x.mT @ x
    scale = gram.diagonal(dim1=1, dim2=2).mean(1).clamp_min(1e-12)
    gram += ridge * scale[:, None, None] * torch.eye(gram.shape[1], dtype=gram.dtype)
    return (x_new - centre) @ torch.linalg.solve(gram, x.mT @ (sign - constant))


def _balanced(score: Tensor, sign: Tensor) -> Tensor:
    """Balanced accuracy: the mean of two shares told right, of the positives and of the negatives.

    A score of 0 is no answer and counts one half, and so does a kind that no held-out sample is of.
    """
    answer, ones = torch.sign(score), (sign > 0).sum(0)
    right, up = (answer * sign).sum(1), answer.sum(1)  # right less wrong answers, and 1 answers less 0 answers
    shares = []
    for kind, told in ((ones, right + up), (len(sign) - ones, right - up)):
        shares.append((1 + told / (2 * kind.clamp_min(1))) / 2)
    return (shares[0] + shares[1]) / 2
