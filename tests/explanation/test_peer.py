"""Our arithmetic against the answers of automated-interpretability 0.0.24, on the same inputs.

The answers are kept beside this file: its numpy is older than the book's, so that the two cannot share an environment.
With the variable NEURON_EXPLAINER_PYTHON (the Python of a venv that holds the peer, made as
benchmarks/explanation/neuron_explainer_peer.py says) they are asked for again.

Both add n rounded terms, in the order that suits a processor, so that two sums differ by at most n eps of the sizes of
the terms together.
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
from polylib.explanation.records import largest, levels
from polylib.explanation.scores import absolute_deviation, correlation, explained_variance
from polylib.language.activation_records import ActivationRecord

HERE = Path(__file__).parent
PEER = os.environ.get("NEURON_EXPLAINER_PYTHON")
KEPT = json.loads((HERE / "neuron_explainer.json").read_text())
EPS = np.finfo(float).eps


def apart(ours, theirs):
    return float(np.abs(np.asarray(ours) - np.asarray(theirs)).max())


def check(case):
    """A correlation has sizes of 1 at most, by Cauchy and Schwarz; a share of what is left has its own; a line that of
    the values and of its slope at most, over how far it reaches. A few such sums stand in each.
    """
    values, expected = ([np.array(r) for r in case[key]] for key in ("values", "expected"))
    x, y, new = np.concatenate(expected), np.concatenate(values), np.array(case["new"])
    rounding, size = 4 * len(x) * EPS, np.abs(y).max()
    top = largest([ActivationRecord([""] * len(x), x) for x in values])
    assert top == case["top"]
    assert [levels(x, top).tolist() for x in values] == case["levels"]
    if case["correlation"] is not None:
        assert apart(correlation(values, expected).value, case["correlation"]) <= rounding
    for key, found in (
        ("rsquared", explained_variance(values, expected, about="zero")),
        ("absolute_deviation", absolute_deviation(values, expected)),
    ):
        assert apart(found.value, case[key]) <= rounding * (1 + abs(case[key]))
    reach = np.abs(new - x.mean()).max() / x.std()
    assert apart(calibration.fit("linear", x, y)(new), case["linear"]) <= rounding * size * (1 + reach)
    assert apart(calibration.fit("percentile", x, y)(new), case["percentile"]) <= rounding * size


def check_expected_level(case):
    """We take the largest logit off before exponentials, so that none underflows: that rounds a logit x by x eps / 2,
    and its exponential by as large a share. Sums of 11 terms, twice, and a quotient do the rest.
    """
    logits = torch.full((1, 11), -1e9, dtype=torch.float64)
    for digit, log_probability in case["log_probabilities"].items():
        logits[0, int(digit)] = log_probability
    largest_logit = max(map(abs, case["log_probabilities"].values()))
    rounding = (2 * largest_logit + 2 * 11 + 8) * EPS * case["expected_level"]
    assert apart(expected_levels(logits, range(11))[0][0], case["expected_level"]) <= rounding


def test_the_peer_is_the_one_it_should_be():
    versions = KEPT["provenance"]["versions"]
    assert versions["automated-interpretability"] == "0.0.24" and versions["numpy"].startswith("1.26")
    assert len(KEPT["cases"]) == 10


@pytest.mark.parametrize("case", KEPT["cases"], ids=range(len(KEPT["cases"])))
def test_ours_is_what_the_peer_answered(case):
    check(case)
    check_expected_level(case)


def test_a_wrong_answer_would_be_seen():
    case = KEPT["cases"][0]
    for key in ("rsquared", "absolute_deviation", "linear", "percentile"):
        with pytest.raises(AssertionError):
            check(case | {key: (np.array(case[key]) * (1 + 1e-10)).tolist()})
    with pytest.raises(AssertionError):
        check_expected_level(case | {"expected_level": case["expected_level"] * (1 + 1e-13)})


@pytest.mark.skipif(PEER is None, reason="NEURON_EXPLAINER_PYTHON names no venv with automated-interpretability")
def test_ours_is_what_the_peer_answers_here(tmp_path):
    script = HERE.parent.parent / "benchmarks" / "explanation" / "neuron_explainer_peer.py"
    subprocess.run([PEER, str(script), str(tmp_path / "now.json")], check=True)
    for case in json.loads((tmp_path / "now.json").read_text())["cases"]:
        check(case)
        check_expected_level(case)
