"""A notebook's parameters are checked by kind; the other rules are tested where they are used."""

import numpy as np
import pytest
import torch

from polylib import validate

KINDS = {"seed": int, "rate": float, "device": str, "show": bool}
GOOD = {"seed": 1, "rate": 0.5, "device": "cpu", "show": False}


@pytest.mark.parametrize("change", [{}, {"rate": 1}])
def test_good_parameters_pass_and_are_handed_back(change):
    good = GOOD | change
    assert validate.parameters(good | {"other": 7, "__annotations__": KINDS}) == good
    assert validate.parameters({}) == {}


def test_a_parameter_that_was_deleted_is_named():
    namespace = {name: value for name, value in GOOD.items() if name != "rate"}
    with pytest.raises(ValueError, match="rate must have a value, got none"):
        validate.parameters(namespace | {"__annotations__": KINDS})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 1.5}, "seed must be of kind int, got 1.5"),
        ({"seed": True}, "seed must be of kind int, got True"),
        ({"rate": "half"}, "rate must be of kind float, got 'half'"),
        ({"device": None}, "device must be of kind str, got None"),
        ({"rate": float("nan")}, "rate must be finite, got nan"),
        ({"show": 1}, "show must be of kind bool, got 1"),
    ],
)
def test_a_parameter_of_the_wrong_kind_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        validate.parameters(GOOD | change | {"__annotations__": KINDS})


def test_the_offending_entry_of_an_array_is_shown():
    with pytest.raises(ValueError, match=r"p must be in \[0, 1\], got 3.0"):
        validate.probability("p", [[0.1, 3.0], [0.2, 4.0]])


def test_a_parameter_of_a_kind_that_papermill_cannot_set_is_refused():
    with pytest.raises(ValueError, match="sizes must be annotated as one of int, float, str, bool, got list"):
        validate.parameters({"sizes": [1], "__annotations__": {"sizes": list}})


def test_a_name_that_papermill_was_given_and_no_cell_declares_is_refused():
    """papermill puts what it was given into a cell that begins with these words."""
    namespace = {
        "step": 0.5,
        "__annotations__": {"step": float},
        "In": ["", "step: float = 1.0", "# Parameters\nstep = 0.5\n"],
    }
    assert validate.parameters(namespace) == {"step": 0.5}
    namespace |= {"stepz": 5, "In": [*namespace["In"], "stepz = 5", "# Parameters\nstep = 0.5\nstepz = 5\n"]}
    with pytest.raises(ValueError, match="a parameter must be one of step, got 'stepz'"):
        validate.parameters(namespace)


def test_integers_of_any_size_and_kind():
    assert validate.integer("n", 10**50) == 10**50
    assert type(validate.integer("n", np.int64(3))) is int


@pytest.mark.parametrize("bad", [1, -2, 2.0, 60.5, np.float64(3), True, "3", None, [2, 3]])
def test_what_is_no_integer_is_refused(bad):
    with pytest.raises(ValueError, match="n must be a whole number of at least 2, got "):
        validate.integer("n", bad, 2)


def test_an_integer_says_why_a_whole_float_is_none():
    with pytest.raises(ValueError, match=r"n must be a whole number of at least 1, got 3.0, a float$"):
        validate.integer("n", 3.0)


def test_whole_numbers_may_be_floats_and_arrays():
    assert validate.whole_numbers("n", [1, 3.0]).tolist() == [1, 3]
    for value, shown in ((2.5, "2.5"), ([3, 1], "1.0")):
        with pytest.raises(ValueError, match=f"n must be a whole number of at least 2, got {shown}"):
            validate.whole_numbers("n", value, 2)


def test_one_of_shows_the_choices():
    validate.one_of("kind", "a", ("a", "b"))
    with pytest.raises(ValueError, match="kind must be one of a, b, got 'c'"):
        validate.one_of("kind", "c", ("a", "b"))


@pytest.mark.parametrize("bad", [float("nan"), float("-inf")])
def test_a_tensor_that_is_not_finite_is_refused(bad):
    validate.finite("x", torch.ones(2))
    with pytest.raises(ValueError, match="x must be finite everywhere, got nan or infinity in batch 3"):
        validate.finite("x", torch.tensor([1.0, bad]), " in batch 3")
