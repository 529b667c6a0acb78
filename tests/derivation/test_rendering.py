"""A box shows its evidence; long evidence is folded, and none of it is lost."""

import pytest

from polylib.derivation.rendering import LONG, html

STEP = {"kind": "equal", "formula": "x", "plain": "x", "scope": "", "why": "", "badge": "proved"}


@pytest.mark.parametrize(("length", "folded"), [(LONG, 0), (LONG + 1, 1)])
def test_long_evidence_is_folded(length, folded):
    evidence = "a < b " + "c" * (length - 6)
    record = {"title": "T", "id": "t", "source": "", "verdict": "holds", "steps": [STEP | {"evidence": evidence}]}
    page = html(record)
    assert page.count("<details") == folded
    assert evidence.replace("<", "&lt;") in page
