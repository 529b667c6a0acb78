"""The arithmetic of automated-interpretability (neuron_explainer) on seeded inputs, as JSON.

    uv venv --python 3.11 PEER && uv pip install --python PEER automated-interpretability==0.0.24 "numpy<2"
    PEER/bin/python benchmarks/explanation/neuron_explainer_peer.py tests/explanation/neuron_explainer.json

Inputs are told with the answers, so that ours are computed on the same (tests/explanation/test_peer.py). Run by the
Python of a venv that holds the peer, not by the book's.
"""

import itertools
import json
import os
import platform
import sys
from importlib.metadata import version

os.environ.setdefault("OPENAI_API_KEY", "none")  # asked for at import; nothing is sent

import numpy as np
from neuron_explainer.activations.activation_records import calculate_max_activation, normalize_activations
from neuron_explainer.activations.activations import ActivationRecord
from neuron_explainer.explanations import calibrated_simulator, scoring, simulator
from neuron_explainer.explanations.explanations import ActivationScale, SequenceSimulation

LINEAR = calibrated_simulator.LinearCalibratedNeuronSimulator
PERCENTILE = calibrated_simulator.PercentileMatchingCalibratedNeuronSimulator


def records(rng: np.random.Generator) -> list[list[float]]:
    """Values of both signs, some of them ties and zeros, in records of unequal length."""
    found = [rng.standard_normal(n) * rng.choice([0.1, 1, 30]) for n in rng.integers(1, 40, rng.integers(1, 6))]
    return [np.where(rng.random(len(x)) < 0.2, np.round(x), x).tolist() for x in found]


def simulation(expected: list[float]) -> SequenceSimulation:
    scale = ActivationScale.SIMULATED_NORMALIZED_ACTIVATIONS
    return SequenceSimulation([""] * len(expected), expected, scale, [], [])


def calibrated(kind: type, values: list[list[float]], expected: list[list[float]], new: list[float]) -> list[float]:
    own = kind(None)
    own.calibrate_from_simulations([ActivationRecord([], x) for x in values], [simulation(e) for e in expected])
    return own.apply_calibration(new)


def case(rng: np.random.Generator) -> dict:
    values = records(rng)
    top = calculate_max_activation([ActivationRecord([""] * len(x), x) for x in values])
    expected = [(10 * rng.random(len(x))).tolist() for x in values]
    new = (12 * rng.random(20) - 1).tolist()
    log_probabilities = {str(d): float(p) for d, p in enumerate(rng.normal(-6, 3, 11)) if rng.random() < 0.9}
    x, y = (list(itertools.chain(*part)) for part in (values, expected))
    stats = simulator.compute_predicted_activation_stats_for_token({**log_probabilities, "unknown": -0.1})
    return {
        "values": values,
        "expected": expected,
        "new": new,
        "log_probabilities": log_probabilities,
        "top": top,
        "levels": [normalize_activations(r, top) for r in values],
        "expected_level": float(stats[1]),
        "correlation": float(scoring.correlation_score(x, y)) if len(x) > 1 else None,
        "rsquared": scoring.rsquared_score_from_sequences(x, y),
        "absolute_deviation": scoring.absolute_dev_explained_score_from_sequences(x, y),
        "linear": calibrated(LINEAR, values, expected, new),
        "percentile": calibrated(PERCENTILE, values, expected, new),
    }


if __name__ == "__main__":
    rng = np.random.default_rng(8)
    versions = {name: version(name) for name in ("automated-interpretability", "numpy", "scipy", "scikit-learn")}
    made = {
        "command": "benchmarks/explanation/neuron_explainer_peer.py",
        "python": platform.python_version(),
        "seed": 8,
    }
    cases = [case(rng) for _ in range(10)]
    with open(sys.argv[1], "w") as file:
        json.dump({"provenance": made | {"versions": versions}, "cases": cases}, file)
        file.write("\n")
