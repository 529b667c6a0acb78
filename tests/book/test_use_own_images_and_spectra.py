"""One's own images, spectra and arrays on their pages arrive whole, or are refused before anything is measured."""

from urllib.error import URLError

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from committed import ROOT
from PIL import Image
from torchvision import models

from notebooks import read
from polylib import information

CELLS = {
    "use-image-model": 4,
    "use-spectrum": 5,
    "use-arrays": 4,
}  # install, parameters, setup, and what takes the input


def run(page, **changes):
    """The page's cells up to that which takes the input, with what papermill would put in."""
    sources = [c.source for c in read(ROOT / "notebooks" / f"{page}.py").cells if c.cell_type == "code"][
        1 : CELLS[page]
    ]
    namespace = {}
    with plt.rc_context():
        for number, source in enumerate(sources):
            exec(compile(source, f"cell {number + 2}", "exec"), namespace)
            namespace |= changes if number == 0 else {}
    return namespace


def pictures(folder, classes=("cat", "dog"), sides=((8, 8), (8, 8))):
    rng = np.random.default_rng(0)
    for name in classes:
        (folder / name).mkdir(parents=True)
        for index, side in enumerate(sides):
            pixels = rng.integers(0, 256, (*side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{index}.png")


def test_images_of_ones_own_arrive(tmp_path, capsys):
    pictures(tmp_path / "own", sides=((8, 8), (9, 12), (20, 10)))
    found = run("use-image-model", images=str(tmp_path / "own"), n_images=4, n_train=2, image_size=16)
    assert found["shown"].shape == (4, 3, 16, 16) and len(found["known"]) == 2
    assert capsys.readouterr().out.startswith("4 images of ")


@pytest.mark.parametrize(
    ("make", "changes", "error", "said"),
    [
        (lambda f: f.mkdir(), {}, FileNotFoundError, r"a folder with pictures \(.*\), got none in"),
        (lambda f: None, {}, FileNotFoundError, "images must be a folder that is there"),
        (lambda f: pictures(f, ("train",)), {}, ValueError, "with several classes, .* got one class, 'train'"),
        (lambda f: pictures(f, sides=((8, 8), (8, 9))), {"image_size": 0}, ValueError, "size must be given where"),
        (lambda f: pictures(f), {"n_images": 9}, ValueError, r"n must be at most the 4 images that there are, got 9"),
        (
            lambda f: pictures(f),
            {"models": "microsoft/resnet-50"},
            ValueError,
            "a name on a hub: load it with the hub's",
        ),
        (
            lambda f: None,
            {"models": "resnet18", "runs_folder": "runs", "scheduler": "tcp://a:1"},
            ValueError,
            "a whole path",
        ),
        (lambda f: pictures(f), {"models": "resnet19"}, ValueError, "model must be one of torchvision's"),
        (lambda f: pictures(f), {"models": "nets:mine"}, ValueError, "as package.module:function, got 'nets:mine'"),
    ],
)
def test_images_and_models_that_cannot_be_used(tmp_path, make, changes, error, said):
    make(tmp_path / "own")
    given = {"images": str(tmp_path / "own"), "n_images": 4, "n_train": 0}
    with pytest.raises(error, match=said):
        run("use-image-model", **(given | changes))


def test_published_weights_that_a_hub_has_and_this_machine_has_not(tmp_path, monkeypatch):
    pictures(tmp_path / "own")
    own = models.get_model

    def offline(name, weights=None, **settings):
        if weights:
            raise URLError("no route to host")
        return own(name, weights=weights, **settings)

    monkeypatch.setattr(models, "get_model", offline)
    with pytest.raises(ValueError, match=r"could not fetch: .*; fetch them where there is a network and name the file"):
        run("use-image-model", images=str(tmp_path / "own"), n_images=4, models="resnet18", weights="DEFAULT")


SAMPLES = np.random.default_rng(0).standard_normal((60, 12)) @ np.random.default_rng(1).standard_normal((12, 12))


def changed(place, value):
    found = SAMPLES.copy()
    found[place] = value
    return found


def test_a_model_that_is_named_twice_has_other_weights(tmp_path):
    pictures(tmp_path / "own")
    given = {"images": str(tmp_path / "own"), "n_images": 4, "models": "squeezenet1_1 squeezenet1_1"}
    one, other = (network.model for network in run("use-image-model", **given)["networks"])
    assert not any(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True) if a.ndim > 1)


@pytest.mark.parametrize("name", ["own.npy", "own.npz", "own.csv", "named.csv"])
def test_samples_of_ones_own_arrive(tmp_path, name):
    path = tmp_path / name
    write = {
        "own.npy": lambda: np.save(path, SAMPLES),
        "own.npz": lambda: np.savez(path, SAMPLES),
        "own.csv": lambda: np.savetxt(path, SAMPLES, delimiter=","),
        "named.csv": lambda: pd.DataFrame(SAMPLES).add_prefix("unit ").to_csv(path, index=False),
    }
    write[name]()
    assert run("use-spectrum", file=str(path), windows="1-6", draws=0)["read"].eigenvalues.size == 12


def test_windows_are_pairs_of_ranks(tmp_path):
    np.save(tmp_path / "own.npy", SAMPLES)
    with pytest.raises(ValueError, match=r'windows must be pairs of ranks, such as "1-10 1-20", got \'1 to 6\''):
        run("use-spectrum", file=str(tmp_path / "own.npy"), windows="1 to 6")


def test_arrays_of_ones_own_arrive_with_their_groups(tmp_path, monkeypatch):
    np.savez(tmp_path / "both.npz", x=SAMPLES, y=SAMPLES[:, :1])
    (tmp_path / "who.csv").write_text("who\n" + "ann\nbob\ncid\ndan\n" * 15)
    monkeypatch.setattr(information, "between", lambda *arrays, **how: (arrays, how))
    files = {f"{name}_file": f"{tmp_path / 'both.npz'}:{name}" for name in "xy"}
    (x, y), how = run("use-arrays", **files, groups_file=str(tmp_path / "who.csv"))["found"]
    assert np.array_equal(x, SAMPLES) and np.array_equal(y, SAMPLES[:, :1])
    assert how["groups"].tolist() == ["ann", "bob", "cid", "dan"] * 15
    with pytest.raises(ValueError, match=r"both files must be given, got '' and 'y\.npy'"):
        run("use-arrays", y_file="y.npy")


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        (changed((slice(None), 3), 1.0), "samples", "vary in every column, got 1 constant ones, the first is column 3"),
        (changed((5, 2), np.nan), "samples", r"finite, got nan or infinity 1 times, first at \(5, 2\)"),
        (SAMPLES[:1], "samples", r"at least 20 rows, 4 for each part, got shape \(1, 12\)"),
        (np.arange(1.0, 20), "eigenvalues", "stand largest first, got 1 and then 2 at rank 2; turn or sort them"),
        (
            np.sort(SAMPLES, axis=0),
            "samples",
            r"rows that correlate at .* with the next: say in_order=True for a series",
        ),
    ],
)
def test_samples_and_eigenvalues_that_cannot_be_used(tmp_path, values, kind, said):
    np.save(tmp_path / "own.npy", values)
    with pytest.raises(ValueError, match=said):
        run("use-spectrum", file=str(tmp_path / "own.npy"), kind=kind)
