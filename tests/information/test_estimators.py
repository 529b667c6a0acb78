"""Estimates of mutual information: known values, many as one, stopped and resumed, refused; laws of information."""

import inspect
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from polylib.information import estimators as mine
from polylib.information import training as critic_training
from polylib.information.critics import ESTIMATORS
from polylib.information.recipe import Phase, Recipe
from polylib.information.tasks import binary_erasure, dropout, equicorrelated, gaussian, paired, quantiser

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = Recipe(hidden=(16, 16), phases=(Phase(400, 128, 1e-2),), weight_decay=0.1, folds=2, every=25, patience=6)
TINY = replace(SMALL, phases=(Phase(100, 32, 1e-2), Phase(50, 64, 1e-3)))


def draw(task, n=2000, seed=0):
    return task.draw(n, np.random.default_rng(seed))


PAIR = gaussian("pair", paired(1, [0.75]), 1)
DENSE = gaussian("dense", equicorrelated(6, 0.5), 3)


@pytest.mark.parametrize("estimator", [*ESTIMATORS, "ksg", "cca"])
@pytest.mark.parametrize("task", [PAIR, DENSE], ids=lambda t: t.name)
def test_gaussians_are_read(estimator, task):
    found = mine.estimate(*draw(task), estimator, recipe=SMALL)
    low, high = (-0.1, 0.02) if estimator in ESTIMATORS else (-0.03, 0.03)
    assert low - 2 * found.standard_error < found.bits - task.bits < high + 2 * found.standard_error
    if estimator in ESTIMATORS:  # up to what is read on samples that were trained on
        assert found.bits - found.interval[0] == pytest.approx(1.96 * found.standard_error)
        assert found.interval[1] - found.bits >= 1.96 * found.standard_error * (1 - 1e-9)


@pytest.mark.parametrize(
    ("task", "short"),
    [(binary_erasure(0.5), 0.05), (dropout(4, 0.2), 0.1), (quantiser(2), 0.3)],
    ids=["erasure", "dropout", "quantiser"],
)
def test_channels_are_read(task, short):
    """The quantiser's steps are steep: its critic stays further below the truth than others do."""
    found = mine.estimate(*draw(task), recipe=SMALL)
    assert -short < found.bits - task.bits < 2 * found.standard_error


@pytest.fixture(scope="module")
def repeats():
    """48 draws of 1,000 samples, estimated in one run."""
    draws = [draw(PAIR, 1000, seed) for seed in range(48)]
    recipe = replace(SMALL, phases=(Phase(300, 128, 1e-2),), folds=5)
    return mine.estimate_many(*zip(*draws, strict=True), recipe=recipe)


def test_the_interval_covers_the_truth_as_often_as_it_says(repeats):
    """Binomial: 95 % of 48 is 45.6, and less than 42 has a probability of 2 %."""
    covered = sum(r.interval[0] <= PAIR.bits <= r.interval[1] for r in repeats)
    assert covered >= 42
    mean, spread = np.mean([r.bits for r in repeats]), np.std([r.bits for r in repeats], ddof=1)
    assert -0.06 < mean - PAIR.bits < 0.02
    assert np.mean([r.standard_error for r in repeats]) == pytest.approx(spread, rel=0.3)


def test_what_an_estimate_says_of_itself(repeats):
    for r in repeats[:3]:
        assert r.n_test == 1000
        assert r.ceiling == math.log2(200)
        assert r.history.shape[0] == 5
        assert 0 < r.steps <= 300
        assert r.seconds > 0


@pytest.mark.parametrize("estimator", ["mine", "infonce"])
def test_together_is_one_by_one(estimator):
    """Tasks of different widths, that stop at different steps; in float64, whose rounding 150 steps leave small."""
    draws = [tuple(map(torch.from_numpy, draw(t, 400, 3))) for t in (PAIR, DENSE, binary_erasure(0.5))]
    together = mine.estimate_many(*zip(*draws, strict=True), estimator, seed=[5, 6, 7], recipe=TINY)
    for pair, seed, batch in zip(draws, (5, 6, 7), together, strict=True):
        alone = mine.estimate(*pair, estimator, seed=seed, recipe=TINY)
        assert batch.bits == pytest.approx(alone.bits, abs=1e-6)
        assert batch.standard_error == pytest.approx(alone.standard_error, rel=1e-6)
        np.testing.assert_allclose(batch.history, alone.history, atol=1e-6)


def test_seeds_decide():
    x, y = draw(PAIR, 400)
    first, again, other = (mine.estimate(x, y, seed=seed, recipe=TINY) for seed in (1, 1, 2))
    assert first.bits == again.bits != other.bits
    two = mine.estimate_many([x, x], [y, y], seed=1, recipe=TINY)
    assert two[0].bits != two[1].bits


def test_a_killed_run_goes_on_to_the_same_numbers(tmp_path, monkeypatch):
    draws = [draw(PAIR, 400, seed) for seed in range(3)]
    xs, ys = zip(*draws, strict=True)
    whole = mine.estimate_many(xs, ys, recipe=TINY)
    look, path = critic_training._look, tmp_path / "run.npz"

    def killed(critics, state):
        if state.step >= 125:
            raise KeyboardInterrupt
        look(critics, state)

    monkeypatch.setattr(critic_training, "_look", killed)
    monkeypatch.setattr(critic_training, "LOOKS", 1)
    with pytest.raises(KeyboardInterrupt):
        mine.estimate_many(xs, ys, recipe=TINY, checkpoint=path)
    assert path.is_file()
    monkeypatch.setattr(critic_training, "_look", look)
    resumed = mine.estimate_many(xs, ys, recipe=TINY, checkpoint=path)
    read_again = mine.estimate_many(xs, ys, recipe=TINY, checkpoint=path)
    for a, b, c in zip(whole, resumed, read_again, strict=True):
        assert a.bits == b.bits == c.bits
        assert a.interval == b.interval == c.interval
        np.testing.assert_array_equal(a.history, b.history)
    for change, named in (
        ({"estimator": "nwj"}, "estimator 'mine' there and 'nwj' here"),
        ({"recipe": replace(TINY, tau=4.0)}, "tau 5.0 there and 4.0 here"),
        ({"seed": [1, 2, 3]}, "seeds .*"),
        ({"ys": xs}, "y .*"),
    ):
        with pytest.raises(ValueError, match=rf"run\.npz must be of the same run, got {named}"):
            mine.estimate_many(**{"xs": xs, "ys": ys, "recipe": TINY, "checkpoint": path} | change)


def test_processing_loses_information_and_copies_add_none():
    """x -> y -> sign of y; and (y, y) tells what y tells."""
    x, y = draw(DENSE)
    whole, signs, twice = mine.estimate_many([x] * 3, [y, np.sign(y), np.hstack([y, y])], seed=[0] * 3, recipe=SMALL)
    assert signs.bits < whole.interval[0]
    assert twice.bits == pytest.approx(whole.bits, abs=3 * whole.standard_error)


def test_independent_pairs_add_up_and_independent_ones_have_none():
    (a, b), (c, d) = draw(PAIR, seed=1), draw(PAIR, seed=2)
    xs, ys = [a, c, np.hstack([a, c]), a], [b, d, np.hstack([b, d]), d]
    first, second, both, none = mine.estimate_many(xs, ys, recipe=SMALL)
    error = math.hypot(first.standard_error, second.standard_error, both.standard_error)
    assert both.bits == pytest.approx(first.bits + second.bits, abs=0.1 + 3 * error)
    assert none.interval[0] <= 0 <= none.interval[1] + 0.02


@pytest.mark.parametrize("estimator", ["dv", "mine", "infonce"])
def test_a_variable_tells_of_itself_what_the_ceiling_allows(estimator):
    x, _ = draw(quantiser(1), 1000)
    found = mine.estimate(x, x, estimator, recipe=replace(SMALL, negatives=3 if estimator == "infonce" else None))
    assert found.bits <= found.ceiling
    if estimator == "infonce":
        assert found.ceiling == 2
    else:
        assert found.bits > 3


def test_the_printed_recipe_is_expressed():
    assert sum(p.steps for p in mine.PRINTED.phases) == 5000
    x, y = draw(PAIR, 600)
    recipe = replace(mine.PRINTED, phases=(Phase(40, 64, 1e-3), Phase(20, 128, 1e-4)))
    found = mine.estimate(x, y, "dv", recipe=recipe)
    assert (found.steps, found.n_test, found.history.shape) == (60, 50, (1, 2))


def test_torch_keeps_its_precision_and_units_do_not_matter():
    x, y = (torch.from_numpy(v) for v in draw(PAIR, 400))
    double = mine.estimate(x, y, recipe=TINY)
    single = mine.estimate(x.float() * 1e3 - 7, y.float() * 1e-3, recipe=TINY)
    assert double.bits == pytest.approx(single.bits, abs=0.03)


def test_divergence_is_an_error_that_says_where():
    x, y = draw(PAIR, 400)
    recipe = replace(TINY, phases=(Phase(100, 32, 1e30),))
    with pytest.raises(FloatingPointError, match=r"the bound of layer 7 is no longer finite at step [0-9]+: try lower"):
        mine.estimate_many([x], [y], "nwj", names=["layer 7"], recipe=recipe)


@pytest.mark.parametrize("what", ["flat", "square"])
def test_a_weight_or_moment_that_is_not_finite_is_an_error_and_the_checkpoint_before_goes_on(
    tmp_path, monkeypatch, what
):
    """Spoilt in the last step before a look at the validation samples."""
    x, y = draw(PAIR, 400)
    whole, path, ascend = mine.estimate(x, y, recipe=TINY), tmp_path / "run.npz", critic_training._ascend

    def spoiling(critics, state, *rest):
        ascend(critics, state, *rest)
        if state.step == 75:
            getattr(state, what)[1, 3] = math.inf

    monkeypatch.setattr(critic_training, "LOOKS", 1)
    with monkeypatch.context() as patched:
        patched.setattr(critic_training, "_ascend", spoiling)
        with pytest.raises(FloatingPointError, match="the bound of task 0 is no longer finite at step 75"):
            mine.estimate(x, y, recipe=TINY, checkpoint=path)
    resumed = mine.estimate(x, y, recipe=TINY, checkpoint=path)
    assert resumed.interval == whole.interval
    np.testing.assert_array_equal(resumed.history, whole.history)


def test_a_value_that_is_not_finite_is_an_error(monkeypatch):
    x, y = draw(PAIR, 400)
    read = mine.read
    monkeypatch.setattr(mine, "read", lambda *a: (read(*a)[0] * math.nan, read(*a)[1]))
    with pytest.raises(FloatingPointError, match=r"of task 0 is no longer finite at step \d+, on the test samples"):
        mine.estimate(x, y, recipe=TINY)


X = np.random.default_rng(0).standard_normal((200, 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimator": "mint"}, "estimator must be one of dv, mine, infonce, nwj, smile, ksg, cca, got 'mint'"),
        ({"xs": []}, "xs and ys must have one entry for each task, got 0 and 1"),
        ({"xs": [X[:, 0]]}, r"x of task 0 must have shape \(samples, columns\), got \(200,\)"),
        ({"ys": [X[:100]]}, "x and y must have one number of samples, precision and device in all tasks"),
        ({"ys": [np.where(X > 2, np.nan, X)]}, "y of task 0 must be finite everywhere"),
        ({"ys": [X * [1, 0]]}, r"y of task 0 must vary in every column, got one value in columns \[1\]"),
        ({"seed": [0, 1]}, "seed and names must have one entry for each of 1 tasks"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"xs": [X[:30]], "ys": [X[:30]]}, "x and y must have more samples: 30 give 18 to train, where a batch has 64"),
    ],
)
def test_bad_input_is_refused(change, message):
    arguments = {"xs": [X], "ys": [X], "recipe": TINY} | change
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(mine.estimate_many)(**arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": ()}, "hidden and phases must not be empty"),
        ({"hidden": (0,)}, r"hidden\[0\] must be a whole number of at least 1, got 0"),
        ({"phases": (Phase(0, 2, 1.0),)}, r"phases\[0\].steps must be a whole number of at least 1, got 0"),
        ({"phases": (Phase(1, 2, 0.0),)}, r"phases\[0\].learning_rate must be positive, got 0"),
        ({"test": 0.6, "validation": 0.5}, "test \\+ validation must be below 1 and folds \\* test at most 1"),
        ({"folds": 6}, "folds \\* test at most 1, got test 0.2, validation 0.2, folds 6"),
        ({"tau": 0.0}, "tau must be positive, got 0"),
        ({"ema_rate": 1.0}, r"ema_rate must be in \(0, 1\), got 1.0"),
        ({"scale": "none"}, "scale must be one of normal scores, standard, got 'none'"),
        ({"patience": 0}, "patience must be a whole number of at least 1, got 0"),
    ],
)
def test_a_bad_recipe_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(Recipe.__post_init__)(_bare(change))


def _bare(change):
    """A recipe that nobody has checked."""
    recipe = object.__new__(Recipe)
    for name, value in (vars(Recipe()) | change).items():
        object.__setattr__(recipe, name, value)
    return recipe
