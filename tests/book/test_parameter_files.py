"""Each parameter file of chapter 6 runs to its end: at a hundredth of its size, in this process, on made-up pictures.

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

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "book" / "parameters").glob("06-*.yml"))
SMALL = {"dataset": "folder", "compiled": False, "device": "cpu", "n_train": 60, "n_test": 40, "image_size": 16}
SMALL |= {"width": 8, "epochs": 2, "batch": 20, "n_projections": 10, "n_frames": 400, "ranks": "2 6", "seeds": "0 1"}
SMALL |= {"torchvision_model": "mobilenet_v3_small", "compare_with": ""}


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
    own = {"data_folder": str(pictures), "runs_folder": str(tmp_path / "runs"), "results_folder": str(tmp_path)}
    own["rates"] = " ".join(asked["rates"].split()[:2])
    monkeypatch.setattr(polylib.derivation, "Derivation", Silent)
    monkeypatch.setattr(polylib.derivation, "explore", lambda *_, **__: None)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    monkeypatch.chdir(ROOT / "notebooks")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = run(ROOT / "notebooks" / "06-resnet-vae.py", asked | SMALL | own)
    names["scratch"].cleanup()
    assert len(list(tmp_path.glob("06-*.json"))) == 2 * 3  # two seeds, two rates and a twin
