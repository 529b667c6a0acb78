"""Any folder of pictures, one folder a class, as torchvision's ImageFolder reads it; uint8 tensors of one size."""

from pathlib import Path

import torch
from jaxtyping import UInt8
from torch import Tensor


def read(folder: Path, size: int | None = None) -> tuple[UInt8[Tensor, "n 3 h w"], UInt8[Tensor, "m 3 h w"] | None]:
    """The pictures in `folder`, those to train on and those to test on, or all and None.

    `folder` holds a folder a class, or "train" and "test", which do. Pictures are RGB, in the order of their paths;
    with `size` the middle square of each is brought to that many pixels a side, else all must be of one size. Raises
    FileNotFoundError where there is no picture, ValueError for a file that cannot be read or has another size.
    """
    parts = [folder / "train", folder / "test"]
    if all(part.is_dir() for part in parts):
        train, test = (_pictures(part, size) for part in parts)
        return train, test
    return _pictures(folder, size), None


def _pictures(folder: Path, size: int | None) -> Tensor:
    # Slow to import.
    from torchvision.datasets import ImageFolder
    from torchvision.transforms.v2 import functional as change

    try:
        found = ImageFolder(str(folder))
    except FileNotFoundError as missing:
        raise FileNotFoundError(f"folder must hold a folder of pictures for each class, got {folder}: {missing}") from None
    pixels, first = None, None
    for place, (path, _) in enumerate(found.samples):
        try:
            picture = change.pil_to_tensor(found.loader(path))
        except OSError as broken:
            raise ValueError(f"folder must hold whole pictures, got {path}: {broken}") from None
        if size:
            picture = change.resize(change.center_crop(picture, [min(picture.shape[1:])] * 2), [size, size])
        if pixels is None:
            pixels, first = torch.empty((len(found), *picture.shape), dtype=torch.uint8), path
        if picture.shape != pixels.shape[1:]:
            height, width = picture.shape[1:]
            raise ValueError(
                f"size must be given where pictures differ in size, got None with {width} x {height} in {path} "
                f"and {pixels.shape[3]} x {pixels.shape[2]} in {first}"
            )
        pixels[place] = picture
    return pixels
