"""Our arithmetic against the answers of automated-interpretability 0.0.24, on the same inputs.

The answers are kept beside this file: its numpy is older than the book's, so that the two cannot share an environment.
With the variable NEURON_EXPLAINER_PYTHON (the Python of a venv that holds the peer, made as
benchmarks/peers/neuron_explainer_arithmetic.py says) they are asked for again, and on one machine nothing may differ.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from polylib.explanation import calibration
from polylib.explanation.digit_simulator import expected_levels
from polylib.explanation.records import ActivationRecord, largest, levels
from polylib.explanation.scores import absolute_deviation, correlation, explained_variance

HERE = Path(__file__).parent
PEER = os.environ.get("NEURON_EXPLAINER_PYTHON")
KEPT = json.loads((HERE / "neuron_explainer.json").read_text())
ULPS = 8
"""between machines: sums of products are taken in the order that suits a processor"""


def apart(ours, theirs):
    """Largest difference, in units of the last digit of the largest value."""
    a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    return float(np.abs(a - b).max() / np.spacing(np.abs(b).max()))


def check(case, ulps):
    values, expected = ([np.array(r) for r in case[key]] for key in ("values", "expected"))
    top = largest([ActivationRecord([""] * len(x), x) for x in values])
    assert top == case["top"]
    assert [levels(x, top).tolist() for x in values] == case["levels"]
    if case["correlation"] is not None:
        assert apart(correlation(values, expected).value, case["correlation"]) <= ulps
    assert apart(explained_variance(values, expected, about="zero").value, case["rsquared"]) <= ulps
    assert apart(absolute_deviation(values, expected).value, case["absolute_deviation"]) <= ulps
    for kind in ("linear", "percentile"):
        f = calibration.fit(kind, np.concatenate(expected), np.concatenate(values))
        assert apart(f(case["new"]), case[kind]) <= ulps


def check_expected_level(case):
    """2 units of the last digit: we take the largest logit off before exponentials, so that none underflows."""
    logits = torch.full((1, 11), -1e9, dtype=torch.float64)
    for digit, log_probability in case["log_probabilities"].items():
        logits[0, int(digit)] = log_probability
    assert apart(expected_levels(logits, range(11))[0][0], case["expected_level"]) <= 2


def test_the_peer_is_the_one_it_should_be():
    versions = KEPT["provenance"]["versions"]
    assert versions["automated-interpretability"] == "0.0.24" and versions["numpy"].startswith("1.26")
    assert len(KEPT["cases"]) == 10


@pytest.mark.parametrize("case", KEPT["cases"], ids=range(len(KEPT["cases"])))
def test_ours_is_what_the_peer_answered(case):
    check(case, ULPS)
    check_expected_level(case)


def test_a_wrong_answer_would_be_seen():
    case = KEPT["cases"][0]
    for key in ("rsquared", "absolute_deviation", "linear", "percentile"):
        with pytest.raises(AssertionError):
            check(case | {key: (np.array(case[key]) * (1 + 1e-14)).tolist()}, ULPS)


@pytest.mark.skipif(PEER is None, reason="NEURON_EXPLAINER_PYTHON names no venv with automated-interpretability")
def test_ours_is_what_the_peer_answers_here(tmp_path):
    script = HERE.parent.parent / "benchmarks" / "peers" / "neuron_explainer_arithmetic.py"
    subprocess.run([PEER, str(script), str(tmp_path / "now.json")], check=True)
    for case in json.loads((tmp_path / "now.json").read_text())["cases"]:
        check(case, 0)
        check_expected_level(case)
