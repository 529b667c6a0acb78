"""Verdicts by hand: each rule of what rows say together, and each form that a condition has."""

import pytest

from polylib.finding.verdict import in_words, tried, verdict


def rows(name, *levels):
    return [{name: level} for level in levels]


GRID = [{"layer": layer, "scale": scale} for layer in (6, 15, 30) for scale in ("0.02", "1/24")]


@pytest.mark.parametrize(
    ("settings", "signs", "expected"),
    [
        ([{}], [1], "seen"),
        ([{}], [0], "not decided"),
        ([{}], [-1], "not seen"),
        (rows("a", 1, 2), [1, 1], "seen"),
        (rows("a", 1, 2), [0, 0], "not decided"),
        (rows("a", 1, 2), [-1, -1], "not seen"),
        (rows("a", 1, 2), [0, -1], "not seen"),
        (rows("layer", 6, 15, 30), [0, 1, 1], "seen if layer is 15 or 30"),
        (rows("layer", 6, 15, 30), [1, -1, -1], "seen if layer is 6"),
        (rows("layer", 3, 6, 9, 12, 15, 18), [0, 0, 1, 1, 1, 1], "seen if layer is at least 9"),
        (rows("layer", 3, 6, 9, 12, 15, 18), [1, 1, -1, 1, 1, 1], "seen if layer is not 9"),
        (rows("layer", 3, 6, 9, 12, 15, 18), [1, 0, -1, 1, 1, 1], "seen if layer is neither 6 nor 9"),
        (rows("scale", 0.02, 0.03, 1 / 24, 0.1), [1, 1, 0, -1], "seen if scale is at most 0.03"),
        (rows("scale", 0.02, 0.03, 0.05, 0.1), [0, 0, 1, 1], "seen if scale is at least 0.05"),
        (rows("scale", 0.02, 0.03, 0.05, 0.1), [1, 0, 1, 0], "seen if scale is 0.02 or 0.05"),
        (rows("scale", 0.02, 0.03), [0, 1], "seen if scale is 0.03"),
        (rows("kind", "a", "b", "c", "d"), [1, 1, 0, 1], "seen if kind is a, b or d"),
        (rows("bias", True, False), [1, -1], "seen if bias is yes"),
        (GRID, [0, 0, 1, 1, 1, 1], "seen if layer is 15 or 30"),
        (GRID, [1, 0, 1, 0, 1, -1], "seen if scale is 0.02"),
        (GRID, [0, 0, 1, 0, 1, -1], "seen if layer is 15 or 30 and scale is 0.02"),
        (GRID, [1, 0, 0, 1, 1, 0], "seen in 3 of 6 settings"),
        (GRID, [1, 1, 0, 1, 1, 1], "seen in 5 of 6 settings"),
    ],
)
def test_verdicts_by_hand(settings, signs, expected):
    assert verdict(settings, signs) == expected


def test_a_condition_selects_exactly_the_rows_where_the_sentence_was_seen():
    """Over every pattern of signs on the grid; the pair of settings is tried by selection."""
    for code in range(1, 2 ** len(GRID) - 1):
        signs = [code >> i & 1 for i in range(len(GRID))]
        said = verdict(GRID, signs)
        held = [row for row, sign in zip(GRID, signs, strict=True) if sign]
        product = {(r["layer"], s["scale"]) for r in held for s in held} == {(r["layer"], r["scale"]) for r in held}
        assert said.startswith("seen if" if product else f"seen in {len(held)} of 6")
        for name in ("layer", "scale"):
            levels = {row[name] for row in held}
            if product and levels != {row[name] for row in GRID}:
                assert f"{name} is" in said


def test_settings_in_words():
    assert in_words({"layer": 15, "scale": 1 / 24, "bias": False}) == "layer 15, scale 0.0416667, bias no"
    assert in_words({}) == tried([{}]) == ""
    assert tried(GRID) == "layer 6, 15, 30; scale 0.02, 1/24"
    assert tried(rows("layer", *range(0, 30, 3))) == "layer 0 to 27 (10 values)"
