"""Scores and calibrations: closed forms, independent algorithms, intervals that cover, and what is not defined."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from polylib.explanation import calibration
from polylib.explanation.scores import (
    MeanScore,
    Score,
    Undefined,
    absolute_deviation,
    correlation,
    explained_variance,
    mean_score,
)


def pair(n_records=8, size=20, rho=0.6, seed=0, shared=0.0):
    """Truth and simulation of correlation rho; `shared` is the part of the variance that a record has in common."""
    rng = np.random.default_rng(seed)

    def noise():
        return np.sqrt(shared) * rng.standard_normal((n_records, 1)) + np.sqrt(1 - shared) * rng.standard_normal(
            (n_records, size)
        )

    x = noise()
    return list(x), list(rho * x + np.sqrt(1 - rho**2) * noise())


def test_the_correlation_is_that_of_scipy_with_its_interval():
    x, y = pair()
    ours, theirs = correlation(x, y), stats.pearsonr(np.concatenate(x), np.concatenate(y))
    assert ours.value == pytest.approx(theirs.statistic, rel=1e-12)
    assert ours.interval == pytest.approx(tuple(theirs.confidence_interval(0.95)), rel=1e-9)
    assert (ours.over, ours.n) == ("tokens", 160)


def test_records_of_unequal_length_are_put_together():
    x, y = pair()
    x[0], y[0] = x[0][:3], y[0][:3]
    wanted = np.corrcoef(np.concatenate(x), np.concatenate(y))[0, 1]
    assert correlation(x, y).value == pytest.approx(wanted, rel=1e-12)
    assert correlation(x, y, rng=np.random.default_rng(0)).value == pytest.approx(wanted, rel=1e-12)


def test_the_bootstrap_joins_records_of_unequal_length():
    x, y = pair(n_records=12, shared=0.5)
    x, y = ([r[: 2 + 18 * (i % 2)] for i, r in enumerate(part)] for part in (x, y))
    draws = np.random.default_rng(0).multinomial(12, np.full(12, 1 / 12), size=50)
    joined = [[np.concatenate([part[i] for i in np.repeat(range(12), n)]) for part in (x, y)] for n in draws]
    wanted = np.quantile([np.corrcoef(*both)[0, 1] for both in joined], [0.025, 0.975])
    found = correlation(x, y, rng=np.random.default_rng(0), n_draws=50)
    assert found.interval == pytest.approx(tuple(wanted), rel=1e-9)


def test_the_bootstrap_is_that_of_scipy():
    x, y = pair(n_records=12, shared=0.5)
    own = correlation(x, y, rng=np.random.default_rng(0), n_draws=4000)
    places = np.arange(12)

    def by_hand(drawn):
        a, b = (np.concatenate([part[i] for i in drawn]) for part in (x, y))
        return np.corrcoef(a, b)[0, 1]

    rng = np.random.default_rng(1)
    theirs = stats.bootstrap(
        (places,), by_hand, n_resamples=4000, method="percentile", vectorized=False, rng=rng
    ).confidence_interval
    assert own.over == "records"
    assert own.interval == pytest.approx(tuple(theirs), abs=0.02)


def test_the_interval_over_records_covers_where_that_over_tokens_does_not():
    """Tokens of one record are alike: 120 trials with a correlation of 0.6."""
    inside = np.zeros(2)
    for seed in range(120):
        x, y = pair(n_records=30, rho=0.6, seed=seed, shared=0.7)
        found = correlation(x, y), correlation(x, y, rng=np.random.default_rng(seed), n_draws=200)
        inside += [s.interval[0] <= 0.6 <= s.interval[1] for s in found]
    tokens, records = inside / 120
    assert tokens < 0.7
    assert 0.86 < records < 0.995


@given(st.integers(0, 500), st.floats(0.01, 100), st.floats(-100, 100))
def test_a_correlation_does_not_know_units(seed, scale, shift):
    x, y = pair(seed=seed)
    there = correlation(x, y, rng=np.random.default_rng(0), n_draws=50)
    here = correlation(x, [scale * a + shift for a in y], rng=np.random.default_rng(0), n_draws=50)
    assert there.value == pytest.approx(here.value, abs=1e-10)
    assert there.interval == pytest.approx(here.interval, abs=1e-8)


def test_a_perfect_simulation():
    x, _ = pair()
    for score in (correlation(x, x), explained_variance(x, x), absolute_deviation(x, x)):
        assert score.value == pytest.approx(1, abs=1e-12)  # sums of 160 terms: within 160 x 2e-16
    assert correlation(x, x).interval == pytest.approx((1, 1))
    assert correlation(x, [-a for a in x]).value == pytest.approx(-1)


def test_variance_explained_is_that_of_sklearn_about_the_mean():
    x, y = pair()
    assert explained_variance(x, y).value == pytest.approx(r2_score(np.concatenate(x), np.concatenate(y)), rel=1e-12)
    moved = [a + 5 for a in x]
    zeros = [np.full_like(a, np.concatenate(moved).mean()) for a in x]
    assert explained_variance(moved, zeros).value == pytest.approx(0, abs=1e-12)
    assert explained_variance(moved, zeros, about="zero").value > 0.9  # for knowing the mean alone
    with pytest.raises(ValueError, match="about must be one of mean, zero"):
        inspect.unwrap(explained_variance)(x, y, about="one")


def test_absolute_deviation_by_hand():
    assert absolute_deviation([np.array([1.0, -3.0])], [np.array([0.0, -1.0])]).value == pytest.approx(1 - 1.5 / 2)


@pytest.mark.parametrize(
    ("truth", "simulated", "reason"),
    [
        ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], "the truth is constant"),
        ([1.0, 2.0, 3.0], [0.1, 0.1, 0.1], "the simulation is constant"),
        ([1.0, 2.0, 3.0], [0.1, 0.1 + 1e-16, 0.1], "the simulation is constant"),
        ([1.0], [2.0], "fewer than two tokens"),
        ([], [], "fewer than two tokens"),
    ],
)
def test_what_is_not_defined_has_a_reason(truth, simulated, reason):
    assert correlation([np.array(truth)], [np.array(simulated)]) == Undefined(reason)


def test_other_scores_are_not_defined_either():
    zeros, x = [np.zeros(3)], [np.arange(3.0)]
    assert explained_variance(zeros, x) == Undefined("the truth is constant")
    assert explained_variance(zeros, x, about="zero") == Undefined("the truth is 0 everywhere")
    assert absolute_deviation(zeros, x) == Undefined("the truth is 0 everywhere")
    assert absolute_deviation([], []) == Undefined("no tokens")


def test_few_tokens_or_records_tell_nothing():
    x, y = [np.array([1.0, 2.0, 4.0])], [np.array([1.0, 3.0, 2.0])]
    assert correlation(x, y).interval == (-1, 1)
    assert correlation(x, y, rng=np.random.default_rng(0)).interval == (-1, 1)
    spiky = [np.array([0.0, 0.0, float(i == 0)]) for i in range(4)]
    assert correlation(spiky, spiky, rng=np.random.default_rng(0)).interval == (-1, 1)


@pytest.mark.parametrize("simulated", [[np.zeros(2)], [np.zeros(3), np.zeros(2)], [np.zeros((3, 1))]])
def test_shapes_that_differ_are_refused(simulated):
    with pytest.raises(ValueError, match="truth and simulated must hold one value a token, got shapes"):
        correlation([np.arange(3.0)], simulated)


def test_a_mean_counts_what_is_not_defined():
    scores = [Score(v, (0.0, 1.0), "tokens", 9) for v in (0.1, 0.3, 0.8)]
    found = mean_score([*scores, Undefined("a"), Undefined("a"), Undefined("b")])
    wanted = stats.t.interval(0.95, 2, loc=0.4, scale=stats.sem([0.1, 0.3, 0.8]))
    assert found.interval == pytest.approx(wanted)
    assert (found.value, found.n, found.undefined) == (pytest.approx(0.4), 3, 3)
    assert found.reasons == {"a": 2, "b": 1}
    assert mean_score([Undefined("a")]) == Undefined("none of 1 scores is defined")
    assert mean_score(scores[:1]) == MeanScore(0.1, (-np.inf, np.inf), 1, 0, {})


LISTS = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30)


@given(LISTS, st.integers(0, 99))
def test_linear_calibration_is_least_squares(levels, seed):
    x = np.array(levels)
    y = np.random.default_rng(seed).standard_normal(len(x))
    ours = calibration.fit("linear", x, y)
    if np.ptp(x) <= 1e-12 * np.abs(x).max():
        assert ours(x) == pytest.approx(np.full(len(x), y.mean()))
    else:
        theirs = LinearRegression().fit(x[:, None], y).predict(x[:, None])
        lost = np.abs(x).max() / np.ptp(x)  # where levels hardly differ, so many digits go as their mean is taken off
        rounding = 10 * len(x) * np.finfo(float).eps * (1 + lost)
        np.testing.assert_allclose(ours(x), theirs, rtol=0, atol=rounding * np.abs(y).max())


@given(LISTS, st.integers(0, 99))
def test_percentiles_take_one_distribution_to_the_other(levels, seed):
    x = np.unique(levels)
    y = np.random.default_rng(seed).standard_normal(len(x))
    f = calibration.fit("percentile", x, y)
    np.testing.assert_array_equal(np.sort(f(x)), np.sort(y))
    assert (np.diff(f(x)) >= 0).all()
    np.testing.assert_array_equal(f(np.array([x[0] - 1, x[-1] + 1])), [y.min(), y.max()])


def test_scale_and_identity():
    assert calibration.scale(5.0)(np.array([0, 4, 10])).tolist() == [0, 2, 5]
    assert calibration.Calibration("identity")(np.array([0, 4.0])).tolist() == [0, 4]


def test_calibrations_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="kind must be one of linear, percentile, got 'scale'"):
        calibration.fit("scale", [1.0], [2.0])
    with pytest.raises(
        ValueError, match=r"simulated and values must have one shape \(tokens,\), got \(2,\) and \(1,\)"
    ):
        calibration.fit("linear", [1.0, 2.0], [2.0])
    with pytest.raises(ValueError, match="top must be at least 0, got -1"):
        calibration.scale(-1.0)
