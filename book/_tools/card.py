"""Draw the card that other sites show beside a link to the book: book/_static/card.png, 1200 by 630 pixels."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import yaml

from polylib import figures
from polylib.theory.entropy import optimal_ratio, optimal_ratio_peak

BITS = (1, 2, 4, 24)


def draw(target: Path, title: str) -> None:
    """The optimal ratio over sparsity, for elements of a few entropies, with its peak."""
    figures.use_style()
    plt.rcParams.update({"font.size": 17, "lines.linewidth": 2.5})
    figure, ax = plt.subplots(figsize=(12, 6.3), dpi=100)
    sparsity = np.linspace(0.001, 0.999, 500)
    for bits in BITS:
        (line,) = ax.plot(sparsity, optimal_ratio(sparsity, bits), label=f"{bits} bit{'s' * (bits > 1)}")
        ax.plot(*optimal_ratio_peak(bits), "o", markersize=9, color=line.get_color())
    ax.set(xlabel="sparsity S of a feature", ylabel="hidden units per feature", xlim=(0, 1), ylim=(0, None))
    ax.legend(title="entropy of a feature that is on", loc="lower left")
    figure.get_layout_engine().set(w_pad=0.25, h_pad=0.2)
    figure.suptitle(title, fontsize=27, fontweight="bold")
    figure.savefig(target, metadata={"Software": None})


if __name__ == "__main__":
    draw(Path("book/_static/card.png"), yaml.safe_load(Path("_config.yml").read_text())["title"])
