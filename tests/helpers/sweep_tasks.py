"""What tests of sweeps run, on workers too, and the tiny training that others share with them."""

import hashlib
import os

import torch

from polylib.images.sets import ImageSet
from polylib.resnet_vae.settings import Settings
from polylib.resnet_vae.training import train

TINY = Settings(image_size=16, width=8, latent=4, epochs=6, batch=8, learning_rate=1e-3)


def few(n=64, size=16):
    generator = torch.Generator().manual_seed(5)
    pixels = torch.randint(0, 256, (n + 8, 1, size, size), generator=generator, dtype=torch.uint8)
    return ImageSet("few", pixels[:n], pixels[n:])


def weights(model):
    """A digest of every weight, bit by bit."""
    found = hashlib.sha256()
    for name, value in model.state_dict().items():
        found.update(name.encode() + value.contiguous().numpy().tobytes())
    return found.hexdigest()


def square(task, folder):
    calls = folder / "calls"
    calls.write_text(str(1 + (int(calls.read_text()) if calls.is_file() else 0)))
    if task < 0:
        raise ArithmeticError(f"no root of {task}")
    return {"square": task * task}


def trained(settings, folder):
    """A training with many checkpoints; every process that took part is remembered."""
    torch.set_num_threads(1)
    with (folder / "processes").open("a") as processes:
        print(os.getpid(), file=processes)
    model, history = train(few(), settings, folder, every_steps=3)
    return {"weights": weights(model), "rows": [{k: v for k, v in r.items() if k != "seconds"} for r in history.rows]}
