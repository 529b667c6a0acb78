"""Figures as Python makes them: text and refusals. What a browser makes of them is in tests/book/test_sliders.py."""

import os
import subprocess
import sys

import numpy as np
import pytest
import sympy
from sympy import log, sqrt, symbols

from polylib.derivation import Area, Bars, Boxes, Choice, Dot, Kept, Level, Line, Slider, explore, h2, named

S, H = symbols("S H", positive=True)
n = symbols("n", integer=True, positive=True)
R = named("R", lambda S, H: (1 - S) + h2(S) / H)
WORDS = {"labels": ("sparsity S", "units"), "caption": "A caption.", "alt": "What is seen."}


def figure(shown=None, x=(S, 0, 1), sliders=None, **more):
    sliders = {H: (1, 24, 8)} if sliders is None else sliders
    return explore(R(S, H) if shown is None else shown, x, sliders, **WORDS | more)


def test_text_states_formula_ranges_start_and_numbers():
    made = figure(
        {"ideal": R(S, H)}, names={H: "H, bits"}, readouts={"at one half": (R(sympy.Rational(1, 2), H), ".3f")}
    )
    assert repr(made).splitlines() == [
        "A caption.",
        "  sparsity S: S from 0 to 1",
        "  ideal: R(S, H)",
        "  H, bits: 1 to 24 by 0.1, at 8.0",
        "  at one half: R(1/2, H); at the start 0.625",
    ]


PROGRAM = """
from sympy import Abs, Max, symbols
from polylib.derivation import explore
x, a, b = symbols("x a b")
most = Max(*(Abs(x * a - k) for k in range(9)), evaluate=False)
words = {"labels": ("x", "y"), "caption": "c", "alt": "a"}
made = explore({"one": most, "two": a + b * x}, (x, 0, 1), {a: (0, 1, 0), b: [1, 2]}, **words)
"""


def test_the_same_figure_is_the_same_text_in_any_process():
    here: dict = {}
    exec(PROGRAM, here)
    command = [sys.executable, "-c", f"{PROGRAM}print(made._repr_html_(), end='')"]
    there = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": "1"}
    )
    assert there.stdout == here["made"]._repr_html_()


def test_html_escapes_its_words_and_closes_no_script():
    made = figure(
        [Line(R(S, H), "a < b")], caption="x < y", alt='"seen"', sliders={H: Choice([1, 2], ["</script>", "b"])}
    )
    html = made._repr_html_()
    assert "a &lt; b" in html and "x &lt; y" in html and 'aria-label="&quot;seen&quot;"' in html
    assert html.count("</script>") == 1 and html.endswith("</script></figure>")


def test_the_axis_reaches_what_the_sliders_reach():
    up = figure({"line": S * H}, sliders={H: (-2, 6, 0)}).canvas.y
    assert up.low == pytest.approx(-2 - 0.32) and up.high == pytest.approx(6 + 0.32)
    assert figure({"line": S * H}, y=(0, 1)).canvas.y.high == 1
    ratios = figure({"line": S / H}, x=(S, 0, 1), log="y").canvas.y
    assert ratios.low == pytest.approx(1 / 25 / 24 / 1.2, rel=0.1) and ratios.high == pytest.approx(1.2)


def test_whole_numbers_are_drawn_at_whole_numbers():
    assert figure({"line": n * H}, x=(n, 2, 5)).samples == [2, 3, 4, 5]
    many = figure({"line": n * H}, x=(n, 1, 10_000), log="x", points=20).samples
    assert many[0] == 1 and many[-1] == 10_000 and len(many) <= 21 and all(v == int(v) for v in many)


def test_a_slider_with_the_axis_own_symbol_moves_points_and_not_lines():
    made = figure([Line(S * H, "line"), Dot(S, S * H, "dot")], sliders={S: (0, 1, 0.5), H: (1, 3, 2)})
    line, dot = made.drawn
    assert line.channels[1].at([0.25], [0.5, 2], [0, 0]) == [0.5]
    assert [c.at([], [0.5, 2], [0, 0]) for c in dot.channels] == [[0.5], [1.0]]


def test_kept_data_follow_their_sliders():
    kept = Kept([0, 1], np.arange(12).reshape(3, 2, 2), "kept", by=(H, n), digits=3)
    made = figure([kept], sliders={n: [5, 6], H: [1, 2, 3]}, readouts={"read": (np.array([0.1, 0.2]), ".1f", (n,))})
    assert made.drawn[0].channels[1].at([], [6, 3], [1, 2]) == [10, 11]
    assert made.panel.readouts[0].said([6, 3], [1, 2]) == "0.2"
    assert "at the start 0.1" in repr(made)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"x": (S, 1, 0)}, "x must rise, got 1 to 0"),
        ({"x": (S, 0, 1), "log": "x"}, "x must rise from above 0, got 0 to 1"),
        ({"y": (1, 1)}, "y must rise, got 1 to 1"),
        ({"sliders": {H: (24, 1, 8)}}, "H must have a range that rises, got 24 to 1"),
        ({"sliders": {H: (1, 24, 30)}}, "H must start within its range 1 to 24, got 30"),
        ({"sliders": {}}, "formula must have no symbols but S, got H in R"),
        ({"shown": sympy.besselj(0, S * H)}, "functions that have JavaScript, got besselj"),
        ({"shown": log(S - H)}, "formula must be real over its ranges, got .* at S = 0.0, H = 1.0"),
        ({"shown": R(S, H) + sqrt(20 - H)}, "formula must be real over its ranges, got .* H = 24.0"),
        ({"readouts": {"r": (sqrt(20 - H), ".2f")}}, "formula must be real over its ranges"),
        ({"readouts": {"r": (H, "g")}}, "readouts must have formats such as .2f or .0%, got 'g' for 'r'"),
        ({"shown": {"level": sympy.Integer(1)}}, r"y must be given where .* fewer than two values, got \[1.0\]"),
        ({"caption": " "}, "caption must say what is shown, got ' '"),
        ({"alt": ""}, "alt must say what is shown, got ''"),
        ({"labels": ("x", "")}, "labels must say what both axes show"),
        ({"points": 0}, "points must be a whole number of at least 1, got 0"),
        ({"shown": [Kept([0, 1], [1, 2, 3], "kept")]}, "x and y must have equally many points, got 2 and 3"),
        ({"shown": [Kept([0, 1], [[1, 2]], "kept", (H,))]}, "by must be one of , got H"),
        ({"shown": [Kept([0], [[1]], "kept", (H,))], "sliders": {H: [1, 2]}}, r"y must have shape .* got \(1, 1\)"),
        ({"shown": [Bars(S, "bars")]}, "x must be a symbol for whole numbers where there are bars, got S"),
        ({"shown": [Bars([1.0], "bars")], "x": (n, 1, 3)}, "y must have a height for each of 3 bars, got 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(more, said):
    with pytest.raises(ValueError, match=said):
        figure(**more)


def test_every_mark_has_a_place_in_the_legend_and_a_line_of_text():
    marks = [
        Line(S, "line"),
        Area(0 * S, S, "area"),
        Kept([0, 1], [0, 1], "kept"),
        Dot(H, H, "dot"),
        Level(H / 24, "level"),
        Level(H / 24, "upright", upright=True),
        Boxes([[0, 1, 0, 1]], [1], "boxes"),
    ]
    made = figure(marks, sliders={H: Slider(0.1, 1, 0.5, log=True)})
    for label in ("line", "area", "kept", "dot", "level", "upright", "boxes"):
        assert f"</svg>{label}</li>" in made._repr_html_() and f"\n  {label}: " in repr(made)
    bars = figure([Bars(n * H, "bars")], x=(n, 1, 3))
    assert (bars.canvas.x.low, bars.canvas.x.high) == (0.4, 3.6)
