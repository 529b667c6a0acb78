"""One call for a network of one's own: every instrument on its layers and on those of untrained twins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn
from tqdm import tqdm

from polylib import validate
from polylib.representation.activations import stream
from polylib.representation.choice import chosen_layers, masked_layers
from polylib.representation.comparison import ENOUGH, Comparison, Pair
from polylib.representation.numbers_of_layers import Measures, Window, numbers_of_layers
from polylib.representation.pictures import PACKAGED, pictures
from polylib.representation.subjects import Subject, subject
from polylib.representation.twins import recalibrated, statistics_of, twin
from polylib.runs.sweep import sweep

Source = nn.Module | Callable[[], nn.Module] | str | Subject
_FEW = 2  # images of the pass that finds layers
_FAR = 10_000  # from the seed of a survey to its twins: networks are trained from seeds near it


def survey(
    networks: Source | Sequence[Source],
    images: Float[Tensor, "n channels height width"],
    *,
    layers: Sequence[str] | None = None,
    windows: Sequence[Window] | None = None,
    parts: int = 5,
    measured_anew: bool = False,
    seed: int = 0,
    device: str = "cpu",
    progress: bool = False,
    **measures: Any,
) -> Comparison:
    """Exponents, dimensions, bits and paths of the layers of `networks`, beside those of untrained twins.

    networks: one or several, each as `subject` takes it. Fewer than three are measured on `parts` disjoint parts of the
    `images`, each with a twin of its own; from three on each is measured on all images, with one twin. layers: names,
    of all networks; None: `chosen_layers` of the first. windows: pairs of ranks; None: three that all of these layers
    have, up to a third of the images of a part. measured_anew: the statistics of normalisation over `images`, as the
    twins have them; so are those of a network that has none. Where dropout reaches a layer, masks are on too, drawn
    from torch's random state. measures: reading, channel_axis, precision, first, frames, batch, as in `Measures`.
    Raises ValueError for no network, parts below 2, images too few for a window, and as the functions that this calls.
    """
    several = isinstance(networks, Sequence) and not isinstance(networks, str | nn.Module)
    found = [n if isinstance(n, Subject) else subject(n, seed=seed) for n in (networks if several else [networks])]
    if not found:
        raise ValueError("networks must be at least one, got none")
    ready = [_ready(one, images, device, measured_anew) for one in found]
    parts = 1 if len(found) >= ENOUGH else validate.integer("parts", parts, 2)
    how = _measures(ready[0].model, images, layers, windows, len(images) // parts, measures)
    pairs: list[list[Pair]] = [[] for _ in ready]
    for j, part in tqdm(_places(len(ready), parts), disable=not progress, desc="networks and twins"):
        pairs[j].append(_pair(ready[j], images, (part, parts), how, seed + _FAR + j * parts + part))
    return _compared(how, pairs, found, [one.normalisation for one in ready])


def survey_by_name(
    names: Sequence[str],
    source: str,
    *,
    folder: Path | str,
    scheduler: str | None = None,
    weights: Sequence[str] = (),
    size: int | None = None,
    n: int | None = None,
    imagenet: bool = False,
    layers: Sequence[str] | None = None,
    windows: Sequence[Window] | None = None,
    parts: int = 5,
    measured_anew: bool = False,
    seed: int = 0,
    device: str = "cpu",
    **measures: Any,
) -> Comparison:
    """`survey` of networks by their names, each pair kept in `folder` and not measured again; on workers, if so wished.

    names and weights are as `subject` takes them, one of each a network, or no weights; random ones are drawn by
    `seed`, the next network's by the next seed, so that a name may come several times; source, size, n and imagenet as
    `pictures` does. With the address of a Dask `scheduler` its workers share the pairs; they load networks and images
    themselves, so that `folder`, `source` and files of weights must be whole paths, which all of them see. Raises
    ValueError for relative ones, RuntimeError for results that are not to be seen from here or pairs that failed.
    """
    weights = list(weights) or [""] * len(names)
    if len(weights) != len(names) or not names:
        raise ValueError(f"weights must be as many as names, at least one, got {len(weights)} for {len(names)}")
    if scheduler:
        files = [w for w in weights if "." in w]
        for path in [str(folder), *files, *[source] * (source not in PACKAGED)]:
            if not Path(path).is_absolute():
                raise ValueError(f"with a scheduler paths must be whole, since workers run elsewhere, got {path!r}")
    shown = {"source": source, "size": size, "n": n, "imagenet": imagenet, "seed": seed}
    networks = [(name, weight, size, seed + j) for j, (name, weight) in enumerate(zip(names, weights, strict=True))]
    images = _images(shown)
    parts = 1 if len(names) >= ENOUGH else validate.integer("parts", parts, 2)
    found = [_named(network) for network in networks]
    first = _ready(found[0], images, device, measured_anew)
    how = _measures(first.model, images, layers, windows, len(images) // parts, measures)
    tasks = {
        f"network-{j}-part-{part}": {
            "network": networks[j],
            "images": shown,
            "part": (part, parts),
            "how": how,
            "twin_seed": seed + _FAR + j * parts + part,
            "measured_anew": measured_anew,
            "device": device,
        }
        for j, part in _places(len(names), parts)
    }
    swept = sweep(_task, tasks, folder, scheduler or None)
    pairs = [[swept[f"network-{j}-part-{part}"] for part in range(parts)] for j in range(len(names))]
    return _compared(how, pairs, found, [some[0]["normalisation"] for some in pairs])


@dataclass(frozen=True)
class _Ready:
    """A network on its device, its normalisation measured, and what makes its twins."""

    model: nn.Module
    subject: Subject
    normalisation: str


def _ready(found: Subject, images: Tensor, device: str, measured_anew: bool) -> _Ready:
    model, said = found.model.to(device), statistics_of(found.model)
    if said == "unmeasured" or (said == "stored" and measured_anew):
        return _Ready(recalibrated(model, _cast(images, model)), found, "measured over these images")
    return _Ready(model, found, "as stored" if said == "stored" else "without running statistics")


def _cast(images: Tensor, model: nn.Module) -> Tensor:
    """In the precision of the model's weights."""
    return images.to(next((p.dtype for p in model.parameters() if p.is_floating_point()), images.dtype))


def _measures(
    model: nn.Module, images: Tensor, layers: Any, windows: Any, samples: int, measures: dict[str, Any]
) -> Measures:
    """What to measure, where it is not said: which layers, windows that all have, which of them dropout reaches."""
    few = _cast(images[:_FEW], model).to(next(model.parameters()).device)
    reading, axis = measures.get("reading", "pooled"), measures.get("channel_axis")
    names = tuple(layers) if layers else tuple(chosen_layers(model, few, reading=reading))
    (shown,) = stream(model, [few], names, reading=reading, channel_axis=axis)
    last = int(min(0.7 * min(x.shape[1] for x in shown.values()), samples / 3))
    if not windows and last < 8:
        least = min(shown, key=lambda name: shown[name].shape[1])
        raise ValueError(
            "windows must be given where layers or images are few: they are to end at 0.7 of the units, "
            f"{shown[least].shape[1]} in {least}, and a third of the {samples} images of a part, got None"
        )
    windows = tuple(windows) if windows else ((1, last // 2), (1, last), (last // 4 + 1, last))
    masked = masked_layers(model, few, names, reading=reading, channel_axis=axis)
    return Measures(names, windows, masked=tuple(masked), **measures)


def _places(networks: int, parts: int) -> list[tuple[int, int]]:
    return [(j, part) for j in range(networks) for part in range(parts)]


def _pair(ready: _Ready, images: Tensor, part: tuple[int, int], how: Measures, twin_seed: int) -> Pair:
    """The layers of a network and of one twin, on one part of the images; statistics are over all of them."""
    images = _cast(images, ready.model)
    other = twin(ready.model, images, seed=twin_seed, fresh=ready.subject.fresh)
    some = images[part[0] :: part[1]]
    found = {who: numbers_of_layers(m, some, how) for who, m in (("network", ready.model), ("twin", other.model))}
    return found | {"rule": other.rule}


def _images(shown: dict[str, Any]) -> Tensor:
    settings = {key: shown[key] for key in ("size", "n", "imagenet")}
    return pictures(shown["source"], **settings, rng=np.random.default_rng(shown["seed"]))


def _named(network: tuple[str, str, int | None, int]) -> Subject:
    name, weights, size, seed = network
    return subject(name, weights=weights, size=size, seed=seed)


def _task(task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """One pair, from settings alone; what a worker does."""
    images = _images(task["images"])
    ready = _ready(_named(task["network"]), images, task["device"], task["measured_anew"])
    pair = _pair(ready, images, task["part"], task["how"], task["twin_seed"])
    return pair | {"normalisation": ready.normalisation}


def _compared(how: Measures, pairs: list[list[Pair]], found: list[Subject], norms: list[str]) -> Comparison:
    return Comparison(how, tuple(map(tuple, pairs)), tuple(one.said for one in found), tuple(norms))
