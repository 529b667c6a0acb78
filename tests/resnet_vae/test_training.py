"""Training of the ResNet-VAE: what it reports, killed and resumed, refused; checkpoints that outlive a full disk."""

import csv
import errno
import math
import multiprocessing
import os
import random
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import sweep_tasks
import torch
from safetensors.torch import save_file
from sweep_tasks import TINY, few, train_alone, weights

from polylib.images.sets import ImageSet, prepare
from polylib.resnet_vae import checkpoint as vae_checkpoint
from polylib.resnet_vae import training as vae_training
from polylib.resnet_vae.model import ResNetVAE, negative_elbo, pixel_entropy
from polylib.resnet_vae.settings import Settings
from polylib.resnet_vae.training import evaluate, train

pytestmark = pytest.mark.usefixtures("one_thread")
SHORT = replace(TINY, epochs=2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An undisturbed run."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, *train(few(), TINY, folder)


def without_seconds(history):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history.rows]


def test_train_and_test_are_on_one_scale(whole):
    _, _, history = whole
    row = history.rows[-1]
    for part in ("train", "test"):
        assert row[f"{part}_elbo"] == pytest.approx(row[f"{part}_bce"] + row[f"{part}_kl"])
        assert row[f"{part}_bits"] == pytest.approx(row[f"{part}_elbo"] / (3 * 16 * 16 * math.log(2)))
    last_epoch = history.losses[-8:]
    assert row["train_elbo"] == pytest.approx(last_epoch.mean())
    assert row["train_elbo"] == pytest.approx(row["test_elbo"], rel=0.2)  # per image, both: not 50 times apart


def test_evaluation_is_the_mean_over_images_in_any_batches(whole):
    _, model, history = whole
    x = prepare(few().test, 16)
    with torch.no_grad():
        out, z, mean, log_variance = model(x)
    bce, kl = negative_elbo(out, x, mean, log_variance)
    for batch in (1, 3, 200):
        found = evaluate(model, few().test, batch)
        assert found["bce"] == pytest.approx(bce.mean().item(), rel=1e-6)
        assert found["kl"] == pytest.approx(kl.mean().item(), rel=1e-6)
        assert found["floor"] == pytest.approx(pixel_entropy(x).mean().item(), rel=1e-6)
        assert found["active_units"] == int((mean.double().var(0, correction=0) > vae_training.ACTIVE).sum())
    assert found["elbo"] == pytest.approx(history.rows[-1]["test_elbo"])
    assert found["bce"] > found["floor"] > 0
    assert torch.equal(z, mean)


def test_a_collapsed_posterior_has_no_active_units(whole):
    _, model, _ = whole
    kept = model.mean.weight.clone()
    with torch.no_grad():
        model.mean.weight.zero_()
        assert evaluate(model, few().test)["active_units"] == 0
        model.mean.weight.copy_(100 * kept)
        assert evaluate(model, few().test)["active_units"] > 0
        model.mean.weight.copy_(kept)


def test_training_learns(tmp_path):
    dark = ImageSet("dark", few().train // 8, few().test // 8)
    settings = replace(TINY, dropout=0.0, learning_rate=1e-2, epochs=20)
    history = train(dark, settings, tmp_path)[1]
    assert history.rows[-1]["train_elbo"] < 0.6 * history.losses[0]


def test_the_losses_are_those_of_the_described_loop(tmp_path):
    """In float64, where rounding does not hide a difference: plain Adam on the sum over a batch, the same draws."""
    images, settings = few(), replace(TINY, dropout=0.0, epochs=2)
    torch.set_default_dtype(torch.float64)
    try:
        found = train(images, settings, tmp_path)[1].losses
        torch.manual_seed(settings.seed)
        model = ResNetVAE(0.0, settings.latent, settings.image_size, width=settings.width).train()
        optimizer, expected = torch.optim.Adam(model.parameters(), lr=settings.learning_rate), []
        for epoch in range(2):
            order = torch.from_numpy(np.random.default_rng([settings.seed, epoch]).permutation(64))
            for which in order.split(settings.batch):
                x = images.train[which].double().expand(-1, 3, -1, -1) / 255
                out, _, mean, log_variance = model(x)
                bce = torch.nn.functional.binary_cross_entropy(out, x, reduction="sum")
                loss = bce - 0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                expected.append(loss.item() / settings.batch)
    finally:
        torch.set_default_dtype(torch.float32)
    assert found == pytest.approx(np.array(expected), rel=1e-9)


def test_history_is_written_as_csv(whole):
    folder, _, history = whole
    with (folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(r["epoch"]) for r in rows] == [1, 2, 3, 4, 5, 6]
    assert [float(r["test_elbo"]) for r in rows] == history.column("test_elbo").tolist()
    with (folder / "losses.csv").open() as file:
        assert [float(r["elbo"]) for r in csv.DictReader(file)] == history.losses.tolist()
    with pytest.raises(ValueError, match=r"name must be one of epoch, step, seconds, .*, got 'elbow'"):
        history.column("elbow")


def test_beta_weighs_what_is_trained_and_not_what_is_reported(tmp_path):
    found = {}
    for beta in (0.0, 50.0):
        settings = replace(TINY, beta=beta, dropout=0.0, epochs=10, learning_rate=1e-2)
        found[beta] = train(few(), settings, tmp_path / str(beta))[1]
    assert found[0.0].losses[0] == found[50.0].losses[0]
    assert found[50.0].rows[-1]["train_kl"] < found[0.0].rows[-1]["train_kl"] / 2


def test_the_seed_decides_and_the_callers_random_state_is_untouched(tmp_path):
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    first, _ = train(few(), SHORT, tmp_path / "a")
    assert torch.equal(torch.rand(3), expected)
    torch.manual_seed(4)
    assert weights(train(few(), SHORT, tmp_path / "b")[0]) == weights(first)
    assert weights(train(few(), replace(SHORT, seed=1), tmp_path / "c")[0]) != weights(first)


def test_stopped_at_every_epoch_a_run_ends_in_the_same_bits(tmp_path, whole):
    _, undisturbed, expected = whole
    for epoch in range(1, 7):
        model, history = train(few(), TINY, tmp_path, budget=0.0)
        assert len(history.rows) == epoch
    assert weights(model) == weights(undisturbed)
    assert without_seconds(history) == without_seconds(expected)
    assert np.array_equal(history.losses, expected.losses)
    assert not model.training


def test_in_bfloat16_a_run_is_resumed(tmp_path):
    """Not to the same bits: on a CPU, two undisturbed runs in bfloat16 differ in them already."""
    settings = replace(TINY, amp=True, dropout=0.0)
    expected = train(few(), settings, tmp_path / "whole")[1]
    for _ in range(6):
        history = train(few(), settings, tmp_path / "apart", budget=0.0)[1]
    assert history.losses == pytest.approx(expected.losses, rel=0.03)


def test_killed_at_ten_random_moments_a_run_ends_in_the_same_bits(tmp_path, monkeypatch):
    """Seven kills from outside, three between the bytes of a checkpoint; each process starts from a warm server."""
    settings = replace(TINY, epochs=20)
    monkeypatch.setenv(
        "PYTHONPATH", os.path.dirname(sweep_tasks.__file__)
    )  # the server's own search for what it preloads
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sweep_tasks"])

    def started(folder, die_in_save=0):
        process = context.Process(target=train_alone, args=(settings, str(folder), die_in_save))
        process.start()
        return process

    whole = started(tmp_path / "whole")
    while not (tmp_path / "whole" / "lock").is_file():
        time.sleep(0.005)
    began = time.monotonic()
    whole.join()
    span, rng, killed = time.monotonic() - began, random.Random(0), 0
    assert whole.exitcode == 0
    for kill in range(10):
        die_in_save = rng.randint(1, 10) if kill % 3 == 2 else 0
        process = started(tmp_path / "killed", die_in_save)
        if not die_in_save:
            process.join(rng.uniform(0.005, 0.08) * span)
            process.kill()
        process.join(120)
        killed += process.exitcode == -9
    assert killed == 10
    last = started(tmp_path / "killed")
    last.join(120)
    assert last.exitcode == 0
    expected, expected_history = train(few(), settings, tmp_path / "whole")
    found, history = train(few(), settings, tmp_path / "killed")
    assert weights(found) == weights(expected)
    assert without_seconds(history) == without_seconds(expected_history)
    assert np.array_equal(history.losses, expected_history.losses)


def test_a_checkpoint_is_written_by_steps_or_by_seconds(tmp_path, monkeypatch):
    steps = []
    real = vae_training.save
    monkeypatch.setattr(vae_training, "save", lambda s, *rest: (steps.append(s.step), real(s, *rest)))
    train(few(), SHORT, tmp_path / "steps", every_steps=5)
    assert steps == [5, 10, 15, 16]
    steps.clear()
    train(few(), SHORT, tmp_path / "seconds", every_seconds=0.0)
    assert steps == list(range(1, 17))
    steps.clear()
    train(few(), SHORT, tmp_path / "end")
    assert steps == [16]


def stopped(folder):
    train(few(), SHORT, folder, budget=0.0)
    return (folder / vae_checkpoint.FILE).read_bytes()


@pytest.mark.parametrize("where", ["polylib.resnet_vae.checkpoint.save_file", "os.fsync", "os.replace"])
def test_a_full_disk_is_an_error_and_the_checkpoint_before_is_kept(tmp_path, monkeypatch, where):
    before = stopped(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(where, full)
        with pytest.raises(
            OSError, match=r"step 9 could not be written, the one before is still there: .*No space left"
        ):
            train(few(), SHORT, tmp_path, every_steps=1)
    assert (tmp_path / vae_checkpoint.FILE).read_bytes() == before
    assert not list(tmp_path.glob("*.part"))
    expected, _ = train(few(), SHORT, tmp_path / "whole")
    assert weights(train(few(), SHORT, tmp_path)[0]) == weights(expected)


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(vae_checkpoint, "save_file", lambda *_: (_ for _ in ()).throw(OSError("read-only")))
    with pytest.raises(OSError, match="there was none before: read-only"):
        train(few(), SHORT, tmp_path)


def spoilt(path, kind):
    good = path.read_bytes()
    if kind == "another program's":
        save_file({"x": torch.zeros(2)}, path)
    elif kind == "an older one":
        save_file({"x": torch.zeros(2)}, path, {"polylib": '{"step": 3}'})
    else:
        path.write_bytes({"truncated": good[:-100], "cut short": good[:5], "no checkpoint": b"hello" * 99}[kind])


@pytest.mark.parametrize("kind", ["truncated", "cut short", "no checkpoint", "another program's", "an older one"])
def test_a_checkpoint_that_is_none_is_refused_and_left_alone(tmp_path, kind):
    stopped(tmp_path)
    path = tmp_path / vae_checkpoint.FILE
    spoilt(path, kind)
    bytes_then = path.read_bytes()
    with pytest.raises(ValueError, match=r"checkpoint .* must be (whole|one that polylib wrote), got"):
        train(few(), SHORT, tmp_path)
    assert path.read_bytes() == bytes_then


def test_another_configuration_is_refused_with_what_differs(tmp_path):
    before = stopped(tmp_path)
    with pytest.raises(
        ValueError, match=r"same settings, got dropout 0.2 there and 0.4 here, latent 4 there and 5 here"
    ):
        train(few(), replace(SHORT, dropout=0.4, latent=5), tmp_path)
    other = few()
    other.train[0, 0, 0, 0] ^= 1
    with pytest.raises(ValueError, match="must be of the same images"):
        train(other, SHORT, tmp_path)
    assert (tmp_path / vae_checkpoint.FILE).read_bytes() == before


def test_two_runs_in_one_folder_are_refused(tmp_path):
    with vae_checkpoint.alone(tmp_path), pytest.raises(RuntimeError, match="must be of one run at a time"):
        train(few(), SHORT, tmp_path)


def test_a_loss_that_is_not_finite_stops_the_run_before_its_checkpoint(tmp_path):
    with pytest.raises(FloatingPointError, match=r"no longer finite at step \d+"):
        train(few(), replace(SHORT, learning_rate=1e30), tmp_path, every_steps=4)
    assert not (tmp_path / vae_checkpoint.FILE).is_file()


def test_too_few_images_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"images must hold a batch of 8 .* got 5 and 8"):
        train(few(5), SHORT, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dropout": 1.0}, r"dropout must be in \[0, 1\), got 1.0"),
        ({"dropout": math.nan}, "dropout must be finite"),
        ({"batch": 1}, "batch must be a whole number of at least 2, got 1"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1"),
        ({"learning_rate": 0.0}, "learning_rate must be positive"),
        ({"beta": -1.0}, "beta must be at least 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"width": 12}, "width a multiple of 8, got 'printed' and 12"),
        ({"stem": "large"}, "stem must be 'printed' or 'small'"),
        ({"device": "abacus"}, "device must be one that torch knows, got 'abacus'"),
    ],
)
def test_settings_out_of_range_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Settings(**change)


def test_the_defaults_are_the_printed_program():
    s = Settings()
    assert (s.epochs, s.batch, s.learning_rate, s.image_size, s.latent, s.beta) == (200, 50, 1e-3, 224, 256, 1.0)
    assert not s.low_precision and not s.compiled
    on_gpu = Settings(device="cuda:0")
    assert on_gpu.low_precision and on_gpu.compiled
    assert not Settings(device="cuda", amp=False).low_precision and not Settings(device="cuda", compile=False).compiled


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_a_compiled_run_is_resumed(tmp_path):
    settings = replace(TINY, device="cuda", epochs=3, dropout=0.0)
    _, expected = train(few(), settings, tmp_path / "whole")
    for _ in range(3):
        model, history = train(few(), settings, tmp_path / "apart", budget=0.0)
    assert history.losses == pytest.approx(expected.losses, rel=0.02)
    assert next(model.parameters()).is_cuda


def test_weights_and_biases_without_network_or_key(tmp_path, monkeypatch):
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_SILENT", "true")
    plain, _ = train(few(), SHORT, tmp_path / "plain")
    model, _ = train(few(), SHORT, tmp_path / "tracked", wandb_project="tests")
    assert weights(model) == weights(plain)
    (run,) = (tmp_path / "tracked" / "wandb").glob("offline-run-*")
    assert list(run.glob("*.wandb"))


def test_tracking_without_wandb_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ModuleNotFoundError, match="pip install wandb"):
        train(few(), SHORT, tmp_path, wandb_project="tests")
    assert not os.listdir(tmp_path) or not (tmp_path / vae_checkpoint.FILE).is_file()
