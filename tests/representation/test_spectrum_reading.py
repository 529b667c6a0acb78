"""One call for a spectrum: laws and bends that were planted, noise, several spectra, and what no spectrum carries."""

import numpy as np
import pytest

from polylib.representation.exponent import fit_power_law
from polylib.representation.spectrum import eigenspectrum
from polylib.representation.spectrum_reading import read_spectrum

UNITS = 60


def rng(seed=0):
    return np.random.default_rng(seed)


def sample(variances, n=900, seed=0):
    """Gaussian samples of these variances, turned so that units share them."""
    turn = np.linalg.qr(rng(9).standard_normal((UNITS, UNITS)))[0]
    return rng(seed).standard_normal((n, UNITS)) * np.sqrt(variances) @ turn


LAW = np.arange(1, UNITS + 1.0) ** -1.2
BENT = np.where(np.arange(1, UNITS + 1) < 8, 1.0, 8.0**2.5 * np.arange(1, UNITS + 1.0) ** -2.5)


def test_of_a_true_law_it_says_the_exponent_and_that_units_share():
    read = read_spectrum(sample(LAW), rng=rng())
    assert list(read.fits) == [(1, 21), (1, 42), (11, 42)]
    assert read.fits[1, 42].alpha == pytest.approx(1.2, abs=0.06)
    assert read.finding("rival").verdict == "not decided"
    assert read.finding("shared").verdict == "seen" and read.finding("steep").verdict.startswith("seen")
    steeper = read.finding("steep", than=1.5).record()
    assert steeper["verdict"] == "not seen" and steeper["title"].endswith("to the power of −1.5")
    inside, outside = read.shares
    assert outside < LAW[:10].sum() / LAW.sum() < inside
    table = read.exponents()
    assert table["ranks"] == ["1 to 21", "1 to 42", "11 to 42"] and table["rivals' AIC"][2] == "-"
    assert read.laws[1, 42] == pytest.approx(1.2, abs=0.06)


def test_a_bend_is_seen():
    read = read_spectrum(sample(BENT), windows=[(1, 40)], rng=rng())
    found = read.finding("rival").record()
    assert found["verdict"] == "seen" and "broken power law -" in read.exponents()["rivals' AIC"][0]
    assert found["null"].startswith("draws from power laws")


def test_noise_shares_nothing():
    read = read_spectrum(rng().standard_normal((900, UNITS)), rng=rng())
    assert read.finding("shared").verdict != "seen"
    assert read.finding("steep").verdict == "not seen"
    assert read.finding("rival").verdict == "not decided"  # no more than noise does, whose law is flat
    assert all(read.laws[window] < fit.alpha for window, fit in read.fits.items())


def test_independent_series_share_nothing_whatever_their_order_in_time():
    x, noise = np.zeros((1500, 12)), rng().standard_normal((1500, 12))
    for t in range(1, 1500):
        x[t] = 0.95 * x[t - 1] + noise[t]
    with pytest.raises(ValueError, match=r"or in_order be True, got rows that correlate at 0\.9\d with the next: say"):
        read_spectrum(x, windows=[(1, 8)], rng=rng())
    read = read_spectrum(x, windows=[(1, 8)], in_order=True, rng=rng())
    assert read.finding("shared").verdict == "not decided"
    with pytest.raises(ValueError, match="got 'rival', which needs draws"):
        read.finding("rival")


def test_parts_in_order_are_blocks():
    x = sample(LAW)
    blocks = [fit_power_law(eigenspectrum(x[i : i + 180]), (1, 20)).alpha for i in range(0, 900, 180)]
    read = read_spectrum(x, windows=[(1, 20)], in_order=True, draws=0, rng=rng())
    np.testing.assert_allclose(read.exponents_of_parts[1, 20], blocks)
    other = read_spectrum(x, windows=[(1, 20)], draws=0, rng=rng())
    assert not np.allclose(other.exponents_of_parts[1, 20], blocks)


def test_several_spectra_are_the_replicates_and_may_be_of_networks():
    spectra = [eigenspectrum(sample(LAW, seed=seed)) for seed in range(4)]
    read = read_spectrum(spectra, "eigenvalues", windows=[(1, 20)], samples=900, rng=rng())
    found = read.finding("steep", networks=4).record()
    assert (found["replicates"], found["about"], found["networks"]) == ("spectra", "networks", 4)
    assert found["verdict"] == "seen" and read.finding("rival").record()["rows"][0]["n"] == 10
    assert read.shares is None and read.exponents()["columns shuffled"] == ["-"]


def test_one_spectrum_carries_what_it_can():
    read = read_spectrum(LAW, "eigenvalues", rng=rng())
    assert list(read.fits) == [(1, 21), (1, 42), (11, 42)]
    with pytest.raises(ValueError, match="got 'steep', which needs parts of samples, or several spectra: one alone"):
        read.finding("steep")
    with pytest.raises(ValueError, match="that the input can carry, got 'shared', which needs samples"):
        read.finding("shared")
    with pytest.raises(ValueError, match="got 'rival', which needs draws, for which the number of samples is known"):
        read.finding("rival")
    with pytest.raises(ValueError, match="name must be one of rival, shared, steep, got 'law'"):
        read.finding("law")


def test_cross_validated_eigenvalues_may_rise():
    lam = LAW + 0.002 * rng().standard_normal(UNITS)
    with pytest.raises(ValueError, match="say cross_validated=True"):
        read_spectrum(lam, "eigenvalues", rng=rng())
    how = {"windows": [(1, 16)], "cross_validated": True, "samples": 900}
    read = read_spectrum(lam, "eigenvalues", **how, rng=rng())
    assert read.fits[1, 16].alpha == pytest.approx(1.2, abs=0.1)
    with pytest.raises(ValueError, match=r"neither in_order nor cross_validated"):  # draws have a bias that it lacks
        read.finding("rival")


@pytest.mark.parametrize(
    ("values", "kind", "settings", "said"),
    [
        (LAW[::-1], "eigenvalues", {}, "stand largest first"),
        (
            sample(LAW)[:30],
            "samples",
            {},
            "windows must be given where units or samples are few, got None with 2 ranks to use: no more than "
            "0.7 of 60 units and a third of a part of 6 samples; fewer parts leave more",
        ),
        (LAW, "spectrum", {}, "kind must be one of samples, eigenvalues, got 'spectrum'"),
        (LAW, "eigenvalues", {"windows": [(1, 90)]}, "ranks must hold at least 3 ranks up to 60"),
        (LAW, "eigenvalues", {"draws": -1}, "draws must be a whole number of at least 0"),
    ],
)
def test_what_cannot_be_read(values, kind, settings, said):
    with pytest.raises(ValueError, match=said):
        read_spectrum(values, kind, rng=rng(), **settings)
