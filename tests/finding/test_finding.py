"""Planted sentences: true ones are seen, false ones not, what holds in places is seen if; what lacks evidence fails."""

import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from polylib import finding as room
from polylib.finding import FINDING_MIME, Finding, FindingError
from polylib.runs import results


def sentence(**changes):
    words = {"title": "Trained layers are smoother", "source": "this book", "replicates": "draws of the weights"}
    return Finding(**(words | {"networks": 5, "null": "their own initialisation"} | changes))


def planted(seed, shifts, n=5, **settings):
    """A sentence of paired draws, whose networks are better than their twins by `shifts`, one a layer."""
    rng, found = np.random.default_rng(seed), sentence()
    for layer, shift in enumerate(shifts):
        common = rng.normal(size=n)
        found.more(common + shift + rng.normal(0, 0.5, n), common + rng.normal(0, 0.5, n), layer=layer, **settings)
    return found


def test_true_sentences_are_seen():
    assert [planted(seed, [2.5]).verdict for seed in range(100)].count("seen") >= 95
    assert [planted(seed, [3.5] * 5).verdict for seed in range(60)].count("seen") >= 54


@pytest.mark.parametrize(("layers", "tries"), [(1, 400), (6, 120)])
def test_sentences_of_which_nothing_is_true_are_seen_as_rarely_as_they_may(layers, tries):
    """At most one in 20, of all rows together; that of all layers a few are seen by chance is a case of seen if."""
    verdicts = [planted(seed, [0] * layers).verdict for seed in range(tries)]
    assert sum(verdict.startswith("seen") for verdict in verdicts) <= tries * 0.05
    assert verdicts.count("not decided") >= tries * 0.9


def test_false_sentences_are_not_seen():
    verdicts = [planted(seed, [-2.5]).verdict for seed in range(100)]
    assert verdicts.count("not seen") >= 95 and not any(verdict.startswith("seen") for verdict in verdicts)


def test_a_sentence_that_flips_along_a_setting_is_seen_if():
    verdicts = [planted(seed, [-5, 5, 5]).verdict for seed in range(30)]
    assert verdicts.count("seen if layer is 1 or 2") >= 28
    found = planted(0, [-5, 5, 5])
    assert found.record()["opposite"] == ["layer 0"]
    assert "The opposite at layer 0." in repr(found)


def test_intervals_hold_for_all_rows_together():
    one, many = planted(0, [1]).record()["rows"][0], planted(0, [1] * 10).record()["rows"][0]
    assert one["estimate"] == pytest.approx(many["estimate"], abs=0.05)
    ratio = (many["high"] - many["low"]) / (one["high"] - one["low"])
    assert ratio == pytest.approx(
        5.5976 / 2.7764, rel=0.03
    )  # Student's t with 4 degrees of freedom at 99.75 and 97.5 %
    wrong = 0
    for seed in range(80):
        rows = planted(seed, [1] * 8).record()["rows"]
        wrong += any(not row["low"] <= 1 <= row["high"] for row in rows)
    assert wrong <= 9  # 4 are expected


def test_rows_of_correlations_stay_between_minus_one_and_one():
    found = sentence(networks=3, replicates="networks")
    found.less([-0.9, -0.2, -0.5], 0, how="fisher", rate=0.4)
    found.less([-0.9, -0.8, -0.85], 0, how="fisher", rate=0.8)
    rows = found.record()["rows"]
    assert all(-1 <= row["low"] < row["estimate"] < row["high"] <= 1 for row in rows)
    assert [row["how"] for row in rows] == ["Student's t of Fisher's z"] * 2
    assert found.verdict == "seen if rate is 0.8"


def test_both_directions_mirror_each_other():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 0.1, 5), rng.normal(0, 0.1, 5)
    for method, values, than, says in [("more", a, b, 1), ("less", b, a, 1), ("more", b, a, -1), ("less", a, b, -1)]:
        found = sentence()
        getattr(found, method)(values, than)
        assert found.record()["rows"][0]["says"] == says
        assert found.verdict == ("seen" if says > 0 else "not seen")


def test_correlations_and_shares():
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    found = sentence(about="methods", networks=0, replicates="estimators")
    found.correlates(x, -x + rng.normal(0, 0.3, 30), sign=-1, rate=0.1)
    found.correlates(x, x + rng.normal(0, 0.3, 30), sign=-1, rate=0.5)
    assert found.verdict == "seen if rate is 0.1"
    partial = sentence(about="methods", networks=0, replicates="estimators")
    partial.correlates(x + rng.normal(0, 0.3, 30), x + rng.normal(0, 0.3, 30), given=x)
    assert partial.verdict == "not decided"
    share = sentence(about="this network", networks=1, replicates="directions")
    share.share(40, 50, more_than=0.5)
    assert (share.verdict, share.record()["on"]) == ("seen", "on one network")
    fewer = sentence(about="methods", replicates="tries")
    fewer.share(2, 50, less_than=0.5)
    assert fewer.verdict == "seen"


NORMAL = np.random.default_rng(3).normal(size=(6, 5))
TWO = {"networks": 2, "about": "these networks"}


@pytest.mark.parametrize(
    ("words", "calls", "message"),
    [
        ({"networks": 1}, [], "networks must be at least 3 for a sentence about networks, got 1"),
        ({"networks": 2}, [], "networks must be at least 3 for a sentence about networks, got 2"),
        (TWO | {"networks": 1}, [], "networks must be at least 2 for a sentence about these networks, got 1"),
        ({"networks": 0, "about": "this network"}, [], "networks must be at least 1 for a sentence about this network"),
        ({"title": " "}, [], "title must say something"),
        ({"replicates": ""}, [], "replicates must say something"),
        ({"title": "<b>bold</b>"}, [], "words must be plain text"),
        ({"null": ""}, [(NORMAL[0], NORMAL[1], {})], "null must say in words what .* compares with, got ''"),
        ({}, [(0.5, 0.3, {})], "values must be replicates, since one number has no interval, got 0.5"),
        ({}, [(NORMAL[0], 0.3, {"layer": None})], "layer must be a number, words, or yes or no, to be a setting"),
        ({}, [(NORMAL[0], 0.3, {"layer": "<b>"})], "words must be plain text"),
        ({}, [(NORMAL[0], 0.0, {"a": 1}), (NORMAL[1], 0.0, {"a": 1})], "differ in their settings, got a 1 twice"),
        ({}, [(NORMAL[0], 0.0, {}), (NORMAL[1], 0.0, {})], "differ in their settings, got this row twice"),
        ({}, [(NORMAL[0], 0.0, {"a": 1}), (NORMAL[1], 0.0, {"b": 1})], "must name the same settings, got a and b"),
        ({}, [(NORMAL[0], 0.0, {"a": 1}), (NORMAL[0], 0.0, {"a": 2})], "got at a 2 the values of a 1"),
        ({}, [(NORMAL[:2].ravel(), 0.0, {})], "about networks must run over networks.* got 10 draws .* of 5 networks"),
        ({"replicates": "networks"}, [(NORMAL[0, :4], 0.0, {})], "one for each of the 5 networks, got 4"),
    ],
)
def test_what_the_measurements_cannot_carry_is_refused(words, calls, message):
    def told():
        found = sentence(**words)
        for values, than, settings in calls:
            found.more(values, than, **settings)

    with pytest.raises(ValueError, match=message):
        told()


def test_rows_in_both_directions_are_refused():
    found = sentence()
    found.more(NORMAL[0], 0.0, layer=1)
    with pytest.raises(
        FindingError, match="one direction of one measure, got a difference above and a difference below"
    ):
        found.less(NORMAL[1], 0.0, layer=2)
    with pytest.raises(FindingError, match="got a difference above and a rank correlation above"):
        found.correlates(NORMAL[0], NORMAL[1], layer=2)
    assert len(found.record()["rows"]) == 1  # what was refused is not there


def test_a_row_for_each_network_may_have_more_replicates_than_networks():
    found = sentence(networks=3, replicates="passages")
    for network, values in enumerate(NORMAL.reshape(3, 10)):
        found.more(values + 5, 0.0, network=network)
    assert found.verdict == "seen"


def test_a_share_must_be_compared_in_one_direction():
    for given in ({}, {"more_than": 0.1, "less_than": 0.2}):
        with pytest.raises(FindingError, match="share must have one of more_than and less_than"):
            sentence(about="methods").share(3, 5, **given)


def test_nothing_measured_has_no_verdict():
    with pytest.raises(FindingError, match="'Trained layers are smoother' must have a row"):
        sentence().verdict
    assert repr(sentence()).endswith("nothing measured yet")


def test_nothing_outside_changes_what_was_measured():
    values, than = NORMAL[0] + 5, NORMAL[1].copy()
    found = sentence()
    found.more(values, than)
    before = found.record()
    values[:], than[:] = 0, 9
    before["rows"][0]["says"] = before["verdict"] = "tampered"
    assert found.verdict == "seen" and found.record()["rows"][0]["says"] == 1
    with pytest.raises(FrozenInstanceError):
        found.title = "Untrained layers are smoother"


def test_a_record_is_plain_and_the_same_each_time():
    found = planted(0, [1, 2], precision=16)
    bundle = found._repr_mimebundle_()
    assert bundle.keys() == {"text/plain", "text/html", FINDING_MIME}
    record = bundle[FINDING_MIME]
    assert json.loads(json.dumps(record)) == record == found.record()
    assert record["id"] == "finding-trained-layers-are-smoother"
    assert record["tried"] == "layer 0, 1; precision 16"
    assert all(row["n"] == 5 and row["how"] == "Student's t, paired" for row in record["rows"])


def test_numbers_are_kept_to_the_digits_that_the_interval_is_good_for():
    found, coarse = sentence(), sentence(digits=1)
    for each in (found, coarse):
        each.more(NORMAL[0], 0.0)
    assert (found.record()["rows"][0]["decimals"], coarse.record()["rows"][0]["decimals"]) == (1, 0)
    row, half = found.record()["rows"][0], 2.7764 * np.std(NORMAL[0], ddof=1) / np.sqrt(5)
    assert row["low"] == round(np.mean(NORMAL[0]) - half, 1) and row["high"] == round(np.mean(NORMAL[0]) + half, 1)


def test_a_kept_run_is_named_with_what_has_changed_since(tmp_path):
    parameters = {"seed": 0, "steps": 5}
    results.save("kept", {"x": 1}, parameters, folder=tmp_path)
    record = results.load("kept", folder=tmp_path)
    found = planted(0, [1])
    found.rests_on(record, {"seed": 0})
    date = record["date"][:10]
    assert f"Rests on the run kept of {date}: its parameter steps is no longer the notebook's." in repr(found)
    other = planted(0, [1])
    other.rests_on(record, parameters)
    assert other.record()["runs"] == [{"name": "kept", "date": date, "changed": "unchanged since"}]


def test_the_room_hands_on_what_chapters_use():
    assert issubclass(room.FindingError, ValueError) and room.FINDING_MIME.endswith("finding+json")
