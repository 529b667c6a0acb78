"""The state of a training on disk: whole or not at all, of this run or refused, in the hands of one process."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from polylib.resnet_vae.model import ResNetVAE
from polylib.resnet_vae.settings import Settings
from polylib.runs.whole_file import replace

FILE = "checkpoint.safetensors"


@dataclass
class State:
    """All that a run knows after a step."""

    model: ResNetVAE
    optimizer: torch.optim.Adam
    order: Tensor
    """the images of the running epoch, in the order in which they are seen"""
    losses: Tensor
    """(steps, 2): cross-entropy and KL in nats for each image, of every batch; nan for those to come"""
    step: int = 0
    seconds: float = 0.0
    """wall time of the training so far, over all its processes"""
    rows: list[dict[str, float]] = field(default_factory=list)
    """what was measured at the end of every epoch"""

    def tensors(self) -> dict[str, Tensor]:
        """The state as named tensors, the random state of the process among them."""
        found = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            found |= {f"adam.{index}.{name}": value for name, value in moments.items()}
        found |= {"order": self.order, "losses": self.losses, "random.cpu": torch.get_rng_state()}
        for name in self.rows[0] if self.rows else ():  # as tensors, which hold infinity where JSON does not
            found[f"row.{name}"] = torch.tensor([row[name] for row in self.rows], dtype=torch.float64)
        if self.order.is_cuda:
            found["random.cuda"] = torch.cuda.get_rng_state(self.order.device)
        return found

    def restore(self, found: dict[str, Tensor], facts: dict) -> None:
        """Take over a state that was saved, and its random state; each tensor keeps its own layout in memory."""
        model = {k.removeprefix("model."): v for k, v in found.items() if k.startswith("model.")}
        self.model.load_state_dict(model)
        moments: dict[int, dict[str, Tensor]] = {}
        parameters = list(self.model.parameters())
        for key, value in found.items():
            if key.startswith("adam."):
                _, index, name = key.split(".")
                like = parameters[int(index)]
                moved = value.clone() if name == "step" else torch.empty_like(like, requires_grad=False).copy_(value)
                moments.setdefault(int(index), {})[name] = moved
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.order.copy_(found["order"])
        self.losses.copy_(found["losses"])
        self.step, self.seconds = facts["step"], facts["seconds"]
        columns = {name: found[f"row.{name}"].tolist() for name in facts["columns"]}
        self.rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        torch.set_rng_state(found["random.cpu"])
        if self.order.is_cuda:
            torch.cuda.set_rng_state(found["random.cuda"], self.order.device)


def save(state: State, path: Path, settings: Settings, images: str) -> None:
    """Write the state to `path`, whole or not at all; `images` is their digest.

    Raises OSError where it cannot be written; the checkpoint before is then still there.
    """
    facts = {"settings": asdict(settings), "images": images, "step": state.step, "torch": torch.__version__}
    facts |= {"seconds": state.seconds, "columns": list(state.rows[0]) if state.rows else []}
    tensors = {name: value.detach().cpu().contiguous() for name, value in state.tensors().items()}
    part = path.with_suffix(".part")  # one name: what a killed run left is written over
    try:
        save_file(tensors, part, {"polylib": json.dumps(facts, allow_nan=False)})
        replace(part, path)
    except (OSError, SafetensorError) as failed:
        part.unlink(missing_ok=True)
        before = "the one before is still there" if path.is_file() else "there was none before"
        raise OSError(f"checkpoint {path} at step {state.step} could not be written, {before}: {failed}") from failed


def load(state: State, path: Path, settings: Settings, images: str) -> None:
    """Bring `state` to the one at `path`, which stays as it is.

    Raises ValueError, with what differs, if that is damaged, no checkpoint of polylib, of other settings or images.
    """
    try:
        with safe_open(path, "pt") as file:
            facts = json.loads((file.metadata() or {}).get("polylib", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, no mapping
    except (SafetensorError, json.JSONDecodeError) as broken:
        raise ValueError(f"checkpoint {path} must be whole, got {broken}; remove it to begin again") from None
    if not isinstance(facts, dict) or not {"settings", "images", "columns"} <= facts.keys():
        raise ValueError(f"checkpoint {path} must be one that polylib wrote, got a file of another program")
    if different := settings.differences(facts["settings"]):
        raise ValueError(f"checkpoint {path} must be of the same settings, got {different}; take another folder")
    if facts["images"] != images:
        raise ValueError(f"checkpoint {path} must be of the same images, got others; take another folder")
    state.restore(tensors, facts)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder for this process until that ends, however it ends. Raises RuntimeError if it is held."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"folder {folder} must be of one run at a time, got a second one") from None
        yield
