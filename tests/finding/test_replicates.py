"""Intervals cover what they say they cover, agree with other ways to compute them, and refuse what carries none."""

import numpy as np
import pytest
from scipy import stats

from polylib.finding.replicates import FindingError, correlation, mean, rank_correlation, replicates, share


def covered(interval, truth):
    return interval.low <= truth <= interval.high


@pytest.mark.parametrize(("n", "level"), [(3, 0.95), (5, 0.95), (20, 0.95), (5, 0.99)])
def test_t_intervals_of_normal_replicates_cover_as_they_say(n, level):
    rng, tries = np.random.default_rng(n), 1_500
    hits = sum(covered(mean(rng.normal(3, 2, n), 1.0, level), 2) for _ in range(tries))
    assert abs(hits / tries - level) < 3.5 * np.sqrt(level * (1 - level) / tries)  # between 93 and 97 %


@pytest.mark.parametrize(("first", "second"), [(3, 3), (5, 5), (5, 20)])
def test_intervals_of_two_groups_cover(first, second):
    rng = np.random.default_rng(first + second)
    hits, tries = 0, 500
    for _ in range(tries):
        found = mean(rng.normal(1, 2, first), rng.normal(0, 1, second), 0.95, paired=False)
        hits += covered(found, 1)
    assert 0.93 < hits / tries < 0.985  # Welch's is a little too wide where the groups are small


def test_pairs_are_compared_as_pairs():
    rng = np.random.default_rng(0)
    level = rng.normal(0, 10, 12)
    first, second = level + rng.normal(1, 0.1, 12), level + rng.normal(0, 0.1, 12)
    pairs, groups = (mean(first, second, 0.95, paired=paired) for paired in (True, False))
    assert pairs.estimate == pytest.approx(groups.estimate) == pytest.approx(np.mean(first - second))
    assert pairs.low > 0.8 and groups.low < 0 < groups.high
    assert (pairs.how, groups.how) == ("Student's t, paired", "Welch's t, two groups")
    by_hand = stats.t.ppf(0.975, 11) * np.std(first - second, ddof=1) / np.sqrt(12)
    assert pairs.high - pairs.estimate == pytest.approx(by_hand)
    assert mean(first, 0.5, 0.95).how == "Student's t"


@pytest.mark.parametrize("two", [False, True])
def test_bootstrap_intervals_cover_and_agree_with_t_where_there_are_many(two):
    rng = np.random.default_rng(5)
    values, than = rng.normal(1, 1, 200), rng.normal(0, 1, 150) if two else 0.0
    t, b = (mean(values, than, 0.95, paired=False, how=how) for how in ("t", "bootstrap"))
    assert b.estimate == t.estimate and b.how.startswith("bootstrap (BCa)") and b.n == t.n
    assert np.allclose([b.low, b.high], [t.low, t.high], atol=0.03)
    assert mean(values, than, 0.95, paired=False, how="bootstrap") == b
    hits = [covered(mean(rng.exponential(size=20), 0.0, 0.95, how="bootstrap"), 1) for _ in range(100)]
    assert 0.82 < np.mean(hits) < 0.99  # 90 %: of so few skewed values no interval knows the tail


@pytest.mark.parametrize(("n", "truth"), [(3, 0.0), (3, 0.8), (10, -0.5)])
def test_intervals_of_mean_correlations_cover_and_stay_inside(n, truth):
    rng, tries = np.random.default_rng(n), 1_500
    found = [correlation(np.tanh(np.arctanh(truth) + rng.normal(0, 0.5, n)), 0.0, 0.95) for _ in range(tries)]
    hits = sum(covered(interval, truth) for interval in found)
    assert abs(hits / tries - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / tries)
    assert all(-1 < one.low < one.estimate < one.high < 1 for one in found)


def test_of_small_correlations_fishers_interval_is_that_of_the_mean():
    small = np.random.default_rng(3).normal(0, 1e-4, 8)
    z, t = correlation(small, 0.1, 0.9), mean(small, 0.1, 0.9)
    assert (z.low, z.estimate, z.high) == pytest.approx((t.low, t.estimate, t.high), abs=1e-11)
    assert z.how == "Student's t of Fisher's z"


@pytest.mark.parametrize(("n", "controls"), [(6, 0), (20, 0), (10, 1), (20, 1)])
def test_intervals_of_rank_correlations_cover(n, controls):
    """The truth of two normal variables is known: 6 / pi arcsin(r / 2) without, 0 with what makes both alike."""
    rng, r = np.random.default_rng(n), 0.5
    truth = 0.0 if controls else 6 / np.pi * np.arcsin(r / 2)
    hits, tries = 0, 500
    for _ in range(tries):
        common = rng.normal(size=n)
        x, y = (np.sqrt(r) * common + np.sqrt(1 - r) * rng.normal(size=n) for _ in range(2))
        hits += covered(rank_correlation(x, y, 0.95, given=common if controls else None), truth)
    assert 0.93 < hits / tries < (0.99 if n > 6 else 1)  # six are few: too wide rather than too short


def test_rank_correlations_are_those_of_scipy_and_of_three_pairs_by_hand():
    rng = np.random.default_rng(1)
    x, y, z = rng.normal(size=(3, 30)) + rng.normal(size=30)
    assert rank_correlation(x, y, 0.95).estimate == pytest.approx(stats.spearmanr(x, y).statistic)
    xy, xz, yz = (stats.spearmanr(*pair).statistic for pair in ((x, y), (x, z), (y, z)))
    by_hand = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    found = rank_correlation(x, y, 0.95, given=z)
    assert found.estimate == pytest.approx(by_hand)
    assert found.how.endswith("1 held fixed")
    two = rank_correlation(x, y, 0.95, given=np.stack([z, rng.normal(size=30)], axis=1))
    assert two.how.endswith("2 held fixed")
    assert rank_correlation(np.exp(x), y**3, 0.9).estimate == rank_correlation(x, y, 0.9).estimate


@pytest.mark.parametrize(("n", "seen"), [(4, False), (5, False), (6, True), (10, True)])
def test_a_perfect_correlation_keeps_a_width(n, seen):
    found = rank_correlation(np.arange(n), np.arange(n) ** 2, 0.95)
    assert found.estimate == found.high == pytest.approx(1)
    assert (found.low > 0) == seen and found.low < 0.95
    falling = rank_correlation(np.arange(n), -np.arange(n), 0.95)
    assert (falling.low, falling.high) == (-found.high, -found.low)


def test_shares_are_exact():
    """The ends by what defines them: k or more, and k or fewer, have probability 2.5 % there."""
    found = share(14, 20, 0.95)
    assert stats.binom.sf(13, 20, found.low) == pytest.approx(0.025)
    assert stats.binom.cdf(14, 20, found.high) == pytest.approx(0.025)
    assert (found.estimate, found.n) == (0.7, 20)
    assert share(0, 9, 0.95).low == 0 and share(9, 9, 0.95).high == 1


NORMAL = np.random.default_rng(2).normal(size=12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: replicates("x", 0.3), "x must be replicates, since one number has no interval, got 0.3"),
        (lambda: replicates("x", [0.3]), r"x must be a line of at least 2 replicates, got shape \(1,\)"),
        (lambda: replicates("x", np.ones((3, 2))), r"x must be a line of at least 2 replicates, got shape \(3, 2\)"),
        (lambda: replicates("x", [1.0, np.nan]), "x must be finite, got nan"),
        (lambda: replicates("x", ["a", "b"]), "x must be a real number or an array of them"),
        (lambda: replicates("x", [0.1] * 3), "x must differ from replicate to replicate, got 3 times 0.1"),
        (lambda: replicates("x", [0.1, 0.1 + 1e-16, 0.1]), "x must differ from replicate to replicate"),
        (lambda: replicates("x", np.tile(NORMAL, 2)), "x must not be copies of one another, got 12 values 2 times"),
        (lambda: replicates("x", np.repeat(NORMAL, 3)), "x must not be copies of one another, got 12 values 3 times"),
        (lambda: mean(NORMAL, NORMAL.copy(), 0.95), "values and than must be measured apart, got the same values"),
        (lambda: mean(NORMAL, NORMAL + 1, 0.95), "values must not be than moved, got the same difference -1"),
        (lambda: mean(NORMAL, NORMAL[:5], 0.95), r"than must have as many .*say paired=False\), got 5 and 12"),
        (lambda: mean(NORMAL, [1.0], 0.95), "than must be a line of at least 2 replicates"),
        (lambda: mean(NORMAL, np.nan, 0.95), "than must be finite, got nan"),
        (lambda: mean(0.3, NORMAL, 0.95), "values must be replicates, since one number has no interval"),
        (
            lambda: correlation([0.1, -1.0, 0.3], 0.0, 0.95),
            r"values must lie between -1 and 1, .* got \[ 0.1 -1.   0.3\]",
        ),
        (lambda: correlation([0.1, 0.2], [0.1, 0.3], 0.95), r"than be a number, got \[0.1 0.2\] and \[0.1, 0.3\]"),
        (lambda: mean(NORMAL[:9], 0.0, 0.95, how="bootstrap"), r"bootstrap must be of at least 10 .*use t\), got 9"),
        (lambda: mean(NORMAL, 0.0, 0.95, how="sd"), "how must be t or bootstrap, got 'sd'"),
        (lambda: rank_correlation(NORMAL, NORMAL[:5], 0.95), r"must have one length, of at least 4, got \[12, 5\]"),
        (lambda: rank_correlation(NORMAL[:3], NORMAL[3:6], 0.95), "of at least 4"),
        (lambda: rank_correlation(NORMAL, NORMAL[::-1], 0.95, given=NORMAL), "given must leave something of x and y"),
        (lambda: share(3, 2, 0.95), "k must be at most n, got 3 of 2"),
        (lambda: share(1, 1, 0.95), "n must be a whole number of at least 2, got 1"),
    ],
)
def test_what_carries_no_interval_is_refused(call, message):
    with pytest.raises(FindingError, match=message):
        call()


def test_few_different_values_are_no_copies():
    """Counts and scores of a few items repeat one another by chance."""
    for values in ([0, 1, 0, 1, 0, 1], [0.8, 0.9, 0.8, 0.9], [1, 2, 3, 1, 2, 2], [2, 2, 3, 3]):
        assert len(replicates("x", values)) == len(values)


def test_a_paired_count_may_be_the_same_everywhere_on_one_side():
    often = np.array([1, 0, 1, 1, 1, 0, 1, 1]) > 0
    assert mean(often, np.zeros(8), 0.95).estimate == mean(often, 0.0, 0.95).estimate == 0.75
    with pytest.raises(FindingError, match="than must differ"):
        mean(often, np.full(8, 0.123), 0.95)
    with pytest.raises(FindingError, match="than must differ"):
        mean(often, np.zeros(8), 0.95, paired=False)
    with pytest.raises(FindingError, match="values must not be than moved, got the same difference 1 everywhere"):
        mean(np.ones(8), np.zeros(8), 0.95)


def test_what_is_measured_is_copied():
    values = np.array([1.0, 2.0])
    kept = replicates("x", values)
    values[0] = 9
    assert kept[0] == 1
