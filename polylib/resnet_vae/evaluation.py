"""A trained network on images that it has not seen: the bound in nats and bits, and how much of the code is in use."""

import math

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from polylib import validate
from polylib.images.sets import prepare
from polylib.resnet_vae.model import ResNetVAE, negative_elbo, pixel_entropy

ACTIVE = 0.01
"""variance, over images, of a code unit's mean above which the unit is active; if none is, the posterior collapsed"""


@torch.no_grad()
def evaluate(
    model: ResNetVAE,
    images: UInt8[Tensor, "n channels height width"],
    batch: int = 200,
    amp: bool = False,
    *,
    masks: bool = False,
    draws: int = 0,
) -> dict[str, float]:
    """elbo, bce, kl and floor in nats for each image, bits per dimension, active_units; the model is left as it was.

    Normalisation is by the statistics that the model has stored. With `masks` its dropout is on, new masks a batch,
    from torch's random state. The code is its mean, or with `draws` it is drawn so often and the bounds are averaged.
    Raises ValueError for a batch that is no count, or draws below 0.
    """
    size, times = validate.integer("batch", batch), validate.integer("draws", draws, 0)
    device, modes = next(model.parameters()).device, [module.training for module in model.modules()]
    only_masks(model, masks)
    sums, means = torch.zeros(3, dtype=torch.float64, device=device), []
    for part in images.split(size):
        x = prepare(part.to(device), model.image_size)
        with torch.autocast(device.type, torch.bfloat16, enabled=amp):
            mean, log_variance = model.encode(x)
            found = [model.decode(z) for z in _codes(mean, log_variance, times)]
        floor = pixel_entropy(x)
        for reconstruction in found:
            terms = (*negative_elbo(reconstruction, x, mean, log_variance), floor)
            sums += torch.stack([term.double().sum() for term in terms]) / len(found)
        means.append(mean)
    for module, training in zip(model.modules(), modes, strict=True):
        module.training = training
    bce, kl, floor = (sums / len(images)).tolist()
    record = {"elbo": bce + kl, "bce": bce, "kl": kl, "floor": floor, "bits": bits_a_dimension(bce + kl, model)}
    return record | {"active_units": float(active_units(torch.cat(means)))}


def active_units(means: Float[Tensor, "n latent"]) -> int:
    """How many units of a code have means whose variance over images is above `ACTIVE` (Burda et al. 2016)."""
    return int((means.double().var(0, correction=0) > ACTIVE).sum())


def bits_a_dimension(nats: float, model: ResNetVAE) -> float:
    """Nats for an image as bits for each of the values that the network sees."""
    return nats / (math.log(2) * 3 * model.image_size**2)


def only_masks(model: nn.Module, masks: bool) -> None:
    """Have the model evaluate, with its dropout on if `masks`."""
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.train(masks)


def _codes(mean: Tensor, log_variance: Tensor, draws: int) -> list[Tensor]:
    spread = (log_variance / 2).exp()
    return [mean + torch.randn_like(mean) * spread for _ in range(draws)] or [mean]
