"""Networks of several seeds and rates of dropout, each trained in a folder of its own, here or on a sweep's workers."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from polylib.images.sets import ImageSet
from polylib.resnet_vae.history import History
from polylib.resnet_vae.model import ResNetVAE
from polylib.resnet_vae.settings import Settings
from polylib.resnet_vae.training import train
from polylib.runs.sweep import sweep

Load = Callable[[], ImageSet]
Networks = dict[tuple[int, float], tuple[ResNetVAE, History]]


def place(folder: Path, settings: Settings) -> Path:
    """The folder of one network among many: seed-S/dropout-D."""
    return folder / f"seed-{settings.seed}" / f"dropout-{settings.dropout:g}"


def train_many(
    load: Load,
    asked: Sequence[Settings],
    folder: Path,
    *,
    scheduler: str | None = None,
    wandb_project: str = "",
    finished_only: bool = False,
) -> Networks:
    """Networks with their histories by (seed, rate of dropout); what `folder` holds already is loaded, not trained.

    They train one after another, or on the workers of a Dask `scheduler`, with the images that `load` gives, which
    travels to the workers. Those without dropout leave their weights after every epoch. With `finished_only` none is
    trained, and those whose training has not ended are left out. Raises ValueError for two settings of one seed and
    rate, and whatever `train` and `sweep` raise.
    """
    if len({(s.seed, s.dropout) for s in asked}) < len(asked):
        raise ValueError(f"asked must hold one network for each seed and rate, got {len(asked)} settings with repeats")
    ready = [s for s in asked if not finished_only or _finished(place(folder, s), s.epochs)]
    for seed in {s.seed for s in asked} if not finished_only else set():
        tasks = {place(folder, s).name: s for s in asked if s.seed == seed}
        sweep(partial(_train_one, load, wandb_project), tasks, folder / f"seed-{seed}", scheduler)
    images = load()
    return {(s.seed, s.dropout): train(images, s, place(folder, s)) for s in ready}


def _train_one(load: Load, wandb_project: str, settings: Settings, folder: Path) -> dict[str, int]:
    """One network, in its folder, wherever a worker is."""
    history = train(load(), settings, folder, wandb_project=wandb_project, every_epoch=not settings.dropout)[1]
    return {"epochs": len(history.rows)}


def _finished(folder: Path, epochs: int) -> bool:
    """Whether the history in this folder has all epochs below its heading."""
    history = folder / "history.csv"
    return history.is_file() and len(history.read_text().splitlines()) > epochs
