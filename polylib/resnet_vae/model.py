"""The supplement's ResNet-VAE: a ResNet-18 with dropout after every ReLU, a Gaussian code, a small decoder.

The graph is that of the released code: 14,618,265 parameters in the same order, so that a state dict of that code fits
tensor by tensor, and 9 dropout modules that a forward pass applies 17 times, as a residual block calls its one ReLU
twice. Neither the fully connected layers nor the decoder have dropout.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.resnet import BasicBlock

from polylib import validate

BLOCKS = tuple(f"encoder.layer{level}.{block}" for level in range(1, 5) for block in range(2))
STAGES = (
    "encoder.relu",
    *BLOCKS,
    "encoder.avgpool",
    "fc1",
    "fc2",
    "mean",
    "fc4",
    "fc5",
    "deconv6",
    "deconv7",
    "deconv8",
)
"""stages of activity in their order: submodules that a forward pass calls once; the ReLUs within work in place"""


class Dropout(nn.Dropout):
    """torch.nn.Dropout; on a CPU the rate is rounded to a multiple of 2^-16, and the mean of a unit is exact.

    There torch draws each number of a mask by itself, which takes a sixth of the time of a step of the network in
    print. Here 64 random bits serve four units.
    """

    def forward(self, x: Tensor) -> Tensor:
        """`x` of any shape, real; in training with units zeroed, independently, and the others scaled up."""
        dropped = round(self.p * 2**16)
        if not self.training or not 0 < dropped < 2**16 or x.device.type != "cpu" or torch.compiler.is_compiling():
            return functional.dropout(x, self.p, self.training)
        bits = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(-(2**63), None).view(torch.int16)
        mask = torch.empty_like(x)  # dense, in the order of x in memory
        torch.ge(bits[: x.numel()], dropped - 2**15, out=mask.as_strided((x.numel(),), (1,)))
        return x * mask.mul_(2**16 / (2**16 - dropped))


class ResNetVAE(nn.Module):
    """Images to a Gaussian code and back; in training the code is drawn, else it is its mean.

    Raises ValueError for a dropout outside [0, 1), sizes below 1, an unknown stem, a width that 8 does not divide.
    """

    def __init__(
        self,
        dropout: float = 0.2,
        latent: int = 256,
        image_size: int = 224,
        *,
        stem: str = "printed",
        width: int = 64,
    ) -> None:
        """`stem` "small" suits 32-pixel images: 3x3 of stride 1, no pooling. `width`: channels of the first layer."""
        super().__init__()
        check_architecture(dropout, latent, image_size, stem, width)
        self.image_size, self.width, hidden = image_size, width, 16 * width
        self.encoder = _encoder(width, stem, dropout)
        self.fc1 = _dense(8 * width, hidden, momentum=0.01)
        self.fc2 = _dense(hidden, hidden, momentum=0.01)
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)
        self.fc4 = _dense(latent, hidden)
        self.fc5 = _dense(hidden, hidden)
        self.deconv6 = _upward(width, width // 2, nn.ReLU(inplace=True))  # 4 pixels to 9
        self.deconv7 = _upward(width // 2, width // 8, nn.ReLU(inplace=True))  # to 19
        self.deconv8 = _upward(width // 8, 3, nn.Sigmoid())  # to 39

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the code, each (batch, latent), of images (batch, 3, image_size, image_size)."""
        expected = (3, self.image_size, self.image_size)
        if images.ndim != 4 or tuple(images.shape[1:]) != expected or not images.is_floating_point():
            got = f"{tuple(images.shape)}, {images.dtype}"
            raise ValueError(f"images must be real and of shape (batch, {', '.join(map(str, expected))}), got {got}")
        if self.training and len(images) < 2:
            raise ValueError(f"images must be at least 2 for batch normalisation to be trained, got {len(images)}")
        code = self.fc2(self.fc1(self.encoder(images)))
        return self.mean(code), self.log_variance(code)

    def decode(self, z: Tensor) -> Tensor:
        """Images (batch, 3, image_size, image_size) in [0, 1] of codes (batch, latent), in full precision."""
        x = self.fc5(self.fc4(z)).unflatten(1, (self.width, 4, 4))
        x = self.deconv7(self.deconv6(x))
        with torch.autocast(x.device.type, enabled=False):  # in bfloat16 a sigmoid soon is 1, and its logarithm 0
            x = self.deconv8(x.float() if x.dtype in (torch.bfloat16, torch.float16) else x)
            return functional.interpolate(x, size=(self.image_size, self.image_size), mode="bilinear")

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Reconstruction, code z, mean and log variance; z = mean outside of training."""
        mean, log_variance = self.encode(images)
        z = mean
        if self.training:
            z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.decode(z), z, mean, log_variance


def check_architecture(dropout: float, latent: int, image_size: int, stem: str, width: int) -> None:
    """Refuse, with a ValueError, what no `ResNetVAE` can be made of."""
    if not 0 <= validate.scalar("dropout", validate.real("dropout", dropout)) < 1:
        raise ValueError(f"dropout must be in [0, 1), got {dropout}")
    for name, value in {"latent": latent, "image_size": image_size, "width": width}.items():
        validate.integer(name, value)
    validate.one_of("stem", stem, ("printed", "small"))
    if width % 8:
        raise ValueError(f"width must be a multiple of 8, got {width}")


def negative_elbo(
    reconstruction: Float[Tensor, "n 3 size size"],
    images: Float[Tensor, "n 3 size size"],
    mean: Float[Tensor, "n latent"],
    log_variance: Float[Tensor, "n latent"],
) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    """The bound's two terms, in nats for each image: cross-entropy of all values, and KL to the standard normal."""
    bce = _cross_entropy(images, reconstruction)
    mean, log_variance = mean.to(bce.dtype), log_variance.to(bce.dtype)
    kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
    return bce, kl


def pixel_entropy(images: Float[Tensor, "n 3 size size"]) -> Float[Tensor, " n"]:
    """The least cross-entropy that any reconstruction has, in nats for each image: that of the image with itself.

    It is 0 for black and white values only.
    """
    return _cross_entropy(images, images)


def _cross_entropy(images: Tensor, guess: Tensor) -> Tensor:
    """Of the values of each image; nan stays nan, where torch's function would stop the process of a GPU."""
    tiny = torch.finfo(guess.dtype).tiny
    logarithm, rest = guess.clamp_min(tiny).log(), (1 - guess).clamp_min(tiny).log()
    return -torch.lerp(rest, logarithm, images).flatten(1).sum(1)


def _encoder(width: int, stem: str, dropout: float) -> nn.Sequential:
    """ResNet-18 by its usual names, without its last layer, with its usual initial weights."""
    small = stem == "small"
    encoder = nn.Sequential()
    encoder.conv1 = nn.Conv2d(3, width, 3 if small else 7, 1 if small else 2, 1 if small else 3, bias=False)
    encoder.bn1 = nn.BatchNorm2d(width)
    encoder.relu = nn.ReLU(inplace=True)
    encoder.maxpool = nn.Identity() if small else nn.MaxPool2d(3, 2, 1)
    for level in range(4):
        wide = width * 2**level
        first = BasicBlock(wide, wide) if level == 0 else _halving(wide)
        setattr(encoder, f"layer{level + 1}", nn.Sequential(first, BasicBlock(wide, wide)))
    encoder.avgpool = nn.AdaptiveAvgPool2d(1)
    encoder.flatten = nn.Flatten()
    for module in list(encoder.modules()):
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(getattr(module, "relu", None), nn.ReLU):
            module.relu = nn.Sequential(module.relu, Dropout(dropout))
    return encoder


def _halving(wide: int) -> BasicBlock:
    """The first block of a level: half the pixels, twice the channels."""
    shortcut = nn.Sequential(nn.Conv2d(wide // 2, wide, 1, 2, bias=False), nn.BatchNorm2d(wide))
    return BasicBlock(wide // 2, wide, 2, shortcut)


def _dense(inputs: int, outputs: int, momentum: float = 0.1) -> nn.Sequential:
    norm = nn.BatchNorm1d(outputs, momentum=momentum)
    return nn.Sequential(nn.Linear(inputs, outputs), norm, nn.ReLU(inplace=True))


def _upward(inputs: int, outputs: int, last: nn.Module) -> nn.Sequential:
    norm = nn.BatchNorm2d(outputs, momentum=0.01)
    return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 3, 2), norm, last)
