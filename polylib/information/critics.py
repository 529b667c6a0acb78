"""Critics of mutual information, many at once: batched networks T(x, y), bounds on their scores, and both gradients.

All weights of a critic lie in one row, so a batch of critics is one matrix (critics, weights), and an optimiser, a
snapshot or a smaller batch is one operation on its rows. Scores are (critics, shifts, samples): T(x_i, y_{i+s}), with
shift 0, the joint pairs, first; the other shifts are pairs of the product of the marginals. Values here are in nats.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

ESTIMATORS = ("dv", "mine", "infonce", "nwj", "smile")


@dataclass(frozen=True)
class Layout:
    """Where the weights of a critic with ReLUs between its layers lie in its row."""

    x_width: int
    y_width: int
    hidden: tuple[int, ...]

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Weights of x, of y and a bias for the first layer, then a weight and a bias for each further one."""
        first = self.hidden[0]
        later = [s for a, b in pairwise((*self.hidden, 1)) for s in ((a, b), (1, b))]
        return [(self.x_width, first), (self.y_width, first), (1, first), *later]

    def weights(self, flat: Float[Tensor, "critics weights"]) -> list[Float[Tensor, "critics _in _out"]]:
        """The matrices in the rows of `flat`, as views."""
        parts = flat.split([a * b for a, b in self.shapes], dim=1)
        return [part.unflatten(1, shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def initial(self, x_width: int, y_width: int, seed: int, like: Tensor) -> Float[Tensor, " weights"]:
        """Glorot-uniform weights and zero biases of one critic; weights of padded inputs are 0 and stay so."""
        generator = torch.Generator().manual_seed(seed)
        parts = []
        used = [x_width, y_width, 1, *(a for a, _ in self.shapes[3:])]
        for i, ((inputs, outputs), rows) in enumerate(zip(self.shapes, used, strict=True)):
            part = torch.zeros(inputs, outputs, dtype=torch.float64)
            if i != 2 and (i < 2 or i % 2):
                fan_in = x_width + y_width if i < 2 else inputs
                draw = torch.rand(rows, outputs, generator=generator, dtype=torch.float64)
                part[:rows] = (2 * draw - 1) * math.sqrt(6 / (fan_in + outputs))
            parts.append(part.flatten())
        return torch.cat(parts).to(like)


def scores(
    layout: Layout,
    flat: Float[Tensor, "critics weights"],
    x: Float[Tensor, "critics samples dx"],
    y: Float[Tensor, "critics samples dy"],
    shifts: range,
) -> Float[Tensor, "critics shifts samples"]:
    """T(x_i, y_{i+s}) for every shift s of a run of shifts below the number of samples, modulo which indices are."""
    return _forward(layout.weights(flat), x, y, shifts)[-1].view(len(flat), len(shifts), -1)


def gradient(
    layout: Layout,
    flat: Float[Tensor, "critics weights"],
    x: Float[Tensor, "critics samples dx"],
    y: Float[Tensor, "critics samples dy"],
    shifts: range,
    by_scores: Callable[[Tensor], tuple[Tensor, Tensor]],
) -> tuple[Float[Tensor, " critics"], Float[Tensor, "critics weights"]]:
    """A bound of every critic and its gradient by the weights.

    `by_scores` maps scores to (bound, gradient by the scores). Written out, because on small networks automatic
    differentiation costs as much again as the arithmetic.
    """
    weights = layout.weights(flat)
    layers = _forward(weights, x, y, shifts)
    bound, g = by_scores(layers[-1].view(len(flat), len(shifts), -1))
    g = g.reshape(len(flat), -1, 1)
    found = []
    for i in range(len(layers) - 1, 0, -1):
        found += [g.sum(1, keepdim=True), torch.bmm(g.mT, layers[i - 1]).mT]
        weight = weights[2 * i + 1].mT
        g = g * weight if len(weight[0]) == 1 else torch.bmm(g, weight)  # a product with one column is slow
        g = torch.ops.aten.threshold_backward(g, layers[i - 1], 0)
    g = g.unflatten(1, (len(shifts), -1))
    by_x, by_y = g.sum(1), _unshifted(g, shifts)
    found += [by_x.sum(1, keepdim=True), torch.bmm(y.mT, by_y), torch.bmm(x.mT, by_x)]
    return bound, torch.cat([part.flatten(1) for part in reversed(found)], 1)


def ascent(
    estimator: str,
    s: Float[Tensor, "critics shifts samples"],
    log_mean: Float[Tensor, " critics"] | None = None,
    rate: float = 0.01,
) -> tuple[Float[Tensor, " critics"], Float[Tensor, "critics shifts samples"]]:
    """Each critic's bound on its scores, and the direction in which its training moves the scores.

    That is the bound's gradient, with two exceptions. "mine" divides by a moving average of the partition term, whose
    logarithm `log_mean` is updated in place with weight `rate` (nan before the first batch), which removes most of the
    bias of a batch {cite:p}`belghazi2018`. "smile" climbs the Jensen-Shannon bound {cite:p}`song2020`.
    """
    joint, product = s[:, 0], s[:, 1:]
    n, pairs = joint.shape[1], product[0].numel()
    log_partition = product.flatten(1).logsumexp(1) - math.log(pairs)
    bound, along = joint.mean(1) - log_partition, torch.full_like(joint, 1 / n)
    if estimator == "infonce":
        log_sum = s.logsumexp(1, keepdim=True)
        g = -(s - log_sum).exp().div_(n)
        g[:, 0] += 1 / n
        return (joint - log_sum[:, 0]).mean(1) + math.log(s.shape[1]), g
    if estimator == "smile":
        along, against = torch.sigmoid(-joint) / n, torch.sigmoid(product) / pairs
    elif estimator == "nwj":
        against = (product - 1).exp() / pairs
        bound = joint.mean(1) - against.sum((1, 2))
    else:
        if estimator == "mine":
            mixed = torch.logaddexp(log_mean + math.log1p(-rate), log_partition + math.log(rate))
            log_mean.copy_(torch.where(log_mean.isnan(), log_partition, mixed))
            log_partition = log_mean
        against = (product - log_partition[:, None, None]).exp() / pairs
    return bound, torch.cat([along[:, None], -against], 1)


def held_out(
    estimator: str,
    s: Float[Tensor, "critics shifts samples"],
    shifts: range,
    tau: float = 5.0,
    capped: bool = True,
) -> tuple[Float[Tensor, " critics"], Float[Tensor, " critics"]]:
    """Each critic's bound on samples that it has not seen, and its standard error, in nats.

    `capped` counts the n joint pairs among the n^2 pairs of the product, as many as there are, so that no
    Donsker-Varadhan value exceeds ln n. The standard error is the delta method's: a sample enters with its joint
    score, and twice, as x and as y, with the pairs of the product. It is that of a fixed critic.
    """
    joint, product = s[:, 0], s[:, 1:]
    n, pairs = joint.shape[1], product[0].numel()
    if estimator == "infonce":
        log_sum = s.logsumexp(1, keepdim=True)
        terms = joint - log_sum[:, 0] + math.log(s.shape[1])
        as_y = _by_y((product - log_sum).exp(), shifts) * len(shifts[1:])
        return terms.mean(1), (terms - as_y).std(1) / math.sqrt(n)
    if estimator == "smile":
        product, own = product.clamp(-tau, tau), joint.clamp(-tau, tau)
    else:
        own = joint
    if estimator == "nwj":
        ratio = (product - 1).exp()
        bound = joint.mean(1) - ratio.mean((1, 2))
        return bound, (joint - ratio.mean(1) - _by_y(ratio, shifts)).std(1) / math.sqrt(n)
    log_partition = product.flatten(1).logsumexp(1) - math.log(pairs)
    if capped:
        diagonal = own.logsumexp(1) - 2 * math.log(n)
        log_partition = torch.logaddexp(log_partition + math.log1p(-1 / n), diagonal)
    ratio = (product - log_partition[:, None, None]).exp()
    influence = joint - ratio.mean(1) - _by_y(ratio, shifts)
    if capped:
        influence = influence - (own - log_partition[:, None]).exp() / n
    return joint.mean(1) - log_partition, influence.std(1) / math.sqrt(n)


def _forward(weights: list[Tensor], x: Tensor, y: Tensor, shifts: range) -> list[Tensor]:
    """What every layer gives, (critics, shifts * samples, units): the hidden ones after their ReLU, then the scores."""
    of_x, of_y = torch.baddbmm(weights[2], x, weights[0]), torch.bmm(y, weights[1])
    n, (critics, _, units) = x.shape[1], of_y.shape
    around = torch.cat([of_y[:, shifts[0] :], of_y[:, : shifts[-1]]], 1)
    windows = around.as_strided((critics, len(shifts), n, units), (around.stride(0), units, units, 1))
    layers = [(windows + of_x[:, None]).relu_().flatten(1, 2)]
    for weight, bias in zip(weights[3:-2:2], weights[4:-2:2], strict=True):
        layers.append(torch.baddbmm(bias, layers[-1], weight).relu_())
    return [*layers, torch.baddbmm(weights[-1], layers[-1], weights[-2])]


def _unshifted(g: Tensor, shifts: range) -> Tensor:
    """Sum over shifts of the entries of pairs (i, i+s), each at place i + s: (critics, samples, units)."""
    n = g.shape[2]
    around = g.new_zeros(len(g), n + len(shifts) - 1, g.shape[3])
    for k in range(len(shifts)):
        around[:, k : k + n] += g[:, k]
    around[:, : len(shifts) - 1] += around[:, n:]
    return around[:, :n].roll(shifts[0], 1)


def _by_y(ratio: Tensor, shifts: range) -> Tensor:
    """Mean over the shifts but the first of the entries of pairs (i, i+s), each at place i + s."""
    return _unshifted(ratio[..., None], shifts[1:])[..., 0] / len(shifts[1:])
