"""Two faults of processors in bfloat16, refused before a training, and advice where one is no longer finite."""

import math

import torch

from polylib.resnet_vae.settings import Settings

REMEDY = "ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16 in the environment before Python starts"
SOUND = 64
"""least width whose sums, but for a few at either end, are over multiples of 32 terms"""


def leaks() -> bool:
    """Whether a row of a product of matrices, in bfloat16 on this processor, depends on what lies behind the row.

    With AMX, oneDNN reads beyond the end of a row where a sum has more than 32 terms and no multiple of 32, and counts
    on zeros in the other factor; where nan or infinity lies there, in memory that nothing was written to, it comes in
    (github.com/uxlfoundation/oneDNN, issue 5717, in versions before its pull request 5723). Finite values do no harm.
    """
    rows = torch.full((16, 32, 33), math.nan, dtype=torch.bfloat16)
    rows[:, 0] = 1
    return not bool(torch.bmm(rows, torch.ones(16, 33, 64, dtype=torch.bfloat16))[:, 0].isfinite().all())


def refuse_faults(settings: Settings) -> None:
    """ValueError for what a processor gets wrong in bfloat16: narrow networks, if it `leaks`, and the smallest images.

    Where the last level of the encoder is given one pixel, oneDNN 3.12 with AVX-512 never writes most of the gradient
    of its first convolution, 3x3 of stride 2: it is what was in the memory before.
    """
    if not _on_processor(settings):
        return
    least = 17 if settings.stem == "printed" else 5
    if settings.image_size < least:
        raise ValueError(
            f"amp must be False for images of {settings.image_size} pixels, fewer than {least}, on a processor, where "
            "gradients in bfloat16 are wrong for maps of one pixel, got True; take amp=False, or larger images"
        )
    if settings.width < SOUND and leaks():
        raise ValueError(
            f"amp must be False for a network of width {settings.width}, below {SOUND}, on this processor, whose sums "
            f"in bfloat16 take in values that are not theirs, got True; take amp=False, or {REMEDY}"
        )


def advice(settings: Settings) -> str:
    """What to try where a training left the finite numbers, in words."""
    tries = [f"a learning_rate below {settings.learning_rate:g}"]
    if settings.low_precision:
        tries.append("float32 (amp=False)")
    if _on_processor(settings):
        tries.append(f"on an Intel processor with AMX {REMEDY}")
    return "try " + ", or ".join(tries)


def _on_processor(settings: Settings) -> bool:
    return settings.low_precision and torch.device(settings.device).type == "cpu"
