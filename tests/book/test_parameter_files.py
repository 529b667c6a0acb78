"""A parameter file of chapter 6 runs to its end: tried with its numbers at a hundredth, on pictures made here."""

from pathlib import Path

import jupytext
import numpy as np
import papermill
import pytest
import yaml
from PIL import Image

ROOT = Path(__file__).parents[2]
# The others have the same cells run at other sizes, which is what is overridden here.
FILES = [ROOT / "book" / "parameters" / "06-resnet-vae-cifar-32-narrow.yml"]
SMALL = {"image_size": 32, "width": 8, "epochs": 2, "batch": 20, "n_projections": 10, "n_frames": 400, "ranks": "2 6"}
HERE = {
    "dataset": "folder",
    "device": "cpu",
    "compiled": False,
    "seeds": "0 1",
    "compare_with": "",
    "n_train": 60,
    "n_test": 40,
}


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


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_it_runs_to_its_end_and_keeps_a_file_a_network(file, pictures, tmp_path):
    asked = yaml.safe_load(file.read_text())
    own = {"data_folder": str(pictures), "runs_folder": str(tmp_path / "runs"), "results_folder": str(tmp_path)}
    own["rates"] = " ".join(asked["rates"].split()[:2])
    source, ran = tmp_path / "cells.ipynb", tmp_path / "ran.ipynb"
    jupytext.write(jupytext.read(ROOT / "notebooks" / "06-resnet-vae.py", fmt="py:percent"), source)
    papermill.execute_notebook(
        source,
        ran,
        asked | SMALL | HERE | own,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        cwd=ROOT / "notebooks",
    )
    kept = sorted(path.stem for path in tmp_path.glob("06-*.json"))
    assert len(kept) == 2 * 3  # two seeds, two rates and a twin
