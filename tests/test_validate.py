"""A notebook's parameters are checked by kind; the other rules are tested where they are used."""

import numpy as np
import pytest

from polylib import validate

KINDS = {"seed": int, "rate": float, "device": str, "show": bool}
GOOD = {"seed": 1, "rate": 0.5, "device": "cpu", "show": False}


@pytest.mark.parametrize("change", [{}, {"rate": 1}])
def test_good_parameters_pass(change):
    validate.parameters(GOOD | change | {"__annotations__": KINDS})
    validate.parameters({})


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


def test_integers_of_any_size_and_kind():
    assert validate.integer("n", 10**50, 1) == 10**50
    assert type(validate.integer("n", np.int64(3), 1)) is int


@pytest.mark.parametrize("bad", [0, -2, 2.0, 60.5, np.float64(3), True, "3", None])
def test_what_is_no_integer_is_refused(bad):
    with pytest.raises(ValueError, match="n must be a whole number of at least 1, got "):
        validate.integer("n", bad, 1)


def test_one_count_is_an_integer_and_refuses_arrays_and_fractions():
    assert validate.one_count("n", 3.0) == 3
    assert isinstance(validate.one_count("n", np.int64(3)), int)
    for value, message in (([1, 2], "n must be one number"), (2.5, "n must be a whole number"), (1, "at least 2")):
        with pytest.raises(ValueError, match=message):
            validate.one_count("n", value, 2 if value == 1 else 1)
