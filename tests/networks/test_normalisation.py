"""Running statistics are the means over passes, and nothing else of a network changes."""

import pytest
import torch
from torch import nn

from polylib.networks.normalisation import measured_anew


def test_statistics_are_the_means_over_passes_and_the_rest_stays():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(3, 4), nn.BatchNorm1d(4, momentum=0.3), nn.BatchNorm1d(4, track_running_stats=False)
    )
    model.eval()
    weights = [parameter.clone() for parameter in model.parameters()]
    passes = [torch.randn(n, 3) for n in (5, 9)]
    with torch.no_grad(), measured_anew(model) as any_there:
        for x in passes:
            model(x)
    assert any_there
    seen = [model[0](x) for x in passes]
    mean = torch.stack([x.mean(0) for x in seen]).mean(0)
    variance = torch.stack([x.var(0) for x in seen]).mean(0)
    torch.testing.assert_close(model[1].running_mean, mean)
    torch.testing.assert_close(model[1].running_var, variance)
    assert all(torch.equal(a, b) for a, b in zip(weights, model.parameters(), strict=True))
    assert model[1].momentum == 0.3 and not model[1].training


def test_an_error_inside_leaves_momentum_and_mode():
    model = nn.Sequential(nn.BatchNorm1d(2, momentum=0.2))
    with pytest.raises(RuntimeError, match="lost"), measured_anew(model):
        raise RuntimeError("lost")
    assert model[0].momentum == 0.2 and not model[0].training


def test_without_statistics_there_is_nothing_to_measure():
    with measured_anew(nn.Linear(2, 2)) as any_there:
        assert not any_there
