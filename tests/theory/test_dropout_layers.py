"""Channels under dropout against matrices multiplied out, enumeration of masks, and closed forms."""

import numpy as np
import pytest

from polylib.theory.channel import blahut_arimoto, dropout_transition
from polylib.theory.dropout_layers import masked_layer, mixing_rank, under_dropout, unsure_neuron


def test_under_dropout_is_a_product_with_the_dropout_channel():
    w = np.random.default_rng(0).dirichlet(np.ones(4), size=3)
    np.testing.assert_allclose(under_dropout(w, 0.3), w @ dropout_transition(4, 0.3))
    before = w.copy()
    under_dropout(w, 1.0)
    assert (w == before).all()


@pytest.mark.parametrize(
    ("clean", "unsure", "right"), [(5, 3, 0.2), (1, 1, 0.5), (2, 4, 0.5), (0, 3, 0.4), (3, 0, 0.1)]
)
def test_the_capacity_of_an_unsure_neuron(clean, unsure, right):
    w = unsure_neuron(clean, unsure, right)
    assert w.shape == (clean + unsure, 1 + clean + unsure)
    expected = np.log2(clean + (unsure**right if unsure else 0))
    assert blahut_arimoto(w).lower == pytest.approx(expected, abs=1e-8)


def test_independent_masks_are_a_kronecker_product():
    both = masked_layer(3, [(0, 0), (0, 1), (1, 0), (1, 1)])
    one = dropout_transition(3, 0.5)
    np.testing.assert_allclose(both, np.kron(one, one))


def test_a_common_mask_keeps_a_word_or_loses_it():
    w = masked_layer(2, [(0, 0, 0), (1, 1, 1)])
    np.testing.assert_allclose(w, (np.eye(8) + np.eye(8)[0]) / 2)


def test_a_stack_passes_at_most_the_fewest_survivors_and_in_a_large_field_as_many():
    rng = np.random.default_rng(1)
    large = [mixing_rank(12, 4, 0.3, 65_521, rng) for _ in range(20)]
    assert all(rank == fewest < 12 for rank, fewest in large)
    small = np.array([mixing_rank(12, 4, 0.3, 2, rng) for _ in range(200)])
    short = small[:, 1] - small[:, 0]
    assert (short >= 0).all() and 0 < short.mean() < 4  # fewer than the number of layers, as the theorem says
    assert mixing_rank(5, 3, 1.0, 7, rng) == (0, 0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: under_dropout(np.eye(2), 1.5), r"rate must be in \[0, 1\], got 1.5"),
        (lambda: under_dropout([0.5, 0.5], 0.5), r"transition must be a matrix \(inputs, outputs\), got shape \(2,\)"),
        (lambda: unsure_neuron(-1, 1, 0.5), "clean must be .*got -1"),
        (lambda: unsure_neuron(1, -1, 0.5), "unsure must be .*got -1"),
        (lambda: unsure_neuron(0, 0, 0.5), "clean and unsure must be 1 letter or more together, got 0 and 0"),
        (lambda: unsure_neuron(1, 1, 2), r"right must be in \[0, 1\], got 2"),
        (lambda: masked_layer(2, [(0, 2)]), "masks must be a matrix .* of 0 and 1"),
        (lambda: masked_layer(2, np.array([0, 1])), "masks must be a matrix .* of 0 and 1"),
        (lambda: masked_layer(0, [(0, 1)]), "levels must be .*got 0"),
        (lambda: mixing_rank(0, 1, 0.5, 7, np.random.default_rng()), "width must be .*got 0"),
        (lambda: mixing_rank(2, 0, 0.5, 7, np.random.default_rng()), "layers must be .*got 0"),
        (lambda: mixing_rank(2, 1, 0.5, 1, np.random.default_rng()), "field must be .*got 1"),
    ],
)
def test_bad_input_is_named(call, said):
    with pytest.raises(ValueError, match=said):
        call()
