"""The one store of every training: whole or not at all, of one run, in the hands of one process, and as it was laid."""

import contextlib
import errno
import json
import multiprocessing
import signal
import time

import numpy as np
import pytest
import torch

from polylib.runs.checkpoint import HEAD, Checkpoint, digest, fill, moments

RUN = {"rate": 0.1, "sizes": (2, 3), "seed": np.int64(7), "data": "00ff"}
STATE = {
    "double": torch.tensor([1 / 3, -0.0, torch.inf, torch.nan], dtype=torch.float64),
    "laid": torch.arange(48.0).reshape(2, 2, 3, 4).to(memory_format=torch.channels_last),
    "random": torch.get_rng_state(),
    "one": torch.tensor(5),
}


@pytest.fixture
def kept(tmp_path):
    found = Checkpoint(tmp_path / "new" / "run.npz", RUN)
    with found.locked():
        found.save(3, STATE, seconds=1 / 3, rows=[{"a": float("inf")}])
    return found


def same(one, two):
    return torch.equal(one.reshape(-1).view(torch.uint8), two.reshape(-1).view(torch.uint8))


def test_what_is_kept_comes_back_bit_by_bit(kept):
    tensors, facts = Checkpoint(kept.path, RUN).load()
    assert facts == {"step": 3, "seconds": 1 / 3, "rows": [{"a": float("inf")}]}
    assert tensors.keys() == STATE.keys()
    assert all(tensors[k].dtype == STATE[k].dtype and same(tensors[k], STATE[k].contiguous()) for k in STATE)
    assert all(value.data_ptr() % 64 == 0 for value in tensors.values())  # as torch aligns its own


def test_filled_tensors_stay_where_they_are_and_as_they_lie(kept):
    mine = {name: torch.zeros_like(value) for name, value in STATE.items()}
    places = {name: (value.data_ptr(), value.stride()) for name, value in mine.items()}
    fill(mine, kept.load()[0])
    assert places == {name: (value.data_ptr(), value.stride()) for name, value in mine.items()}
    assert mine["laid"].is_contiguous(memory_format=torch.channels_last) and torch.equal(mine["laid"], STATE["laid"])


def test_without_a_path_nothing_is_kept_and_nothing_found(tmp_path):
    none = Checkpoint(None, {})
    with none.locked(), none.locked():
        none.save(1, STATE)
    assert none.load() is None and not list(tmp_path.iterdir())
    assert Checkpoint(tmp_path / "run.npz", RUN).load() is None


@pytest.mark.parametrize("where", ["numpy.savez", "os.fsync", "os.replace"])
def test_a_full_disk_is_an_error_and_what_was_kept_before_stays(kept, monkeypatch, where):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = kept.path.read_bytes()
    monkeypatch.setattr(where, full)
    with pytest.raises(
        OSError, match=r"at step 4 could not be written, the one before is still there: .*No space left"
    ):
        kept.save(4, STATE)
    assert kept.path.read_bytes() == before
    kept.path.unlink()
    with pytest.raises(OSError, match=r"there was none before: .*No space left"):
        kept.save(4, STATE)
    assert [p.name for p in kept.path.parent.iterdir()] == ["run.npz.lock"]


def spoilt(path, kind):
    good = path.read_bytes()
    if kind in ("another program's", "an older one's", "of no object"):
        heads = {"another program's": {}, "an older one's": {HEAD: np.array('{"step": 3}')}}
        np.savez(path, x=np.zeros(2), **heads.get(kind, {HEAD: np.array(json.dumps([1, 2]))}))
    elif kind == "an array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif kind == "one byte":
        at = good.index(STATE["laid"].contiguous().numpy().tobytes()) + 7
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    else:
        path.write_bytes({"truncated": good[:-100], "cut short": good[:5], "empty": b"", "text": b"hello" * 99}[kind])


KINDS = "truncated, cut short, empty, text, an array, one byte, another program's, an older one's, of no object"


@pytest.mark.parametrize("kind", KINDS.split(", "))
def test_what_is_no_checkpoint_is_refused_and_left_alone(kept, kind):
    spoilt(kept.path, kind)
    before = kept.path.read_bytes()
    with pytest.raises(ValueError, match=r"checkpoint .*run\.npz must be a whole one that this version"):
        kept.load()
    assert kept.path.read_bytes() == before


def test_any_flipped_bit_is_refused_or_changes_nothing(tmp_path):
    """Every byte of a small file, one of its bits at a time in turn."""
    kept = Checkpoint(tmp_path / "run.npz", {"a": 1, "b": float("nan")})
    kept.save(1, {"x": torch.arange(3.0), "none": torch.zeros(0)}, rows=[1.5])
    good, whole = kept.path.read_bytes(), kept.load()
    for at in range(len(good)):
        kept.path.write_bytes(good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :])
        with contextlib.suppress(ValueError):
            tensors, facts = kept.load()
            assert facts == whole[1] and tensors.keys() == whole[0].keys()
            assert all(torch.equal(value, whole[0][name]) for name, value in tensors.items())


def test_numbers_of_numpy_and_torch_are_no_reason_to_lose_a_run(tmp_path):
    path, run = tmp_path / "run.npz", {"rate": np.float32(0.5), "device": torch.device("cpu"), "size": torch.tensor(3)}
    kept = Checkpoint(path, run)
    kept.save(2, {}, loss=np.float64(0.25), best=torch.tensor(1.5))
    assert kept.load()[1] == {"step": 2, "loss": 0.25, "best": 1.5}
    with pytest.raises(ValueError, match="run must hold what JSON holds, got a set: "):
        Checkpoint(path, {"rates": {1}})


def test_another_run_is_refused_with_what_differs(kept):
    other = Checkpoint(kept.path, RUN | {"rate": 0.2, "sizes": (2, 4), "more": "x"})
    words = r"of the same run, got more 'unknown' there and 'x' here, rate 0.1 there and 0.2 here, sizes \[2, 3\] there"
    with pytest.raises(ValueError, match=words):
        other.load()


def test_one_process_at_a_time(kept):
    with kept.locked():
        with pytest.raises(RuntimeError, match=r"run\.npz must be of one run at a time, got a second one"):
            Checkpoint(kept.path, RUN).locked().__enter__()
        with Checkpoint(kept.path.with_name("other.npz"), RUN).locked():
            pass
    with kept.locked():
        pass


def saves(path):
    """Save without end."""
    one = Checkpoint(path, RUN)
    with one.locked():
        for step in range(10**9):
            one.save(step, {"values": torch.from_numpy(np.full(10**5, step))})  # torch's own threads survive no fork


def test_killed_at_any_moment_it_holds_one_whole_state_and_no_litter(tmp_path):
    """Ten processes in turn, each killed while it saves; a dead one holds no lock, and the next clears up behind it."""
    path = tmp_path / "run.npz"
    context, pauses = multiprocessing.get_context("fork"), np.random.default_rng(0).uniform(0, 0.02, 10)
    for pause in pauses:
        path.unlink(missing_ok=True)
        process = context.Process(target=saves, args=(path,))
        process.start()
        while not path.is_file() and process.is_alive():
            time.sleep(0.001)
        time.sleep(pause)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        with Checkpoint(path, RUN).locked():
            tensors, facts = Checkpoint(path, RUN).load()
        assert bool((tensors["values"] == facts["step"]).all())
        assert {p.name for p in tmp_path.iterdir()} == {"run.npz", "run.npz.lock"}


@pytest.mark.parametrize("options", [{}, {"fused": True}], ids=str)
def test_moments_before_the_first_step_change_nothing(options):
    """What follows is the training that would have followed; layouts are those that Adam itself would choose."""
    weights = [STATE["laid"].clone().requires_grad_() for _ in range(2)]
    plain, asked = (torch.optim.Adam([w], lr=0.1, **options) for w in weights)
    made = {k: (v.shape, v.stride(), bool(v.any())) for k, v in moments(asked).items()}
    for optimizer, w in zip((plain, asked), weights, strict=True):
        w.grad = STATE["laid"] - 20
        optimizer.step()
    assert torch.equal(*weights)
    assert made == {k: (v.shape, v.stride(), False) for k, v in moments(plain).items()}
    assert all(torch.equal(v, moments(plain)[k]) for k, v in moments(asked).items())


def test_a_digest_changes_with_every_value_its_kind_shape_and_order():
    a, b = torch.arange(4.0), torch.ones(2, dtype=torch.uint8)
    given = [(a, b), (a + 1e-6, b), (a, b + 1), (b, a), (a,), (a.view(2, 2), b), (a.view(torch.int32), b)]
    assert len({digest(*each) for each in given}) == len(given)
    assert digest(a, b) == digest(a.clone().requires_grad_(), b)
    laid = STATE["laid"]
    assert digest(laid) == digest(laid.contiguous()) and digest(torch.tensor(1.0), a.bfloat16())
