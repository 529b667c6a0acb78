"""The style that every figure has."""

from io import BytesIO

import IPython
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from polylib import figures


def test_style_is_opaque_and_tells_lines_apart_without_colour():
    figures.use_style()
    assert mpl.rcParams["figure.facecolor"] == mpl.rcParams["savefig.facecolor"] == "white"
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert len({str(entry["linestyle"]) for entry in cycle}) == len(cycle) == 6
    assert len({entry["color"] for entry in cycle}) == 6


def test_every_colour_is_dark_enough_to_be_seen_in_grey():
    figures.use_style()
    shades = [np.dot(mpl.colors.to_rgb(e["color"]), [0.2126, 0.7152, 0.0722]) for e in mpl.rcParams["axes.prop_cycle"]]
    assert max(shades) < 0.75  # visible on white


def test_band_spans_the_repeats():
    figures.use_style()
    fig, ax = plt.subplots()
    figures.band(ax, np.arange(3), np.array([[1.0, 2, 3], [3, 4, 5]]), "repeats", index=1)
    (line,) = ax.get_lines()
    assert line.get_ydata().tolist() == [2, 3, 4]
    low, high = ax.collections[0].get_paths()[0].get_extents().get_points()[:, 1]
    assert (low, high) == (1, 5)
    plt.close(fig)


def test_logarithmic_axes_have_plain_numbers():
    fig, ax = plt.subplots()
    ax.plot([1, 20], [0, 1])
    figures.log_ticks(ax)
    fig.canvas.draw()
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert {"1", "2", "5", "10", "20"} <= set(labels)
    plt.close(fig)


def test_words_stand_on_the_axis_as_they_are():
    fig, ax = plt.subplots()
    figures.word_axis(ax, [" cost", " $5", "", "\n", "é", "a_{b}$"])
    fig.canvas.draw()
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels == ["cost", r"\$5", "·", "↵", "é", r"a_{b}\$"]
    assert ax.get_xlim() == (-0.7, 5.7)
    plt.close(fig)


def test_a_palette_makes_inline_figures_smaller_and_keeps_their_size(monkeypatch):
    figures.use_palette()  # without a notebook there is nothing to set
    shell = InteractiveShell()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.plot(np.random.default_rng(0).standard_normal((40, 8)).cumsum(0))
    full = BytesIO()
    fig.savefig(full, format="png", dpi=2 * fig.dpi, bbox_inches="tight")
    figures.use_palette(16)
    png, size = shell.display_formatter.formatters["image/png"](fig)
    image = Image.open(BytesIO(png))
    assert len(png) < len(full.getvalue()) / 2
    assert len(image.convert("RGB").getcolors()) <= 16
    assert (image.width // 2, image.height // 2) == (size["width"], size["height"])
    plt.close(fig)
