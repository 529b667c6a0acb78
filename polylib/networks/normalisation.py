"""Batch normalisation whose running statistics are measured anew, for networks that are to be compared fairly."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def measured_anew(model: nn.Module) -> Iterator[bool]:
    """Inside the block every pass of `model` is normalised by its own statistics; their means are kept, weights stay.

    The means are over the passes, each of which counts alike. Yields whether there is anything to measure: modules of
    batch normalisation that track statistics. Afterwards those evaluate, and have their own momentum again.
    """
    norms = {m: m.momentum for m in model.modules() if isinstance(m, _BatchNorm) and m.track_running_stats}
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's word for the mean over all passes
        norm.train()
    try:
        yield bool(norms)
    finally:
        for norm, momentum in norms.items():
            norm.momentum = momentum
            norm.eval()
