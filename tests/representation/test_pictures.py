"""Images as a user has them: every kind of source, chosen by the seed; and what is wrong with a folder."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, TensorDataset

from polylib.representation.pictures import IMAGENET, pictures
from polylib.runs import data


def rng(seed=0):
    return np.random.default_rng(seed)


def written(folder, names=("cat/1", "cat/2", "dog/1", "dog/2", "dog/3"), side=(9, 8), mode="RGB", seed=0):
    draw, found = rng(seed), []
    for name in names:
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        found.append(draw.integers(0, 256, (*side, 3), dtype=np.uint8))
        Image.fromarray(found[-1]).convert(mode).save(path)
    return np.stack(found)


def test_a_folder_of_classes_and_one_of_pictures_alone(tmp_path):
    pixels = torch.from_numpy(written(tmp_path / "classes")).permute(0, 3, 1, 2) / 255
    found = pictures(tmp_path / "classes", rng=rng())
    assert found.shape == (5, 3, 9, 8)
    assert torch.equal(found.flatten(1).sum(1).sort().values, pixels.flatten(1).sum(1).sort().values)
    written(tmp_path / "flat", ("a", "b", "c"))
    assert len(pictures(str(tmp_path / "flat"), rng=rng())) == 3
    assert {"folder classes", "folder flat"} <= data.noted().keys()


def test_the_seed_chooses_which_and_no_image_comes_twice(tmp_path):
    written(tmp_path)
    first, again, other = (pictures(tmp_path, n=3, rng=rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert len(torch.unique(first, dim=0)) == 3


def test_sizes_and_modes_may_be_mixed_where_a_size_is_given(tmp_path):
    written(tmp_path, ("a/1", "a/2"))
    written(tmp_path, ("b/1",), side=(20, 12), mode="L")
    written(tmp_path, ("b/2",), side=(5, 5), mode="P")
    written(tmp_path, ("b/3",), side=(6, 9), mode="RGBA")
    Image.new("P", (7, 7), 3).save(tmp_path / "b" / "4.gif")
    assert pictures(tmp_path, size=8, rng=rng()).shape == (6, 3, 8, 8)
    with pytest.raises(ValueError, match=r"size must be given where pictures differ in size, got None with .* x "):
        pictures(tmp_path, rng=rng())


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda f: None, FileNotFoundError, r"images must be a folder that is there, got .*own"),
        (
            lambda f: f.mkdir(),
            FileNotFoundError,
            r"images must be a folder with pictures \(.*png.*\), got none in .*own",
        ),
        (
            lambda f: written(f / "train"),
            ValueError,
            r"got one class, 'train', in .*; if there is no other, name .*train",
        ),
        (lambda f: (written(f), (f / "cat" / "1.png").write_bytes(b"x")), ValueError, r"whole pictures, got .*1\.png"),
    ],
)
def test_folders_that_cannot_be_used(tmp_path, make, error, said):
    make(tmp_path / "own")
    with pytest.raises(error, match=said):
        pictures(tmp_path / "own", rng=rng())


def test_sixteen_bits_are_refused_with_the_file(tmp_path):
    written(tmp_path)
    Image.fromarray(np.full((9, 8), 40_000, dtype=np.uint16)).save(tmp_path / "cat" / "deep.png")
    with pytest.raises(
        ValueError,
        match=r"images must hold whole pictures, got .*deep\.png: 8 bits a channel are needed, got mode I;16",
    ):
        pictures(tmp_path, rng=rng())


def test_tensors_arrays_sets_and_loaders_hold_the_same():
    x = torch.rand(12, 3, 8, 8)
    pairs = TensorDataset(x, torch.zeros(12))
    sources = [x, x.numpy(), pairs, DataLoader(pairs, batch_size=5), [{"pixel_values": one} for one in x]]
    for source in sources:
        found = pictures(source, rng=rng())
        assert torch.equal(found.flatten(1).sum(1).sort().values, x.flatten(1).sum(1).sort().values)
    assert len(pictures(DataLoader(pairs, batch_size=5), n=6, rng=rng())) == 6
    assert torch.equal(pictures(x, n=4, rng=rng()), pictures(x, n=4, rng=rng()))


def test_whole_numbers_are_scaled_and_real_ones_kept():
    grey = torch.randint(0, 256, (6, 1, 8, 8), dtype=torch.uint8)
    found = pictures(grey, rng=rng())
    assert found.shape == (6, 3, 8, 8) and float(found.max()) == int(grey.max()) / 255
    own = torch.randn(6, 1, 8, 8)
    assert float(pictures(own, rng=rng()).min()) == float(own.min())
    mean, deviation = (torch.tensor(v)[:, None, None] for v in IMAGENET)
    normal = pictures(grey, imagenet=True, rng=rng())
    torch.testing.assert_close(normal * deviation + mean, found)
    assert pictures(own, size=4, rng=rng()).shape == (6, 1, 4, 4)


@pytest.mark.parametrize(
    ("source", "n", "said"),
    [
        (torch.rand(4, 8, 8), None, r"shape \(n, 1 or 3, height, width\), got \(4, 8, 8\)"),
        (torch.rand(4, 5, 8, 8), None, r"got \(4, 5, 8, 8\)"),
        (torch.rand(4, 3, 8, 8), 5, r"n must be at most the 4 images that there are, got 5"),
        (torch.full((3, 3, 8, 8), 0.5), None, "at least 2 that differ, got 3 of one kind"),
        (torch.rand(1, 3, 8, 8), None, "at least 2 that differ, got 1"),
        (torch.full((3, 3, 8, 8), torch.nan), None, "images must be finite"),
        (torch.ones(3, 3, 8, 8, dtype=torch.int64).cumsum(0), None, "uint8 or real, got torch.int64"),
        ([torch.rand(3, 8, 8), torch.rand(3, 9, 8)], None, r"one size \(resize them in the data set\)"),
        ([], None, "that holds some"),
        (3, None, "folder, tensor, data set or loader, got a int"),
        ([{"x": torch.rand(3, 8, 8)}] * 2, None, "under pixel_values, image, img or images, got x"),
    ],
)
def test_sources_that_cannot_be_used(source, n, said):
    with pytest.raises(ValueError, match=said):
        pictures(source, n=n, rng=rng())


def test_the_packaged_digits():
    assert pictures("mnist-5k", n=7, size=16, rng=rng()).shape == (7, 3, 16, 16)
