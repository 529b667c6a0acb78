"""Linear probes {cite:p}`alain2016`: what a linear reader, fitted on one half of the samples, reads on the other.

A probe is a ridge regression on labels of -1 and 1, so one factorisation serves all labels, and many shuffled copies
of them show what chance looks like.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

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

    Labels are 0 and 1. Samples that share an entry of `groups` are fitted or held out together. `ridge` is in units of
    the mean variance of a feature. Raises ValueError for features, labels and groups of different lengths, a label that
    is constant, fewer than 4 groups, or a ridge that is not positive.
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
    for _ in range(int(validate.count("n_splits", n_splits))):
        half = torch.as_tensor(rng.permutation(n_groups) < n_groups // 2)[group]
        fit, test = half.nonzero()[:, 0], (~half).nonzero()[:, 0]
        total += _balanced(_predict(x[:, fit], sign[fit], x[:, test], ridge), sign[test])
    return total / n_splits


def shuffled_range(
    features: Float[Tensor, "networks samples units"],
    labels: Float[Tensor, "samples labels"],
    rng: np.random.Generator,
    *,
    groups: Tensor | None = None,
    n_shuffles: int = 40,
    n_splits: int = 20,
    ridge: float = 0.1,
) -> float:
    """How far from 1/2 the luckiest of the labels gets, in 95 % of shuffles, in the mean over networks.

    A control task as in {cite:t}`hewitt2019`: the labels of every column are dealt out anew, so there is nothing to
    read. A label beyond this range is read better than by chance, with all labels looked at. Raises as `linear_probe`.
    """
    n_labels = labels.shape[1]
    dealt = [labels[torch.as_tensor(rng.permutation(len(labels)))] for _ in range(n_shuffles)]
    chance = linear_probe(features, torch.cat(dealt, 1), rng, groups=groups, n_splits=n_splits, ridge=ridge)
    luckiest = (chance.mean(0) - 0.5).abs().reshape(n_shuffles, n_labels).amax(1)
    return float(torch.quantile(luckiest, 0.95))


def _predict(x: Tensor, sign: Tensor, x_new: Tensor, ridge: float) -> Tensor:
    """Scores by ridge regression, 0 at the mean of the fitted features, so no label has a head start."""
    centre = x.mean(1, keepdim=True)
    x, constant = x - centre, sign.mean(0)
    gram = x.mT @ x
    scale = gram.diagonal(dim1=1, dim2=2).mean(1).clamp_min(1e-12)
    gram += ridge * scale[:, None, None] * torch.eye(gram.shape[1], dtype=gram.dtype)
    return (x_new - centre) @ torch.linalg.solve(gram, x.mT @ (sign - constant))


def _balanced(score: Tensor, sign: Tensor) -> Tensor:
    """Mean of the two shares of positives and of negatives that are told right; a score of 0 counts half."""
    told = (torch.sign(score) * sign + 1) / 2
    shares = [(told * (sign == s)).sum(1) / (sign == s).sum(0).clamp_min(1) for s in (-1, 1)]
    return (shares[0] + shares[1]) / 2
