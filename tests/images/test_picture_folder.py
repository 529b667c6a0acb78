"""Folders of pictures: kinds of files, parts, division, and what is wrong, with its path."""

import numpy as np
import pytest
import torch
from PIL import Image

from polylib.images.picture_folder import read
from polylib.images.sets import load


def pictures(folder, n=5, side=(8, 8), classes=("cat", "dog"), seed=0):
    rng = np.random.default_rng(seed)
    found = []
    for name in classes:
        (folder / name).mkdir(parents=True)
        for i in range(n):
            found.append(rng.integers(0, 256, (*side, 3), dtype=np.uint8))
            Image.fromarray(found[-1]).save(folder / name / f"{i}.png")
    return torch.from_numpy(np.stack(found)).permute(0, 3, 1, 2)


def test_pictures_are_read_in_the_order_of_their_paths(tmp_path):
    pixels = pictures(tmp_path)
    train, test = read(tmp_path)
    assert torch.equal(train, pixels) and test is None


def test_a_folder_without_parts_is_divided_four_to_one_by_the_seed(tmp_path):
    pixels = pictures(tmp_path)
    found, again, other = (load("folder", tmp_path, seed=seed) for seed in (0, 0, 1))
    assert (len(found.train), len(found.test)) == (8, 2)
    assert torch.equal(found.test, again.test) and not torch.equal(found.train, other.train)
    both = torch.cat([found.train, found.test]).flatten(1).long().sum(1)
    assert torch.equal(both.sort().values, pixels.flatten(1).long().sum(1).sort().values)


@pytest.mark.parametrize("part", ["test", "val"])
def test_parts_are_kept_apart(tmp_path, part):
    train, test = pictures(tmp_path / "train"), pictures(tmp_path / part, 2, seed=1)
    found = load("folder", tmp_path)
    assert torch.equal(found.train, train) and torch.equal(found.test, test)


def test_grey_pictures_and_palettes_become_rgb(tmp_path):
    (tmp_path / "a").mkdir()
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    Image.fromarray(grey).save(tmp_path / "a" / "grey.png")
    colours = Image.fromarray(np.stack([grey, 255 - grey, grey // 2], 2))
    colours.convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "a" / "palette.png")
    train, _ = read(tmp_path)
    assert torch.equal(train[0], torch.from_numpy(grey).expand(3, -1, -1))
    assert (train[1].int() - torch.from_numpy(np.array(colours)).permute(2, 0, 1).int()).abs().max() < 12


def test_the_middle_square_is_brought_to_the_size(tmp_path):
    pixels = pictures(tmp_path, side=(8, 12))
    train, _ = read(tmp_path, 8)
    assert torch.equal(train, pixels[..., 2:10])
    assert read(tmp_path, 4)[0].shape == (10, 3, 4, 4)


@pytest.mark.parametrize("kind", ["text", "cut off", "flipped", "16 bits"])
def test_a_broken_file_is_named(tmp_path, kind):
    pictures(tmp_path, side=(40, 40))
    path = tmp_path / "dog" / "3.png"
    raw = path.read_bytes()
    if kind == "16 bits":
        Image.fromarray(np.full((40, 40), 3000, dtype=np.uint16)).save(path)
    else:
        spoilt = {"text": b"hello", "cut off": raw[:200], "flipped": raw[:60] + bytes([raw[60] ^ 255]) + raw[61:]}
        path.write_bytes(spoilt[kind])
    with pytest.raises(ValueError, match=r"folder must hold whole pictures, got .*dog/3\.png: "):
        read(tmp_path)


def test_other_sizes_and_empty_folders(tmp_path):
    pictures(tmp_path / "a")
    pictures(tmp_path / "a", side=(8, 9), classes=("wide",))
    with pytest.raises(ValueError, match=r"size must be given .* got None with 9 x 8 in .*wide/0\.png and 8 x 8 in"):
        read(tmp_path / "a")
    pictures(tmp_path / "b" / "train")
    pictures(tmp_path / "b" / "test", side=(9, 9))
    with pytest.raises(
        ValueError, match="size must be given where parts differ in size, got None with 8 x 8 and 9 x 9"
    ):
        read(tmp_path / "b")
    with pytest.raises(ValueError, match="size must be a whole number of at least 1, got 0"):
        read(tmp_path / "a", 0)
    (tmp_path / "none").mkdir()
    with pytest.raises(FileNotFoundError, match=r"folder must hold a folder of pictures for each class, got .*none"):
        read(tmp_path / "none")
    with pytest.raises(ValueError, match="folder must name the folder of pictures, got None"):
        load("folder")
