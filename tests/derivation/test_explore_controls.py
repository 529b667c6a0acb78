from itertools import pairwise

import pytest
from sympy import Rational, symbols

from polylib.derivation.explore_controls import Choice, Slider, control, ends_of

x, n = symbols("x", positive=True), symbols("n", integer=True)


def test_steps_are_round_and_reach_both_ends():
    assert control(x, (0, 1, 0.5), "x").step == pytest.approx(0.01)
    assert control(x, (1, 24, 8), "x").step == pytest.approx(0.1)
    assert control(n, (1, 40, 7), "n").step == 1
    assert control(x, (0, Rational(1, 3), 0), "x").step == pytest.approx(1 / 300)


def test_ratios_keep_start_and_ends_and_whole_numbers():
    found = control(n, Slider(2, 1000, 77, log=True), "n").values
    assert found[0] == 2 and found[-1] == 1000 and 77 in found
    assert all(v == round(v) for v in found) and list(found) == sorted(set(found))
    even = control(x, Slider(0.01, 100, 1, log=True), "x").values
    assert max(b / a for a, b in pairwise(even)) < 1.2


def test_positions_have_values_and_words():
    found = control(x, Choice([0, 0.4], ["none", "some"], start=1), "rate")
    assert (found.start, found.place, found.said()) == (0.4, 1, "some")
    assert 'min="0" max="1" step="1" value="1" aria-valuetext="some"' in found.html()
    assert control(x, [5, -0.5, 3], "x").said() == "5" and control(x, [5, -0.5, 3], "x").words[1] == "−0.5"


def test_a_label_and_its_words_are_escaped():
    html = control(x, Choice([1, 2], ["<a>", "b"]), 'is "x" < 1?').html()
    assert "<span>is &quot;x&quot; &lt; 1?</span>" in html and "<output>&lt;a&gt;</output>" in html


def test_ends_are_every_choice_of_start_lowest_and_highest():
    both = [control(x, (0, 1, 0.5), "x"), control(n, [3, 5], "n")]
    assert {at for at, _ in ends_of(both)} == {(a, b) for a in (0, 0.5, 1) for b in (3, 5)}
    assert [places for at, places in ends_of(both) if at[1] == 5] == [[0, 1]] * 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((1, 1, 1), "x must have a range that rises, got 1 to 1"),
        ((2, 1, 1), "x must have a range that rises, got 2 to 1"),
        ((0, 1, 2), "x must start within its range 0 to 1, got 2"),
        ((0, float("inf"), 1), "x must be finite, got inf"),
        ((0, 1, 0.55, 0.1), "x must reach start and end by steps from 0, got 0.55 with step 0.1"),
        ((0, 1, 0.5, -0.1), "x must reach start and end by steps"),
        (Slider(0, 1, 0.5, log=True), "x must be positive to move by ratios, got 0"),
        ([1], "x must have two or more different values"),
        ([1, 1], "x must have two or more different values"),
        (Choice([1, 2], ["one"]), "x must have two or more different values, each with its words"),
        (Choice([1, 2], start=2), "x must start at a place from 0 to 1, got 2"),
    ],
)
def test_ranges_that_cannot_be_are_refused(given, said):
    with pytest.raises(ValueError, match=said):
        control(x, given, "x")
