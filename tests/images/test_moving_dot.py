"""A dot on a circle: where it is, how much of it there is, how it moves."""

import numpy as np
import pytest
import torch

from polylib.images.moving_dot import chords, dot_frames


def test_a_quarter_turn_of_the_dot_is_a_quarter_turn_of_the_image():
    frames = dot_frames(8, 30, dtype=torch.float64)
    torch.testing.assert_close(frames[2], frames[0].rot90(1, (1, 2)), rtol=0, atol=1e-9)
    torch.testing.assert_close(frames[7], frames[1].flip(1), rtol=0, atol=1e-9)


def test_the_dot_is_where_its_angle_says_and_as_large_as_it_should_be():
    frames = dot_frames(16, 40, path_radius=11.3, dot_radius=5, edge=0.8, dtype=torch.float64)[:, 0]
    weight = frames.sum((1, 2))
    grid = torch.arange(40.0, dtype=torch.float64) - 19.5
    angle = 2 * np.pi * np.arange(16) / 16
    np.testing.assert_allclose((frames.sum(1) @ grid) / weight, 11.3 * np.cos(angle), atol=0.02)
    np.testing.assert_allclose(-(frames.sum(2) @ grid) / weight, 11.3 * np.sin(angle), atol=0.02)
    np.testing.assert_allclose(weight, np.pi * (5**2 + 0.8**2), rtol=0.005)
    assert frames.min() >= 0 and frames.max() <= 1


def test_a_step_far_below_a_pixel_moves_the_image_in_proportion():
    """Anti-aliased: half the step, half the change. A dot of whole pixels would jump now and then."""
    fine, coarse = dot_frames(4096, 24, dtype=torch.float64), dot_frames(2048, 24, dtype=torch.float64)
    assert float((coarse[1] - coarse[0]).norm() / (fine[1] - fine[0]).norm()) == pytest.approx(2, rel=1e-3)
    bytes_ = dot_frames(4096, 24, dtype=torch.uint8).double() / 255
    assert float((bytes_ / 1 - fine).abs().max()) <= 0.5 / 255 + 1e-9


def test_channels_are_copies_with_memory_of_their_own():
    frames = dot_frames(3, 16, channels=3)
    assert frames.shape == (3, 3, 16, 16) and torch.equal(frames[:, 0], frames[:, 2])
    frames[0, 0] = 7
    assert not (frames[0, 1] == 7).any()


def test_chords_are_distances_on_the_unit_circle():
    angle = 2 * np.pi * np.arange(12) / 12
    points = np.exp(1j * angle)
    np.testing.assert_allclose(chords(12), np.abs(points[:, None] - points), atol=1e-12)
    with pytest.raises(ValueError, match="n_frames must be a whole number of at least 1, got 0"):
        chords(0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_frames": 0}, "n_frames must be a whole number of at least 1"),
        ({"size": 0}, "size must be a whole number of at least 1"),
        ({"channels": 0}, "channels must be a whole number"),
        ({"dot_radius": 0}, "dot_radius must be positive"),
        ({"path_radius": float("nan")}, "path_radius must be finite"),
        ({"edge": -1}, "edge must be positive"),
        ({"path_radius": 9}, r"path_radius \+ dot_radius must be at most half of size, 10.0, got 11.5"),
        ({"dtype": torch.int32}, "dtype must be torch.uint8 or floating"),
    ],
)
def test_dots_that_cannot_be(change, words):
    with pytest.raises(ValueError, match=words):
        dot_frames(**{"n_frames": 4, "size": 20} | change)
