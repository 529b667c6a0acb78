"""Training of the ResNet-VAE: the loop that the supplement describes against polylib's, same work, in one run.

    python -m benchmarks.resnet_vae.training            speed on MNIST-5k, on the CPU and on a GPU if there is one
    python -m benchmarks.resnet_vae.training equality   the first losses of both loops, without dropout

The described loop resizes each image to 224 pixels on the processor by torchvision in a DataLoader without workers,
batch 50, float32, plain Adam, and reads the loss at every step. Rounds alternate, medians are compared; a processor
gets one thread, as on a busy machine two wait for one another.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision import transforms

from benchmarks.row import Row, devices, table
from polylib import images as image_sets
from polylib.images import ImageSet
from polylib.resnet_vae import ResNetVAE, Settings, train

BATCH, SIZE, ROUNDS, FIRST = 50, 224, 3, 20


def described(images: torch.Tensor, size: int, dropout: float, device: str) -> tuple[list[float], list[float]]:
    """Losses for each image, and the times at which they were known, of one pass in the order of polylib's epoch 0."""
    change = [transforms.Resize([size, size]), transforms.ToTensor(), transforms.Normalize(mean=[0.0], std=[1.0])]
    change = transforms.Compose(change)
    data = [Image.fromarray(np.moveaxis(i.expand(3, -1, -1).numpy(), 0, 2)) for i in images]

    class Resized(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return len(data)

        def __getitem__(self, index: int) -> torch.Tensor:
            return change(data[index])

    order = np.random.default_rng([0, 0]).permutation(len(images)).tolist()
    loader = DataLoader(Resized(), BATCH, sampler=order, drop_last=True, generator=torch.Generator())
    torch.manual_seed(0)
    model = ResNetVAE(dropout, image_size=size).to(device).train()
    for block in list(model.modules()):  # with torch's own masks
        for name, child in block.named_children():
            if isinstance(child, torch.nn.Dropout):
                setattr(block, name, torch.nn.Dropout(child.p))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses, times = [], [time.perf_counter()]
    for x in loader:
        x = x.to(device)
        optimizer.zero_grad()
        reconstruction, _, mean, log_variance = model(x)
        bce = functional.binary_cross_entropy(reconstruction, x, reduction="sum")
        loss = bce - 0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        loss.backward()
        optimizer.step()
        losses.append(loss.item() / BATCH)
        times.append(time.perf_counter())
    return losses, times


def ours(images: torch.Tensor, epochs: int, **chosen) -> tuple[np.ndarray, np.ndarray]:
    """Losses for each image, and the seconds at the end of every epoch."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(**{"epochs": epochs, "batch": BATCH, "image_size": SIZE, "seed": 0} | chosen)
        _, history = train(ImageSet("some", images, images[:1]), settings, Path(folder), every_seconds=1e9)
    return history.losses, history.column("seconds")


def speed(images: torch.Tensor, device: str) -> Iterator[Row]:
    """Images a second, warm."""
    steps = {"cpu": 2, "cuda": 60}[device]
    few, many = images[: BATCH * (steps + 1)], images[: BATCH * steps * (1 if device == "cpu" else 3)]
    settings = {"float32": {"amp": False, "compile": False}, "bfloat16": {"amp": True, "compile": False}}
    if device == "cuda":
        settings["bfloat16, compiled"] = {"amp": True, "compile": True}
    rates = {"described": [], **{f"ours, {name}": [] for name in settings}}
    for _ in range(ROUNDS):
        times = described(few, SIZE, 0.2, device)[1]
        rates["described"].append((len(times) - 2) * BATCH / (times[-1] - times[1]))
        for name, chosen in settings.items():
            seconds = ours(many, 3, dropout=0.2, device=device, **chosen)[1]
            rates[f"ours, {name}"].append(2 * len(many) / (seconds[2] - seconds[0]))
    plain = statistics.median(rates.pop("described"))
    for name, found in rates.items():
        work = f"train the ResNet-VAE, {SIZE} pixels, batch {BATCH}, {name.removeprefix('ours, ')}"
        yield Row(work, statistics.median(found), plain, "images/s", "the loop as described", device)


def equality(images: torch.Tensor, device: str, size: int, kind: torch.dtype, within: float) -> None:
    """The first losses of both, without dropout, over the same images in the same order.

    Adam's first steps are as long where a gradient is mere rounding as anywhere, so in float32 two orders of summation
    part by a factor of ten every few steps: float64 shows that the loops are the same. Where pixels are resized, the
    described loop rounds them to 8 bits.
    """
    torch.set_default_dtype(kind)
    first, _ = described(images[: BATCH * FIRST], size, 0.0, device)
    chosen = {"dropout": 0.0, "device": device, "image_size": size, "amp": False, "compile": False}
    second, _ = ours(images[: BATCH * FIRST], 1, **chosen)
    torch.set_default_dtype(torch.float32)
    apart = np.abs(second / np.array(first) - 1)
    print(f"{device}: first {FIRST} losses at {size} pixels, dropout 0, {kind}: {first[0]:.2f} to {first[-1]:.2f} nats")
    print(f"  relative difference {apart[0]:.1e} at the first step, {apart.max():.1e} at most; ", end="")
    print(f"within {within:g}: {'yes' if apart.max() < within else 'NO'}", flush=True)


def rows(check: bool = False) -> Iterator[Row]:
    """Of every device; with `check`, the first losses are compared and printed instead."""
    images, threads = image_sets.load("mnist-5k", None).train, torch.get_num_threads()
    for device in devices():
        torch.set_num_threads(1 if device == "cpu" else threads)
        if not check:
            yield from speed(images, device)
            continue
        torch.backends.cudnn.allow_tf32 = False
        equality(images, device, images.shape[-1], torch.float64, 1e-9)
        equality(images, device, images.shape[-1], torch.float32, 1e-2)
        equality(images, device, 64 if device == "cpu" else SIZE, torch.float32, 1e-2)


if __name__ == "__main__":
    found = list(rows(check=sys.argv[1:] == ["equality"]))
    print(table(found) if found else "")
