"""A direction is judged where it was not fitted; noise shows what fitting alone pretends."""

import numpy as np
import pytest

from polylib.language.least_energy import ENOUGH, least_energy
from polylib.language.slow_directions import relative_energy

UNITS = 30


def moments(paths):
    """Step moment and covariance of paths (passages, tokens, units)."""
    x, d = paths.reshape(-1, UNITS), np.diff(paths, axis=1).reshape(-1, UNITS)
    return d.T @ d / 2 / len(d), np.cov(x.T, bias=True)


def noise(seed, passages, tokens=20):
    return np.random.default_rng(seed).normal(size=(passages, tokens, UNITS))


def with_a_slow_unit(seed, passages, rho=0.9):
    paths = noise(seed, passages)
    for t in range(1, paths.shape[1]):
        paths[:, t, 7] = rho * paths[:, t - 1, 7] + np.sqrt(1 - rho**2) * paths[:, t, 7]
    return paths


@pytest.mark.parametrize("passages", [4, 8, 40])
def test_noise_is_as_rough_elsewhere_as_noise_is(passages):
    found = least_energy(
        moments(noise(0, passages)),
        held_out=moments(noise(1, 400)),
        shuffled=moments(noise(2, 400)),
        n_tokens=20 * passages,
    )
    assert found.in_sample < 0.85
    assert abs(found.held_out - 1) < 0.05 and abs(found.shuffled - 1) < 0.05
    assert (found.warning == "") == (20 * passages / UNITS >= ENOUGH)


def test_a_slow_unit_is_found_and_its_order_is_what_counts():
    paths = with_a_slow_unit(0, 40)
    jumble = np.random.default_rng(5).permutation(paths, axis=1)
    found = least_energy(
        moments(paths), held_out=moments(with_a_slow_unit(1, 400)), shuffled=moments(jumble), n_tokens=800
    )
    assert abs(found.held_out - 0.1) < 0.03  # 1 - rho, and a little for the other units
    assert found.in_sample < found.held_out < found.shuffled
    assert found.shuffled > 3 * found.held_out  # and not 1, since the means of passages still differ
    assert np.abs(found.direction).argmax() == 7 and found.direction[7] > 0
    assert np.isclose(found.direction @ moments(paths)[1] @ found.direction, 1)
    assert np.isclose(relative_energy(*moments(paths), found.direction[:, None])[0], found.in_sample)


def test_it_says_what_it_is_worth():
    few = least_energy(
        moments(noise(0, 4)), held_out=moments(noise(1, 40)), shuffled=moments(noise(2, 40)), n_tokens=80
    )
    said = f"{few.held_out:.2f} held out, {few.shuffled:.2f} on shuffled words, {few.in_sample:.2f} in sample"
    assert str(few) == f"{said} (2.7 tokens a unit, fewer than 10: the energy in sample is far too low)"
    many = least_energy(
        moments(noise(0, 40)), held_out=moments(noise(1, 4)), shuffled=moments(noise(2, 4)), n_tokens=800
    )
    assert str(many).endswith("in sample")


def test_what_cannot_be_is_said():
    good, other = moments(noise(0, 4)), (np.eye(3), np.eye(3))
    with pytest.raises(ValueError, match="n_tokens must be a whole number of at least 1, got 0"):
        least_energy(good, held_out=good, shuffled=good, n_tokens=0)
    with pytest.raises(ValueError, match=r"held_out must have the 30 units of fit, got shapes \(3, 3\)"):
        least_energy(good, held_out=other, shuffled=good, n_tokens=80)
    with pytest.raises(ValueError, match=r"shuffled must have the 30 units of fit, got shapes \(3, 3\)"):
        least_energy(good, held_out=good, shuffled=other, n_tokens=80)
