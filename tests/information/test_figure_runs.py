"""Networks of figure 1: what each goal gives, tasks that do not depend on one another, finished ones not made again."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from polylib.information import figure_runs
from polylib.information.figure_runs import (
    GOALS,
    PRINTED_CURVES,
    Setting,
    figure_curves,
    pooled,
    signs,
    trained,
    uniform,
)
from polylib.information.recipe import Phase, Recipe
from polylib.networks.dropout_network import Shape

pytestmark = pytest.mark.usefixtures("one_thread")
TINY = Recipe(hidden=(8, 8), phases=(Phase(40, 32, 1e-2),), folds=1, every=20, patience=None)
SETTING = Setting(Shape(width=6, groups=2, per_group=2), 0.2, 2000, 3e-3, 0, "float32", 2, 900, 40, TINY)


def test_goals_on_a_sample_by_hand():
    x = torch.tensor([[[-0.5, 0.0, 0.25]]])
    given = {name: None if goal is None else goal(x).flatten().tolist() for name, goal in GOALS.items()}
    assert given == {
        "untrained": None,
        "x": [-0.5, 0.0, 0.25],
        "signs": [-1, 1, 1],
        "digits": [0, 0, 1],
        "bits": [-0.5, 0.0, 0.25],
        "first": [-0.5, -0.5, -0.5],
        "two": [-0.5, 0.0, 0.0],
    }


def test_inputs_are_uniform_and_their_signs_fair_bits():
    x = uniform(2, 50_000, 3, torch.Generator().manual_seed(0), torch.float64)
    assert x.shape == (2, 50_000, 3)
    assert x.dtype == torch.float64
    assert float(x.abs().max()) <= 1
    assert float(x.mean()) == pytest.approx(0, abs=0.01)
    assert float(x.var()) == pytest.approx(1 / 3, abs=0.01)
    assert set(signs(x).unique().tolist()) == {-1.0, 1.0}
    assert float(signs(x).mean()) == pytest.approx(0, abs=0.01)


@pytest.fixture(scope="module")
def curves(tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("runs")
    return folder, figure_curves(SETTING, {"untrained": 2, "x": 2}, folder)


def test_every_layer_of_every_network_and_trial_is_there(curves):
    _, found = curves
    layers = len(SETTING.shape.read_layers)
    for goal in ("untrained", "x"):
        assert np.shape(found[goal]["bits"]) == (2, 2, layers)
        assert np.shape(found[goal]["floor"]) == np.shape(found[goal]["floor_error"]) == (2, layers)
        assert np.isfinite(found[goal]["floor"]).all()
    assert found["untrained"]["mse"] is None
    assert np.shape(found["x"]["mse"]) == (2, 3)
    assert found["x"]["bits"][0][0] != found["x"]["bits"][0][1]
    assert found["x"]["bits"][0] != found["x"]["bits"][1]


def test_training_on_x_lowers_the_error_and_lifts_the_floor(curves):
    _, found = curves
    assert np.max(found["x"]["mse"]) < 1 / 3  # of guessing 0
    assert np.min(np.array(found["x"]["floor"])[:, 0]) > np.max(np.array(found["untrained"]["floor"])[:, -1])


def test_what_is_finished_is_read_back(curves, monkeypatch):
    folder, found = curves
    monkeypatch.setattr(figure_runs, "critic_curves", None)
    assert figure_curves(SETTING, {"untrained": 2, "x": 2}, folder) == found


def test_another_setting_is_not_taken_for_this_one(curves):
    folder, _ = curves
    with pytest.raises(ValueError, match="must be of the task"):
        figure_curves(replace(SETTING, rate=0.3), {"x": 2}, folder)


def test_networks_of_a_goal_have_seeds_of_their_own(tmp_path):
    x, error = trained("x", 1, SETTING, tmp_path)
    first, _ = trained("first", 1, SETTING, tmp_path)
    drawn, none = trained("untrained", 1, SETTING, tmp_path)
    assert none is None
    assert len(error) == 1
    firsts = [nets.hidden.flatten() for nets in (x, first, drawn)]
    for i in range(3):
        assert not torch.equal(firsts[i], firsts[i - 1])
    assert SETTING.numbered("x") != SETTING.numbered("first")
    assert replace(SETTING, seed=1).numbered("untrained") == 100


@pytest.mark.parametrize(
    ("setting", "counts", "words"),
    [
        (SETTING, {"y": 1}, r"counts must be one of .*got 'y'"),
        (replace(SETTING, shape=Shape(inputs=2)), {"x": 1}, r"shape must have 3 inputs and 3 outputs, got 2, 3"),
    ],
)
def test_bad_input_is_refused(tmp_path, setting, counts, words):
    with pytest.raises(ValueError, match=words):
        figure_curves(setting, counts, tmp_path)


def test_runs_are_pooled_network_by_network_and_trials_averaged():
    one = {"x": {"bits": [[[1.0, 2.0], [3.0, 4.0]]], "floor": [[5.0, 6.0]]}}
    two = {"x": {"bits": [[[7.0, 8.0]], [[9.0, 10.0]]], "floor": [[1.0, 1.0], [2.0, 2.0]]}, "first": {"bits": []}}
    np.testing.assert_array_equal(pooled([one, two], "x", "bits"), [[2, 3], [7, 8], [9, 10]])
    np.testing.assert_array_equal(pooled([one, two], "x", "floor"), [[5, 6], [1, 1], [2, 2]])
    with pytest.raises(ValueError, match="goal must be in one of the runs, got 'two'"):
        pooled([one, two], "two", "bits")


def test_printed_curves_are_of_the_layers_that_the_figure_shows_and_rise_nine_times():
    assert {len(curve) for curve in PRINTED_CURVES.values()} == {len(Shape().read_layers)}
    assert Shape().read_layers == list(range(3, 61, 3))
    rises = np.flatnonzero(np.diff(PRINTED_CURVES["x"]) > 0)
    np.testing.assert_array_equal(rises, np.arange(1, 18, 2))  # over the dense layers between two dropouts
    assert np.nanmax(np.diff(PRINTED_CURVES["untrained"])) < 0
