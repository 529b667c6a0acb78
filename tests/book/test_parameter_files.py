"""Each parameter file runs to its end: at a hundredth of its size, in this process, on what needs no network.

What a file asks for is kept, but for what makes it large, `SMALL`, and for where things lie. The derivations of a
chapter do not depend on its parameters and are checked where the chapter is run, so that here they are silent. All else
runs, assertions too, and what ends a cell is shown.
"""

import ast
import warnings
from pathlib import Path

import jupytext
import matplotlib.pyplot as plt
import numpy as np
import pytest
import sympy
import yaml
from PIL import Image

import polylib.derivation
from polylib.runs import results

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "book" / "parameters").glob("*.yml"))
LANGUAGE = {"model": "smollm2-135m", "corpus": "lee", "corpus_config": "", "device": "cpu", "every": 15}
NINE = {"device": "cpu", "n_networks": 2, "n_others": 2, "groups": 2, "width": 8, "samples": 300, "code_samples": 300}
NINE |= {"critic_samples": 1000, "decoder_steps": 10, "trials": 1, "ground_tasks": 1, "printed_recipe": False}
NINE |= {"code_sets": "rate 0.1 0.5; width 4; depth 1; load 1", "compare_with": ""}
SMALL = {
    "01": {"n_features": 40, "n_hidden": 4, "n_instances": 3, "n_repeats": 3, "steps": 300, "device": "cpu"},
    "04": {"n_samples": 300, "n_units": 80, "n_repeats": 3, "n_networks": 3, "epochs": 2},
    "06": {"dataset": "folder", "compiled": False, "device": "cpu", "n_train": 60, "n_test": 40, "image_size": 16}
    | {"width": 8, "epochs": 2, "batch": 20, "n_projections": 10, "n_frames": 400, "ranks": "2 6", "seeds": "0 1"}
    | {"torchvision_model": "mobilenet_v3_small", "compare_with": ""},
    "07": LANGUAGE
    | {"n_passages": 12, "n_null": 4, "n_draws": 3, "n_draw": 1, "n_tokens": 24, "long_tokens": 48}
    | {"n_directions": 60, "least_characters": 1, "passage": 1},
    "08": LANGUAGE
    | {"reader": "", "n_fit": 10, "n_parts": 2, "n_passages": 10, "n_tokens": 64, "n_directions": 2}
    | {"n_best": 2, "factors": "50", "window": 8, "n_windows": 2, "n_neurons": 2, "writers": "table", "passage": 1},
    "09-mine-coverage": NINE | {"coverage_draws": 10},
    "09-mine-known": NINE,
    "09-mine-paper": NINE,
    "use-image-model": {"models": "mobilenet_v3_small", "image_size": 32, "n_images": 200},
    "use-spectrum": {"sizes": "500x60 600x150"},
}
"""what makes a run small, by the beginning of its notebook's name"""


class Silent:
    """A derivation that checks nothing; its lemmas are 0."""

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, name):
        return lambda *_, **__: lambda *_, **__: sympy.Integer(0)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for part, n in (("train", 80), ("test", 50)):
        for i in range(n):
            place = folder / part / f"class-{i % 2}"
            place.mkdir(parents=True, exist_ok=True)
            coarse = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
            coarse.resize((32, 32), Image.Resampling.BICUBIC).save(place / f"{i}.jpg")
    return folder


def run(notebook, asked):
    """The names of a notebook after its code cells, with these parameters, each cell's last value shown as text."""
    cells = [c for c in jupytext.read(notebook, fmt="py:percent").cells if c.cell_type == "code"]
    names = {"__name__": "__main__", "display": lambda *shown: [repr(one) for one in shown]}
    for cell in cells[1:]:
        *body, last = ast.parse(cell.source).body
        if not isinstance(last, ast.Expr):
            body, last = [*body, last], None
        exec(compile(ast.Module(body, []), cell.source, "exec"), names)
        if last:
            repr(eval(compile(ast.Expression(last.value), cell.source, "eval"), names))
        if "parameters" in cell.metadata.get("tags", []):
            names |= asked
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_it_runs_to_its_end(file, pictures, tmp_path, monkeypatch):
    asked = yaml.safe_load(file.read_text())
    (notebook,) = (p for p in (ROOT / "notebooks").glob("*.py") if file.stem.startswith(p.stem))
    (small,) = (small for start, small in SMALL.items() if file.stem.startswith(start))
    own = {"data_folder": str(pictures), "runs_folder": str(tmp_path / "runs"), "results_folder": str(tmp_path)}
    own |= {"rates": " ".join(asked.get("rates", "").split()[:2])}
    before = {path.name: path.read_bytes() for path in results.folder().glob("*.json")}
    for name, content in before.items():  # what other runs left can be read, and nothing is written there
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(results, "folder", lambda: tmp_path)
    monkeypatch.setattr(polylib.derivation, "Derivation", Silent)
    monkeypatch.setattr(polylib.derivation, "explore", lambda *_, **__: None)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    monkeypatch.chdir(ROOT / "notebooks")
    declared = results.declared(file.stem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = run(notebook, asked | {name: value for name, value in (small | own).items() if name in declared})
    if "scratch" in names:
        names["scratch"].cleanup()
    kept = [path.stem for path in tmp_path.glob("*.json") if path.read_bytes() != before.get(path.name)]
    assert file.stem in kept or len(kept) == 2 * 3 + 1  # chapter 6: two seeds, two rates and a twin; pixels alone
