"""Two arrays of a reader's: known truths inside what is said, nothing said where there is nothing, doubts told."""

import json
import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from polylib.information import between, blocks
from polylib.information.own_arrays import _finding, quick
from polylib.information.recipe import Phase, Recipe

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"recipe": Recipe(hidden=(16, 16), phases=(Phase(300, 128, 5e-3),), every=25, patience=6), "null": 1}
SMALL |= {"progress": False}


@pytest.fixture(scope="module")
def gaussian():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1000, 1))
    return between(x, 0.8 * x + 0.6 * rng.standard_normal((1000, 1)), **SMALL)


def test_the_truth_of_a_gaussian_pair_is_inside(gaussian):
    truth = -math.log2(1 - 0.64) / 2
    columns = gaussian.columns()
    assert columns["instrument"] == [
        "critic",
        "neighbours (KSG)",
        "Gaussian (CCA)",
        "decoder of " + gaussian.floor.read,
    ]
    for low, high, random in zip(columns["from"], columns["to"], columns["paired at random"], strict=True):
        assert low - 0.03 < truth < high + 0.03
        assert random < low
    assert gaussian.finding.verdict == "seen"
    assert gaussian.finding.record()["null"] == "the same rows, paired at random"
    assert "at least 0.6" in gaussian.sentence and "decoders read 0.7" in gaussian.sentence
    assert "disagree" not in gaussian.sentence


def test_estimators_that_disagree_are_told(gaussian):
    far = replace(gaussian.estimates["cca"], interval=(2.0, 2.5))
    found = replace(gaussian, estimates=gaussian.estimates | {"cca": far})
    assert found.sentence.endswith("But Gaussian (CCA) says 2.00 to 2.50: the estimators disagree, report all.")


def test_independent_arrays_allow_no_sentence():
    rng = np.random.default_rng(1)
    found = between(rng.standard_normal((600, 2)), rng.standard_normal((600, 1)), **SMALL)
    assert found.sentence.startswith("These samples do not show that the two have anything to do with each other; what")
    assert found.finding.verdict != "seen"


def test_a_copy_is_infinite():
    x = np.random.default_rng(0).standard_normal(400)
    found = between(x, 2 * x, **SMALL)
    assert "infinite information" in found.sentence
    assert any(note.startswith("no Gaussian (CCA): x and y must share no linear combination") for note in found.notes)
    assert None in json.loads(json.dumps(found.record()))["to"]


def test_words_are_labels_with_a_ceiling_and_without_witnesses():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 600)
    found = between(np.eye(3)[label] + 0.1 * rng.standard_normal((600, 3)), np.array(["a", "b", "c"])[label], **SMALL)
    assert list(found.estimates) == ["dv"]
    assert found.entropy == pytest.approx(math.log2(3), abs=0.01)
    assert "at most 1.58, the entropy of the labels" in found.sentence
    assert found.estimates["dv"].interval[0] > 1


def series(memory, seed, n=1500):
    rng, v = np.random.default_rng(seed), np.zeros(n)
    for i in range(1, n):
        v[i] = memory * v[i - 1] + rng.standard_normal()
    return v


def test_series_are_refused_and_in_blocks_nothing_is_said():
    x, y = series(0.9, 1), series(0.9, 2)
    with pytest.raises(ValueError, match="rows of x and y must be independent samples, got rows that are alike"):
        between(x, y, **SMALL)
    found = between(x, y, groups=blocks(1500, 50), **SMALL)
    assert found.sentence.startswith("These samples do not show")


def test_blocks_that_are_too_short_are_doubted():
    x, y = series(0.9, 1, 900), series(0.9, 2, 900)
    doubt = "groups: one is like the next in x and in y, so that blocks of a series are too short; sorted ones may be"
    assert doubt in between(x, y, groups=blocks(900, 2), **SMALL).notes
    assert doubt not in between(x, y, groups=blocks(900, 60), **SMALL).notes


def test_what_decoders_show_is_said_where_no_floor_is(gaussian):
    """Fifths that differ much have no floor above 0, but each reads more than of rows paired at random."""
    folds = np.array([0.01, 0.1, 0.2, 0.6, 0.9])
    floor = replace(gaussian.floor, folds=folds, null=folds - 0.3 + 0.02 * np.arange(5))
    critic = replace(gaussian.estimates["dv"], interval=(-0.05, 0.5))
    found = replace(gaussian, floor=floor, estimates={"dv": critic}, finding=_finding(floor))
    assert floor.interval[0] < 0 and found.finding.verdict == "seen"
    assert "more than rows paired at random, but how much at the least these samples do not tell" in found.sentence


def test_figures_and_repr(gaussian):
    _, ax = plt.subplots()
    gaussian.figure(ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == gaussian.columns()["instrument"]
    assert "bits" in ax.get_xlabel()
    plt.close("all")
    assert repr(gaussian).startswith(gaussian.sentence)


@pytest.mark.parametrize(
    ("rows", "said"),
    [((100, 99), "one row for each sample, got 100 and 99 rows"), ((1, 1), "at least 60 samples, got 1: estimates")],
)
def test_lengths_that_cannot_be_are_refused(rows, said):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=said):
        between(rng.standard_normal(rows[0]), rng.standard_normal(rows[1]))


@pytest.mark.parametrize("n", [60, 442, 10_000])
def test_quick_fits_its_samples(n):
    batch = quick(n).phases[0].batch
    assert 16 <= batch <= min(256, n // 2)
