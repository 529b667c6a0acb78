"""What a user has for images, a folder, tensor, data set or loader of one, as one batch that a network is shown."""

from collections.abc import Iterable, Sized
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from polylib import validate
from polylib.images.picture_folder import picture
from polylib.images.sets import load, prepare
from polylib.runs import data

PACKAGED = ("mnist-5k",)
"""sets that are installed with the notebooks' packages, by name"""
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""means and standard deviations of the channels that most published networks are trained with"""


def pictures(
    source: Any, *, size: int | None = None, n: int | None = None, imagenet: bool = False, rng: np.random.Generator
) -> Float[Tensor, "n channels height width"]:
    """`n` different images of `source`, in random order; all of them for None.

    `source`: a name of `PACKAGED`; a folder, with one folder of pictures for each class or pictures and no folders; a
    tensor or array (n, channels, height, width); a data set of torch, whose items are images or begin with one; or a
    loader, which is gone through until there are enough. Pictures of a folder become RGB, the middle square of each
    `size` pixels a side. Images of whole numbers, 0 to 255, come out as 3 channels of values in [0, 1], with `size`
    resized; real ones are what the user's own program made for the network, and stay as they are but for a `size`.
    `imagenet`: afterwards less `IMAGENET`'s means and over its deviations. Raises FileNotFoundError for a folder that
    is missing or has no picture, ValueError for one class, files that are no pictures of 8 bits, images of several
    sizes without `size`, other shapes, values that are not finite, fewer than `n`, or images that are all the same.
    The pictures that are read are noted for the results of this process.
    """
    validate.generator("rng", rng)
    n, size = (None if x is None else validate.integer(name, x) for name, x in (("n", n), ("size", size)))
    images = _found(source, size, n, rng)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or not images.numel():
        raise ValueError(f"images must have shape (n, 1 or 3, height, width), got {tuple(images.shape)}")
    if n is not None and len(images) < n:
        raise ValueError(f"n must be at most the {len(images)} images that there are, got {n}")
    images = images[torch.from_numpy(rng.permutation(len(images))[:n])]
    validate.finite("images", images)
    if len(images) < 2 or bool((images == images[0]).all()):
        raise ValueError(f"images must be at least 2 that differ, got {len(images)} of one kind")
    images = _shown(images, size)
    mean, deviation = (torch.tensor(values, dtype=images.dtype)[:, None, None] for values in IMAGENET)
    return (images - mean) / deviation if imagenet else images


def _found(source: Any, size: int | None, n: int | None, rng: np.random.Generator) -> Tensor:
    """Images as they are stored, from any kind of source."""
    if isinstance(source, str) and source in PACKAGED:
        return load(source).train
    if isinstance(source, str | Path):
        return _of_folder(Path(source), size, n, rng)
    if isinstance(source, Tensor | np.ndarray):
        return torch.as_tensor(source)
    if isinstance(source, torch.utils.data.DataLoader) or not hasattr(source, "__getitem__"):
        return _of_batches(source, n)
    if not isinstance(source, Sized) or not len(source):
        raise ValueError(f"images must be a folder, tensor, data set or loader that holds some, got {source!r}")
    places = rng.permutation(len(source))[: len(source) if n is None else n]
    return _stacked([_first(source[int(place)]) for place in places])


def _of_batches(source: Any, n: int | None) -> Tensor:
    if not isinstance(source, Iterable):
        raise ValueError(f"images must be a folder, tensor, data set or loader, got a {type(source).__name__}")
    parts: list[Tensor] = []
    for batch in source:
        parts.append(torch.as_tensor(_first(batch)))
        if n is not None and sum(map(len, parts)) >= n:
            break
    return _joined(torch.cat, parts)


def _first(item: Any) -> Any:
    """The image of an item that may be a pair with its label, or a mapping with several entries."""
    if isinstance(item, dict):
        known = next((key for key in ("pixel_values", "image", "img", "images") if key in item), None)
        if known is None:
            raise ValueError(f"images must be under pixel_values, image, img or images, got {', '.join(item)}")
        return item[known]
    return item[0] if isinstance(item, list | tuple) and item else item


def _stacked(images: list[Any]) -> Tensor:
    from torchvision.transforms.v2.functional import pil_to_tensor  # slow to import

    kinds = [x if isinstance(x, Tensor) else torch.as_tensor(x) if isinstance(x, np.ndarray) else None for x in images]
    found = [pil_to_tensor(x) if kind is None else kind for x, kind in zip(images, kinds, strict=True)]
    return _joined(torch.stack, found)


def _joined(join: Any, parts: list[Tensor]) -> Tensor:
    shapes = {tuple(part.shape[-3:]) for part in parts}
    if len(shapes) != 1:
        raise ValueError(f"images must be of one size (resize them in the data set), got {sorted(shapes) or 'none'}")
    return join(parts)


def _of_folder(folder: Path, size: int | None, n: int | None, rng: np.random.Generator) -> Tensor:
    """Some pictures of a folder as uint8, chosen before any is read."""
    files = _files(folder)
    places = rng.permutation(len(files))[: len(files) if n is None else n]
    data.note(f"folder {folder.name}", data.digest_of_files((files[place] for place in places), folder))
    found = [picture(files[place], size, argument="images") for place in places]
    odd = next((i for i, x in enumerate(found) if x.shape != found[0].shape), None)
    if odd is not None:
        told = [
            f"{x.shape[2]} x {x.shape[1]} in {files[places[i]].name}" for i, x in ((odd, found[odd]), (0, found[0]))
        ]
        raise ValueError(f"size must be given where pictures differ in size, got None with {' and '.join(told)}")
    return torch.stack(found)


def _files(folder: Path) -> list[Path]:
    from torchvision.datasets.folder import IMG_EXTENSIONS  # slow to import

    known = (*IMG_EXTENSIONS, ".gif")
    if not folder.is_dir():
        raise FileNotFoundError(f"images must be a folder that is there, got {folder}")
    inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in known and path.is_file())
    if not files:
        raise FileNotFoundError(f"images must be a folder with pictures ({' '.join(known)}), got none in {folder}")
    if len(inside) == 1:
        raise ValueError(
            f"images must be a folder with several classes, a folder each, or with pictures and no folders, got one "
            f"class, {inside[0].name!r}, in {folder}; if there is no other, name {inside[0]}"
        )
    return files


def _shown(images: Tensor, size: int | None) -> Tensor:
    """Whole numbers as three channels in [0, 1]; real ones as they are, resized if asked for."""
    if images.dtype == torch.uint8:
        square = images.shape[2] == images.shape[3]
        if not size and square:
            return prepare(images, images.shape[3]).contiguous()
        if size:
            return prepare(images, size).contiguous()
        return (images.float() / 255).expand(-1, 3, -1, -1).contiguous()
    if not images.is_floating_point():
        raise ValueError(f"images must be uint8 or real, got {images.dtype}")
    if size and images.shape[-2:] != (size, size):
        images = torch.nn.functional.interpolate(images.float(), size=(size, size), mode="bilinear", antialias=True)
    return images
