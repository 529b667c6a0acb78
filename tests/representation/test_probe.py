"""Probes read what is linear, nothing of what is not there, and cannot be fooled by copies on both sides."""

from inspect import unwrap

import numpy as np
import pytest
import torch
from scipy.optimize import OptimizeResult, minimize

from polylib.representation import probe

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def features():
    return torch.randn(3, 200, 10, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def noise():
    return torch.randint(0, 2, (200, 4), generator=torch.Generator().manual_seed(1)).float()


def test_a_linear_label_is_read(features):
    labels = (features[0] @ torch.ones(10, 1) > 0).float()
    accuracy = probe.linear_probe(features, labels, rng())
    assert accuracy.shape == (3, 1)
    assert accuracy[0, 0] > 0.85
    assert abs(accuracy[1, 0] - 0.5) < 0.15


def test_a_product_of_signs_is_not(features):
    labels = (features[0, :, :2].prod(1) > 0).float()[:, None]
    assert abs(probe.linear_probe(features, labels, rng())[0, 0] - 0.5) < 0.12


def test_balanced_accuracy_gives_a_rare_label_no_head_start(features):
    labels = (torch.arange(200) % 10 == 0).float()[:, None]
    assert abs(probe.linear_probe(features, labels, rng()).mean() - 0.5) < 0.12


def test_shift_and_scale_of_features_do_not_matter(features, noise):
    plain = probe.linear_probe(features, noise, rng())
    assert torch.allclose(plain, probe.linear_probe(1e3 * features.double() + 7, noise, rng()), atol=1e-12)


def test_shuffled_labels_show_what_chance_reaches(features, noise):
    reach = probe.shuffled_range(features, noise, rng(), n_shuffles=40)
    assert 0 < reach < 0.15
    inside = [probe.linear_probe(features, noise, rng(s)).mean(0).sub(0.5).abs().max() <= reach + 0.02 for s in (1, 2)]
    assert all(inside)


def test_shuffled_labels_keep_to_their_groups():
    labels = torch.tensor([[0, 1], [0, 1], [0, 0], [0, 0], [1, 1], [1, 1], [0, 1], [1, 0]]).float()
    groups = torch.tensor([0, 1, 2, 3, 2, 3, 0, 1])
    members = probe._members(groups)
    assert members.tolist() == [[0, 6], [1, 7], [2, 4], [3, 5]]
    seen = set()
    for seed in range(50):
        dealt = probe._deal(labels, members, rng(seed))
        pairs = sorted(sorted(map(tuple, pair)) for pair in dealt[members].tolist())
        assert pairs == sorted(sorted(map(tuple, pair)) for pair in labels[members].tolist())
        seen.add(tuple(dealt.flatten().tolist()))
    assert len(seen) > 30


def test_the_range_of_opposite_codes_with_equal_labels_is_zero():
    c = torch.randn(1, 30, 6, generator=torch.Generator().manual_seed(4))
    labels = torch.randint(0, 2, (30, 3), generator=torch.Generator().manual_seed(5)).float().repeat(2, 1)
    groups = torch.arange(30).repeat(2)
    assert probe.shuffled_range(torch.cat([c, -c], 1), labels, rng(), groups=groups, n_shuffles=5) < 1e-12
    assert probe.shuffled_range(torch.cat([c, -c], 1), labels, rng(), n_shuffles=5) > 0.01


def test_a_kind_that_is_not_held_out_counts_one_half():
    told = probe._balanced(torch.tensor([[[1.0], [1.0], [-1.0], [0.0]]]).double(), torch.ones(4, 1).double())
    assert told.item() == pytest.approx((0.625 + 0.5) / 2)


def test_groups_stay_together():
    x = torch.randn(1, 50, 40, generator=torch.Generator().manual_seed(2))
    labels = torch.randint(0, 2, (50, 1), generator=torch.Generator().manual_seed(3)).float()
    x2, labels2, group = torch.cat([x, x], 1), torch.cat([labels, labels]), torch.arange(50).repeat(2)
    leaky = probe.linear_probe(x2, labels2, rng())
    fair = probe.linear_probe(x2, labels2, rng(), groups=group)
    assert leaky > 0.6 > fair


def test_opposite_codes_with_equal_labels_are_read_at_one_half_exactly():
    c = torch.randn(1, 30, 6, generator=torch.Generator().manual_seed(4))
    labels = torch.randint(0, 2, (30, 3), generator=torch.Generator().manual_seed(5)).float()
    pairs = torch.arange(30).repeat(2)
    told = probe.linear_probe(torch.cat([c, -c], 1), torch.cat([labels, labels]), rng(), groups=pairs)
    assert torch.allclose(told, torch.full_like(told, 0.5), atol=1e-12)


def test_many_labels_are_read_as_each_alone(features, noise):
    many = probe.linear_probe(features, noise.repeat(1, 40), rng())
    assert torch.allclose(many, probe.linear_probe(features, noise, rng()).repeat(1, 40), atol=1e-12)


def test_a_balanced_accuracy_is_the_mean_of_two_shares():
    score, sign = torch.randn(2, 50, 3, generator=torch.Generator().manual_seed(6)).double(), torch.ones(50, 3).double()
    sign[:20] = -1
    told = (score.sign() == sign).double()
    assert torch.allclose(probe._balanced(score, sign), (told[:, :20].mean(1) + told[:, 20:].mean(1)) / 2)


@pytest.mark.parametrize(("n", "count"), [(2, 14), (3, 104)])
def test_threshold_functions_are_counted(n, count):
    """Of all functions of n bits this many are linearly separable (Muroga; OEIS A000609)."""
    inputs = ((torch.arange(2**n)[:, None] >> torch.arange(n)) & 1).float()
    functions = ((torch.arange(2**2**n)[None] >> torch.arange(2**n)[:, None]) & 1).float()
    assert probe.linearly_separable(inputs, functions).sum() == count


def test_a_solver_that_gives_up_is_named(features, noise, monkeypatch):
    given_up = OptimizeResult(status=1, message="Iteration limit reached.")
    monkeypatch.setattr(probe, "linprog", lambda *_, **__: given_up)
    with pytest.raises(RuntimeError, match=r"the solver did not decide: Iteration limit reached\."):
        unwrap(probe.linearly_separable)(features[0], noise)


def test_labels_of_another_length_are_not_separated(features):
    with pytest.raises(ValueError, match="labels must have one row for each of 200 samples, got 199"):
        unwrap(probe.linearly_separable)(features[0], torch.ones(199, 1))


def digits_of(values, n_bits):
    return ((torch.as_tensor(values)[:, None] >> torch.arange(n_bits)) & 1).float()


def test_usable_bits_of_a_code_that_a_line_reads_and_of_one_that_it_does_not():
    x = torch.arange(1, 257)
    code = digits_of([pow(3, int(k), 257) - 1 for k in x], 8)
    labels = digits_of(x % 256, 8)
    assert torch.allclose(probe.usable_bits(labels, labels), torch.ones(8, dtype=torch.float64), atol=1e-6)
    told = probe.usable_bits(code, labels)
    assert told[:7].abs().max() < 1e-12
    assert 0.05 < told[7] < 0.15


def test_usable_bits_are_those_of_another_optimiser(noise):
    code = torch.randint(0, 2, (200, 5), generator=torch.Generator().manual_seed(2)).float()
    x, sign = np.c_[np.ones(200), 2 * code.numpy() - 1], 2 * noise.double().numpy() - 1
    for told, wanted in zip(probe.usable_bits(code, noise), sign.T, strict=True):
        loss = minimize(lambda w, wanted=wanted: np.logaddexp(0, -wanted * (x @ w)).mean(), np.zeros(6), tol=1e-10).fun
        ones = (wanted > 0).mean()
        guess = -ones * np.log2(ones) - (1 - ones) * np.log2(1 - ones)
        assert told == pytest.approx(guess - loss / np.log(2), abs=1e-7)


def test_usable_bits_refuse_what_they_cannot_read(features, noise):
    code = (features[0] > 0).float()
    with pytest.raises(ValueError, match="labels must have one row for each of 200 samples, got 199"):
        unwrap(probe.usable_bits)(code, noise[:199])
    with pytest.raises(ValueError, match="labels must take both values in every column, got a constant one"):
        probe.usable_bits(code, torch.ones(200, 1))
    with pytest.raises(RuntimeError, match="the readers must settle, got a slope of"):
        probe.usable_bits(code * torch.nan, noise)


def test_labels_are_dealt_in_groups_and_none_is_lost():
    labels, groups = digits_of(range(64), 6), torch.arange(64) % 32
    dealt = probe.shuffle_labels(labels, rng(), groups=groups)
    assert (dealt[:32, :5] == dealt[32:, :5]).all()  # partners agree in these as before
    assert not torch.equal(dealt, labels)
    assert torch.equal(dealt.sum(0), labels.sum(0))
    assert torch.equal(probe.shuffle_labels(labels, rng()).sum(0), labels.sum(0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": torch.ones(200, 1)}, "labels must take both values in every column, got a constant one"),
        ({"labels": torch.ones(199, 1)}, "labels and groups must have one row for each of 200 samples, got 199, 200"),
        ({"groups": torch.ones(5)}, "labels and groups must have one row for each of 200 samples, got 200, 5"),
        ({"groups": torch.arange(200) % 3}, "groups must be at least 4, got 3"),
        ({"ridge": 0.0}, "ridge must be positive, got 0"),
        ({"n_splits": 0}, "n_splits must be a whole number of at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(features, noise, change, message):
    with pytest.raises(ValueError, match=message):
        unwrap(probe.linear_probe)(**{"features": features, "labels": noise, "rng": rng()} | change)


def test_a_bad_shuffle_is_refused(features, noise):
    with pytest.raises(ValueError, match="groups must be of one size, got sizes from 8 to 64"):
        probe.shuffled_range(features, noise, rng(), groups=torch.arange(200) // 64)
    with pytest.raises(ValueError, match="n_shuffles must be a whole number of at least 1, got 0"):
        probe.shuffled_range(features, noise, rng(), n_shuffles=0)
