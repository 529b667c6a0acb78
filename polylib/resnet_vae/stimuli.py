"""Paths that begin and end at real images, for beside a drawn dot; and images that are compressed once more."""

import io
import math

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor

from polylib import validate


def interpolation(
    first: Float[Tensor, "channels height width"], second: Float[Tensor, "*other"], n_frames: int
) -> Float[Tensor, "n_frames channels height width"]:
    """Frames of a closed path that fades one image into another and back, smoothly in time; frame 0 is the first.

    The second is frame n_frames / 2. Raises ValueError for images of different shapes, or frames that are no count.
    """
    if first.shape != second.shape:
        raise ValueError(f"second must have the shape of first, {tuple(first.shape)}, got {tuple(second.shape)}")
    share = (1 - _angles(n_frames, first).cos()) / 2
    return torch.lerp(first[None], second[None], share[:, None, None, None])


def translation(
    image: Float[Tensor, "channels size size"], n_frames: int, radius: float
) -> Float[Tensor, "n_frames channels size size"]:
    """Frames of an image whose place goes around a circle of `radius` pixels once; what enters is its mirror image.

    Frame 0 is moved to the right by the radius, frame n_frames / 4 upwards. Shifts by parts of a pixel are exact for
    the mirrored image's Fourier series, so that the path is smooth; values may leave [0, 1] by a little at sharp edges.
    Raises ValueError for a radius that is not positive or reaches half of the image.
    """
    size = image.shape[-1]
    reach = validate.scalar("radius", validate.positive("radius", radius))
    if reach >= size / 2:
        raise ValueError(f"radius must be below half of the image, {size / 2:g}, got {radius}")
    angle = _angles(n_frames, image)
    wide = torch.cat([image, image.flip(-1)], -1)
    wave = torch.fft.rfft2(torch.cat([wide, wide.flip(-2)], -2))
    down, right = torch.fft.fftfreq(2 * size).to(image), torch.fft.rfftfreq(2 * size).to(image)
    turns = -reach * angle.sin()[:, None, None] * down[:, None] + reach * angle.cos()[:, None, None] * right
    phase = torch.polar(torch.ones_like(turns), -2 * math.pi * turns)
    moved = torch.fft.irfft2(wave * phase[:, None], s=(2 * size, 2 * size))
    return moved[..., :size, :size].contiguous()


def recompressed(
    images: UInt8[Tensor, "n 3 height width"], quality: int = 75, shift: int = 0
) -> UInt8[Tensor, "n 3 height width"]:
    """The images after they were written as JPEG files of this quality, chroma at half resolution, and read.

    JPEG works on blocks of 8 pixels, and what is written a second time on the same blocks hardly changes; with `shift`
    the image is moved by so many pixels both ways before, around its edges, and back afterwards, so that it meets other
    blocks. Raises ValueError for a quality outside 1 to 95, or a shift below 0.
    """
    if validate.integer("quality", quality) > 95:
        raise ValueError(f"quality must be at most 95, got {quality}")
    move = validate.integer("shift", shift, 0)
    found = torch.empty_like(images)
    for place, image in enumerate(images.roll((move, move), (2, 3)).permute(0, 2, 3, 1).cpu().numpy()):
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling="4:2:0")
        found[place] = torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1)
    return found.roll((-move, -move), (2, 3))


def _angles(n_frames: int, like: Tensor) -> Tensor:
    n = validate.integer("n_frames", n_frames)
    return (2 * math.pi * torch.arange(n, dtype=torch.float64) / n).to(like)
