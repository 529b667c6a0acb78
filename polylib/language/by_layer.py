"""What an instrument measured in every part of the texts and at every layer, beside its null, and what may be said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float
from matplotlib.ticker import MaxNLocator
from scipy import stats

from polylib import figures
from polylib.finding import Finding
from polylib.language.least_energy import LeastEnergy, least_energy
from polylib.language.survey import Survey

LEVEL = 0.95
WITHOUT_ORDER = "the same words in random order"


@dataclass(frozen=True)
class ByLayer:
    """Values of one kind or more, first the instrument's own, then its nulls."""

    quantity: str
    """quantity and unit, as an axis has it"""
    layers: list[int]
    values: dict[str, Float[np.ndarray, "parts layers"]]
    findings: tuple[Finding, ...]
    """sentences with their verdicts"""
    notes: tuple[str, ...] = ()
    """doubts, in words"""

    def means(self, layers: Sequence[int] | None = None) -> dict[str, list]:
        """Columns for a table: the layer, by default each, and the mean over parts of every kind."""
        chosen = self.layers if layers is None else list(layers)
        at = [self.layers.index(layer) for layer in chosen]
        return {"layer": chosen} | {name: x[:, at].mean(0).tolist() for name, x in self.values.items()}

    def apart(self, kind: str) -> dict[int, float]:
        """Layer -> how far the mean of the first kind lies above that of `kind`, in standard deviations of its parts.

        A finding compares one network with the *mean* of its twins, and so a network that learnt nothing may differ,
        too. Only what lies beyond the spread of twins, by 3 and more, need have been learnt.
        """
        first, other = next(iter(self.values.values())), self.values[kind]
        found = (first.mean(0) - other.mean(0)) / other.std(0, ddof=1)
        return dict(zip(self.layers, found.tolist(), strict=True))

    def figure(self, ax: plt.Axes) -> plt.Axes:
        """Means over parts by layer, with Student's 95 % intervals over parts as bands."""
        for i, (name, x) in enumerate(self.values.items()):
            style = {"color": f"C{i}", "linestyle": figures.DASHES[i], "marker": figures.MARKERS[i]}
            half = stats.t.ppf((1 + LEVEL) / 2, len(x) - 1) * stats.sem(x)
            ax.plot(self.layers, x.mean(0), label=name, **style)
            ax.fill_between(self.layers, x.mean(0) - half, x.mean(0) + half, color=f"C{i}", alpha=0.2, linewidth=0)
        ax.set(xlabel="layer", ylabel=self.quantity)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend()
        return ax

    def record(self) -> dict:
        """All of it as `polylib.runs.results.save` takes it."""
        values = {name: x.tolist() for name, x in self.values.items()}
        return {"quantity": self.quantity, "layers": self.layers, "values": values, "notes": list(self.notes)} | {
            "verdicts": {finding.title: finding.verdict for finding in self.findings}
        }


def relative_energies(survey: Survey) -> ByLayer:
    """Relative energy of every layer, all directions together, on text, on its words in random order, and of twins.

    Findings, at the survey's layers: whether order makes the model smoother, and whether it is smoother than its twins.
    """
    layers = list(range(survey.language.n_layers + 1))
    values, name = survey.energies, survey.language.name
    about = [
        less(f"The order of words makes paths of {name} smoother", survey, values, "shuffled words", WITHOUT_ORDER)
    ]
    if "twins" in values:
        about.append(
            less(f"Paths of {name} are smoother than its untrained twins'", survey, values, "twins", survey.null)
        )
    return ByLayer("relative energy (1: white noise)", layers, values, tuple(about), survey.parts.notes)


def least_energies(survey: Survey) -> ByLayer:
    """The least relative energy that a direction has, at the survey's layers, part by part.

    Each part is held out once, and the direction fitted to all others, so that fits share texts. The value in sample is
    too low, the one held out is what to report, that on the held-out words in random order says how much of it is a
    matter of text. `directions_of_least_energy` gives the directions themselves.
    """
    found = directions_of_least_energy(survey)
    values = {
        words: np.array([[getattr(one, part) for one in row] for row in found])
        for words, part in {"held out": "held_out", "shuffled words": "shuffled", "in sample": "in_sample"}.items()
    }
    title = f"The slowest directions of {survey.language.name} are slower on text than on a jumble of it"
    about = less(title, survey, values, "shuffled words", WITHOUT_ORDER, own="held out", layers=survey.layers)
    notes = [*survey.parts.notes, *{one.warning for one in found[0] if one.warning}]
    return ByLayer("least relative energy (1: white noise)", survey.layers, values, (about,), tuple(notes))


def directions_of_least_energy(survey: Survey) -> list[list[LeastEnergy]]:
    """For each part, held out, and each of the survey's layers."""
    text, mixed, n = survey.moments["text"], survey.moments["shuffled words"], survey.parts.n_parts
    found = []
    for part in range(n):
        others = [other for other in range(n) if other != part]
        pairs = text.moments(others), text.moments([part]), mixed.moments([part])  # (layers, ...) twice each
        count, layers = text.n_tokens(others), range(len(survey.layers))
        fits, held, jumble = ([(step[i], spread[i]) for i in layers] for step, spread in pairs)
        found.append([least_energy(fits[i], held_out=held[i], shuffled=jumble[i], n_tokens=count) for i in layers])
    return found


def less(
    title: str,
    survey: Survey,
    values: Mapping[str, Float[np.ndarray, "parts layers"]],
    than: str,
    null: str,
    *,
    own: str = "text",
    layers: Sequence[int] | None = None,
) -> Finding:
    """The finding that values of the kind `own` lie below those of the kind `than`, a row for each survey's layer.

    `layers` says which layers the columns are, by default all of the model.
    """
    finding = about_parts(title, survey, null, "relative energy")
    for layer in survey.layers:
        at = layer if layers is None else list(layers).index(layer)
        finding.less(values[own][:, at], values[than][:, at], layer=layer)
    return finding


def about_parts(title: str, survey: Survey, null: str, unit: str) -> Finding:
    """A finding about this network, its replicates the parts of the texts."""
    said = "parts of the texts" + (", each with another twin" if null == survey.null else "")
    return Finding(title, "a reader's own model", said, 1, "this network", null, unit, digits=1)
