"""Neurons of known rule: which tokens they fire on, and noise of a known size."""

import inspect

import numpy as np
import pytest

from polylib.explanation import rules as rn

BY_NAME = {rule.name: rule for rule in rn.RULES}


@pytest.mark.parametrize(
    ("name", "text", "fires"),
    [
        ("digits", "In| |19|84|,| ten| B2| ½", "19 84  B2"),
        ("capitals", "In| the| Old| é| É| “|\n| mR", "In  Old  É"),
        ("long words", " elephant| elephants| 12345678| abc-defgh| Australia", " elephant  elephants  Australia"),
        ("punctuation", "a|,| ...|'s|-|\n| “||1.5", ",  ... -  “"),
        ('the word "the"', "The| the| then|the|THE| breathe", "The  the the THE"),
        ("after a comma", "a|,| b|||c|,||d|1,|e", " b d e"),
        ("inside quotes", 'a| "|b| c|"|d|“|e|”|f', "b  c e"),
        ("inside quotes", 'a|""|b|"|c|”“|d|".”"|e|"|f', "c d f"),
    ],
)
def test_a_rule_fires_where_it_says(name, text, fires):
    tokens = text.split("|")
    found = BY_NAME[name](tokens)
    assert set(found.tolist()) <= {0.0, 1.0}
    assert " ".join(t for t, x in zip(tokens, found, strict=True) if x and t.strip()) == fires


def test_records_hold_the_rule():
    found = rn.records(rn.word("cat"), [["a", " cat"], [" Cat", "s", "."]])
    assert [r.values.tolist() for r in found] == [[0, 1], [1, 0, 0]]
    assert [r.passage for r in found] == [0, 1]


def test_noise_has_the_variance_that_was_asked_for():
    texts = [["a", "1"] * 500] * 20
    clean, noisy = (
        rn.records(rn.RULES[0], texts),
        rn.records(rn.RULES[0], texts, noise=3.0, rng=np.random.default_rng(0)),
    )
    added = np.concatenate([b.values - a.values for a, b in zip(clean, noisy, strict=True)])
    assert added.var() == pytest.approx(3 * 0.25, rel=0.05)
    assert abs(added.mean()) < 0.03


def test_the_loss_by_noise_is_that_of_large_samples():
    rng = np.random.default_rng(0)
    signal, noise = rng.standard_normal((2, 400_000))
    for ratio in (0.0, 0.3, 1.0, 9.0):
        measured = np.corrcoef(signal, signal + np.sqrt(ratio) * noise)[0, 1]
        assert rn.correlation_under_noise(ratio) == pytest.approx(measured, abs=0.005)
    assert rn.correlation_under_noise(3.0) == 0.5


def test_noise_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="noise must be at least 0, got -1"):
        rn.records(rn.RULES[0], [["1", "a"]], noise=-1.0)
    with pytest.raises(
        ValueError, match="texts must make the neuron 'digits' fire on some tokens alone, got a constant"
    ):
        rn.records(rn.RULES[0], [["a", "b"]], noise=1.0, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="rng must be a numpy random Generator, got None"):
        inspect.unwrap(rn.records)(rn.RULES[0], [["1", "b"]], noise=1.0)
    with pytest.raises(ValueError, match="noise must be at least 0"):
        rn.correlation_under_noise(-0.1)
