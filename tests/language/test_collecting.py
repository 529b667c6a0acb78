"""One pass for several collectors gives each what a pass of its own would."""

import numpy as np
import pytest
import tiny
import torch

from polylib.language.collecting import Each, collect
from polylib.language.passages import tokenize
from polylib.language.residual_stream import Batch, residual_stream
from polylib.language.smoothness import LayerEnergies


def test_every_collector_sees_every_batch():
    language = tiny.model()
    some = tokenize([f"{number} apples and pears, said the farmer" for number in range(5)], language.tokenizer, 12)
    lengths, middle, energies = Each(lambda x: x.norm(dim=-1)), Each(lambda x: x[[1]]), LayerEnergies(2)
    collect(language, some, lengths, middle, energies, batch_size=2)
    whole = torch.cat([batch.activations for batch in residual_stream(language, some, 5)], 1)
    np.testing.assert_allclose(lengths.values, whole.norm(dim=-1), rtol=1e-5)
    np.testing.assert_allclose(middle.values, whole[[1]], rtol=1e-4, atol=1e-6)
    alone = LayerEnergies(2)
    alone.add(Batch(slice(0, 5), whole, some.mask))
    np.testing.assert_allclose(energies.energies(), alone.energies(), rtol=1e-4)


def test_what_does_not_keep_passages_apart_is_refused_and_so_is_nothing():
    batch = Batch(slice(0, 3), torch.ones(2, 3, 4, 5), torch.ones(3, 4, dtype=bool))
    with pytest.raises(ValueError, match=r"part must keep \(layers, 3 passages, ...\), got shape \(2, 4, 5\)"):
        Each(lambda x: x.mean(1)).add(batch)
    with pytest.raises(ValueError, match="batches must be added before values are asked for, got none"):
        _ = Each(lambda x: x).values
