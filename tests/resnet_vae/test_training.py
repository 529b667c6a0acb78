"""Training of the ResNet-VAE: what it reports, stopped and resumed, refused, and no step beyond the finite numbers."""

import csv
import math
import socket
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from sweep_tasks import TINY, few, weights

from polylib.images.sets import ImageSet
from polylib.resnet_vae import training as vae_training
from polylib.resnet_vae.evaluation import evaluate
from polylib.resnet_vae.model import ResNetVAE
from polylib.resnet_vae.settings import Settings
from polylib.resnet_vae.tracking import tracked
from polylib.resnet_vae.training import FILE, train
from polylib.runs.checkpoint import Checkpoint

pytestmark = pytest.mark.usefixtures("one_thread")
SHORT = replace(TINY, epochs=2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An undisturbed run."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, *train(few(), TINY, folder)


@pytest.fixture(scope="module")
def whole_short(tmp_path_factory):
    return train(few(), SHORT, tmp_path_factory.mktemp("short"))


@pytest.fixture
def double():
    """In float64, where rounding does not hide a difference, on any processor and in any order of summation."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


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


def test_evaluation_is_that_of_the_history(whole):
    _, model, history = whole
    row = history.rows[-1]
    assert {f"test_{k}": v for k, v in evaluate(model, few().test).items()}.items() <= {
        **row,
        "test_active_units": row["active_units"],
    }.items()


def test_training_learns(tmp_path):
    dark = ImageSet("dark", few().train // 8, few().test // 8)
    settings = replace(TINY, dropout=0.0, learning_rate=1e-2, epochs=20)
    history = train(dark, settings, tmp_path)[1]
    assert history.rows[-1]["train_elbo"] < 0.6 * history.losses[0]


def test_the_losses_are_those_of_the_described_loop(tmp_path, double):
    """Plain Adam on the sum over a batch, the same draws; rounding grows, at worst, tenfold in some steps."""
    images, settings = few(), replace(TINY, dropout=0.0, epochs=2)
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
    """Not to the same bits: on a CPU, two undisturbed runs in bfloat16 differ in them already. The network has the
    width that a processor with a fault in bfloat16 trains too, see `precision.leaks`."""
    settings, images = replace(SHORT, amp=True, dropout=0.0, width=64, image_size=32), few(24)
    expected = train(images, settings, tmp_path / "whole")[1]
    for _ in range(2):
        history = train(images, settings, tmp_path / "apart", budget=0.0)[1]
    assert history.losses == pytest.approx(expected.losses, rel=8 * 2**-8)  # 8 units of bfloat16's last place


def test_a_checkpoint_is_written_by_steps_or_by_seconds(tmp_path, monkeypatch):
    steps, real = [], Checkpoint.save
    monkeypatch.setattr(Checkpoint, "save", lambda s, step, *a, **k: (steps.append(step), real(s, step, *a, **k)))
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
    return (folder / FILE).read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dropout": 0.4, "latent": 5}, r"same run, got dropout 0.2 there and 0.4 here, latent 4 there and 5 here"),
        ({}, r"same run, got images to train on '\w+' there and '\w+' here; take another place"),
    ],
    ids=["settings", "images"],
)
def test_another_runs_checkpoint_is_refused_with_what_differs_and_left_alone(tmp_path, change, message):
    before = stopped(tmp_path)
    images = few()
    images.train[0, 0, 0, 0] ^= not change
    with pytest.raises(ValueError, match=message):
        train(images, replace(SHORT, **change), tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_two_runs_in_one_folder_are_refused(tmp_path):
    with Checkpoint(tmp_path / FILE, {}).locked(), pytest.raises(RuntimeError, match="must be of one run at a time"):
        train(few(), SHORT, tmp_path)


def spoiling(monkeypatch, step, spoil):
    """Spoil a run right after a step, until the patch is undone."""
    real = vae_training._Run.advance

    def advance(run):
        real(run)
        if run.state.step == step:
            spoil(run.state)

    monkeypatch.setattr(vae_training._Run, "advance", advance)


@torch.no_grad()
def lose(state, what):
    if what == "loss":
        state.losses[state.step - 1, 1] = math.nan
    elif what == "weight":
        state.model.fc5[0].weight[3, 2] = math.inf
    elif what == "statistic":
        state.model.fc5[1].running_var[1] = math.nan
    else:
        next(iter(state.optimizer.state.values()))["exp_avg_sq"].view(-1)[5] = (
            math.inf
        )  # a weight that would stand still


@pytest.mark.parametrize("step", [12, 16], ids=["at a checkpoint", "at the end"])
@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("loss", "the loss is no longer finite at step {step}"),
        ("weight", r"model\.fc5\.0\.weight is no longer finite at step"),
        ("statistic", r"model\.fc5\.1\.running_var is no longer finite at step"),
        ("moment", r"adam\.0\.exp_avg_sq is no longer finite at step"),
    ],
)
def test_what_is_not_finite_stops_a_run_which_goes_on_from_the_checkpoint_before(
    tmp_path, monkeypatch, whole_short, what, words, step
):
    with monkeypatch.context() as patched:
        spoiling(patched, step, lambda state: lose(state, what))
        message = rf"^{words.format(step=step)}.*: try a learning_rate below 0.001; .* is still of step (8|12), where"
        with pytest.raises(FloatingPointError, match=message):
            train(few(), SHORT, tmp_path, every_steps=4)
    assert not (tmp_path / "history.csv").is_file()
    model, history = train(few(), SHORT, tmp_path)
    assert weights(model) == weights(whole_short[0])
    assert np.array_equal(history.losses, whole_short[1].losses) and np.isfinite(history.losses).all()


def test_a_measure_that_is_no_number_stops_a_run_and_an_infinite_one_does_not(tmp_path, monkeypatch):
    real = vae_training.evaluate
    for value, folder in ((math.inf, tmp_path / "inf"), (math.nan, tmp_path / "nan")):
        monkeypatch.setattr(vae_training, "evaluate", lambda *a, value=value, **k: real(*a, **k) | {"kl": value})
        if math.isinf(value):
            for _ in range(2):
                history = train(few(), SHORT, folder, budget=0.0)[1]
            assert history.column("test_kl").tolist() == [math.inf] * 2  # it came back from the checkpoint
            continue
        with pytest.raises(FloatingPointError, match=r"test_kl is not a number at step 8: try .*; no checkpoint was"):
            train(few(), SHORT, folder)
        assert not (folder / FILE).is_file()


def test_a_loss_that_is_not_finite_stops_the_run_before_its_checkpoint(tmp_path):
    with pytest.raises(FloatingPointError, match=r"no longer finite at step \d+: try .*; no checkpoint was written"):
        train(few(), replace(SHORT, learning_rate=1e30), tmp_path, every_steps=4)
    assert not (tmp_path / FILE).is_file()


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
        ({"width": 12}, "width must be a multiple of 8, got 12"),
        ({"stem": "large"}, "stem must be one of printed, small, got 'large'"),
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
    assert kept_by_wandb(tmp_path / "tracked")


@pytest.mark.parametrize("asked", [False, True])
def test_weights_and_biases_are_told_of_no_machine_program_or_repository_unless_asked(tmp_path, monkeypatch, asked):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setattr(socket, "gethostname", lambda: "a-machine-of-mine")
    if asked:
        monkeypatch.setenv("WANDB_HOST", "a-machine-of-mine")
        monkeypatch.setenv("WANDB_X_DISABLE_META", "false")
    with tracked("tests", SHORT, tmp_path) as log:
        log({"step": 1, "test_bits": 0.5})
    told = kept_by_wandb(tmp_path)
    assert b"test_bits" in told
    assert [private in told for private in (b"a-machine-of-mine", sys.executable.encode())] == [asked, asked]


def kept_by_wandb(folder):
    """The bytes of the one run in a folder, once its own process has written them."""
    (path,) = (folder / "wandb").glob("offline-run-*/*.wandb")
    size = 0
    for _ in range(30):
        time.sleep(1)
        if path.stat().st_size == size > 500:
            break
        size = path.stat().st_size
    return path.read_bytes()


def test_tracking_without_wandb_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ModuleNotFoundError, match="pip install wandb"):
        train(few(), SHORT, tmp_path, wandb_project="tests")
    assert not (tmp_path / FILE).is_file()
