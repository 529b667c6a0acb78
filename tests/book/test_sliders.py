"""Figures with sliders in a real browser: what is drawn against ball arithmetic, keyboard, readers, paper, sandbox."""

import os
import random
import re

import browser
import mpmath
import numpy as np
import page_checks
import pytest
import sympy
from committed import NOTEBOOKS, read
from sympy import Abs, Integer, Max, Min, Piecewise, Rational, Sum, cos, exp, floor, log, sin, sqrt, symbols

from polylib.derivation import (
    Area,
    Bars,
    Boxes,
    Choice,
    Dot,
    Kept,
    Level,
    Line,
    Slider,
    explore,
    explore_text,
    h2,
    log2,
    named,
)
from polylib.derivation.evaluation import evaluate
from polylib.derivation.notation import unfold

S, H, D, s, delta = symbols("S H D s delta", positive=True)
K, i, n = symbols("K i n", integer=True, positive=True)
R = named("R", lambda S, H: (1 - S) + h2(S) / H)
COMMON = {"caption": "A caption.", "alt": "What is seen at the start, in words."}


def ratio():
    """A named formula with an entropy at its ends, kept points, and the worst of several misses."""
    points = [(0.1, 0.95), (0.5, 0.7), (0.9, 0.2)]
    worst = Max(*(Abs(y / R(x, H) - 1) for x, y in points), evaluate=False)
    marks = [
        Kept(*np.transpose(points), "measured"),
        Line(R(S, H), "R"),
        Line(1 - S, "limit"),
        Dot(H / 24, 1 / H, "dot"),
    ]
    about = {"labels": ("S", "units"), "readouts": {"worst": (worst, ".1%")}, "names": {H: "H, bits"}}
    return explore(marks, (S, 0, 1), {H: (1, 24, 8, 0.1)}, **about, **COMMON)


def regimes():
    """A map whose point has the axis' own symbol, a piecewise capacity, and axes by ratios."""
    line = 1 + D ** (-1 / (1 - D))
    capacity = Piecewise(((1 - D) * log2(K - 1), line < K), (log2(1 + (K - 1) * (1 - D) * D ** (D / (1 - D))), True))
    marks = [
        Area(Integer(2), Min(line, 1024), "below"),
        Line(line, "line"),
        Dot(D, K, "here"),
        Level(D, "D", upright=True),
    ]
    about = {"log": "y", "y": (2, 1024), "labels": ("D", "K"), "readouts": {"capacity": (capacity, ".3f")}}
    sliders = {K: Slider(2, 1024, 8, log=True), D: (0.01, 0.99, 0.2, 0.01)}
    return explore(marks, (D, 0, 1), sliders, notes=[(0.4, 90, "above")], **about, **COMMON)


def water():
    """Bars, a level, and a sum whose upper limit the sliders move."""
    wide = Min(64, floor(2 ** (2 * H / s)))
    bits = Sum(log2(i ** (-s) / 4 ** (-H)) / 2, (i, 1, wide))
    marks = [Bars(i ** (-s), "variance"), Level(4 ** (-H), "water")]
    about = {"log": "y", "y": (1e-5, 1), "labels": ("i", "variance"), "readouts": {"bits": (bits, ".2f")}}
    return explore(marks, (i, 1, 64), {H: (1, 6, 4, 0.1), s: (0.5, 4, 2, 0.1)}, **about, **COMMON)


def slope():
    """A logarithm of a quotient of two sums."""

    def cost(step):
        return Sum(2 * i ** (-s) * sin(i * step / 2) ** 2, (i, 1, n))

    reading = 1 + log(cost(2 * delta) / cost(delta), 2)
    about = {"log": "x", "y": (1, 3.5), "labels": ("step", "exponent"), "points": 24}
    sliders = {s: (1.2, 3.4, 2, 0.1), n: Slider(10, 40, 20, log=True)}
    return explore({"reading": reading}, (delta, 1e-3, 1), sliders, **about, **COMMON)


def functions():
    """Every function with code of its own, over a range of x and of a slider."""
    z, g = sympy.zeta, sympy.gamma
    shown = {
        "zeta": z(1 + S) + z(S, D) + z(-S / 2),
        "gamma": g(S) + sympy.loggamma(S * D) + sympy.factorial(n),
        "binomial": sympy.binomial(2 * n, n) * sympy.harmonic(n) + sympy.polygamma(0, D * S),
        "error function": sympy.erf(S / D) + sympy.erfc(S),
        "product": sympy.Product(1 - D / (10 * i), (i, 1, n)) + exp(-S) + sqrt(S) * cos(S) + sympy.tanh(D - 1),
        "cases": Piecewise(
            (h2(Min(S, 1)), (S < 1) & (D > 1)), (Abs(S - D) + sympy.sign(D - S), S <= 3), (floor(D * S), True)
        ),
    }
    sliders = {D: (0.5, 3, 1, 0.01), n: (1, 40, 7)}
    return explore(shown, (S, Rational(1, 10), 5), sliders, y=(-10, 50), labels=("x", "y"), points=30, **COMMON)


def frames():
    """Kept arrays by two sliders, with a gap, and boxes that move and fill."""
    rng = np.random.default_rng(0)
    kept = rng.normal(size=(3, 2, 5)).round(2)
    kept[1, 0, 2] = np.nan
    edges = np.sort(rng.random((2, 4, 2, 2)), axis=-1).reshape(2, 4, 4)
    marks = [
        Kept(range(5), kept, "kept", (D, H), joined=True),
        Kept(range(5), kept[:, 0], "dots", (D,)),
        Boxes(edges, rng.integers(0, 2, (3, 4)), "boxes", (H,), (D,)),
    ]
    read = {"kept": (rng.random((3, 2)), ".3f", (D, H))}
    sliders = {D: [0, 0.4, 0.8], H: Choice([5, 7], ["five", "seven"], 1)}
    return explore(marks, (S, 0, 4), sliders, labels=("x", "y"), readouts=read, **COMMON)


def passage():
    """Tokens shaded by two sliders; a quote, a tag and the end of a script are text."""
    tokens = ["<b>", ' "quoted"', " &amp;", "</script>", "\n", " end"]
    levels = np.random.default_rng(1).integers(-12, 13, (2, 3, 6))
    sliders = {D: [1, 2], H: Choice([0, 1, 2], ["a", "</script>", "c"])}
    return explore_text(tokens, {"real": levels, "told": -levels}, sliders, **COMMON)


FIGURES = [ratio, regimes, water, slope, functions, frames, passage]
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sliders</title><style>body {{ font: 16px sans-serif; background: #fff; color: #222 }}
html[data-theme=dark] body {{ background: #121212; color: #ced6dd }}</style><main><h1>Sliders</h1>{}</main></html>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A page for each figure, and one with all of them and a second copy of the first."""
    where = tmp_path_factory.mktemp("sliders")
    pages = {make.__name__: make()._repr_html_() for make in FIGURES}
    pages["all"] = "".join([*pages.values(), pages["ratio"]])
    for name, content in pages.items():
        (where / f"{name}.html").write_text(PAGE.format(content))
    return where


@pytest.fixture(scope="module")
def reader(folder):
    if browser.CHROMIUM is None:
        reason = "there is no chromium on this machine: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("BOOK_BROWSER") == "required" else pytest.skip(reason)
    with browser.served(folder) as address, browser.launched() as chromium:
        yield browser.Reader(chromium.new_context(), address)


def committed(notebook):
    """The figures with sliders in a notebook's outputs."""
    found = [
        output.data["text/html"]
        for cell in read(notebook).cells
        for output in cell.get("outputs", [])
        if "data" in output and "text/html" in output.data
    ]
    return ["".join(html) for html in found if 'class="explore"' in "".join(html)]


MOVE = """([place, position]) => {
  const input = document.querySelectorAll(".explore input")[place];
  const steps = Math.round((input.max - input.min) / input.step);
  input.value = +input.min + Math.round(position * steps) * input.step;
  input.dispatchEvent(new Event("input", {bubbles: true}));
}"""
STATE = """() => {
  const figure = document.querySelector(".explore"), finite = v => v === null || Number.isFinite(v) ? v : String(v);
  return {
    values: figure.explore.values(),
    drawn: figure.explore.drawn.map(channels => channels.map(data => [data].flat().map(finite))),
    read: figure.explore.read.map(finite),
    said: [...figure.querySelectorAll("[data-readout]")].map(output => output.textContent),
    paths: [...figure.querySelectorAll("[data-mark]")].map(path => path.getAttribute("d")),
  };
}"""


def moved(page, figure, draw):
    """What the page shows with every slider somewhere, and their values and places."""
    for place in range(len(figure.panel.controls)):
        page.evaluate(MOVE, [place, draw.random()])
    state = page.evaluate(STATE)
    places = [c.place_of(v) for c, v in zip(figure.panel.controls, state["values"], strict=True)]
    return state, places


def truth(formula, point):
    """A formula at a point by ball arithmetic, or with 40 digits where that lacks a function; None where undefined."""
    exact = {symbol: Rational(value) for symbol, value in point.items()}
    plain = unfold(formula)
    wholes = {part: Integer(floor(part.args[0].xreplace(exact).evalf(40))) for part in plain.atoms(floor)}
    plain = plain.xreplace(wholes)
    if not plain.has(Piecewise, sympy.sign, sympy.harmonic):
        ball = evaluate(plain, exact)
        return float(ball.mid()) if ball.is_finite() else None
    with mpmath.workdps(40):
        numbers = [int(v) if symbol.is_integer else mpmath.mpf(v.p) / v.q for symbol, v in exact.items()]
        return float(sympy.lambdify(list(exact), plain, "mpmath")(*numbers))


def compare(found, formula, point):
    expected = truth(formula, point)
    if expected is not None:  # at a pole the browser may know which side is meant
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-300), (formula, point)


@pytest.mark.parametrize("make", FIGURES[:-1], ids=lambda make: make.__name__)
def test_what_is_drawn_is_the_formula_to_nine_digits(make, reader):
    figure, draw = make(), random.Random(make.__name__)
    page = reader.open(f"{make.__name__}.html")
    for _ in range(6):
        state, places = moved(page, figure, draw)
        at = dict(zip((c.symbol for c in figure.panel.controls), state["values"], strict=True))
        for mark, data in zip(figure.drawn, state["drawn"], strict=True):
            for channel, numbers in zip(mark.channels, data, strict=True):
                check_channel(figure, channel, numbers, at, places, draw)
        for number, value, words in zip(figure.panel.readouts, state["read"], state["said"], strict=True):
            if number.channel.code:
                compare(value, number.channel.code.formula, at)
            assert words == number.said(state["values"], places)
        check_paths(figure, state)
    assert reader.faults == []


def check_channel(figure, channel, numbers, at, places, draw):
    if channel.kind == "k":
        kept = channel.frames[tuple(places[j] for j in channel.by)]
        np.testing.assert_array_equal(np.array(numbers, dtype=float), kept)
    elif channel.kind == "x":
        assert numbers == pytest.approx(figure.samples, rel=1e-9)
    elif channel.kind == "g":
        compare(numbers[0], channel.code.formula, at)
    else:
        assert len(numbers) == len(figure.samples)
        for place in {0, len(numbers) - 1, *draw.choices(range(len(numbers)), k=4)}:
            compare(numbers[place], channel.code.formula, at | {figure.symbol: figure.samples[place]})


def check_paths(figure, state):
    """The paths are those of these numbers, to a tenth of a pixel."""
    paths = iter(state["paths"])
    for mark, data in zip(figure.drawn, state["drawn"], strict=True):
        data = [
            [float("nan") if v is None else float(v.replace("Infinity", "inf")) if isinstance(v, str) else v for v in c]
            for c in data
        ]
        if mark.kind == "boxes":
            expected = [figure.canvas.block(*data[0][j : j + 4]) for j in range(0, len(data[0]), 4)]
        else:
            expected = [figure.canvas.path(mark.kind, data, mark.size)]
        for one in expected:
            same_path(next(paths), one)
    assert next(paths, None) is None


def same_path(found, expected):
    numbers = r"-?\d*\.?\d+"
    assert re.sub(numbers, "", found) == re.sub(numbers, "", expected)
    assert [float(v) for v in re.findall(numbers, found)] == pytest.approx(
        [float(v) for v in re.findall(numbers, expected)], abs=0.11
    )


SHADES = """() => [...document.querySelectorAll(".passage i")].map(
  token => token.style.getPropertyValue("--v") * (token.matches(".n") ? -1 : 1))"""


def test_a_passage_is_shaded_by_the_frame_that_is_chosen(reader):
    figure, draw = passage(), random.Random(3)
    page = reader.open("passage.html")
    for _ in range(6):
        _, places = moved_text(page, figure, draw)
        levels = [level for found in figure.levels.values() for level in found[tuple(places)].tolist()]
        assert page.evaluate(SHADES) == levels
    words = page.evaluate("[...document.querySelectorAll('.passage')].map(row => row.textContent)")
    assert words == ['<b> "quoted" &amp;</script>↵ end'] * 2
    assert reader.faults == []


def moved_text(page, figure, draw):
    for place in range(len(figure.panel.controls)):
        page.evaluate(MOVE, [place, draw.random()])
    values = page.evaluate("document.querySelector('.explore').explore.values()")
    return values, [c.place_of(v) for c, v in zip(figure.panel.controls, values, strict=True)]


STILL = "() => [...document.querySelectorAll('[data-mark]')].map(path => path.getAttribute('d'))"


@pytest.mark.parametrize("make", FIGURES, ids=lambda make: make.__name__)
def test_the_still_picture_is_the_one_that_is_drawn_at_the_start(make, reader):
    still = re.findall(r'data-mark="[^"]*" d="([^"]*)"', make()._repr_html_())
    page = reader.open(f"{make.__name__}.html")
    for found, expected in zip(page.evaluate(STILL), still, strict=True):
        same_path(found, expected)
    outputs = re.findall(r"<output[^>]*>([^<]*)</output>", make()._repr_html_())
    assert page.locator("output").all_text_contents() == outputs


def test_without_scripts_the_picture_stands_and_nothing_waits_to_be_moved(reader):
    context = reader.page.context.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(reader.address + "ratio.html")
    assert page.locator(".explore > svg").is_visible() and not page.locator("input").is_visible()
    assert page.locator("output").first.inner_text() == "8.0"
    context.close()


def test_arrow_keys_move_a_slider_that_says_its_name_and_value(reader):
    page = reader.open("ratio.html")
    slider = page.get_by_role("slider", name="H, bits")
    slider.focus()
    before = page.evaluate(STILL)
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "8.1" and page.locator(".sliders output").inner_text() == "8.1"
    assert page.evaluate(STILL) != before
    page.keyboard.press("End")
    assert page.locator(".sliders output").inner_text() == "24.0"
    assert page.locator("[data-readout]").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("make", FIGURES, ids=lambda make: make.__name__)
def test_a_figure_is_accessible_wide_and_light_narrow_and_dark(make, reader):
    assert page_checks.axe(reader.open(f"{make.__name__}.html")) == []
    page = reader.open(f"{make.__name__}.html", browser.NARROW)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page_checks.axe(page, "color-contrast", "target-size") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= browser.NARROW["width"]


def test_tab_stops_at_every_slider_and_shows_where(reader):
    shown, stops = page_checks.tab_through(reader.open("regimes.html"))
    assert len(shown) == 2 and [place for place, _, seen in stops if seen] == shown


def test_nothing_else_moves_when_a_slider_does(reader):
    page = reader.open("all.html")
    heights = "() => [...document.querySelectorAll('.explore')].map(figure => figure.offsetHeight)"
    before, draw = page.evaluate(heights), random.Random(5)
    for place in range(page.locator("input").count()):
        for position in (0, 1, draw.random()):
            page.evaluate(MOVE, [place, position])
            assert page.evaluate(heights) == before
    assert reader.faults == []


def test_on_paper_the_picture_and_values_stay_and_the_sliders_go(reader):
    page = reader.open("ratio.html")
    page.emulate_media(media="print")
    assert page.locator(".explore > svg").is_visible() and not page.locator("input").is_visible()
    assert page.locator(".sliders output").is_visible()
    page.emulate_media(media="screen")


SANDBOX = """html => {
  const frame = document.createElement("iframe");
  Object.assign(frame, {id: "alone", sandbox: "allow-scripts", srcdoc: html});
  document.body.append(frame);
  return new Promise(done => { frame.onload = () => done(); });
}"""


def test_two_copies_and_a_sandbox_live_on_their_own(reader):
    page = reader.open("all.html")
    assert page.evaluate("[...document.querySelectorAll('.explore')].filter(figure => figure.explore).length") == 8
    page.evaluate(SANDBOX, regimes()._repr_html_())
    slider = page.frame_locator("#alone").get_by_role("slider").first
    slider.focus()
    page.keyboard.press("Home")
    assert page.frame_locator("#alone").locator("output").first.inner_text() == "2"
    assert reader.faults == []


def test_the_figures_of_the_book_move_and_stay_small(reader, folder):
    figures = [figure for notebook in NOTEBOOKS for figure in committed(notebook)]
    assert figures
    scripts = [len(code.encode()) for figure in figures for code in re.findall(r"<script>.*?</script>", figure, re.S)]
    assert len(scripts) == len(figures) and sum(scripts) <= 60_000
    (folder / "committed.html").write_text(PAGE.format("".join(figures)))
    page = reader.open("committed.html")
    drawn = "() => JSON.stringify([...document.querySelectorAll('.explore')].map(figure => figure.explore.drawn))"
    for place in range(page.locator("input").count()):
        ends = []
        for position in (0, 1):
            page.evaluate(MOVE, [place, position])
            ends.append(page.evaluate(drawn))
        assert ends[0] != ends[1]
    assert reader.faults == []
