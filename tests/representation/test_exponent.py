"""Exponents: exact laws, recovery from samples with and without noise, the interval, rivals that must win."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylib.representation.exponent import alpha_and_ends, fit_power_law
from polylib.representation.ranks import common_ranks, ranks_of
from polylib.representation.spectrum import cross_validated_spectrum, eigenspectrum

RANKS = np.arange(1, 257.0)


def recordings(alpha, noise, seed, samples=1400, units=256):
    """Two repeats of one signal with a power-law spectrum."""
    rng = np.random.default_rng(seed)
    variances = np.arange(1, units + 1.0) ** -alpha
    signal = rng.standard_normal((samples, units)) * np.sqrt(variances)
    level = np.sqrt(noise * variances.mean())
    return [signal + level * rng.standard_normal(signal.shape) for _ in range(2)]


@given(st.floats(0.2, 4), st.floats(1e-6, 1e6), st.integers(12, 600))
def test_an_exact_law_is_found_exactly(alpha, scale, size):
    fit = fit_power_law(scale * np.arange(1, size + 1.0) ** -alpha)
    assert fit.alpha == pytest.approx(alpha, rel=1e-9)
    assert fit.scale == pytest.approx(scale, rel=1e-9)
    assert fit.predict([1, 2, 4]) == pytest.approx(scale * np.array([1, 2.0**-alpha, 4.0**-alpha]), rel=1e-9)
    assert fit.ranks[0] == 1 and fit.ranks[1] >= min(size, 8)
    assert fit.interval[0] <= fit.alpha <= fit.interval[1]
    assert fit.r_squared == pytest.approx(1)


def test_weighted_least_squares_of_logarithms_where_errors_are_small():
    rng = np.random.default_rng(0)
    values = RANKS**-1.2 * np.exp(1e-4 * rng.standard_normal(RANKS.size))
    textbook = -np.polyfit(np.log(RANKS[10:100]), np.log(values[10:100]), 1, w=RANKS[10:100] ** -0.5)[0]
    assert fit_power_law(values, (11, 100)).alpha == pytest.approx(textbook, abs=1e-7)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5, 2.0])
def test_recovery_without_noise(alpha):
    errors = [fit_power_law(eigenspectrum(recordings(alpha, 0, seed)[0])).alpha - alpha for seed in range(2)]
    assert abs(np.mean(errors)) < 0.05


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5, 2.0])
def test_recovery_from_two_noisy_repeats(alpha):
    fits = [fit_power_law(cross_validated_spectrum(*recordings(alpha, 1, seed))) for seed in range(2)]
    assert abs(np.mean([fit.alpha for fit in fits]) - alpha) < 0.1
    assert max(fit.ranks[1] for fit in fits) < 0.7 * 256


def test_the_interval_covers_and_is_not_vain():
    fits = [(a, fit_power_law(eigenspectrum(recordings(a, 0, s)[0]))) for a in (1.0, 1.5, 2.0) for s in range(5)]
    assert np.mean([fit.interval[0] <= alpha <= fit.interval[1] for alpha, fit in fits]) > 0.85
    assert max(fit.interval[1] - fit.interval[0] for _, fit in fits) < 0.25


@pytest.mark.parametrize("last", [3, 5, 10])
def test_the_interval_covers_independent_errors_from_three_ranks_up(last):
    """Of 400 draws between 0.92 and 0.985: 0.95 within three standard errors, and the approximate t's own 0.01."""
    rng = np.random.default_rng(last)
    errors = 0.1 * rng.standard_normal((400, last))
    fits = [fit_power_law(RANKS[:last] ** -1.0 * np.exp(e), (1, last)) for e in errors]
    assert 0.92 < np.mean([fit.interval[0] <= 1 <= fit.interval[1] for fit in fits]) < 0.985


def test_the_interval_covers_samples_of_a_law():
    """Over few ranks and over those that are found, 200 draws in all; see the docstring for where it does not."""
    held = []
    for seed in range(100):
        values = eigenspectrum(recordings(1.5, 0, seed, 600, 64)[0])
        for ranks in ((1, 5), None):
            low, high = fit_power_law(values, ranks).interval
            held.append(low <= 1.5 <= high)
    assert 0.9 < np.mean(held) < 0.99


@pytest.mark.parametrize("values", [RANKS, RANKS**0.5 + 1, np.sort(np.random.default_rng(0).random(9)), [1, 2, 3]])
def test_spectra_in_another_order_are_refused(values):
    with pytest.raises(ValueError, match="eigenvalues must stand largest first, got"):
        fit_power_law(values)
    assert fit_power_law(values[::-1]).alpha > 0


def test_common_ranks_are_those_of_the_shortest_range():
    spectra = {"wide": RANKS**-1.0, "narrow": RANKS[:20] ** -2.0}
    assert common_ranks(spectra) == (1, min(fit_power_law(v).ranks[1] for v in spectra.values()))
    with pytest.raises(ValueError, match="spectra must each have a range to fit, got dead: eigenvalues must hold"):
        common_ranks(spectra | {"dead": np.zeros(9)})
    with pytest.raises(ValueError, match="spectra must hold at least one, got none"):
        common_ranks({})


def test_noise_in_plain_pca_is_seen_by_the_rivals():
    fit = fit_power_law(eigenspectrum(recordings(1.5, 1, 0)[0]))
    assert fit.alpha < 1.2 and fit.best == "broken power law" and fit.rivals["broken power law"] < -20


@pytest.mark.parametrize(
    ("variances", "law"),
    [
        (np.exp(-RANKS / 30), "exponential"),
        (np.where(RANKS < 30, 1 / RANKS, 900 * RANKS**-3), "broken power law"),
        (RANKS**-1.0, "power law"),
    ],
)
def test_planted_laws_are_recognised(variances, law):
    rng = np.random.default_rng(1)
    fit = fit_power_law(eigenspectrum(rng.standard_normal((1400, 256)) * np.sqrt(variances)))
    assert fit.best == law


def test_negative_values_count_as_low_ones():
    """The mean of a noisy law is found without the bias of dropping what is negative."""
    rng = np.random.default_rng(2)
    noise = 0.02 * rng.standard_normal((60, RANKS.size))
    found = [fit_power_law(RANKS**-1.0 + e, (1, 100)).alpha for e in noise]
    assert (RANKS[:100] ** -1.0 + noise[:, :100] < 0).any(axis=1).mean() > 0.9
    assert abs(np.mean(found) - 1) < 0.02


def test_a_rank_deficient_spectrum_ends_where_its_values_end():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((150, 256)) * RANKS**-0.75
    assert fit_power_law(eigenspectrum(x)).ranks[1] <= 105


def test_nothing_is_changed_and_nothing_is_drawn():
    values = cross_validated_spectrum(*recordings(1, 1, 0))
    before, ranks = values.copy(), [11, 100]
    first, second = fit_power_law(values, ranks), fit_power_law(values, ranks)
    assert (values == before).all() and ranks == [11, 100]
    assert second == first and first.ranks == (11, 100)


def test_few_ranks_have_no_rivals():
    fit = fit_power_law([1, 0.5, 0.3])
    assert fit.rivals == {} and fit.best == "power law"
    assert fit_power_law(RANKS**-1.0, (3, 5)).alpha == pytest.approx(1)


def test_exponents_where_there_are_none():
    assert alpha_and_ends([1.0, 0.5]) is None and alpha_and_ends(np.zeros(30)) is None
    fit = fit_power_law(RANKS**-2.0)
    assert alpha_and_ends(RANKS**-2.0) == pytest.approx([fit.alpha, *fit.interval], rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_power_law([1, 2]), r"eigenvalues must be a vector of at least 3, got shape \(2,\)"),
        (lambda: fit_power_law(np.ones((3, 3))), r"eigenvalues must be a vector of at least 3, got shape \(3, 3\)"),
        (lambda: fit_power_law([1, np.nan, 2]), "eigenvalues must be finite, got nan"),
        (
            lambda: fit_power_law([1, 0.5, 0, 0, 0]),
            "eigenvalues must hold at least 3 above 1e-12 of the largest, got 2",
        ),
        (lambda: fit_power_law(np.zeros(5)), "eigenvalues must hold at least 3 above 1e-12 of the largest, got 0"),
        (lambda: fit_power_law(-RANKS), "eigenvalues must be mostly positive over ranks 1 to"),
        (lambda: inspect.unwrap(fit_power_law)(1 / RANKS, 7), r"ranks must be a pair \(low, high\), got 7"),
        (lambda: fit_power_law(1 / RANKS, (1, 2, 3)), r"ranks must be a pair \(low, high\), got \(1, 2, 3\)"),
        (lambda: fit_power_law(1 / RANKS, (0, 9)), "ranks must be a whole number of at least 1, got 0"),
        (lambda: fit_power_law(1 / RANKS, (5, 6)), r"ranks must hold at least 3 ranks up to 256, got \(5, 6\)"),
        (lambda: fit_power_law(1 / RANKS, (1, 257)), "ranks must hold at least 3 ranks up to 256"),
        (lambda: fit_power_law(1 / RANKS).predict(0), "ranks must be positive, got 0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_loud_first_component_moves_alpha_but_not_the_range_and_can_be_left_out():
    variances = np.arange(1, 257.0) ** -1.5
    sample = np.random.default_rng(3).standard_normal((2000, 256)) * np.sqrt(variances)
    plain = fit_power_law(eigenspectrum(sample))
    sample[:, 0] *= np.sqrt(2)
    loud = fit_power_law(eigenspectrum(sample))
    assert abs(loud.ranks[1] - plain.ranks[1]) <= 5
    assert 0.05 < loud.alpha - plain.alpha < 0.3
    assert fit_power_law(eigenspectrum(sample), ranks=(2, loud.ranks[1])).alpha == pytest.approx(1.5, abs=0.05)


def test_units_do_not_matter_and_a_flat_spectrum_has_exponent_0():
    variances = np.arange(1, 101.0) ** -1.2
    fits = [fit_power_law(variances * unit) for unit in (1e-310, 1.0, 1e300)]
    assert [f.alpha for f in fits] == pytest.approx([1.2] * 3, rel=1e-6)
    assert fits[2].scale == pytest.approx(1e300, rel=1e-6)
    flat = fit_power_law(np.full(64, 3.0))
    assert (flat.alpha, flat.r_squared) == (pytest.approx(0, abs=1e-12), 1.0)


def test_windows_from_text():
    assert ranks_of("1-10  3-20") == [(1, 10), (3, 20)] and ranks_of("") == []


@pytest.mark.parametrize("text", ["1 to 10", "1-10-20", "10-1", "1-x", "1-2"])
def test_text_that_is_no_windows(text):
    with pytest.raises(ValueError, match=rf'windows must be pairs of ranks, such as "1-10 1-20", got \'{text}\': '):
        ranks_of(text)
