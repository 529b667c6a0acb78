"""What a training of the ResNet-VAE is asked for; the defaults are the supplement's program."""

from dataclasses import dataclass

import torch

from polylib import validate
from polylib.resnet_vae.model import ResNetVAE, check_architecture


@dataclass(frozen=True)
class Settings:
    """All that decides the numbers of a run, besides its images.

    Raises ValueError for a value out of its range, with its name.
    """

    dropout: float = 0.2
    """probability that a unit of the encoder is dropped, after every ReLU of its residual part"""
    latent: int = 256
    """units of the code"""
    image_size: int = 224
    """pixels a side; images are resized to it"""
    stem: str = "printed"
    """"printed": 7x7 of stride 2 and pooling; "small": 3x3 of stride 1 without, for images of about 32 pixels"""
    width: int = 64
    """channels of the first layer, a multiple of 8, to which all other widths are in proportion"""
    epochs: int = 200
    batch: int = 50
    """images of a step; what an epoch's last whole batch leaves over is not used in that epoch"""
    learning_rate: float = 1e-3
    """of Adam"""
    beta: float = 1.0
    """weight of the KL term in what is trained; what is reported has weight 1"""
    seed: int = 0
    """of the initial weights, the order of the images, dropout and the code's noise"""
    device: str = "cpu"
    """as torch names it: "cpu", "cuda", "cuda:1" """
    amp: bool | None = None
    """matrix products and convolutions in bfloat16; None: on a GPU. A CPU may be refused: `precision.refuse_faults`"""
    compile: bool | None = None
    """torch.compile; None: on a GPU"""

    def __post_init__(self) -> None:
        check_architecture(self.dropout, self.latent, self.image_size, self.stem, self.width)
        for name, least in {"epochs": 1, "batch": 2, "seed": 0}.items():
            validate.integer(name, getattr(self, name), least)
        validate.positive("learning_rate", self.learning_rate)
        validate.nonnegative("beta", self.beta)
        try:
            torch.device(self.device)
        except RuntimeError:
            raise ValueError(f"device must be one that torch knows, got {self.device!r}") from None

    @property
    def on_gpu(self) -> bool:
        """Whether the device is a GPU of the CUDA kind."""
        return torch.device(self.device).type == "cuda"

    @property
    def low_precision(self) -> bool:
        """Whether to compute in bfloat16."""
        return self.on_gpu if self.amp is None else self.amp

    @property
    def compiled(self) -> bool:
        """Whether to compile."""
        return self.on_gpu if self.compile is None else self.compile

    def model(self) -> ResNetVAE:
        """A new network on the device, its weights from torch's random state, on a GPU channels last in memory."""
        model = ResNetVAE(self.dropout, self.latent, self.image_size, stem=self.stem, width=self.width)
        layout = torch.channels_last if self.on_gpu else torch.contiguous_format  # on a CPU small maps are slower
        return model.to(self.device, memory_format=layout)

    def optimizer(self, model: ResNetVAE) -> torch.optim.Adam:
        """Adam, one kernel for all weights."""
        return torch.optim.Adam(model.parameters(), lr=self.learning_rate, fused=True)
