"""What tests of sweeps and of killed trainings run in processes of their own."""

import hashlib
import os
from pathlib import Path

import torch

from polylib.images.sets import ImageSet
from polylib.resnet_vae import checkpoint as vae_checkpoint
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


def listening(task, folder):
    import psutil

    ports = [c.laddr for c in psutil.Process().net_connections("inet") if c.status == psutil.CONN_LISTEN]
    return {"addresses": [str(ip) for ip, _ in ports]}


def trained(settings, folder):
    """A training with many checkpoints; every process that took part is remembered."""
    torch.set_num_threads(1)
    with (folder / "processes").open("a") as processes:
        print(os.getpid(), file=processes)
    model, history = train(few(), settings, folder, every_steps=3)
    return {"weights": weights(model), "rows": [{k: v for k, v in r.items() if k != "seconds"} for r in history.rows]}


def train_alone(settings, folder, die_in_save=0):
    """The same, for a process that may be killed; with `die_in_save`, by itself, between the bytes of a checkpoint."""
    torch.use_deterministic_algorithms(True)
    if die_in_save:
        calls = iter(range(1, 10**6))
        real = vae_checkpoint.replace

        def dying(part, path):
            if next(calls) == die_in_save:
                part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])
                os.kill(os.getpid(), 9)
            real(part, path)

        vae_checkpoint.replace = dying
    torch.set_num_threads(1)
    train(few(), settings, Path(folder), every_steps=1)
