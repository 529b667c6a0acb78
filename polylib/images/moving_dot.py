"""Images of a bright dot that moves around a circle: a stimulus with one parameter, its angle."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import ndtr
from torch import Tensor

from polylib import validate


def dot_frames(
    n_frames: int,
    size: int,
    *,
    path_radius: float | None = None,
    dot_radius: float | None = None,
    edge: float = 0.75,
    channels: int = 1,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> Tensor:
    """Frames (n_frames, channels, size, size) of a dot that goes once around; frame 0 has it on the right.

    Lengths are in pixels: by default the path has radius size/4 and the dot size/8. The dot's edge is a Gaussian of
    standard deviation `edge`, so that its image moves smoothly, by less than a pixel too. Grey values lie in [0, 1], or
    0 to 255 for torch.uint8, which rounds. The frame after the last is the first. Raises ValueError for sizes that are
    no counts, radii or an edge that are not positive, a dot that leaves the image, or another dtype.
    """
    n, size = validate.integer("n_frames", n_frames), validate.integer("size", size)
    channels = validate.integer("channels", channels)
    path, dot = (
        validate.scalar(name, validate.positive(name, size / share if value is None else value))
        for name, value, share in (("path_radius", path_radius, 4), ("dot_radius", dot_radius, 8))
    )
    if path + dot > size / 2:
        raise ValueError(f"path_radius + dot_radius must be at most half of size, {size / 2}, got {path + dot}")
    if dtype != torch.uint8 and not dtype.is_floating_point:
        raise ValueError(f"dtype must be torch.uint8 or floating, got {dtype}")
    angle = 2 * np.pi * np.arange(n) / n
    grey = _discs(angle, size, path, dot, validate.scalar("edge", validate.positive("edge", edge)))
    images = torch.from_numpy(np.round(255 * grey) if dtype == torch.uint8 else grey)
    return images[:, None].expand(-1, channels, -1, -1).to(device=device, dtype=dtype).contiguous()


def chords(n_frames: int) -> np.ndarray:
    """Distances (n_frames, n_frames) between the places of the dot, on a circle of radius 1.

    Raises ValueError for `n_frames` that is no count.
    """
    n = validate.integer("n_frames", n_frames)
    apart = np.arange(n)
    return 2 * np.abs(np.sin(np.pi * (apart[:, None] - apart) / n))


def _discs(angle: ArrayLike, size: int, path: float, dot: float, edge: float) -> np.ndarray:
    """Grey values (frames, size, size) of discs at these angles; the angle counts from the right, upwards."""
    grid = np.arange(size) - (size - 1) / 2
    x, y = path * np.cos(angle)[:, None, None], path * np.sin(angle)[:, None, None]
    distance = np.hypot(grid[None, None, :] - x, -grid[None, :, None] - y)
    return ndtr((dot - distance) / edge)
