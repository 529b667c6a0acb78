"""Recovery of exponents: the rules on exact laws, recordings with their moments, and the sweep against single fits."""

import numpy as np
import pytest

from polylib.representation.exponent import fit_power_law
from polylib.representation.recovery import OURS, RULES, fixed_range, hill, recover, two_repeats
from polylib.representation.spectrum import cross_validated_spectrum, eigenspectrum

LAW = np.arange(1, 513.0) ** -1.3


@pytest.mark.parametrize("name", [name for name in RULES if name != "maximum likelihood"])
def test_a_rule_finds_an_exact_law(name):
    assert RULES[name](LAW) == pytest.approx(1.3, rel=1e-9)


def test_hill_on_an_exact_law():
    logs = np.log(np.arange(1, 257.0))
    assert hill(LAW) == pytest.approx(1.3 * (logs[-1] - logs.mean()), rel=1e-9)
    assert hill(LAW) == pytest.approx(1.3, abs=0.03)


def test_a_fixed_range_sees_its_ranks_alone_and_leaves_out_what_is_not_positive():
    spoilt = LAW.copy()
    spoilt[:10], spoilt[100:] = 7, -1
    for weighted in (True, False):
        assert fixed_range(11, 500, weighted)(spoilt) == pytest.approx(1.3, rel=1e-9)
    bent = np.where(np.arange(1, 513) < 20, LAW, 0.3 * LAW)
    assert fixed_range(1, 50, True)(bent) < fixed_range(1, 50, False)(bent)  # weights stress the first ranks


def test_two_repeats_have_signal_and_noise_as_asked():
    first, second = two_repeats(1.0, 0.5, 40_000, 6, np.random.default_rng(0))
    variances = 1 / np.arange(1, 7)
    shared = np.diag(first.T @ second) / len(first)
    np.testing.assert_allclose(shared, variances, atol=0.03)
    np.testing.assert_allclose(first.var(axis=0) - shared, 0.5 * variances.mean(), atol=0.03)
    same, again = two_repeats(1.0, 0.0, 10, 3, np.random.default_rng(0))
    assert same is again


def test_the_sweep_is_made_of_single_fits():
    found = recover([0.8, 1.5], [0.0, 1.0], 2, 300, 40, seed=3)
    draw = two_repeats(1.5, 1.0, 300, 40, np.random.default_rng([3, 1, 1, 0]))
    fit = fit_power_law(cross_validated_spectrum(*draw))
    assert found.errors[OURS][1, 1, 0] == fit.alpha - 1.5
    assert found.half[1, 1, 0] == pytest.approx((fit.interval[1] - fit.interval[0]) / 2)
    assert found.last[1, 1, 0] == fit.ranks[1]
    plain = RULES["WLS, ranks 11 to 100"](eigenspectrum(draw[0]))
    assert found.errors["WLS, ranks 11 to 100, PCA"][1, 1, 0] == plain - 1.5
    assert (found.errors["OLS, all ranks, PCA"] == found.errors["OLS, all ranks, cvPCA"])[:, 0].all()
    assert (found.covered == (np.abs(found.errors[OURS]) <= found.half)).all()
    assert len(found.errors) == 1 + 2 * len(RULES)


def test_a_summary_keeps_cells_and_all_false_alarms():
    found = recover([0.8, 1.5], [0.0], 3, 400, 60, seed=1)
    kept = found.summary()
    assert np.shape(kept["covered"]) == np.shape(kept["mean"][OURS]) == (2, 1)
    assert kept["sd"][OURS][1][0] == pytest.approx(np.std(found.errors[OURS][1, 0], ddof=1))
    rivals = found.rival[~np.isnan(found.rival)]
    assert kept["decided"] == rivals.size and sorted(kept["false alarms"]) == sorted(rivals[rivals < 0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((-1.0, 0.0, 5, 5), "exponent must be at least 0, got -1.0"),
        ((1.0, -0.1, 5, 5), "noise must be at least 0, got -0.1"),
        ((1.0, 0.0, 0, 5), "samples must be .*got 0"),
        ((1.0, 0.0, 5, 0), "units must be .*got 0"),
    ],
)
def test_bad_input_is_named(arguments, said):
    with pytest.raises(ValueError, match=said):
        two_repeats(*arguments, np.random.default_rng())
    with pytest.raises(ValueError, match=r"repeats must be .*got 0"):
        recover([1.0], [0.0], 0, 30, 10, 0)
