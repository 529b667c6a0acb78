"""The specification curve: every row once, in rising order, with its interval; its settings marked below it."""

import matplotlib.pyplot as plt
import numpy as np

from polylib.finding import Finding


def drawn():
    rng, it = np.random.default_rng(0), Finding("x", "this book", "networks", networks=4, unit="energy")
    for layer in (10, 2):
        for scale in ("1/24", "0.02"):
            it.more(rng.normal({"1/24": -3, "0.02": layer - 2}[scale], 0.1, 4), 0.0, layer=layer, scale=scale)
    figure, ax = plt.subplots()
    assert it.figure(ax) is ax
    figure.canvas.draw()
    return it.record(), figure


def test_estimates_rise_and_marks_say_what_each_row_says():
    record, figure = drawn()
    ax, panel = figure.axes
    marks = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    assert marks.keys() == {"seen", "not decided", "the opposite"}
    points = sorted(zip(*np.hstack([line.get_data() for line in marks.values()]), strict=True))
    assert [y for _, y in points] == sorted(row["estimate"] for row in record["rows"])
    assert [x for x, _ in points] == [0, 1, 2, 3]
    assert len({(line.get_marker(), line.get_markerfacecolor()) for line in marks.values()}) == 3  # told apart in grey
    [bars] = [c.get_segments() for c in ax.collections if len(c.get_segments()) == 1 and c.get_segments()[0][0, 0] == 3]
    last = max(record["rows"], key=lambda row: row["estimate"])
    assert np.allclose(bars[0][:, 1], [last["low"], last["high"]])
    assert ax.get_ylabel() == "difference\n(energy)" and panel.get_xlabel()
    plt.close(figure)


def test_settings_are_marked_below_each_row():
    record, figure = drawn()
    panel = figure.axes[1]
    assert [label.get_text() for label in panel.get_yticklabels()] == [
        "layer 2",
        "layer 10",
        "scale 1/24",
        "scale 0.02",
    ]
    rows = sorted(record["rows"], key=lambda row: row["estimate"])
    for line, (name, level) in zip(
        panel.lines, [("layer", 2), ("layer", 10), ("scale", "1/24"), ("scale", "0.02")], strict=True
    ):
        assert list(line.get_xdata()) == [i for i, row in enumerate(rows) if row["settings"][name] == level]
    plt.close(figure)


def test_one_row_without_settings_needs_no_panel():
    it = Finding("x", "this book", "networks", networks=4)
    it.less([1.0, 2.0, 3.0, 2.5], 0.0)
    figure, ax = plt.subplots()
    it.figure(ax)
    assert len(figure.axes) == 1
    plt.close(figure)
