"""Kinds of directions: each is what it is called, and new with each draw only where it is random."""

import numpy as np
import pytest

from polylib.explanation.kinds import KINDS, Kinds


def moments(units=8, layers=2, seed=0):
    """Covariances, and step moments of paths that are slow along some directions."""
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((layers, units, units))
    covariances = mixing @ mixing.transpose(0, 2, 1) + 0.1 * np.eye(units)
    steps = np.stack([m @ np.diag(rng.uniform(0.1, 1, units)) @ m.T for m in mixing]) + 0.01 * np.eye(units)
    return steps, covariances


@pytest.fixture(scope="module")
def drawn():
    steps, covariances = moments()
    found = Kinds(steps, covariances, 3).draw(np.random.default_rng(1))
    return steps, covariances, dict(zip(KINDS, np.split(found, 5, axis=2), strict=True))


def test_all_are_unit_vectors(drawn):
    for u in drawn[2].values():
        assert u.shape == (2, 8, 3)
        np.testing.assert_allclose(np.linalg.norm(u, axis=1), 1, rtol=1e-6)


def test_each_kind_is_what_it_is_called(drawn):
    steps, covariances, kinds = drawn
    for layer in range(2):
        axes, slow = kinds["PCA axis"][layer], kinds["slow"][layer]
        values = np.sort(np.linalg.eigvalsh(covariances[layer]))[::-1][:3]
        np.testing.assert_allclose(np.diag(axes.T @ covariances[layer] @ axes), values)
        quotients = np.diag(slow.T @ steps[layer] @ slow) / np.diag(slow.T @ covariances[layer] @ slow)
        all_of = np.linalg.eigvals(np.linalg.solve(covariances[layer], steps[layer])).real
        np.testing.assert_allclose(quotients, np.sort(all_of)[:3], rtol=1e-6)
        units = kinds["single unit"][layer]
        assert sorted(units.ravel()) == [0.0] * 21 + [1.0] * 3
        assert (units.sum(1) <= 1).all()
        loudness = np.sqrt(np.diag(covariances[layer]))[:, None]
        blend = kinds["random"][layer] / loudness
        np.testing.assert_allclose(
            kinds["random, units alike"][layer], blend / np.linalg.norm(blend, axis=0), rtol=1e-6
        )


def test_only_what_is_random_changes_from_draw_to_draw():
    kinds = Kinds(*moments(), 2)
    one, same, other = (kinds.draw(np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(one[..., 4:8], other[..., 4:8])
    assert not np.allclose(one[..., :2], other[..., :2])


def test_what_it_refuses():
    steps, covariances = moments()
    with pytest.raises(ValueError, match="n must be a whole number of at least 1, got 0"):
        Kinds(steps, covariances, 0)
    silent = covariances.copy()
    silent[1, 2] = silent[1, :, 2] = 0
    with pytest.raises(ValueError, match=r"covariances must have a variance above 0 for each unit, got 0\.0"):
        Kinds(steps, silent, 2)
