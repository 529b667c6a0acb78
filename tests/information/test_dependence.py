"""Samples that are not independent: found and refused, kept together, and then read as what they are."""

import inspect

import numpy as np
import pytest
import torch

from polylib.information import blocks, estimate, estimate_many
from polylib.information.dependence import copies, labels, likeness, ordered_alike, refuse_dependent, unpaired
from polylib.information.recipe import Phase, Recipe

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = Recipe(hidden=(16, 16), phases=(Phase(300, 128, 5e-3),), every=25, patience=6)


def series(memory, seed, n=2000):
    """Autoregressive with coefficient `memory`."""
    rng, v = np.random.default_rng(seed), np.zeros(n)
    for i in range(1, n):
        v[i] = memory * v[i - 1] + rng.standard_normal()
    return v[:, None]


@pytest.mark.parametrize("estimator", ["mine", "ksg", "cca"])
def test_independent_series_are_refused_and_read_as_nothing_in_blocks(estimator):
    x, y = series(0.95, 1), series(0.95, 2)
    with pytest.raises(ValueError, match="alike at a distance of 1 in x and in y: give the rows"):
        estimate(x, y, estimator, recipe=SMALL)
    found = estimate(x, y, estimator, groups=blocks(2000, 100), recipe=SMALL)
    assert found.interval[0] <= 0 <= found.interval[1]
    wrong = estimate(x, y, estimator, groups=np.arange(2000), recipe=SMALL)  # what a user who is not told would get
    assert found.standard_error > 1.5 * wrong.standard_error


@pytest.mark.parametrize("estimator", ["mine", "ksg", "cca"])
def test_copies_are_refused_and_read_as_nothing_in_groups(estimator):
    rng = np.random.default_rng(0)
    x, y = (np.tile(rng.standard_normal((500, 1)), (4, 1)) for _ in "xy")
    with pytest.raises(ValueError, match="got 1500 of 2000 that are copies"):
        estimate(x, y, estimator, recipe=SMALL)
    found = estimate(x, y, estimator, groups=np.tile(np.arange(500), 4), recipe=SMALL)
    assert found.interval[0] <= 0 <= found.interval[1] < 1


@pytest.mark.parametrize("estimator", ["mine", "ksg", "cca"])
def test_groups_leave_what_there_is(estimator):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2000, 1))
    y = 0.8 * x + 0.6 * rng.standard_normal((2000, 1))
    found = estimate(x, y, estimator, groups=blocks(2000, 40), null=1, recipe=SMALL)
    assert found.interval[0] < 0.737 < found.interval[1]
    assert abs(found.null[0]) < 0.2 < found.interval[0]


def test_a_copy_is_said_to_be_infinite_and_a_bit_is_not():
    x = np.random.default_rng(0).standard_normal((1000, 2))
    found = estimate(x, -(x[:, 1:] ** 3), "ksg")
    assert found.at_least
    assert "95 % at least" in repr(found)
    assert "column 1 of x orders column 0 of y: infinite" in repr(found)
    assert ordered_alike(np.sign(x), np.sign(x)) == []


def test_likeness_is_that_of_the_variance_of_a_covariance():
    """Measured over 400 pairs of independent series of .5: 1 + 2 (.25 + .25^2 + ...) = 1 + .67 times 1 / n."""
    found = [likeness(series(0.5, 2 * s, 1000), series(0.5, 2 * s + 1, 1000))[0] for s in range(20)]
    drawn = [float(np.mean(series(0.5, 2 * s, 1000) * series(0.5, 2 * s + 1, 1000))) for s in range(400)]
    inflation = np.var(drawn) * 1000 * 0.75**2
    assert np.mean(found) == pytest.approx(inflation - 1, abs=0.3)
    independent = np.random.default_rng(0).standard_normal((2, 5000, 3))
    assert likeness(*independent)[0] == 0


def test_one_side_may_be_a_series():
    x, y = series(0.99, 1), np.random.default_rng(0).standard_normal((2000, 1))
    assert refuse_dependent("task", x, y) == []


def test_rows_of_people_in_turn_are_alike_at_a_distance():
    rng = np.random.default_rng(0)
    x, y = (np.tile(rng.standard_normal((5, 1)), (200, 1)) + 0.3 * rng.standard_normal((1000, 1)) for _ in "xy")
    with pytest.raises(ValueError, match=r"alike at a distance of (5|10|15)"):
        refuse_dependent("task", x, y)


def test_discrete_rows_may_repeat_and_some_copies_are_noted():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (1000, 2)).astype(float)
    assert refuse_dependent("task", bits[:, :1], bits[:, 1:]) == []
    x, y = rng.standard_normal((2, 1000, 1))
    x[:100], y[:100] = x[100:200], y[100:200]
    assert refuse_dependent("task", x, y) == ["100 of 1000 rows are copies of others"]
    assert copies(np.array([[0.0, 1.0], [-0.0, 1.0], [0.0, 2.0]])) == 1


def test_no_group_is_cut(monkeypatch):
    """What each critic is trained, validated and tested on, with groups of very different sizes."""
    from polylib.information import estimators

    rng = np.random.default_rng(3)
    groups = rng.integers(0, 40, 2000) ** 2 // 40
    seen, split = [], estimators.split

    def noted(*arguments):
        seen.append(split(*arguments))
        return seen[-1]

    monkeypatch.setattr(estimators, "split", noted)
    x, y = rng.standard_normal((2, 2000, 1))
    estimate_many([x, x], [y, y], groups=groups, recipe=SMALL)
    critics, test = seen[0]
    assert len(test) == 10
    for t, v, r in zip(test, critics.validation, critics.train, strict=True):
        parts = [set(groups[rows.numpy()]) for rows in (t, v, r)]
        assert not parts[0] & parts[1]
        assert not parts[2] & (parts[0] | parts[1])
        assert len(set(r.tolist())) == len(r) > 600


def test_blocks_and_what_is_paired_at_random():
    np.testing.assert_array_equal(blocks(7, 3), [0, 0, 0, 1, 1, 1, 1])
    groups = blocks(100, 10)
    moved = unpaired(100, groups, 0)
    assert sorted(moved) == list(range(100))
    assert not (groups == groups[moved]).any()
    assert (np.diff(moved) % 100 == 1).all()
    assert labels(np.arange(9), 9) is None


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (np.zeros(100), "groups must be at least 4, got 1"),
        (np.zeros(3), r"groups must have one label for each of 100 samples, got shape \(3,\)"),
    ],
)
def test_bad_groups_are_refused(groups, message):
    x = np.random.default_rng(0).standard_normal((100, 1))
    with pytest.raises(ValueError, match=message):
        estimate(x, x + 1, "cca", groups=groups)
    with pytest.raises(ValueError, match="length must be at most the 3 samples, got 4"):
        blocks(3, 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x + 1j, "x of task 0 must hold real numbers, got complex128"),
        (lambda x: x.astype(str), "x of task 0 must hold real numbers, got <U32"),
        (lambda x: torch.tensor(x) * 1j, "x of task 0 must hold real numbers, got torch.complex128"),
    ],
)
def test_what_is_not_real_is_refused(change, message):
    x = np.random.default_rng(0).standard_normal((100, 1))
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(estimate)(change(x), x, "cca")


def test_clocks_gradients_and_half_precision_change_nothing():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 10**6, (1000, 1))
    y = x + rng.integers(0, 10**6, (1000, 1))
    plain = estimate(x, y, "ksg").bits
    assert estimate(x + 1_700_000_000_000_000_000, y, "ksg").bits == plain
    assert estimate(x * 1e-3 + 1e9, y, "ksg").bits == pytest.approx(plain, abs=0.02)
    tensor = torch.tensor(x / 1e6, requires_grad=True)
    assert estimate(tensor, torch.tensor(y / 1e6), "ksg").bits == pytest.approx(plain, abs=1e-9)
    assert estimate(tensor.half(), torch.tensor(y / 1e6).half(), "ksg").bits == pytest.approx(plain, abs=0.1)
