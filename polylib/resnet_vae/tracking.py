"""A training followed by Weights & Biases, if asked: without a key, on disk alone."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from polylib.resnet_vae.settings import Settings

Log = Callable[[dict[str, float]], None]
PRIVATE = {
    "WANDB_X_DISABLE_META": True,
    "WANDB_DISABLE_GIT": True,
    "WANDB_DISABLE_CODE": True,
    "WANDB_HOST": "-",
    "WANDB_PROGRAM": "-",
}
"""settings by the variable that sets them: no machine, program or repository is told unless the variable asks for it"""


@contextmanager
def tracked(project: str, settings: Settings, folder: Path) -> Iterator[Log]:
    """A function that takes in a row of the history; if `project` is "" it does nothing.

    Without WANDB_MODE and a key in the environment the run is kept in `folder`/wandb, to be sent later by `wandb sync`;
    no network is needed. The settings, the rows and the versions of packages are told; the machine's name, the
    program's path and the repository only as far as a variable of `PRIVATE` in the environment says so. Raises
    ModuleNotFoundError where wandb is not installed.
    """
    if not project:
        yield lambda row: None
        return
    try:
        import wandb  # an extra of its own
    except ModuleNotFoundError:
        raise ModuleNotFoundError("wandb_project needs the package wandb: pip install wandb") from None
    mode = os.environ.get("WANDB_MODE") or ("online" if os.environ.get("WANDB_API_KEY") else "offline")
    # wandb itself reads the environment once a process; what is set later must count too
    told = {name.removeprefix("WANDB_").lower(): os.environ.get(name, value) for name, value in PRIVATE.items()}
    run = wandb.init(
        settings=wandb.Settings(**told),
        project=project,
        dir=folder,
        config=asdict(settings),
        mode=mode,
        resume="allow" if mode == "online" else None,
    )
    try:
        yield lambda row: run.log(row, step=int(row["step"]))
    finally:
        run.finish()
