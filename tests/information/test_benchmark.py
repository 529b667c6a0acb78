"""What estimators say of tasks one by one or together, and coverage where intervals hold or miss."""

import numpy as np
import pytest

from polylib.information import benchmark, estimate
from polylib.information.benchmark import coverage, estimates
from polylib.information.tasks import gaussian, paired

STRONG, WEAK = (gaussian(f"Gaussian {r}", paired(1, [r]), 1) for r in (0.8, 0.2))


def test_each_task_is_drawn_and_estimated_as_it_would_be_alone():
    found = estimates([STRONG, WEAK], "cca", 400, seed=3)
    for i, task in enumerate((STRONG, WEAK)):
        x, y = task.draw(400, np.random.default_rng([3, i]))
        alone = estimate(x.astype(np.float32), y.astype(np.float32), "cca")
        assert found[i].bits == pytest.approx(alone.bits, abs=1e-6)
        assert found[i].interval == pytest.approx(alone.interval, abs=1e-6)


def test_intervals_of_canonical_correlations_cover_gaussians():
    found = coverage(STRONG, "cca", 300, 200)
    assert found.draws == 200
    assert 182 <= found.held <= 198
    assert found.bias == pytest.approx(0, abs=3 * found.spread / np.sqrt(200))
    assert found.width == pytest.approx(2 * 1.96 * found.spread, rel=0.15)


@pytest.mark.parametrize(("shift", "below"), [(0.5, 0), (-0.5, 20)])
def test_planted_bias_is_counted_on_its_side(monkeypatch, shift, below):
    """Intervals that all miss, above or below."""
    honest = benchmark.estimates

    def shifted(*given, **options):
        found = honest(*given, **options)
        for e in found:
            object.__setattr__(e, "bits", e.bits + shift)
            object.__setattr__(e, "interval", (e.interval[0] + shift, e.interval[1] + shift))
        return found

    monkeypatch.setattr(benchmark, "estimates", shifted)
    found = coverage(STRONG, "cca", 400, 20)
    assert (found.held, found.below) == (0, below)
    assert found.bias == pytest.approx(shift, abs=0.05)


def test_one_draw_is_refused():
    with pytest.raises(ValueError, match=r"draws must be .*2, got 1"):
        coverage(STRONG, "cca", 400, 1)
