"""Spectra of layers, streamed, against activations stored whole; and what two dropout masks share."""

import inspect

import numpy as np
import pytest
import torch
from torch import nn

from polylib.representation.activations import stream
from polylib.representation.layer_spectra import _Samples, layer_spectra
from polylib.representation.spectrum import cross_validated_spectrum, eigenspectrum

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def model():
    torch.manual_seed(0)
    first = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(inplace=True), nn.Dropout(0.4))
    return nn.Sequential(first, nn.Flatten(), nn.Linear(96, 20), nn.ReLU(), nn.Dropout(0.4))


@pytest.fixture
def images():
    return torch.rand(150, 1, 6, 6, generator=torch.Generator().manual_seed(1))


def stored(model, images, reading, **settings):
    parts = list(stream(model, images.split(40), ["0", "4"], reading=reading, **settings))
    return {name: torch.cat([part[name] for part in parts]).double().numpy() for name in ("0", "4")}


@pytest.mark.parametrize("reading", ["pooled", "flattened", "per position"])
@pytest.mark.parametrize("count", [12, 150])
def test_one_pass_is_as_good_as_all_activations(model, images, reading, count):
    images = images[:count]
    found = layer_spectra(model, images.split(40), ["0", "4"], reading=reading)
    for name, x in stored(model, images, reading).items():
        expected = eigenspectrum(x)
        np.testing.assert_allclose(found[name].eigenvalues, expected, rtol=1e-7, atol=1e-12 * expected[0])
        assert found[name].samples == len(x)
        assert found[name].shared is None and found[name].reliability is None


@pytest.mark.parametrize("reading", ["pooled", "flattened"])
@pytest.mark.parametrize("count", [12, 150])
def test_two_masks_give_cross_validated_pca(model, images, reading, count):
    """Rounding turns directions by eps over the gap of their eigenvalues, 1e-5 of the first or more; or both vanish."""
    images = images[:count]
    torch.manual_seed(3)
    found = layer_spectra(model, images.split(40), ["0", "4"], reading=reading, dropout=True, repeats=True)
    torch.manual_seed(3)
    for name, x in stored(model, images, reading, dropout=True, passes=2).items():
        first, second = np.split(x, 2, axis=1)
        expected = cross_validated_spectrum(first, second)
        rank = min(len(x) - 1, first.shape[1])
        np.testing.assert_allclose(found[name].eigenvalues, eigenspectrum(first), rtol=1e-7, atol=1e-12)
        np.testing.assert_allclose(found[name].shared[:rank], expected[:rank], rtol=1e-5, atol=1e-9)


def test_what_masks_share_is_what_the_quiet_network_has(model, images):
    """Redundancy, both ways: a mask's noise is in the spectrum with dropout on, and not in what two masks share."""
    many = images.repeat(20, 1, 1, 1)
    quiet = layer_spectra(model, [many], ["0"], reading="flattened")["0"]
    noisy = layer_spectra(model, [many], ["0"], reading="flattened", dropout=True, repeats=True)["0"]
    assert noisy.eigenvalues.sum() > 1.4 * quiet.eigenvalues.sum()
    np.testing.assert_allclose(noisy.shared.sum(), quiet.eigenvalues.sum(), rtol=0.05)
    assert 0 < noisy.reliability < 0.7


def test_memory_is_units_squared():
    samples = _Samples(1)
    for _ in range(30):
        samples.add("x", torch.rand(7, 10), 0.0)
        assert sum(rows.numel() for rows in samples.rows) <= 100
    assert samples.running.covariance.numel() == 100


def test_constant_activations_are_refused(model, images):
    with torch.no_grad():
        model[0][0].weight.zero_()
    with pytest.raises(ValueError, match="activations of 0 must vary, got the same for all 150 samples"):
        layer_spectra(model, images.split(50), ["0", "4"])


def test_too_few_samples_and_copies_for_repeats(model, images):
    with pytest.raises(ValueError, match="at least 2 samples, got 1"):
        layer_spectra(model, [images[:1]], ["4"])
    with pytest.raises(ValueError, match="at least 2 samples, got 0"):
        layer_spectra(model, [], ["4"])
    with pytest.raises(ValueError, match="repeats must come with dropout"):
        layer_spectra(model, [images], ["4"], repeats=True)


def test_nan_images(model, images):
    with pytest.raises(ValueError, match="batches must be finite"):
        layer_spectra(model, [images * float("nan")], ["4"])


def test_two_passes_that_agree_exactly_are_an_error(model, images):
    quiet = nn.Sequential(nn.Flatten(), nn.Linear(36, 5), nn.Dropout(0.5))
    with pytest.raises(ValueError, match="repeats must differ by their masks, got the same activations of 1 twice"):
        layer_spectra(quiet, [images], ["1"], dropout=True, repeats=True)
    assert layer_spectra(quiet, [images], ["2"], dropout=True, repeats=True)["2"].reliability < 0.9


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("count", [5, 90])
def test_rounding_is_seen_unit_by_unit_and_in_the_precision_of_the_layer(kind, count):
    """A large unit that only rounds is constant, and hides no small one that varies."""
    x = torch.rand(count, 20, generator=torch.Generator().manual_seed(0)).to(kind)
    step = torch.finfo(kind).eps / 2
    x[:, 7] = torch.where(torch.arange(count) % 2 == 0, 512.0, 512.0 * (1 + 2 * step)).to(kind)
    spectra = layer_spectra(nn.Sequential(nn.Identity()), [x], ["0"])["0"].eigenvalues
    x[:, 7] = 0
    np.testing.assert_allclose(spectra, eigenspectrum(x.float().numpy()), rtol=1e-6, atol=1e-12)


def test_layers_are_fitted_over_the_same_ranks(model, images):
    common = layer_spectra(model, [images], ["0", "4"], reading="flattened", ranks="common")
    own = layer_spectra(model, [images], ["0", "4"], reading="flattened")
    last = min(s.fit.ranks[1] for s in own.values())
    assert [s.fit.ranks for s in common.values()] == [(1, last)] * 2 == [s.ranks for s in common.values()]
    given = layer_spectra(model, [images], ["4"], ranks=(2, 9))["4"]
    assert given.fit.ranks == (2, 9) and 1 < given.participation < 20 and given.bits > 0
    assert layer_spectra(model, [images], ["4"], ranks=(2, 900))["4"].fit is None
    for ranks in ((0, 9), (5, 6), (1.5, 9)):
        with pytest.raises(ValueError, match="ranks must"):
            inspect.unwrap(layer_spectra)(model, [images], ["4"], ranks=ranks)
