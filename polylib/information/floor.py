"""A floor under the information of two arrays: what a small decoder reads on rows that it has not seen, in folds."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from scipy.stats import t as student

from polylib.information.decoders import decode
from polylib.information.dependence import unpaired
from polylib.information.samples import normal_scores

FOLDS = 5
FEW = 32
"""different rows up to which a side is taken to be labels, whose entropy is finite and known"""


@dataclass(frozen=True)
class Floor:
    """What decoders of one side read of the other, in bits, on each held-out fifth; beside rows paired at random."""

    folds: Float[np.ndarray, " folds"]
    null: Float[np.ndarray, " folds"]
    read: str
    """what was read: "x", "y", or one of their columns"""

    @property
    def bits(self) -> float:
        """Mean over folds: a lower bound in expectation, however well the decoder was trained."""
        return float(self.folds.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Student's 95 % interval over folds; approximate, since their decoders share training rows."""
        half = (
            float(student.ppf(0.975, len(self.folds) - 1)) * float(self.folds.std(ddof=1)) / math.sqrt(len(self.folds))
        )
        return self.bits - half, self.bits + half


def entropy_of_labels(values: Float[np.ndarray, "n d"]) -> float | None:
    """Entropy in bits of rows that take few different values, by their counts; None where they are not labels.

    Few is at most `FEW`, and so few that each comes four times on average. No information with anything can be more.
    """
    _, counts = np.unique(values, axis=0, return_counts=True)
    if len(counts) > min(FEW, len(values) // 4):
        return None
    p = counts / len(values)
    return float(-(p * np.log2(p)).sum())


def decoder_floor(
    x: Float[np.ndarray, "n dx"],
    y: Float[np.ndarray, "n dy"],
    *,
    groups: Int[np.ndarray, " n"] | None = None,
    hidden: int = 32,
    steps: int = 200,
    learning_rate: float = 1e-2,
    seed: int = 0,
) -> Floor:
    """What decoders read of x from y or of y from x, whichever is more, each fold on a fifth of the rows or groups.

    Labels are read whole, by their binary digits: entropy less cross-entropy. Of other sides one column is read, the
    best for all folds together, by squared error on normal scores, whose entropy is that of a Gaussian. (So the choice
    among columns and sides is made on the held-out rows; with rows paired at random, the same choice is made.) Raises
    ValueError for fewer than 60 rows.
    """
    n = len(x)
    if n < 60:
        raise ValueError(f"x must have at least 60 samples for decoders to be trained and tested on, got {n}")
    orders = _orders(n, groups, seed)
    how = {"hidden": hidden, "steps": steps, "learning_rate": learning_rate, "seed": seed}
    found = _best(x, y, orders, how)
    null = _best(x, y[unpaired(n, groups, seed)], orders, how)
    return Floor(found[1], null[1], found[0])


def _orders(n: int, groups: Int[np.ndarray, " n"] | None, seed: int) -> Int[np.ndarray, "folds n"]:
    """Row orders whose last fifth is tested: another one in each fold, of whole groups where there are some."""
    rng = np.random.default_rng([seed, 2])
    if groups is None:
        order = rng.permutation(n)
    else:
        place = rng.permutation(int(groups.max()) + 1)
        order = np.argsort(place[groups], kind="stable")
    turned = [np.roll(order, n // FOLDS * fold) for fold in range(FOLDS)]
    return np.stack([one if groups is None else _uncut(one, groups) for one in turned])


def _uncut(order: Int[np.ndarray, " n"], groups: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """The same, but where a group lies on both sides of the cut, other training rows come twice instead of its own."""
    n_train = round(len(order) * (1 - 1 / FOLDS))
    training = order[:n_train]
    fine = training[~np.isin(groups[training], groups[order[n_train:]])]
    if not len(fine):
        raise ValueError("groups must leave rows to train on beside a fifth to test, got one that is longer")
    return np.concatenate([np.resize(fine, n_train), order[n_train:]])


def _best(x: NDArray, y: NDArray, orders: NDArray, how: dict) -> tuple[str, Float[np.ndarray, " folds"]]:
    read, how = {}, how | {"test": 1 / FOLDS, "batch": min(256, len(x) // 2)}
    for name, target, source in (("x", x, y), ("y", y, x)):
        codes, entropy = _digits(target)
        kind = "bits" if entropy is not None else "squares"
        scaled = torch.from_numpy(normal_scores(source)[orders])
        goals = torch.from_numpy(codes[orders])
        if kind == "bits":
            read[name] = decode(scaled, goals, kind, entropy=entropy, **how).bits
        else:
            half = math.log2(2 * math.pi * math.e) / 2
            squared = decode(scaled, goals, kind, entropy=half * codes.shape[1], **how).squared_error
            best = int((-squared.log2()).mean(0).argmax())
            read[f"column {best} of {name}" if codes.shape[1] > 1 else name] = -squared[:, best].log2() / 2
    name = max(read, key=lambda key: float(read[key].mean()))
    return name, read[name].double().numpy()


def _digits(values: NDArray) -> tuple[NDArray[np.float64], float | None]:
    """Labels as the signs of their binary digits, with their entropy; other columns as normal scores of variance 1."""
    entropy = entropy_of_labels(values)
    if entropy is None:
        scores = normal_scores(values)
        return scores / scores.std(0), None
    _, label = np.unique(values, axis=0, return_inverse=True)
    width = max(1, int(label.max()).bit_length())
    return 2.0 * (label.reshape(-1, 1) >> np.arange(width) & 1) - 1, entropy
