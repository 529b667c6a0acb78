"""The picture of the pipeline: every part with its words, and a mark that is no colour alone."""

import matplotlib.pyplot as plt
import pytest

from polylib.explanation.pipeline import ARROWS, PLACES, Part, draw


def parts():
    return [Part("texts"), *(Part(f"part {i}", f"scores {i}", i % 2 == 0) for i in range(4))]


def test_parts_show_what_was_measured_and_whether_it_passed():
    _, ax = plt.subplots()
    draw(ax, parts())
    said = [text.get_text() for text in ax.texts]
    assert [words for words in said if words.startswith(("texts", "part"))] == [
        "texts",
        *(f"part {i}" for i in range(4)),
    ]
    assert [one.verdict for one in parts()] == ["", "✓ scores 0", "✗ scores 1", "✓ scores 2", "✗ scores 3"]
    assert {one.verdict for one in parts()} <= {*said}
    assert len(said) == 2 * len(PLACES) + len(ARROWS)
    plt.close()


def test_another_number_of_parts_is_refused():
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="parts must be the 5 of the pipeline, got 4"):
        draw(ax, parts()[:4])
    plt.close()
