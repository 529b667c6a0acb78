"""Sweeps: once each, failures named, in this process, on workers of which one is killed."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from distributed import Client, LocalCluster, Security
from sweep_tasks import TINY, square, trained

from polylib.runs.sweep import FILE, sweep

pytestmark = pytest.mark.usefixtures("one_thread")
sweeps = sys.modules["polylib.runs.sweep"]  # the function of the room hides its module


def test_every_task_runs_once_and_in_its_own_folder(tmp_path):
    tasks = {"one": 1, "two": 2}
    assert sweep(square, tasks, tmp_path) == {"one": {"square": 1}, "two": {"square": 4}}
    assert sweep(square, tasks | {"three": 3}, tmp_path)["three"] == {"square": 9}
    assert [(tmp_path / name / "calls").read_text() for name in ("one", "two", "three")] == ["1", "1", "1"]
    assert sweep(square, {}, tmp_path) == {}


def test_failures_are_named_and_the_others_kept(tmp_path):
    tasks = {"bad": -1, "good": 2, "worse": -2}
    with pytest.raises(RuntimeError, match=r"2 of 3 tasks failed, the others are kept: bad: .*no root of -1.*worse: "):
        sweep(square, tasks, tmp_path)
    assert (tmp_path / "good" / FILE).is_file()
    assert not (tmp_path / "bad" / FILE).is_file()
    with pytest.raises(RuntimeError, match="2 of 3"):
        sweep(square, tasks, tmp_path)
    assert [(tmp_path / name / "calls").read_text() for name in tasks] == ["2", "1", "2"]


def test_a_result_of_another_task_is_refused_and_kept(tmp_path):
    sweep(square, {"a": 1}, tmp_path)
    with pytest.raises(ValueError, match="must be of the task 2, got one of 1"):
        sweep(square, {"a": 2}, tmp_path)
    assert sweep(square, {"a": 1}, tmp_path) == {"a": {"square": 1}}


@dataclass(frozen=True)
class Rate:
    value: object


def total(task, folder):
    return {"total": float(np.sum(task["rate"]))}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (torch.tensor(0.12345678), torch.tensor(0.12345999)),
        (np.arange(2000.0), np.where(np.arange(2000) == 1000, 1e6, np.arange(2000.0))),
        (np.float32(0.1), 0.1),
        ([1, 2], (1, 2)),
        (True, 1),
        (Rate(torch.zeros(3)), Rate(torch.zeros(4))),
        ({1, 2}, {1, 3}),
    ],
)
def test_tasks_are_known_by_every_value_in_them(one, other):
    assert sweeps.identity(one) == sweeps.identity(one) != sweeps.identity(other)


def test_a_task_that_prints_like_another_is_not_taken_for_it(tmp_path):
    assert sweep(total, {"a": {"rate": np.arange(2000.0)}}, str(tmp_path))["a"] == {"total": 1999000.0}
    with pytest.raises(ValueError, match=r"(?s)must be of the task .* got one of .*; take another folder"):
        sweep(total, {"a": {"rate": np.arange(2000.0) + 1e-9}}, tmp_path)


def test_tasks_that_cannot_be_told_apart_are_refused_before_anything_runs(tmp_path):
    with pytest.raises(ValueError, match=r"tasks must be made of numbers, .* got a lock"):
        sweep(square, {"a": 1, "b": threading.Lock()}, tmp_path)
    assert not list(tmp_path.iterdir())


def leaves(task, folder):
    return sys.exit(3) if task == 2 else ({"v": task} if task else None)


def test_a_task_that_ends_its_process_or_gives_nothing_is_a_failure(tmp_path):
    with pytest.raises(RuntimeError, match=r"2 of 4 tasks failed, .*b: RuntimeError\(.*SystemExit\(3\).*d: ValueError"):
        sweep(leaves, {"a": 1, "b": 2, "c": 3, "d": 0}, tmp_path)
    assert sorted(path.parent.name for path in tmp_path.glob(f"*/{FILE}")) == ["a", "c"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"task": "1"'])
def test_a_damaged_result_is_named_and_left_alone(tmp_path, text):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / FILE).write_text(text)
    with pytest.raises(ValueError, match=r"result .* must be one that a sweep wrote; remove it"):
        sweep(square, {"a": 1}, tmp_path)
    assert (tmp_path / "a" / FILE).read_text() == text


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden"])
def test_names_must_name_a_folder(tmp_path, name):
    with pytest.raises(ValueError, match="tasks must have names that can name a folder"):
        sweep(square, {name: 1}, tmp_path)


def test_a_result_that_json_cannot_hold_is_a_failure(tmp_path):
    with pytest.raises(RuntimeError, match="not JSON compliant"):
        sweep(square, {"a": float("inf")}, tmp_path)
    assert not (tmp_path / "a" / FILE).is_file()


def test_a_folder_that_the_workers_have_elsewhere_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(sweeps, "_on_workers", lambda *_: {})
    with pytest.raises(RuntimeError, match="must be one that all workers see, got no result of a, b"):
        sweep(square, {"a": 1, "b": 2}, tmp_path, "tcp://there:8786")


def test_a_relative_folder_is_refused_with_a_scheduler_and_whole_without(tmp_path, monkeypatch):
    monkeypatch.setattr(sweeps, "_on_workers", lambda *_: pytest.fail("nothing may be sent to a worker"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"folder must be a whole path with a scheduler, .* got runs"):
        sweep(square, {"a": 3}, Path("runs"), "tcp://there:8786")
    assert not (tmp_path / "runs").exists()
    assert sweep(square, {"a": 3}, Path("runs")) == {"a": {"square": 9}}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make certificates with")
def test_over_tls_a_sweep_needs_the_certificate(tmp_path, monkeypatch):
    files = {name: str(tmp_path / f"{name}.pem") for name in ("key", "cert")}
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", files["key"], "-out", files["cert"]], check=True, capture_output=True)
    known = {f"tls_{who}_{kind}": path for who in ("client", "scheduler", "worker") for kind, path in files.items()}
    security = Security(require_encryption=True, tls_ca_file=files["cert"], **known)
    quiet = {"host": "127.0.0.1", "dashboard_address": None, "silence_logs": logging.CRITICAL, "processes": False}
    with LocalCluster(n_workers=1, threads_per_worker=1, protocol="tls://", security=security, **quiet) as cluster:
        address = cluster.scheduler_address
        assert address.startswith("tls://")
        assert sweep(square, {"a": 3}, tmp_path / "runs", address, security=security) == {"a": {"square": 9}}
        with pytest.raises((TypeError, OSError, RuntimeError)):
            sweep(square, {"b": 3}, tmp_path / "runs", address)


def elsewhere(dask_worker):
    """From here on this worker sees another place under every path of a sweep."""
    import sys
    from pathlib import Path

    import polylib.runs.sweep  # noqa: F401 - the function of the room hides its module

    module = sys.modules["polylib.runs.sweep"]
    run, own = module._run, Path(dask_worker.local_directory)
    module._run = lambda function, name, task, folder: run(function, name, task, own)


def test_workers_that_do_not_share_the_clients_folder_are_an_error_and_nothing_runs_here(tmp_path):
    loopback = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "worker_dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=2, threads_per_worker=1, silence_logs=logging.CRITICAL, **loopback) as cluster:
        with Client(cluster, set_as_default=False) as client:
            client.run(elsewhere)
        with pytest.raises(RuntimeError, match=r"must be one that all workers see, got no result of a, b"):
            sweep(square, {"a": 1, "b": 2}, tmp_path / "runs", cluster.scheduler_address)
    assert not list(tmp_path.rglob("calls"))


def test_a_killed_workers_task_goes_on_elsewhere_to_the_same_bits(tmp_path):
    tasks = {f"{p}": replace(TINY, epochs=12, dropout=p) for p in (0.0, 0.4)}
    alone = sweep(trained, tasks, tmp_path / "alone")
    checkpoint, processes = (tmp_path / "together" / "0.4" / name for name in ("checkpoint.npz", "processes"))
    loopback = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "worker_dashboard_address": "127.0.0.1:0"}

    def kill():
        while not checkpoint.is_file():
            time.sleep(0.01)
        os.kill(int(processes.read_text().split()[0]), signal.SIGKILL)

    with LocalCluster(n_workers=2, threads_per_worker=1, silence_logs=logging.CRITICAL, **loopback) as cluster:
        killer = threading.Thread(target=kill)
        killer.start()
        together = sweep(trained, tasks, tmp_path / "together", cluster.scheduler_address)
        killer.join()
    took_part = set(processes.read_text().split())
    assert len(took_part) >= 2
    assert str(os.getpid()) not in took_part
    assert together == alone
