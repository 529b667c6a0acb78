"""Fair controls for a trained network: its statistics of batch normalisation measured anew, its untrained twin."""

import copy

import torch
from jaxtyping import UInt8
from torch import Tensor

from polylib import validate
from polylib.images.sets import prepare
from polylib.networks.normalisation import measured_anew
from polylib.resnet_vae.evaluation import only_masks
from polylib.resnet_vae.model import ResNetVAE
from polylib.resnet_vae.settings import Settings


@torch.no_grad()
def recalibrated(
    model: ResNetVAE, images: UInt8[Tensor, "n channels height width"], *, masks: bool = False, batch: int = 500
) -> ResNetVAE:
    """A copy, ready to be used, whose running statistics are those of `images`, with masks off or, with `masks`, on.

    What training stores is measured with the masks on. Here the images pass once, in equal parts of at most `batch`,
    each normalised by its own statistics, and the copy keeps the means over the parts; weights stay, and the code is
    its mean. Batches as small as those of a training would bias the variances of maps of few positions. Raises
    ValueError for fewer than two images, or a batch below 2.
    """
    if len(images) < 2:
        raise ValueError(f"images must be at least 2, for a variance, got {len(images)}")
    parts = -(-len(images) // validate.integer("batch", batch, 2))
    device, fresh = next(model.parameters()).device, copy.deepcopy(model)
    only_masks(fresh, masks)
    with measured_anew(fresh):
        for part in images.tensor_split(min(parts, len(images) // 2)):
            fresh(prepare(part.to(device), fresh.image_size))
    return fresh.eval()


def twin(
    settings: Settings, images: UInt8[Tensor, "n channels height width"], *, masks: bool = False, batch: int = 500
) -> ResNetVAE:
    """The network that a training with these settings starts from, its statistics measured over `images`.

    Without that, an untrained network's normalisation does nothing: it stores means of 0 and variances of 1. Another
    `settings.seed` is another draw of the weights; torch's random state stays as it was. Raises as `recalibrated`.
    """
    cards = [torch.device(settings.device)] if settings.on_gpu else []
    with torch.random.fork_rng(cards):
        torch.manual_seed(settings.seed)
        return recalibrated(settings.model(), images, masks=masks, batch=batch)
