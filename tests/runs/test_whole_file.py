"""A file is written whole or not at all, whatever happens on the way."""

import os

import pytest

from polylib.runs.whole_file import replacing


def test_the_file_appears_at_the_end_of_the_block_with_its_folder(tmp_path):
    path = tmp_path / "new" / "folder" / "result.bin"
    with replacing(path) as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert [p.name for p in path.parent.iterdir()] == ["result.bin"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_who_may_read_it_is_for_the_umask_to_say(tmp_path, mask, mode):
    path = tmp_path / "result.bin"
    before = os.umask(mask)
    try:
        with replacing(path) as file:
            file.write(b"1")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_in_the_block_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "result.bin"
    path.write_bytes(b"old")

    def interrupted():
        with replacing(path) as file:
            file.write(b"half of the n")
            raise error

    with pytest.raises(error):
        interrupted()
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["result.bin"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_refuses_leaves_the_old_file(tmp_path, monkeypatch, call):
    path = tmp_path / "result.bin"
    path.write_bytes(b"old")

    def refused(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, call, refused)
    with pytest.raises(OSError, match="no space left on device"), replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["result.bin"]


def test_the_bytes_are_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, name=name, real=real: (calls.append(name), real(*a)))
    with replacing(tmp_path / "result.bin") as file:
        file.write(b"new")
    assert calls == ["fsync", "replace", "fsync"]  # the file, its name, the folder that holds the name
