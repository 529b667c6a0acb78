"""One look for every figure: opaque white, colour-blind safe, told apart by line style and marker as well as colour."""

from io import BytesIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import seaborn as sns
from cycler import cycler
from numpy.typing import ArrayLike, NDArray

DASHES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1))]
MARKERS = ["o", "s", "^", "D", "v", "P"]


def use_style() -> None:
    """Set the book's style for every figure that follows; inline figures are PNG at twice the pixels."""
    colours = [c for i, c in enumerate(sns.color_palette("colorblind").as_hex()) if i not in (5, 6, 8)][:6]
    mpl.rcParams.update(
        {
            "figure.figsize": (7.2, 4.2),
            "figure.dpi": 80,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "figure.constrained_layout.use": True,
            "axes.prop_cycle": cycler(color=colours) + cycler(linestyle=DASHES),
            "axes.grid": True,
            "grid.color": "0.9",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "legend.frameon": False,
            "font.size": 10,
            "lines.markersize": 4,
        }
    )
    _sharp_inline_figures()


def _sharp_inline_figures() -> None:
    from IPython import get_ipython
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    if get_ipython() is not None:
        set_matplotlib_formats("retina", metadata={"Software": None})


def band(ax: plt.Axes, x: ArrayLike, values: NDArray, label: str, index: int = 0) -> None:
    """Mean of `values` (repeats, points) over repeats as a marked line, their range as a band."""
    style = {"color": f"C{index}", "linestyle": DASHES[index % 6], "marker": MARKERS[index % 6]}
    ax.plot(x, values.mean(axis=0), label=label, **style)
    ax.fill_between(x, values.min(axis=0), values.max(axis=0), color=f"C{index}", alpha=0.2, linewidth=0)


def log_ticks(ax: plt.Axes) -> None:
    """A logarithmic x axis with plain numbers at 1, 2 and 5 of each decade."""
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())


def use_palette(colours: int = 64) -> None:
    """Keep inline figures that follow in a palette of `colours`: crowded line plots take a third of the bytes."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        formatter = shell.display_formatter.formatters["image/png"]
        formatter.for_type(plt.Figure, lambda figure: _palette_png(figure, colours))


def _palette_png(figure: plt.Figure, colours: int) -> tuple[bytes, dict[str, int]]:
    from PIL import Image

    sharp, small = BytesIO(), BytesIO()
    figure.savefig(sharp, format="png", dpi=2 * figure.dpi, bbox_inches="tight")
    image = Image.open(sharp).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
    image.save(small, format="png", optimize=True)
    return small.getvalue(), {"width": image.width // 2, "height": image.height // 2}


def word_axis(ax: plt.Axes, tokens: list[str], size: float = 9) -> None:
    """Tokens under the x axis, upright, one at each of 0, 1, 2, ...; what is text stays text, a $ too.

    A line break shows as a sign, and a token without a string of its own (the rest of a character) as a dot.
    """
    shown = [
        (t.replace("\n", "\u21b5").replace("\t", "\u21e5").strip() or "\u00b7").replace("$", r"\$") for t in tokens
    ]
    ax.set_xticks(range(len(tokens)), shown, rotation=90, fontsize=size)
    ax.set_xlim(-0.7, len(tokens) - 0.3)
    ax.grid(axis="y", visible=False)
