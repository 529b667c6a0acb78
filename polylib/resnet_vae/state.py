"""What a training of the ResNet-VAE knows after a step, how that is kept, and whether it is still finite."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from polylib.resnet_vae.model import ResNetVAE
from polylib.runs.checkpoint import Checkpoint, fill, moments


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

    def save(self, kept: Checkpoint) -> None:
        """Keep the state, torch's random state in this process with it."""
        tensors = self._tensors() | {"random.cpu": torch.get_rng_state()}
        if self.order.is_cuda:
            tensors["random.cuda"] = torch.cuda.get_rng_state(self.order.device)
        kept.save(self.step, tensors, seconds=self.seconds, rows=self.rows)

    def restore(self, found: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Take over what was kept, the random state too."""
        fill(self._tensors(), found)
        self.step, self.seconds, self.rows = facts["step"], facts["seconds"], facts["rows"]
        torch.set_rng_state(found["random.cpu"])
        if self.order.is_cuda:
            torch.cuda.set_rng_state(found["random.cuda"], self.order.device)

    def broken(self) -> str:
        """What is no longer finite, in words; empty if all is. A test image may cost infinitely much, but not nan."""
        lost = (~self.losses[: self.step].isfinite().all(1)).nonzero()
        if len(lost):
            return f"the loss is no longer finite at step {int(lost[0, 0]) + 1}"
        for name, value in self._learnt().items():
            if not bool(value.isfinite().all()):
                return f"{name} is no longer finite at step {self.step}"
        if missing := [name for name, value in (self.rows[-1] if self.rows else {}).items() if value != value]:
            return f"{missing[0]} is not a number at step {self.step}"
        return ""

    def _learnt(self) -> dict[str, Tensor]:
        return {f"model.{n}": value for n, value in self.model.state_dict().items()} | moments(self.optimizer)

    def _tensors(self) -> dict[str, Tensor]:
        """The tensors themselves, no copies."""
        return self._learnt() | {"order": self.order, "losses": self.losses}
