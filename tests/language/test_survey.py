"""One look at a model: the same numbers as its pieces give, part by part, and a twin of its own for each part."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch

from polylib.language import LayerEnergies, PathMoments, cut_into_parts, passages, residual_stream, survey, untrained
from polylib.language.survey import FAR
from polylib.language.trajectory import random_directions

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def lm():
    return tiny.model("gpt2")


@pytest.fixture(scope="module")
def parts(lm):
    return cut_into_parts(passages.texts("lee", 24), lm, n_tokens=24, n_parts=3, most=24)


@pytest.fixture(scope="module")
def seen(lm, parts):
    return survey(lm, parts, n_directions=3, seed=5, batch_size=7, progress=False)


def of_layers(network, some):
    found = LayerEnergies(4)
    for batch in residual_stream(network, some, 3):
        found.add(batch)
    return found.energies()


def test_energies_are_those_of_each_part(lm, parts, seen):
    for part in range(3):
        assert np.allclose(seen.energies["text"][part], of_layers(lm, parts.own(part)), rtol=1e-5)
        twin = untrained(lm, seed=5 + FAR + part)
        assert np.allclose(seen.energies["twins"][part], of_layers(twin, parts.own(part)), rtol=1e-5)
    assert seen.energies["shuffled words"].shape == (3, 4)
    assert not np.allclose(seen.energies["shuffled words"], seen.energies["text"], atol=1e-3)


def test_energies_of_shuffled_words_are_a_mean_over_shuffles_and_moments_those_of_the_first(lm, parts, seen):
    rng = np.random.default_rng(5)
    random_directions(3, lm.n_units, 3, rng=rng)  # drawn before the words are shuffled
    mixed = [passages.shuffled(parts.passages, rng=rng) for _ in range(3)]
    found = survey(lm, parts, n_directions=3, shuffles=3, seed=5, twins=False, progress=False)
    for part in range(3):
        each = [of_layers(lm, replace(parts, passages=one).own(part)) for one in mixed]
        assert np.allclose(found.energies["shuffled words"][part], np.mean(each, axis=0), rtol=1e-5)
    one, many = (x.moments["shuffled words"].moments([1]) for x in (seen, found))
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(one, many, strict=True))
    with pytest.raises(ValueError, match="shuffles must be a whole number of at least 1, got 0"):
        survey(lm, parts, shuffles=0, progress=False)


def test_moments_and_values_are_those_of_each_part(lm, parts, seen):
    assert seen.layers == [1, 2, 3]
    own = PathMoments(seen.layers, groups=1)
    for batch in residual_stream(lm, parts.own(1), 8):
        own.add(batch)
        along = torch.einsum("lptu,lud->dlpt", batch.activations[seen.layers], torch.from_numpy(seen.directions))
        rows = parts.rows(1)[batch.rows]
        assert np.allclose(seen.values["text"][:, :, rows], along[..., 4:], atol=1e-5)
    for one, other in zip(own.moments(), seen.moments["text"].moments([1]), strict=True):
        assert np.allclose(one, other, atol=1e-6)
    assert seen.tokens == [tokens[4:] for tokens in parts.passages.tokens]
    assert np.allclose(np.linalg.norm(seen.directions, axis=1), 1)


def test_the_null_says_how_the_twins_were_drawn(seen):
    assert seen.null == "its own architecture with random weights, std 0.3, another draw for each part"


def test_twins_may_be_left_out_and_directions_given(lm, parts):
    units = np.stack([2.0 * np.eye(12)[:, :2]] * 2)
    found = survey(lm, parts, layers=[3, 0], directions=units, twins=False, progress=False)
    assert found.layers == [0, 3] and found.null == "" and set(found.values) == {"text"}
    assert np.allclose(found.directions, units / 2)
    assert set(found.energies) == {"text", "shuffled words"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"layers": [4]}, r"layers must be some from 0 to 3, got \[4\]"),
        ({"layers": []}, "layers must be some from 0 to 3"),
        ({"directions": np.ones((3, 11, 2))}, r"directions must have shape \(3, 12, n\), one set a layer"),
        ({"directions": np.zeros((3, 12, 2))}, "directions must not be 0"),
        ({"skip": 23}, "skip must leave two of 24 tokens, got 23"),
    ],
)
def test_what_does_not_fit_is_refused(lm, parts, wrong, said):
    with pytest.raises(ValueError, match=said):
        survey(lm, parts, progress=False, **wrong)


def test_progress_goes_to_the_error_stream_alone(lm, parts, capfd):
    survey(lm, parts, n_directions=2, twins=False)
    out, err = capfd.readouterr()
    assert out == "" and "48/48" in err
