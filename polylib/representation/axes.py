"""Which axis of a layer's output holds the channels: known from the layers that ran, or not known.

What shapes cannot tell: axes that a function exchanged where a map has as many channels as positions a side.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

_FIRST = {
    nn.modules.conv._ConvNd: "out_channels",
    nn.modules.batchnorm._NormBase: "num_features",
    nn.GroupNorm: "num_channels",
}
_LAST = {nn.Linear: "out_features", nn.Embedding: "embedding_dim"}
_NORMS = tuple(getattr(nn, name) for name in ("LayerNorm", "RMSNorm") if hasattr(nn, name))
_ALONG_MAPS = (
    nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AvgPoolNd,
    nn.modules.pooling._AdaptiveMaxPoolNd,
    nn.modules.pooling._AdaptiveAvgPoolNd,
    nn.Upsample,
    nn.PixelShuffle,
)


@dataclass(frozen=True)
class Known:
    """The axis of channels in an output of some shape."""

    axis: int
    shape: torch.Size


def of_layer(module: nn.Module, output: Tensor) -> Known | None:
    """What the kind of a layer, or a vector among its weights, says about its own output; None if that says nothing."""
    axis = count = None
    for kinds, place in ((_FIRST, 1), (_LAST, -1)):
        for kind, name in kinds.items():
            if isinstance(module, kind):
                axis, count = place, getattr(module, name)
    if isinstance(module, nn.RNNBase | nn.MultiheadAttention):
        return Known(output.ndim - 1, output.shape)
    if isinstance(module, _ALONG_MAPS):
        return Known(1, output.shape) if output.ndim > 2 else None
    if type(module) in _NORMS:
        axis, count = -1, module.normalized_shape[-1]
    if axis is not None:
        return Known(axis % output.ndim, output.shape) if output.shape[axis] == count else None
    return None if list(module.children()) else _by_weights(module, output)


def _by_weights(module: nn.Module, output: Tensor) -> Known | None:
    """The one axis that is as long as the vectors among the weights of a layer, a normalisation of its own say."""
    weights = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
    sizes = {len(w) for w in weights if w.ndim == 1}
    fitting = [axis for axis in range(1, output.ndim) if output.shape[axis] in sizes]
    return Known(fitting[0], output.shape) if len(fitting) == 1 else None


def of_output(output: Tensor, last: Known | None) -> int | None:
    """The axis of an output, given what is known of the last output with as many axes in the same pass.

    It is the same for the same shape; for other channels at the same positions, as where maps are joined; and for the
    same number of channels at other positions, if that number stands on one axis only. Else it is not known: None.
    """
    if output.ndim == 2:
        return 1
    if last is None or last.shape[0] != output.shape[0]:
        return None
    axis, shape, before = last.axis, list(output.shape), list(last.shape)
    count = before.pop(axis)
    alone = shape.count(count) - (shape[0] == count) == 1
    own = shape.pop(axis)
    if own == count and (shape == before or alone):
        return axis
    return axis if shape == before and own not in before[1:] else None
