import numpy as np
import pytest
from sympy import symbols

from polylib.derivation import explore_text

d, k = symbols("d k")
TOKENS = ["a ", "<b>", "\n"]
WORDS = {"caption": "A caption.", "alt": "What is seen."}


def passage(rows, sliders=None, **more):
    return explore_text(TOKENS, rows, sliders or {d: [1, 2], k: [0, 1, 2]}, **WORDS | more)


def test_levels_are_rounded_and_clipped_and_stated():
    values = np.zeros((2, 3, 3))
    values[0, 0] = [4.6, -30, 0]
    made = passage({"real": values}, readouts={"r": (np.arange(6).reshape(2, 3), ".0f", (d, k))})
    assert repr(made).splitlines() == [
        "A caption.",
        "  real: a[5] <b>[-10]",
        "  d: 2 positions, 1 to 2, at 1",
        "  k: 3 positions, 0 to 2, at 0",
        "  r: at the start 0",
    ]
    html = made._repr_html_()
    assert '<i style="--v:10" class=n>&lt;b&gt;</i>' in html and '<i style="--v:0">\u21b5</i>' in html
    assert '["PAK' + 15 * "K" in html  # a letter a level, K for 0


def test_another_top_is_another_scale():
    assert passage({"real": np.full((2, 3, 3), 2.0)}, top=4).levels["real"].max() == 5


@pytest.mark.parametrize(
    ("rows", "more", "said"),
    [
        ({}, {}, "rows must shade one or more tokens, got 0 rows and 3 tokens"),
        ({"real": np.zeros((2, 3, 4))}, {}, "rows must hold a value a token, got 4 for 3 in 'real'"),
        ({"real": np.zeros((3, 2, 3))}, {}, "must have shape"),
        ({"real": np.full((2, 3, 3), np.nan)}, {}, "rows must be finite"),
        ({"real": np.zeros((2, 3, 3))}, {"top": 0}, "top must be positive, got 0"),
        ({"real": np.zeros((2, 3, 3))}, {"alt": ""}, "alt must say what is shown"),
        ({"real": np.zeros(3)}, {"sliders": {d: (0, 1, 0)}}, "by must be one of , got d"),
    ],
)
def test_what_cannot_be_shaded_is_refused(rows, more, said):
    with pytest.raises(ValueError, match=said):
        passage(rows, **more)
