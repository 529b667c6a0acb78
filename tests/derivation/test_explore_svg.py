import math

import pytest

from polylib.derivation.explore_svg import AREA, Axis, Canvas, look, swatch

LEFT, TOP, WIDTH, HEIGHT = AREA


def canvas(log_y=False):
    return Canvas(Axis(0, 10, False, "x < 1"), Axis(1, 100, log_y, "y"))


def test_corners_are_the_corners_of_the_area():
    one = canvas()
    assert (one.px(0), one.px(10)) == (f"{LEFT}.0", f"{LEFT + WIDTH}.0")
    assert (one.py(1), one.py(100)) == (f"{TOP + HEIGHT}.0", f"{TOP}.0")
    assert canvas(log_y=True).py(10) == f"{TOP + HEIGHT / 2:.1f}"
    assert one.px(1e9) == "9999.0" and canvas(log_y=True).py(0) == "9999.0" and canvas(log_y=True).py(-1) == "nan"


@pytest.mark.parametrize(
    ("low", "high", "log", "words"),
    [
        (0, 1, False, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (-3.2, 3.2, False, ["−2", "0", "2"]),
        (0, 64, False, ["0", "20", "40", "60"]),
        (1, 20, True, ["1", "2", "5", "10", "20"]),
        (1e-4, 1, True, ["10⁻⁴", "0.001", "0.01", "0.1", "1"]),
        (2, 1e12, True, ["100", "10,000", "10⁶", "10⁸", "10¹⁰", "10¹²"]),
    ],
)
def test_ticks_are_round_and_within(low, high, log, words):
    assert [said for _, said in Axis(low, high, log, "x").ticks()] == words


def test_an_axis_may_have_words_of_its_own():
    assert Axis(0, 1, False, "x", {0.5: "half"}).ticks() == [(0.5, "half")]
    assert Axis(0, 1, False, "x", {}).ticks() == []


def test_a_line_has_gaps_where_there_is_no_number():
    y = [1.0, 2.0, math.nan, 3.0, math.inf, 4.0]
    path = canvas().path("line", [list(range(6)), y])
    assert [piece.count("L") for piece in path.split("M")[1:]] == [1, 0, 0]
    assert canvas().path("dots", [[0.0, 1.0], [5.0, math.nan]], "m0 0h1") == f"M{LEFT}.0 {canvas().py(5)}m0 0h1"


def test_areas_bars_and_levels():
    one = canvas()
    assert one.path("area", [[0, 10], [1, math.nan], [100, 100]]) == "M48.0 256.0L48.0 24.0Z"
    assert one.path("bars", [[5.0], [100.0]], 0.5).count("M") == 1
    assert one.path("across", [[100.0]]) == f"M{LEFT}.0 {TOP}.0L{LEFT + WIDTH}.0 {TOP}.0"
    assert one.path("upright", [[10.0]]) == f"M{LEFT + WIDTH}.0 {TOP + HEIGHT}.0L{LEFT + WIDTH}.0 {TOP}.0"
    assert one.block(0, 1, 1, math.nan) == ""


def test_words_are_escaped():
    assert "x &lt; 1" in canvas().axes()
    note = canvas().note(0, 1, "a < b\nc")
    assert "a &lt; b" in note and note.count("<tspan") == 2


def test_six_lines_differ_in_colour_and_dash():
    looks = {look("line", i, i) for i in range(6)}
    dashes = {one.split("dasharray=")[1] for one in looks}
    assert len(looks) == len(dashes) == 6
    assert {swatch("dots", 0, i).split("M15 6")[1][:8] for i in range(6)} == {
        swatch("dot", 0, i).split("M15 6")[1][:8] for i in range(6)
    }
