"""Training of dropout networks: against torch's own layers and Adam, alone and in batches, killed and called again."""

import inspect

import pytest
import torch
from torch import nn

from polylib.networks.dropout_network import Shape, joined, networks
from polylib.networks.dropout_training import Run, train

pytestmark = pytest.mark.usefixtures("one_thread")
TINY = Shape(inputs=2, outputs=3, width=4, groups=2, per_group=2)
SETTINGS = {"epochs": 3, "batch": 10, "validation": 0.2, "seed": 4}


def tiny(rate=0.2, seed=0, dtype=torch.float64, count=2, noise="dropout"):
    return networks(TINY, count, rate, seed=seed, dtype=dtype, noise=noise)


def task(count=2, samples=50, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(count, samples, TINY.inputs, generator=generator, dtype=dtype)
    return x, torch.cat([x, x[..., :1] * x[..., 1:]], 2)


X, Y = task()


class Times(nn.Module):
    """The dropout of one group, with a mask that is set from outside."""

    def forward(self, h):
        return h * self.mask


def sequential(found, n):
    """Network n from torch's own layers, and the places of its dropouts."""
    layers, dropouts = [], []
    weights = [found.first[n], *found.hidden[:, n], found.last[n]]
    biases = [*found.bias[:, n, 0], found.last_bias[n, 0]]
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        dense = nn.Linear(*weight.shape, dtype=weight.dtype)
        dense.weight.data, dense.bias.data = weight.detach().T.clone(), bias.detach().clone()
        layers += [dense, nn.Tanh()] if i < found.shape.depth else [dense]
        if i < found.shape.depth and (i + 1) % found.shape.per_group == 0:
            dropouts.append(Times())
            layers.append(dropouts[-1])
    return nn.Sequential(*layers), dropouts


def same_weights(found, n, model, tolerance=1e-10):
    dense = [layer for layer in model if isinstance(layer, nn.Linear)]
    for ours, theirs in zip([found.first[n], *found.hidden[:, n], found.last[n]], dense, strict=True):
        torch.testing.assert_close(ours.detach(), theirs.weight.detach().T, rtol=0, atol=tolerance)
    for ours, theirs in zip([*found.bias[:, n, 0], found.last_bias[n, 0]], dense, strict=True):
        torch.testing.assert_close(ours.detach(), theirs.bias.detach(), rtol=0, atol=tolerance)


@pytest.mark.parametrize("noise", ["dropout", "gaussian"])
def test_steps_are_those_of_adam_on_torchs_layers(noise):
    found, steps = tiny(rate=[0.1, 0.5], noise=noise), 4
    models = [sequential(found, n) for n in range(2)]
    optimizers = [torch.optim.Adam(m.parameters(), lr=0.01, eps=1e-7) for m, _ in models]
    run = Run(found, batch=10, learning_rate=0.01)
    run.generator.manual_seed(3)
    same_noise = torch.Generator().manual_seed(3)
    for i in range(steps):
        x, y = X[:, 10 * i : 10 * i + 10], Y[:, 10 * i : 10 * i + 10]
        masks = list(found.factors(10, same_noise))
        losses = run.step(x, y)
        for n, ((model, dropouts), optimizer) in enumerate(zip(models, optimizers, strict=True)):
            for dropout, mask in zip(dropouts, masks, strict=True):
                dropout.mask = mask[n]
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x[n]), y[n])
            loss.backward()
            optimizer.step()
            assert losses[n].item() == pytest.approx(loss.item(), rel=1e-10)
            same_weights(found, n, model)


def test_a_training_is_its_steps_over_shuffled_batches():
    """Two epochs by hand, with the samples of each network in the order that the documented seed draws."""
    found, by_hand = tiny(), tiny()
    got = train(found, X, Y, **SETTINGS | {"epochs": 2, "learning_rate": 0.01})
    run = Run(by_hand, batch=10, learning_rate=0.01)
    for epoch in range(2):
        run.generator.manual_seed(400_000 + epoch)
        order = torch.rand(2, 40, generator=run.generator).argsort(1)
        assert [sorted(o) for o in order.tolist()] == [list(range(40))] * 2
        losses = []
        for rows in order.split(10, 1):
            losses.append(run.step(*(torch.stack([v[n, rows[n]] for n in range(2)]) for v in (X, Y))))
        torch.testing.assert_close(got.loss[epoch], torch.stack(losses).mean(0), rtol=1e-12, atol=0)
    for a, b in zip(found.weights, by_hand.weights, strict=True):
        assert torch.equal(a, b.detach())


def test_a_batch_of_networks_is_each_alone():
    """Without noise and with all samples in a batch, the order of the samples does not matter."""
    options = {"epochs": 20, "batch": 40, "learning_rate": 0.01, "validation": 0.2}
    together = tiny(rate=0.0, count=3)
    x, y = task(3)
    parts = [joined([together.take(slice(n, n + 1))]) for n in range(3)]
    whole = train(together, x, y, **options)
    for n, alone in enumerate(parts):
        got = train(alone, x[n : n + 1], y[n : n + 1], **options)
        torch.testing.assert_close(got.loss[:, 0], whole.loss[:, n], rtol=1e-8, atol=0)
        torch.testing.assert_close(got.validation[0], whole.validation[n], rtol=1e-8, atol=0)
        for a, b in zip(joined([together.take(slice(n, n + 1))]).weights, alone.weights, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-9)


def test_the_identity_is_learned():
    shape = Shape(inputs=2, outputs=2, width=16, groups=1, per_group=1)
    x = torch.rand(2, 1000, 2, generator=torch.Generator().manual_seed(0))
    found = networks(shape, 2, [0.0, 0.3])
    got = train(found, x, x, epochs=15, batch=20, learning_rate=0.01)
    assert got.loss.shape == (15, 2)
    assert got.validation.shape == (2, 2)
    assert (got.loss[-1] < got.loss[0] / 3).all()
    assert got.loss[-1, 0] < 1e-3 < got.loss[-1, 1]  # dropout costs
    assert (got.validation[0] < 1e-3).all()
    held_out = found.output(x[:, 980:], found.factors(20, torch.Generator())) - x[:, 980:]
    torch.testing.assert_close(held_out[0].square().mean(0), got.validation[0], rtol=40 * 2**-24, atol=0)  # 20 summands


def test_what_is_held_out_is_not_trained_on():
    first, second = tiny(), tiny()
    other = Y.clone()
    other[:, 40:] += 1
    one, two = train(first, X, Y, **SETTINGS), train(second, X, other, **SETTINGS)
    assert torch.equal(one.loss, two.loss)
    assert all(torch.equal(a, b) for a, b in zip(first.weights, second.weights, strict=True))
    assert not (one.validation == two.validation).any()


def test_trained_weights_ask_for_no_gradient():
    found = tiny()
    got = train(found, X, Y, **SETTINGS)
    assert not any(w.requires_grad or w.grad is not None for w in found.weights)
    assert not got.loss.requires_grad
    assert not got.validation.requires_grad


def test_seeds_decide():
    ends = []
    for seed in (1, 1, 2):
        found = tiny()
        train(found, X, Y, **SETTINGS | {"seed": seed})
        ends.append(found.first)
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])


def equal_runs(one, first, two, second):
    assert torch.equal(one.loss, two.loss)
    assert torch.equal(one.validation, two.validation)
    assert all(torch.equal(a, b) for a, b in zip(first.weights, second.weights, strict=True))


@pytest.mark.parametrize(("steps", "dtype"), [(3, torch.float32), (4, torch.float64), (6, torch.float32)])
def test_a_killed_run_goes_on_to_the_same_numbers(tmp_path, monkeypatch, steps, dtype):
    """Of 4 steps an epoch: killed within the first epoch, after it, and within the second."""
    x, y = X.to(dtype), Y.to(dtype)
    undisturbed, killed, again = (tiny(dtype=dtype) for _ in range(3))
    whole = train(undisturbed, x, y, **SETTINGS)
    path, step, taken = tmp_path / "run.npz", Run.step, []

    def patched(self, *batch):
        if len(taken) == steps:
            raise KeyboardInterrupt
        taken.append(None)
        return step(self, *batch)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "step", patched)
        with pytest.raises(KeyboardInterrupt):
            train(killed, x, y, **SETTINGS, checkpoint=path)
    assert path.is_file() == (steps >= 4)
    equal_runs(whole, undisturbed, train(again, x, y, **SETTINGS, checkpoint=path), again)


def test_a_finished_run_is_read_not_repeated(tmp_path, monkeypatch):
    first, second, path = tiny(), tiny(), tmp_path / "run.npz"
    whole = train(first, X, Y, **SETTINGS, checkpoint=path)
    monkeypatch.setattr(Run, "step", None)
    equal_runs(whole, first, train(second, X, Y, **SETTINGS, checkpoint=path), second)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 5}, "seed 4 there and 5 here"),
        ({"epochs": 4}, "epochs 1 there and 4 here"),
        ({"batch": 20}, "batch 10 there and 20 here"),
        ({"learning_rate": 2e-3}, "learning_rate 0.001 there and 0.002 here"),
        ({"validation": 0.1}, "n_train 40 there and 45 here"),
        ({"x": X + 1}, "x "),
        ({"y": Y + 1}, "y "),
        ({"networks": tiny(seed=1)}, "weights "),
        ({"networks": tiny(rate=0.3)}, "rate "),
        ({"networks": tiny(noise="gaussian")}, "noise 'dropout' there and 'gaussian' here"),
    ],
    ids=lambda c: next(iter(c)) if isinstance(c, dict) else "",
)
def test_a_foreign_checkpoint_is_refused_with_what_differs(tmp_path, change, named):
    path = tmp_path / "run.npz"
    train(tiny(), X, Y, **SETTINGS | {"epochs": 1}, checkpoint=path)
    arguments = {"networks": tiny(), "x": X, "y": Y, **SETTINGS, "epochs": 1, "checkpoint": path} | change
    with pytest.raises(ValueError, match=rf"run\.npz must be of the same run, got {named}"):
        train(**arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": torch.where(X > 0.99, torch.nan, X)}, "x must be finite everywhere, got nan or infinity"),
        ({"y": Y / 0}, "y must be finite everywhere, got nan or infinity"),
        ({"x": X[0]}, r"x must have shape \(2, samples, 2\), got \(50, 2\)"),
        ({"x": Y}, r"x must have shape \(2, samples, 2\), got \(2, 50, 3\)"),
        ({"y": X}, r"y must have shape \(2, samples, 3\), got \(2, 50, 2\)"),
        ({"y": Y[:1]}, r"y must have shape \(2, samples, 3\), got \(1, 50, 3\)"),
        ({"y": Y[:, 1:]}, "x and y must have one number of samples, got 50 and 49"),
        ({"batch": 41}, "x must have samples for a batch of 41 and to validate, got 50 samples"),
        ({"validation": 0.0}, "x must have samples for a batch of 10 and to validate, got 50 samples"),
        ({"validation": 1.0}, "x must have samples for a batch of 10 and to validate, got 50 samples"),
        ({"validation": 1.5}, r"validation must be in \[0, 1\], got 1.5"),
        ({"learning_rate": 0.0}, "learning_rate must be positive, got 0"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch": 0}, "batch must be a whole number of at least 1, got 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
    ],
)
def test_bad_input_is_refused(change, message):
    found = tiny()
    before = found.first.clone()
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(train)(**{"networks": found, "x": X, "y": Y, **SETTINGS} | change)
    assert torch.equal(found.first, before)


@pytest.mark.parametrize("what", ["loss", "weight", "moment"])
def test_what_is_not_finite_is_an_error_and_the_checkpoint_before_goes_on(tmp_path, monkeypatch, what):
    undisturbed, spoilt, again = (tiny() for _ in range(3))
    whole = train(undisturbed, X, Y, **SETTINGS)
    path, step, taken = tmp_path / "run.npz", Run.step, []

    def patched(self, *batch):
        loss = step(self, *batch)
        taken.append(None)
        if len(taken) == 8:  # the last step of the second epoch
            with torch.no_grad():
                moment = self.optimizer.state[self.networks.first]["exp_avg_sq"]
                {"loss": loss, "weight": self.networks.last, "moment": moment}[what].view(-1)[1] = torch.inf
        return loss

    with monkeypatch.context() as patch:
        patch.setattr(Run, "step", patched)
        words = r"a loss, a weight or a moment is no longer finite after epoch 1: try a learning_rate below 0\.001"
        with pytest.raises(FloatingPointError, match=words):
            train(spoilt, X, Y, **SETTINGS, checkpoint=path)
    equal_runs(whole, undisturbed, train(again, X, Y, **SETTINGS, checkpoint=path), again)


def test_a_validation_error_that_is_not_finite_is_an_error(monkeypatch):
    """Finite weights whose outputs are not: the squares of what is held out overflow."""
    x, y = task(dtype=torch.float32)
    y[:, 40:] = 1e30
    with pytest.raises(FloatingPointError, match="the validation error is no longer finite after epoch 2"):
        train(tiny(dtype=torch.float32), x, y, **SETTINGS)


def test_divergence_is_an_error_that_says_when_and_leaves_no_checkpoint(tmp_path):
    x, y = task(dtype=torch.float32)
    with pytest.raises(FloatingPointError, match="is no longer finite after epoch 0"):
        train(tiny(dtype=torch.float32), x, y, **SETTINGS, learning_rate=1e37, checkpoint=tmp_path / "run.npz")
    assert not (tmp_path / "run.npz").exists()


def test_progress_is_shown_when_asked_for(capsys):
    train(tiny(), X, Y, **SETTINGS)
    assert capsys.readouterr().err == ""
    train(tiny(), X, Y, **SETTINGS, progress=True)
    assert "12/12" in capsys.readouterr().err


class Recorded:
    """A CUDA graph without a GPU: what is recorded is not run, a replay runs it on the tensors it was recorded with."""

    def __init__(self, run):
        self.run, self.replays, self.states = run, 0, []

    def register_generator_state(self, generator):
        self.states.append(generator)

    def __enter__(self):
        self.run._step = lambda x, y: torch.full((len(x),), torch.nan, dtype=x.dtype)

    def __exit__(self, *error):
        del self.run._step

    def replay(self):
        self.replays += 1
        self.run.loss.copy_(self.run._step(self.run.x, self.run.y))


def test_a_step_is_recorded_after_the_warm_up_and_then_replayed(monkeypatch):
    plain, recorded = (Run(tiny(), batch=10, learning_rate=0.01) for _ in range(2))
    recorded.graph, recorded.taken = Recorded(recorded), 0
    monkeypatch.setattr(torch.cuda, "graph", lambda graph: graph)
    for run in (plain, recorded):
        run.generator.manual_seed(0)
    batches = list(zip(X.split(10, 1), Y.split(10, 1), strict=True))
    copies = [(x.clone(), y.clone()) for x, y in batches]
    for x, y in batches * 2:
        assert torch.equal(plain.step(x, y), recorded.step(x, y))
    assert recorded.graph.replays == 10 - Run.warm_up
    assert recorded.graph.states == [recorded.generator]
    for a, b in zip(plain.networks.weights, recorded.networks.weights, strict=True):
        assert torch.equal(a, b)
    for before, after in zip(copies, batches, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_recorded_step_is_the_step():
    """Without noise, whose stream differs between devices, a GPU trains to the weights of the CPU."""
    here, there = tiny(rate=0.0), networks(TINY, 2, 0.0, dtype=torch.float64, device="cuda")
    options = {"epochs": 20, "batch": 40, "validation": 0.2, "learning_rate": 0.01}
    one, two = train(here, X, Y, **options), train(there, X.cuda(), Y.cuda(), **options)
    torch.testing.assert_close(one.loss, two.loss.cpu(), rtol=1e-8, atol=0)
    for a, b in zip(here.weights, there.weights, strict=True):
        torch.testing.assert_close(a, b.cpu(), rtol=0, atol=1e-9)
