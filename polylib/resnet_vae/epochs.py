"""The weights of a network as they were after each epoch of its training, as safetensors beside its checkpoint."""

from pathlib import Path

from safetensors.torch import load_file, save

from polylib import validate
from polylib.resnet_vae.model import ResNetVAE
from polylib.resnet_vae.settings import Settings
from polylib.runs.whole_file import replacing


def keep_epoch(model: ResNetVAE, folder: Path | None, epoch: int) -> None:
    """Write epoch-NN.safetensors, whole or not at all, unless `folder` is None; epochs are counted from 1."""
    if folder is None:
        return
    tensors = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    with replacing(_path(folder, epoch)) as file:
        file.write(save(tensors))


def after_epoch(settings: Settings, folder: Path, epoch: int) -> ResNetVAE:
    """The network after that epoch, ready to be used. Raises FileNotFoundError, with what to do, if it was not kept."""
    path = _path(folder, epoch)
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} must lie in {folder}: train again with every_epoch")
    model = ResNetVAE(settings.dropout, settings.latent, settings.image_size, stem=settings.stem, width=settings.width)
    model.load_state_dict(load_file(path))
    return model.to(settings.device).eval()


def nearest_epoch(test_bits: list[float], bits: float) -> int:
    """The epoch, counted from 1, whose test bits come closest to `bits`, the earlier of two; ValueError for none."""
    if not test_bits:
        raise ValueError(f"test_bits must hold one number an epoch, got {test_bits}")
    return 1 + min(range(len(test_bits)), key=lambda epoch: abs(test_bits[epoch] - bits))


def _path(folder: Path, epoch: int) -> Path:
    return folder / f"epoch-{validate.integer('epoch', epoch):02}.safetensors"
