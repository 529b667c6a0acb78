"""Instruments by layer: values that the pieces give, findings that follow from planted ones, figure and record."""

import json
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import tiny

from polylib.language import cut_into_parts, least_energies, passages, relative_energies, survey
from polylib.language.by_layer import directions_of_least_energy
from polylib.language.slow_directions import relative_energy, slowest

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def seen():
    lm = tiny.model("gpt2")
    some = cut_into_parts(passages.texts("lee", 24), lm, n_tokens=24, n_parts=4, most=32)
    return survey(lm, some, n_directions=2, progress=False)


def planted(seen, gap):
    """The same with energies whose text lies below its nulls by a gap."""
    noise = np.random.default_rng(0).normal(scale=0.01, size=(3, 4, 4))
    kinds = zip(("text", "shuffled words", "twins"), (1 - gap, 1.0, 1.0), noise, strict=True)
    return replace(seen, energies={kind: level + part for kind, level, part in kinds})


@pytest.mark.parametrize(("gap", "verdict"), [(0.3, "seen"), (-0.3, "not seen"), (0.0, "not decided")])
def test_verdicts_follow_planted_energies(seen, gap, verdict):
    found = relative_energies(planted(seen, gap))
    assert [one.verdict for one in found.findings] == [verdict] * 2
    record = found.findings[1].record()
    assert record["on"] == "on one network" and "std 0.3" in record["null"]
    assert [row["settings"]["layer"] for row in record["rows"]] == [1, 2, 3]


def test_apart_is_in_standard_deviations_of_the_null(seen):
    values = {"text": np.array([[1.0], [3.0]]), "twins": np.array([[4.0], [8.0]])}
    found = replace(relative_energies(seen), layers=[2], values=values)
    assert found.apart("twins") == {2: pytest.approx((2 - 6) / np.sqrt(8))}


def test_without_twins_one_finding_is_left(seen):
    found = relative_energies(replace(seen, energies={k: v for k, v in seen.energies.items() if k != "twins"}))
    assert len(found.findings) == 1 and "random order" in found.findings[0].record()["null"]


def test_least_energies_are_those_of_the_parts_left_out(seen):
    found, direct = least_energies(seen), directions_of_least_energy(seen)
    text, mixed = seen.moments["text"], seen.moments["shuffled words"]
    step, spread = text.moments([0, 1, 3])
    energy, direction = slowest(step[1], spread[1])
    held = [part[1] for part in text.moments([2])]
    jumble = [part[1] for part in mixed.moments([2])]
    assert found.values["in sample"][2, 1] == pytest.approx(energy[0])
    assert found.values["held out"][2, 1] == pytest.approx(relative_energy(*held, direction)[0])
    assert found.values["shuffled words"][2, 1] == pytest.approx(relative_energy(*jumble, direction)[0])
    assert np.allclose(direct[2][1].direction, direction[:, 0])
    assert found.notes == () and len(direct) == 4


def test_few_tokens_a_unit_are_noted(seen):
    small = replace(seen.parts, passages=seen.parts.passages[:8], texts=seen.parts.texts[:8], told=seen.parts.told[:8])
    found = least_energies(survey(seen.language, small, n_directions=2, skip=14, twins=False, progress=False))
    assert "tokens a unit, fewer than 10: the energy in sample is far too low" in found.notes[0]


def test_tables_figures_and_records(seen):
    found = relative_energies(seen)
    assert found.means([1, 3])["layer"] == [1, 3]
    assert found.means()["text"] == pytest.approx(seen.energies["text"].mean(0).tolist())
    _, ax = plt.subplots()
    found.figure(ax)
    assert [line.get_label() for line in ax.get_lines()] == list(found.values)
    assert ax.get_ylabel() == "relative energy (1: white noise)"
    plt.close("all")
    record = json.loads(json.dumps(found.record()))
    assert record["verdicts"] == {one.title: one.verdict for one in found.findings}
    assert np.allclose(record["values"]["twins"], seen.energies["twins"])
