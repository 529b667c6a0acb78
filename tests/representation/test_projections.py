"""Many projections at once, against one after another, closed forms, and scipy's distances."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist, squareform

from polylib.images.moving_dot import chords, dot_frames
from polylib.representation.closed_path import mean_step_energy
from polylib.representation.projections import (
    distance_correlation,
    many_projections,
    path_statistics,
    random_paths,
)
from polylib.representation.spectrum import eigenspectrum
from polylib.theory.energy import path_energy, projected_energy

pytestmark = pytest.mark.usefixtures("one_thread")


def rng():
    return np.random.default_rng(0)


def walk(times, units, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(times, units, generator=generator, dtype=torch.float64).cumsum(0)
    return 3 + x * torch.linspace(0.2, 1, units)


def rounding(times):
    """Of a correlation whose products are in single precision: two sums of times^2 roundings, at worst.

    Processors differ in the order of summation; most come within a tenth of this.
    """
    return times**2 * torch.finfo(torch.float32).eps


LAYERS = {"narrow": walk(20, 4), "square": walk(20, 20, 1), "wide": walk(20, 300, 2).float()}


def test_projections_act_as_random_matrices_do():
    """Products between times, averaged over projections: those of the centred activity, k/m times."""
    paths = random_paths(LAYERS, 40_000, 2, rng=rng())
    for x, z in zip(LAYERS.values(), paths, strict=True):
        x = x.double() - x.double().mean(0)
        expected = x @ x.T * 2 / x.shape[1]
        seen = torch.einsum("ptk,psk->ts", z, z) / 40_000
        torch.testing.assert_close(seen, expected, rtol=0, atol=0.03 * float(expected.diagonal().max()))


def test_means_over_projections_are_the_closed_forms():
    found = path_statistics(LAYERS, 20_000, rng=rng())
    assert found.layers == tuple(LAYERS) and found.correlation is None
    for i, x in enumerate(LAYERS.values()):
        over_times = eigenspectrum(x.numpy()) * (1 - 1 / len(x))
        for seen, expected in (
            (found.level[i], projected_energy(over_times)),
            (found.path[i], mean_step_energy(x)),
        ):
            assert abs(seen.mean() - expected) < 5 * seen.std() / np.sqrt(20_000)


def test_energies_and_correlations_are_those_of_the_paths():
    given = squareform(pdist(LAYERS["square"].numpy()))
    paths = random_paths(LAYERS, 7, rng=rng()).numpy()
    found = path_statistics(LAYERS, 7, distances=given, rng=rng())
    closed = np.concatenate([paths, paths[:, :, :1]], axis=2)
    np.testing.assert_allclose(found.path, path_energy(closed) / 20)
    np.testing.assert_allclose(found.level, (paths**2).sum((2, 3)) / 40)
    for layer, of_layer in zip(paths, found.correlation, strict=True):
        expected = [np.corrcoef(pdist(z), squareform(given, checks=False))[0, 1] for z in layer]
        np.testing.assert_allclose(of_layer, expected, rtol=0, atol=rounding(20))


def test_as_many_units_as_dimensions_lose_nothing():
    x = walk(15, 3)
    given = squareform(pdist(x.numpy()))
    assert distance_correlation(x, given) == pytest.approx(1, abs=rounding(15))
    assert np.isnan(distance_correlation(torch.ones(15, 3, dtype=torch.float64), given))


@pytest.mark.parametrize("times", [50, 800])
def test_a_circle_keeps_its_chords_and_no_correlation_exceeds_1(times):
    angle = 2 * np.pi * np.arange(times) / times
    circle = torch.from_numpy(np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1))[None]
    found = distance_correlation(circle, chords(times))
    assert found == pytest.approx(1, abs=1e-9) and found <= 1
    assert distance_correlation(circle, 1e-200 * chords(times)) == pytest.approx(found, abs=1e-9)
    assert np.isnan(distance_correlation(torch.full((1, times, 3), 0.1, dtype=torch.float64), chords(times)))
    with pytest.raises(ValueError, match="distances must differ between pairs of times, got one value"):
        distance_correlation(circle, 0.1 * (1 - np.eye(times)))


def test_paths_in_parts_are_paths_at_once(monkeypatch):
    given = squareform(pdist(LAYERS["square"].numpy()))
    whole = path_statistics(LAYERS, 9, distances=given, rng=rng()).correlation
    monkeypatch.setattr("polylib.representation.projections._AT_ONCE", 1000)
    parts = path_statistics(LAYERS, 9, distances=given, rng=rng()).correlation
    np.testing.assert_allclose(parts, whole, rtol=0, atol=rounding(20))


def test_distances_are_those_of_the_frames():
    frames = dot_frames(400, 16, channels=3)
    found = many_projections({"pixels": frames.flatten(1)}, frames, 30, rng=rng())
    coarse = frames[::8].flatten(1).double()
    given = squareform(pdist(coarse.numpy()))
    expected = path_statistics({"pixels": coarse}, 30, distances=given, rng=rng()).correlation
    np.testing.assert_allclose(found.correlation, expected, rtol=0, atol=rounding(50))
    assert found.correlation.shape == (1, 30) and (found.correlation > 0).all()  # 0.54 on the mean, deviation 0.07


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ({}, "activities must hold at least one layer"),
        ({"a": torch.ones(5)}, "activities must be matrices"),
        ({"a": torch.ones(5, 0)}, "activities must be matrices"),
        ({"a": torch.ones(5, 2), "b": torch.ones(6, 2)}, "with the same times"),
        ({"a": torch.full((5, 2), float("nan"))}, "must be finite everywhere, got nan or infinity in a"),
        ({"a": torch.ones(2, 2)}, "at least 3 times, got 2"),
    ],
)
def test_activities_that_make_no_paths(layers, words):
    with pytest.raises(ValueError, match=words):
        path_statistics(layers, 4, rng=rng())


@pytest.mark.parametrize(
    ("distances", "words"),
    [
        (np.ones((20, 19)), r"distances must have shape \(20, 20\), got \(20, 19\)"),
        (np.ones((20, 20)), "distances must differ between pairs"),
        (-np.ones((20, 20)), "distances must be at least 0"),
    ],
)
def test_distances_that_say_nothing(distances, words):
    with pytest.raises(ValueError, match=words):
        path_statistics(LAYERS, 4, distances=distances, rng=rng())


def test_counts():
    with pytest.raises(ValueError, match="n_projections must be a whole number of at least 1"):
        random_paths(LAYERS, 0, rng=rng())
    with pytest.raises(ValueError, match="n_dims must be a whole number of at least 1"):
        path_statistics(LAYERS, 3, 0, rng=rng())
