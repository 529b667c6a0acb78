"""Known ground: every exact value against a numeric computation that does not know its formula."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from polylib.information import benchmark as known_ground
from polylib.information import tasks as ground
from polylib.theory.channel import mutual_information

TASKS = {task.name: task for task in known_ground.known_ground()}


def log_ratio(joint, x_law, y_law, x, y):
    """Mean of log2 p(x, y) / p(x) p(y) over samples, and its standard error."""
    terms = (joint.logpdf(np.hstack([x, y])) - x_law.logpdf(x) - y_law.logpdf(y)) / np.log(2)
    return terms.mean(), terms.std() / np.sqrt(len(terms))


@pytest.mark.parametrize("covariance", [ground.equicorrelated(10, 0.5), ground.paired(5, [0.8, -0.3])])
def test_gaussians_against_the_mean_log_density_ratio(covariance):
    task = ground.gaussian("", covariance, 4)
    x, y = task.draw(50_000, np.random.default_rng(0))
    laws = [stats.multivariate_normal(cov=c) for c in (covariance, covariance[:4, :4], covariance[4:, 4:])]
    mean, error = log_ratio(*laws, x, y)
    assert task.bits == pytest.approx(mean, abs=4 * error)
    np.testing.assert_allclose(np.cov(np.hstack([x, y]).T), covariance, atol=0.04)


@pytest.mark.parametrize(("freedom", "correlation"), [(1, 0.0), (2, 0.5), (7.5, 0.9)])
def test_student_against_the_mean_log_density_ratio(freedom, correlation):
    shape = ground.equicorrelated(5, correlation)
    task = ground.student("", shape, 2, freedom)
    x, y = task.draw(50_000, np.random.default_rng(0))
    laws = [stats.multivariate_t(shape=s, df=freedom) for s in (shape, shape[:2, :2], shape[2:, 2:])]
    mean, error = log_ratio(*laws, x, y)
    assert task.bits == pytest.approx(mean, abs=4 * error)


@pytest.mark.parametrize("noise", [0.01, 0.1, 0.5, 0.75, 3.0])
def test_additive_noise_against_the_entropy_of_its_trapezium(noise):
    """h(X + N) - h(N), the first by quadrature over the density of the sum."""

    def density(y):
        return (min(1, y + noise) - max(0, y - noise)) / (2 * noise)

    edges = sorted({-noise, noise, 1 - noise, 1 + noise})
    h = sum(quad(lambda y: -density(y) * np.log2(density(y)), a, b)[0] for a, b in pairwise(edges))
    assert ground.additive_uniform(noise).bits == pytest.approx(h - np.log2(2 * noise), rel=1e-7)


def counted(task, bins, n=200_000):
    """Information of the histogram of samples, less the first-order bias of its occupied cells."""
    x, y = (
        np.unique(v, axis=0, return_inverse=True)[1].ravel() for v in map(bins, task.draw(n, np.random.default_rng(0)))
    )
    table = np.zeros((x.max() + 1, y.max() + 1))
    np.add.at(table, (x, y), 1 / n)
    rows = table.sum(1)
    cells = (table > 0).sum() - len(rows) - table.shape[1] + 1
    return mutual_information(rows, table / rows[:, None]) - cells / (2 * n * np.log(2))


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if not task.continuous])
def test_channels_against_a_histogram_of_their_samples(name):
    bins = (lambda v: np.floor(64 * v)) if "quantiser" in name else (lambda v: v)
    assert counted(TASKS[name], bins) == pytest.approx(TASKS[name].bits, abs=0.01)


@pytest.mark.parametrize("count", [2, 8, 10])
def test_cells_against_a_histogram_of_their_samples(count):
    assert counted(ground.cells(count), lambda v: np.floor(count * v)) == pytest.approx(np.log2(count), abs=0.01)


@pytest.mark.parametrize("name", TASKS)
def test_draws_have_rows_repeat_with_their_generator_and_vary(name):
    (x, y), (again, _), (other, _) = (TASKS[name].draw(40, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert x.ndim == y.ndim == 2 and len(x) == len(y) == 40
    assert np.array_equal(x, again)
    assert not np.array_equal(x, other)
    assert np.isfinite(x).all() and np.isfinite(y).all()


@pytest.mark.parametrize("of", [known_ground.half_cube, known_ground.wiggly, np.arcsinh, lambda v: v**3])
def test_images_can_be_undone(of):
    v = np.linspace(-20, 20, 100_001)
    assert (np.diff(of(v)) > 0).all()


def test_bad_tasks_are_refused():
    with pytest.raises(ValueError, match="covariance must be symmetric and positive definite"):
        ground.gaussian("", np.array([[1.0, 2.0], [2.0, 1.0]]), 1)
    with pytest.raises(ValueError, match="covariance must be symmetric and positive definite"):
        ground.gaussian("", np.array([[1.0, 0.5], [0.0, 1.0]]), 1)
    with pytest.raises(ValueError, match="x_width must be in 1 to 1, got 2"):
        ground.gaussian("", np.eye(2), 2)
    with pytest.raises(ValueError, match="freedom must be positive, got 0"):
        ground.student("", np.eye(2), 1, 0)
    with pytest.raises(ValueError, match="count must not be a multiple of 3, got 6"):
        ground.cells(6)
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got 1.5"):
        ground.binary_erasure(1.5)
