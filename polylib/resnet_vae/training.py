"""Training of the ResNet-VAE: images on the device as uint8, one scale for all that is measured, runs that go on.

Everything reported is for one image: nats of the negative bound and its two terms, bits per dimension over all three
channels and all pixels at the size that the network sees, and the entropy of the pixels, below which no cross-entropy
can fall, as they are no black and white values.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from polylib.images.sets import ImageSet, prepare
from polylib.resnet_vae.epochs import keep_epoch
from polylib.resnet_vae.evaluation import bits_a_dimension, evaluate
from polylib.resnet_vae.history import History
from polylib.resnet_vae.model import ResNetVAE, negative_elbo
from polylib.resnet_vae.precision import advice, refuse_faults
from polylib.resnet_vae.settings import Settings
from polylib.resnet_vae.state import State
from polylib.resnet_vae.tracking import tracked
from polylib.runs.checkpoint import Checkpoint, digest

FILE = "checkpoint.npz"


def train(
    images: ImageSet,
    settings: Settings,
    folder: Path,
    *,
    every_steps: int | None = None,
    every_seconds: float = 60.0,
    budget: float | None = None,
    progress: bool = False,
    wandb_project: str = "",
    every_epoch: bool = False,
) -> tuple[ResNetVAE, History]:
    """Train, or go on with the run that `folder` holds, to the network, ready to be used, and what was measured.

    A checkpoint is written every `every_steps` steps, or `every_seconds`, and at the end. A run that was killed and is
    called again ends in the same bits, on a CPU in float32 with as many threads. After `budget` seconds a call stops
    at the end of an epoch; a further call goes on. `wandb_project`: see `tracking.tracked`. With `every_epoch` the
    weights after each epoch stay in `folder` too, where `after_epoch` reads them. Raises ValueError for too
    few images, a checkpoint of another run or a processor that cannot do what `amp` asks for, OSError if a checkpoint
    cannot be written, RuntimeError if another process is at it, FloatingPointError, with the step and what to try,
    where a loss, a weight or a moment of Adam is no longer finite; the checkpoint before stays as it was.
    """
    if len(images.train) < settings.batch or not len(images.test):
        raise ValueError(
            f"images must hold a batch of {settings.batch} to train on and one to test on, "
            f"got {len(images.train)} and {len(images.test)}"
        )
    refuse_faults(settings)
    seen = {"images to train on": digest(images.train), "images to test on": digest(images.test)}
    began, kept = time.perf_counter(), Checkpoint(folder / FILE, asdict(settings) | seen)
    cards = [torch.device(settings.device)] if settings.on_gpu else []
    with kept.locked(), torch.random.fork_rng(cards), _fast(settings):
        run = _Run(images, settings)
        state, total = run.state, len(run.state.losses)
        if found := kept.load():
            state.restore(*found)
        earlier, saved, saved_at, over = state.seconds, state.step, time.perf_counter(), False
        bar = tqdm(total=total, initial=saved, disable=not progress, desc=f"dropout {settings.dropout:g}")
        with bar, tracked(wandb_project if saved < total else "", settings, folder) as log:
            while state.step < total and not over:
                run.advance()
                bar.update()
                if ended := state.step % run.steps == 0:
                    state.rows.append(run.measure())
                    keep_epoch(state.model, folder if every_epoch else None, len(state.rows))
                state.seconds = earlier + time.perf_counter() - began
                due = (
                    state.step - saved >= every_steps if every_steps else time.perf_counter() - saved_at > every_seconds
                )
                if ended or due:
                    _refuse_broken(state, settings, kept, saved)
                if ended:
                    state.rows[-1]["seconds"] = state.seconds
                    log(state.rows[-1])
                over = ended and budget is not None and time.perf_counter() - began > budget
                if due or over or state.step == total:
                    state.save(kept)
                    saved, saved_at = state.step, time.perf_counter()
        history = History(state.rows, state.losses[: state.step].double().cpu().numpy().sum(1))
        history.write(folder)
    return state.model.eval(), history


class _Run:
    """A state with its data at hand: how it advances, and how it is measured."""

    def __init__(self, images: ImageSet, settings: Settings) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.steps = settings, len(images.train) // settings.batch
        self.images, self.test = images.train.to(settings.device), images.test.to(settings.device)
        model = settings.model().train()
        losses = torch.full((settings.epochs * self.steps, 2), math.nan, device=settings.device)
        order = torch.zeros(len(images.train), dtype=torch.int64, device=settings.device)
        self.state = State(model, settings.optimizer(model), order, losses)
        self.amp = settings.low_precision
        self.terms = self._terms
        if settings.compiled:
            torch.compiler.reset()  # else the ninth run of a process would be refused and run uncompiled
            self.terms = torch.compile(self._terms)

    def _terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.amp):
            reconstruction, _, mean, log_variance = self.state.model(x)
        return negative_elbo(reconstruction, x, mean, log_variance)

    def advance(self) -> None:
        """One step of Adam on the sum over a batch, as the supplement's program has it."""
        state, settings = self.state, self.settings
        epoch, place = divmod(state.step, self.steps)
        if place == 0:
            generator = np.random.default_rng([settings.seed, epoch])
            state.order.copy_(torch.from_numpy(generator.permutation(len(self.images))))
        which = state.order[place * settings.batch : (place + 1) * settings.batch]
        bce, kl = self.terms(prepare(self.images[which], settings.image_size))
        state.optimizer.zero_grad(set_to_none=True)
        (bce.sum() + settings.beta * kl.sum()).backward()
        state.optimizer.step()
        state.losses[state.step, 0], state.losses[state.step, 1] = bce.detach().mean(), kl.detach().mean()
        state.step += 1

    def measure(self) -> dict[str, float]:
        """A row of the history, at the end of an epoch."""
        state = self.state
        bce, kl = state.losses[state.step - self.steps : state.step].double().mean(0).tolist()
        row = {"epoch": float(state.step // self.steps), "step": float(state.step), "seconds": state.seconds}
        row |= {"train_elbo": bce + kl, "train_bce": bce, "train_kl": kl}
        row["train_bits"] = bits_a_dimension(bce + kl, state.model)
        found = evaluate(state.model, self.test, amp=self.amp)
        active = found.pop("active_units")
        return row | {f"test_{name}": value for name, value in found.items()} | {"active_units": active}


def _refuse_broken(state: State, settings: Settings, kept: Checkpoint, saved: int) -> None:
    """FloatingPointError with what is no longer finite, what to try, and what is left."""
    if wrong := state.broken():
        left = f"{kept.path} is still of step {saved}, where a call goes on" if saved else "no checkpoint was written"
        raise FloatingPointError(f"{wrong}: {advice(settings)}; {left}")


@contextmanager
def _fast(settings: Settings) -> Iterator[None]:
    """On a GPU let cudnn look for the fastest convolutions."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = settings.on_gpu
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
