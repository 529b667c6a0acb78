"""A slider is moved: the page draws the figure again, and matplotlib draws the same lines anew, as a kernel would.

Ours is the median over moves in chromium, from the event until the page is laid out again; a screen shows a picture
every 16 ms. The peer has its numbers already and draws the picture; what a kernel and a network add is not counted.
"""

import random
import statistics
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import sympy
from sympy import Sum, log, sin, symbols

from benchmarks.row import Row, table
from polylib.derivation import Line, Slider, explore, h2

MOVES = 100
WORDS = {"caption": "A figure.", "alt": "A figure."}
MOVE = """places => {
  const figure = document.querySelector(".explore"), inputs = [...figure.querySelectorAll("input")];
  return places.map(shares => {
    inputs.forEach((input, i) => { input.value = +input.min + shares[i] * (input.max - input.min); });
    const start = performance.now();
    inputs[0].dispatchEvent(new Event("input", {bubbles: true}));
    figure.getBoundingClientRect();
    return (performance.now() - start) / 1000;
  });
}"""


def entropies():
    """Four curves of an entropy."""
    off, bits = symbols("S H", positive=True)
    lines = [Line((1 - off) + h2(off) / (bits + k), f"{k}") for k in range(4)]
    return explore(lines, (off, 0, 1), {bits: (1, 24, 8)}, labels=("S", "R"), **WORDS)


def sums():
    """One curve of a quotient of two sums of up to a thousand terms, at 60 points."""
    s, delta = symbols("s delta", positive=True)
    i, n = symbols("i n", integer=True, positive=True)
    cost = Sum(2 * i ** (-s) * sin(i * delta / 2) ** 2, (i, 1, n))
    reading = 1 + log(cost.subs(delta, 2 * delta) / cost, 2)
    sliders = {s: (1.2, 3.4, 2, 0.1), n: Slider(10, 1000, 800, log=True)}
    about = {"y": (1, 3.5), "log": "x", "points": 60, "labels": ("step", "exponent")}
    return explore({"reading": reading}, (delta, sympy.Rational(1, 1000), 1), sliders, **about, **WORDS)


def in_the_browser(figure) -> float:
    """Median seconds of a redraw."""
    sys.path.append(str(Path(__file__).parents[2] / "book" / "_tools"))
    import browser

    draw = random.Random(0)
    places = [[draw.random() for _ in figure.panel.controls] for _ in range(MOVES)]
    with browser.launched() as chromium:
        page = chromium.new_page()
        page.set_content(f"<!doctype html><main>{figure._repr_html_()}</main>")
        return statistics.median(page.evaluate(MOVE, places))


def by_matplotlib(figure) -> float:
    """Median seconds to draw the same lines as a picture."""
    import matplotlib.pyplot as plt

    data = [[channel.at(figure.samples, *figure.panel.start) for channel in mark.channels] for mark in figure.drawn]
    found = []
    for _ in range(10):
        start = time.perf_counter()
        fig, ax = plt.subplots(figsize=(6, 4))
        for x, y in data:
            ax.plot(x, y)
        fig.savefig(BytesIO(), format="png")
        plt.close(fig)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def rows() -> Iterator[Row]:
    for words, figure in (("four curves of an entropy", entropies()), ("a curve of sums, 10 to 1,000 terms", sums())):
        work = f"a slider moves, {words}"
        yield Row(work, in_the_browser(figure), by_matplotlib(figure), "s", "matplotlib, the picture alone")


if __name__ == "__main__":
    print(table(rows()))
