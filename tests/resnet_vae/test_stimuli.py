"""Paths within the data: their ends, their place, their smoothness; compression on the same blocks and on others."""

import math

import pytest
import torch

from polylib.resnet_vae.stimuli import interpolation, recompressed, translation


@pytest.fixture
def image():
    return torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_an_interpolation_goes_from_image_to_image_and_back(image):
    other = 1 - image
    frames = interpolation(image, other, 12)
    assert frames.shape == (12, 3, 16, 16)
    assert torch.equal(frames[0], image) and torch.allclose(frames[6], other)
    assert torch.allclose(frames[1:6], frames.flip(0)[:5])  # the way back is the way there
    assert torch.allclose(frames[2], image + (other - image) / 4)  # (1 - cos 60 degrees) / 2


def test_the_energy_of_its_steps_is_that_of_the_closed_form(image):
    """Over n frames the squared step is |b - a|^2 sin^2(pi / n) / 2 on average."""
    other, n = 1 - image, 48
    frames = interpolation(image, other, n).flatten(1)
    found = (frames - frames.roll(-1, 0)).square().sum(1).mean()
    assert found.item() == pytest.approx(((other - image).square().sum() * math.sin(math.pi / n) ** 2 / 2).item())


def test_whole_pixels_of_a_translation_are_shifts(image):
    frames = translation(image, 8, 3)
    assert torch.allclose(frames[0][..., 3:], image[..., :-3], atol=1e-9)
    assert torch.allclose(frames[2][..., :-3, :], image[..., 3:, :], atol=1e-9)  # a quarter on: upwards
    assert torch.allclose(frames[4][..., :-3], image[..., 3:], atol=1e-9)
    assert torch.allclose(frames[0][..., :3], image[..., :3].flip(-1), atol=1e-9)  # mirrored at the edge


def test_parts_of_a_pixel_are_exact_for_a_wave():
    """A cosine that is even about the edge, as the mirrored image is, moves like the cosine that it is."""
    place = torch.arange(16, dtype=torch.float64) + 0.5
    wave = torch.cos(math.pi * 3 * place / 16).expand(3, 16, 16).clone()
    frames = translation(wave, 40, 2.3)
    for frame in (0, 7, 23):
        moved = torch.cos(math.pi * 3 * (place - 2.3 * math.cos(2 * math.pi * frame / 40)) / 16)
        assert torch.allclose(frames[frame], moved.expand(3, 16, 16), atol=1e-9)


def test_a_translation_is_smooth_in_time(image):
    """The squared step of a path with a velocity falls fourfold where the step is halved."""
    paths = [translation(image, n, 2.0).flatten(1) for n in (200, 400)]
    coarse, fine = ((path - path.roll(-1, 0)).square().sum(1).mean().item() for path in paths)
    assert coarse / fine == pytest.approx(4, rel=0.01)


def test_single_precision_stays_single(image):
    single = image.float()
    assert translation(single, 4, 2.0).dtype == interpolation(single, single, 4).dtype == torch.float32


def photographs():
    """Smooth colour with noise, as uint8."""
    generator = torch.Generator().manual_seed(3)
    base = torch.nn.functional.interpolate(torch.rand(6, 3, 4, 4, generator=generator), 32, mode="bicubic")
    noise = 0.1 * torch.randn(6, 3, 32, 32, generator=generator)
    return (255 * (base + noise).clamp(0, 1)).byte()


def loss(a, b):
    return (a.double() - b.double()).square().mean().item()


def test_compression_loses_more_at_lower_quality_and_leaves_flat_images():
    images = photographs()
    losses = [loss(images, recompressed(images, quality)) for quality in (95, 75, 30)]
    assert 0 < losses[0] < losses[1] < losses[2]
    flat = torch.full((2, 3, 32, 32), 128, dtype=torch.uint8)
    assert torch.equal(recompressed(flat), flat)


def test_what_was_compressed_hardly_changes_again_but_on_other_blocks_it_does():
    once = recompressed(photographs())
    same, other = loss(once, recompressed(once)), loss(once, recompressed(once, shift=4))
    assert same < 0.5 * other
    assert loss(photographs(), once) > same


def test_what_cannot_be_is_refused(image):
    with pytest.raises(ValueError, match=r"second must have the shape of first, \(3, 16, 16\), got \(3, 8, 16\)"):
        interpolation(image, image[:, :8], 4)
    with pytest.raises(ValueError, match="n_frames must be a whole number of at least 1, got 0"):
        translation(image, 0, 1.0)
    with pytest.raises(ValueError, match="radius must be below half of the image, 8, got 8"):
        translation(image, 4, 8.0)
    with pytest.raises(ValueError, match="quality must be at most 95, got 96"):
        recompressed(photographs(), 96)
    with pytest.raises(ValueError, match="shift must be a whole number of at least 0, got -4"):
        recompressed(photographs(), shift=-4)
