"""Any folder of pictures, one folder a class, as torchvision's ImageFolder reads it; uint8 tensors of one size."""

from pathlib import Path

import torch
from jaxtyping import UInt8
from torch import Tensor

from polylib import validate
from polylib.runs import data

_TESTS = ("test", "val", "valid", "validation")


def read(folder: Path, size: int | None = None) -> tuple[UInt8[Tensor, "n 3 h w"], UInt8[Tensor, "m 3 h w"] | None]:
    """The pictures in `folder`, those to train on and those to test on, or all and None.

    `folder` holds a folder a class, or "train" and one of "test", "val", "valid" and "validation", which do. Pictures,
    grey ones and those with a palette too, become RGB, in the order of their paths; with `size` the middle square of
    each is brought to that many pixels a side, else all must be of one size. Raises FileNotFoundError where there is no
    picture, ValueError for a file that cannot be read, has more than 8 bits a channel or another size.
    """
    size = None if size is None else validate.integer("size", size)
    tests = [folder / name for name in _TESTS if (folder / name).is_dir()]
    if not (folder / "train").is_dir() or not tests:
        return _pictures(folder, size), None
    if len(tests) > 1:
        raise ValueError(
            f"folder must hold one part to test on, got {', '.join(part.name for part in tests)} in {folder}"
        )
    train, test = (_pictures(part, size) for part in (folder / "train", tests[0]))
    if train.shape[1:] != test.shape[1:]:
        shapes = [f"{part.shape[3]} x {part.shape[2]}" for part in (train, test)]
        raise ValueError(f"size must be given where parts differ in size, got None with {' and '.join(shapes)}")
    return train, test


def _pictures(folder: Path, size: int | None) -> Tensor:
    # Slow to import.
    from torchvision.datasets import ImageFolder

    try:
        found = ImageFolder(str(folder))
    except FileNotFoundError as missing:
        said = f"folder must hold a folder of pictures for each class, got {folder}: {missing}"
        raise FileNotFoundError(said) from None
    data.note(f"folder {folder.name}", data.digest_of_files((Path(path) for path, _ in found.samples), folder))
    pixels, first = None, None
    for place, (path, _) in enumerate(found.samples):
        one = picture(Path(path), size)
        if pixels is None:
            pixels, first = torch.empty((len(found), *one.shape), dtype=torch.uint8), path
        if one.shape != pixels.shape[1:]:
            height, width = one.shape[1:]
            raise ValueError(
                f"size must be given where pictures differ in size, got None with {width} x {height} in {path} "
                f"and {pixels.shape[3]} x {pixels.shape[2]} in {first}"
            )
        pixels[place] = one
    return pixels


def picture(path: Path, size: int | None = None, *, argument: str = "folder") -> UInt8[Tensor, "3 h w"]:
    """One picture as RGB; with `size` its middle square, that many pixels a side.

    Raises ValueError, in the name of `argument`, for a file that cannot be read or has more than 8 bits a channel.
    """
    # Slow to import.
    from PIL import Image
    from torchvision.transforms.v2 import functional as change

    try:
        with Image.open(path) as opened:
            if opened.mode[0] in "IF":  # which Pillow would cut off at 255
                raise ValueError(f"8 bits a channel are needed, got mode {opened.mode}")
            pixels = change.pil_to_tensor(opened.convert("RGB"))
    except Exception as broken:  # a damaged file may make a reader of pictures raise anything
        raise ValueError(f"{argument} must hold whole pictures, got {path}: {broken}") from None
    return change.resize(change.center_crop(pixels, [min(pixels.shape[1:])] * 2), [size, size]) if size else pixels
