"""Tables, figures and sentences of networks beside twins, from planted records; the interval of one more draw."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

from polylib.finding import FindingError
from polylib.representation.comparison import Comparison
from polylib.representation.numbers_of_layers import Measures, exponent_over, rival_over

WINDOWS = ((1, 8), (1, 16))


def record(alpha, dimensions, rival=-3.0):
    found = {"units": 20, "dimensions": dimensions, "bits": 3 * dimensions, "inside": 0.9, "held out": 0.8 / dimensions}
    found |= {"path": 0.1 * dimensions, "spectrum": [1.0, 0.5, 0.25]}
    for window in WINDOWS:
        own = alpha + 0.01 * window[1] * dimensions
        found |= {exponent_over(window): own, rival_over(window): rival if window == (1, 16) else None}
    return found


def pair(seed, shift=0.0, dead=False):
    rng = np.random.default_rng(seed)
    told = {
        who: {name: record(1 + more + 0.1 * rng.standard_normal(), 5 - more + rng.random()) for name in ("a", "b")}
        for who, more in (("network", shift), ("twin", 0.0))
    }
    if dead:
        told["twin"]["b"] = {"units": 20} | dict.fromkeys(set(record(1, 1)) - {"units"})
    return told | {"rule": "its own initialisation"}


def compared(networks=1, parts=5, shift=0.0, dead=False):
    pairs = tuple(tuple(pair([j, p], shift, dead) for p in range(parts)) for j in range(networks))
    return Comparison(Measures(("a", "b"), WINDOWS), pairs, ("net",) * networks, ("as stored",) * networks)


def test_the_interval_of_one_network_is_that_of_one_more_draw():
    """Differences d on k parts: mean d, and Student's t times their deviation times the root of 1 + 1/k."""
    found = compared(shift=1.0)
    ours, theirs = (np.mean([found.values("dimensions", layer)[who] for layer in "ab"], axis=0) for who in (0, 1))
    d = ours - theirs
    (row,) = found.finding("dimensions")._rows
    interval = row.interval(0.95)
    half = stats.t.ppf(0.975, 4) * d.std(ddof=1) * np.sqrt(1 + 1 / 5)
    assert interval.estimate == pytest.approx(d.mean())
    assert (interval.high - interval.low) / 2 == pytest.approx(half)


def test_another_draw_of_the_twin_is_taken_for_news_as_seldom_as_promised():
    """Networks that are draws themselves, whose twins vary as they do: in about 5 % of 400 it leaves 0 out."""
    rng, missed = np.random.default_rng(0), 0
    for _ in range(400):
        draws = rng.standard_normal(6)
        pairs = tuple(
            {"network": {"a": {"bits": draws[0]}}, "twin": {"a": {"bits": t}}, "rule": "r"} for t in draws[1:]
        )
        found = Comparison(Measures(("a",), WINDOWS), (pairs,), ("net",), ("as stored",))
        low, high = found.finding("bits")._rows[0].interval(0.95)[1:3]
        missed += not low < 0 < high
    assert stats.binom.cdf(missed, 400, 0.05) > 0.001 and stats.binom.sf(missed - 1, 400, 0.05) > 0.001


def test_from_three_networks_on_pairs_are_what_is_repeated():
    record_ = compared(networks=4, parts=1, shift=3.0).finding("exponent").record()
    assert (record_["networks"], record_["replicates"], record_["verdict"]) == (4, "networks", "seen")
    assert record_["title"] == "The networks' spectra are steeper than their untrained twins'"
    assert "one more draw" not in record_["null"]
    assert [row["settings"]["ranks"] for row in record_["rows"]] == ["1 to 8", "1 to 16"]
    two = compared(networks=2, shift=1.0).finding("exponent").record()
    assert two["on"] == "on 2 networks" and two["rows"][0]["n"] == 5


def test_the_direction_was_chosen_before():
    assert compared(shift=-3.0).finding("dimensions").verdict == "not seen"
    assert compared(shift=3.0).finding("dimensions").verdict == "seen"
    assert compared().finding("dimensions").verdict == "not decided"


def test_tables_have_network_and_twins_and_rivals_beside_exponents():
    found = compared()
    table = found.exponents()
    assert list(table) == ["layer", "units", "ranks 1 to 8", "ranks 1 to 16", "rival ahead, 1 to 16"]
    assert table["rival ahead, 1 to 16"] == ["5 of 5 / 5 of 5"] * 2
    ours, theirs = found.values("bits", "a")
    assert found.others()["bits"][0] == f"{np.mean(ours):.2g} / {np.mean(theirs):.2g}"
    assert "reliability" not in found.others()


def test_a_dead_layer_is_a_dash_and_left_out_of_means():
    found = compared(dead=True)
    assert found.others()["bits"][1] == "-" and found.exponents()["ranks 1 to 8"][1] == "-"
    assert found.values("bits", "b") is None
    assert len(found.finding("bits", by_layer=True).record()["rows"]) == 1
    with pytest.raises(ValueError, match="layer must vary, got b, whose twin does not"):
        found.spectra("b")


def test_numbers_that_nobody_has_are_refused():
    with pytest.raises(ValueError, match=r"number must be one of exponent, .*, got 'size'"):
        compared().finding("size")
    with pytest.raises(ValueError, match="number must be one that layers have, got reliability"):
        compared().finding("reliability")
    same = Comparison(Measures(("a",), WINDOWS), ((pair(0),) * 3,), ("net",), ("as stored",))
    with pytest.raises(FindingError, match="must differ from replicate to replicate"):
        same.finding("bits")


def test_figures_and_records():
    found = compared(dead=True)
    _, ax = plt.subplots()
    found.draw(ax, "dimensions", "dimensions")
    assert [line.get_xdata().tolist() for line in ax.lines] == [[0], [0]] and ax.get_ylabel() == "dimensions"
    plt.close()
    assert found.spectra("a")[0].shape == (5, 3)
    kept = json.loads(json.dumps(found.record(), allow_nan=False))
    assert kept["layers"] == ["a", "b"] and "spectrum" not in kept["pairs"][0][0]["network"]["a"]
