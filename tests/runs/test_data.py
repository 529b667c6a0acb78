"""Data that was read is noted by its digest, and what is not as published is refused."""

import hashlib

import pytest

from polylib.runs import data, results


def test_a_digest_is_that_of_the_parts_in_one():
    assert data.digest([b"ab", memoryview(b"c")]) == hashlib.sha256(b"abc").hexdigest()


def test_a_listing_tells_names_and_contents_and_not_where_the_folder_lies(tmp_path):
    def made(name, files):
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
        found = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
        return {data.digest_of_files(order, tmp_path / name) for order in (found, found[::-1])}

    same = made("one", {"a/1": "x", "b/2": "y"}) | made("other", {"a/1": "x", "b/2": "y"})
    assert len(same) == 1
    for change in ({"a/1": "x", "b/2": "z"}, {"a/1": "x", "b/3": "y"}, {"a/1": "x"}):
        assert not same & made(f"changed-{sorted(change.items())}".replace("/", ""), change)


def test_results_carry_what_was_noted(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "_NOTED", {})
    data.note("pictures", "12", published="12")
    with pytest.raises(ValueError, match="pictures must be as published, with the SHA-256 13, got 12"):
        data.note("pictures", "12", published="13")
    results.save("any", {"x": 1}, {"seed": 0}, folder=tmp_path)
    assert results.load("any", folder=tmp_path)["data"] == data.noted() == {"pictures": "12"}
