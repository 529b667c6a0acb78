"""Batched critics: gradients against automatic differentiation, bounds against exact values on small alphabets."""

import math

import pytest
import torch

from polylib.information.critics import ESTIMATORS, Layout, ascent, gradient, held_out, scores

pytestmark = pytest.mark.usefixtures("one_thread")
JOINT = torch.tensor([[0.4, 0.1], [0.1, 0.4]], dtype=torch.float64)
PRODUCT = torch.full((2, 2), 0.25, dtype=torch.float64)
NATS = float((JOINT * (JOINT / PRODUCT).log()).sum())
NAN = math.nan


def random_critics(critics=2, n=7, shifts=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    layout = Layout(3, 2, (5, 4))
    flat = torch.stack([layout.initial(3, 2, s, torch.zeros(1, dtype=torch.float64)) for s in range(critics)])
    flat += 0.1 * torch.randn(flat.shape, generator=generator, dtype=torch.float64)
    x, y = (torch.randn(critics, n, d, generator=generator, dtype=torch.float64) for d in (3, 2))
    return layout, flat, x, y, range(shifts)


def binary_samples(repeats, n, seed=0):
    """Pairs of bits from JOINT, (repeats, n) each."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(repeats, n, generator=generator) < 0.5
    return x.long(), (x ^ (torch.rand(repeats, n, generator=generator) < 0.2)).long()


def table_scores(table, x, y, shifts):
    return torch.stack([table[x, y.roll(-int(s), 1)] for s in shifts], 1)


def test_scores_are_those_of_the_network_on_shifted_pairs():
    layout, flat, x, y, shifts = random_critics()
    parts = layout.weights(flat)
    for c in range(2):
        for k, s in enumerate(shifts):
            first = torch.cat([parts[0][c], parts[1][c]])
            h = (torch.cat([x[c], y[c].roll(-int(s), 0)], 1) @ first + parts[2][c]).relu()
            expected = (h @ parts[3][c] + parts[4][c]).relu() @ parts[5][c] + parts[6][c]
            torch.testing.assert_close(scores(layout, flat, x, y, shifts)[c, k], expected[:, 0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_gradients_are_those_of_automatic_differentiation(estimator):
    layout, flat, x, y, shifts = random_critics()
    flat.requires_grad_()
    s = scores(layout, flat, x, y, shifts)

    def by_scores(s):
        return ascent(estimator, s, torch.full((2,), NAN, dtype=s.dtype))

    bound, g = by_scores(s.detach())
    s.backward(g)
    ours = gradient(layout, flat.detach(), x, y, shifts, by_scores)
    for one, other in zip(ours, (bound, flat.grad), strict=True):  # sums of at most 28 terms below 10: 28 * 10 * 2^-53
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("estimator", ["dv", "mine", "infonce", "nwj"])
def test_the_direction_is_the_gradient_of_the_bound(estimator):
    """For "mine" on its first batch, where the moving average is the batch's own."""
    s = torch.randn(3, 4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    bound, g = ascent(estimator, s, torch.full((3,), NAN, dtype=torch.float64))
    (expected,) = torch.autograd.grad(bound.sum(), s)
    torch.testing.assert_close(g.detach(), expected, rtol=1e-12, atol=1e-13)


def test_smile_climbs_the_jensen_shannon_bound():
    s = torch.randn(3, 4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    softplus = torch.nn.functional.softplus
    value = -softplus(-s[:, 0]).mean(1) - softplus(s[:, 1:]).mean((1, 2))
    torch.testing.assert_close(ascent("smile", s.detach())[1], torch.autograd.grad(value.sum(), s)[0])


def test_a_moving_average_removes_the_bias_of_a_small_batch():
    """Two bits, batches of 4, a fixed critic: the mean gradient by a score against the exact one of the bound."""
    table = torch.tensor([[2.0, -1.0], [-1.0, 2.0]], dtype=torch.float64)
    weight = PRODUCT * table.exp()
    exact = (JOINT - weight / weight.sum())[0, 0]
    log_mean, means = torch.full((1000,), NAN, dtype=torch.float64), {"dv": [], "mine": []}
    for step in range(160):
        x, y = binary_samples(1000, 4, seed=step)
        s = table_scores(table, x, y, range(2))
        at = torch.stack([(x == 0) & (y.roll(-k, 1) == 0) for k in range(2)], 1)
        for estimator in means:
            g = ascent(estimator, s, log_mean, rate=0.03)[1]
            if step >= 100:
                means[estimator].append(float((g * at).sum((1, 2)).mean()))
    bias = {k: abs(sum(v) / len(v) - exact) for k, v in means.items()}
    assert bias["dv"] > 0.015
    assert bias["mine"] < bias["dv"] / 5


@pytest.mark.parametrize(("estimator", "offset"), [("dv", 0.0), ("mine", 0.7), ("nwj", 1.0), ("smile", 0.0)])
def test_the_best_critic_reads_the_information(estimator, offset):
    x, y = binary_samples(1, 100_000)
    s = table_scores((JOINT / PRODUCT).log() + offset, x, y, range(9))
    value, error = held_out(estimator, s, range(9))
    assert value.item() == pytest.approx(NATS, abs=4 * error.item())
    assert 0.001 < error.item() < 0.003


@pytest.mark.parametrize("estimator", ["dv", "nwj", "smile", "infonce"])
@pytest.mark.parametrize("capped", [True, False])
def test_the_interval_covers_the_value_of_a_fixed_critic(estimator, capped):
    """A poor critic, 2,000 draws of 200 samples: the interval holds the mean of many draws in about 95 % of them."""
    table = torch.tensor([[1.5, -0.5], [0.0, 1.0]], dtype=torch.float64)
    shifts = range(8 if estimator == "infonce" else 17)
    x, y = binary_samples(2000, 200)
    value, error = held_out(estimator, table_scores(table, x, y, shifts), shifts, capped=capped)
    coverage = ((value - value.mean()).abs() <= 1.96 * error).double().mean().item()
    assert 0.93 < coverage < 0.98
    assert error.mean().item() == pytest.approx(value.std().item(), rel=0.1)


def test_no_value_exceeds_its_ceiling():
    """Joint scores of 50 and others of -50: a critic that knows every pair apart."""
    n = 32
    s = torch.full((1, n, n), -50.0, dtype=torch.float64)
    s[:, 0] = 50
    assert held_out("dv", s, range(n))[0].item() == pytest.approx(math.log(n), rel=1e-9)
    assert held_out("dv", s, range(n), capped=False)[0].item() == pytest.approx(100)
    assert held_out("infonce", s[:, :8], range(8))[0].item() == pytest.approx(math.log(8), rel=1e-9)
    assert ascent("infonce", s[:, :8])[0].item() == pytest.approx(math.log(8), rel=1e-9)


def test_scores_far_out_do_not_overflow():
    s = torch.full((1, 5, 16), 1e4)
    for estimator in ("dv", "mine", "infonce", "smile"):
        bound, g = ascent(estimator, s, torch.full((1,), NAN))
        value, error = held_out(estimator, s, range(5))
        assert all(v.isfinite().all() for v in (bound, g, value, error))


def test_padded_inputs_do_not_change_the_weights_of_a_critic():
    like = torch.zeros(1, dtype=torch.float64)
    wide, narrow = Layout(6, 5, (4, 3)), Layout(3, 2, (4, 3))
    padded = wide.weights(wide.initial(3, 2, 7, like)[None])
    alone = narrow.weights(narrow.initial(3, 2, 7, like)[None])
    for i, (a, b) in enumerate(zip(padded, alone, strict=True)):
        rows = b.shape[1]
        assert torch.equal(a[:, :rows], b), i
        assert not a[:, rows:].any()
