"""Training of many dropout networks in step, by Adam on squared errors; a killed run goes on from its last epoch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from polylib import validate
from polylib.networks.dropout_network import Networks
from polylib.runs.whole_file import digest, replacing


@dataclass(frozen=True)
class Training:
    """What a training did to each network."""

    loss: Float[Tensor, "epochs networks"]
    """mean squared error of an output over an epoch's batches, with the noise on"""
    validation: Float[Tensor, "networks outputs"]
    """mean squared error of each output on the samples that were not trained on, with the noise on"""


def train(
    networks: Networks,
    x: Float[Tensor, "networks samples inputs"],
    y: Float[Tensor, "networks samples outputs"],
    *,
    epochs: int = 4,
    batch: int = 100,
    learning_rate: float = 1e-3,
    validation: float = 0.02,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> Training:
    """Train every network in place on its own samples: to give y for x, each epoch in a new order.

    The last share `validation` of the samples is held out. On a GPU a step is recorded once and replayed. A run with a
    `checkpoint` file can be killed and called again on the same networks: it goes on from the last whole epoch to the
    same weights. Raises ValueError for shapes that do not match, values that are not finite, too few samples or a
    checkpoint of another run; FloatingPointError with the epoch where a weight stops being finite.
    """
    _refuse(networks, x, y)
    epochs, batch = validate.one_count("epochs", epochs), validate.one_count("batch", batch)
    learning_rate = validate.scalar("learning_rate", validate.positive("learning_rate", learning_rate))
    share = validate.scalar("validation", validate.probability("validation", validation))
    n_train = round(x.shape[1] * (1 - share))
    if not batch <= n_train < x.shape[1]:
        raise ValueError(f"x must have samples for a batch of {batch} and to validate, got {x.shape[1]} samples")
    validate.integer("seed", seed, 0)
    settings = f"{networks.shape} {networks.noise} {epochs} {batch} {learning_rate} {n_train} {seed}"
    identity = digest(settings, *networks.weights, networks.rate, x, y) if checkpoint else ""
    run = Run(networks, batch, learning_rate)
    loss = x.new_zeros(epochs, len(networks))
    first = run.resume(checkpoint, identity, loss)
    steps = n_train // batch
    with tqdm(total=epochs * steps, initial=first * steps, disable=not progress, desc="training") as bar:
        for epoch in range(first, epochs):
            run.generator.manual_seed(seed * 100_000 + epoch)
            order = torch.rand(len(networks), n_train, generator=run.generator, device=x.device).argsort(1)
            for rows in order[:, : steps * batch].split(batch, 1):
                rows = rows[..., None]
                loss[epoch] += run.step(x.take_along_dim(rows, 1), y.take_along_dim(rows, 1)) / steps
                bar.update()
            if not all(bool(w.isfinite().all()) for w in networks.weights):
                raise FloatingPointError(f"a weight is no longer finite after epoch {epoch}")
            run.save(checkpoint, identity, epoch + 1, loss)
    for w in networks.weights:
        w.requires_grad_(False).grad = None
    output = networks.output(x[:, n_train:], networks.factors(x.shape[1] - n_train, run.generator))
    return Training(loss, (output - y[:, n_train:]).square().mean(1))


class Run:
    """A training between two steps: the networks, their optimiser, their noise, and on a GPU the recorded step."""

    warm_up = 3  # steps that are run one by one before one is recorded, as the recording needs

    def __init__(self, networks: Networks, batch: int, learning_rate: float) -> None:
        self.networks, self.batch = networks, batch
        weights = [w.requires_grad_(True) for w in networks.weights]
        cuda = weights[0].is_cuda
        self.generator = torch.Generator(weights[0].device)
        self.optimizer = torch.optim.Adam(weights, lr=learning_rate, eps=1e-7, capturable=cuda)  # eps as in Keras
        self.taken = 0
        self.graph = torch.cuda.CUDAGraph() if cuda else None

    def step(self, x: Tensor, y: Tensor) -> Float[Tensor, " networks"]:
        """One step of Adam on a batch of every network; the loss of each."""
        if self.graph is None or self.taken < self.warm_up:
            self.taken += 1
            return self._step(x, y)
        if self.taken == self.warm_up:
            self._record(x, y)
        self.x.copy_(x)
        self.y.copy_(y)
        self.graph.replay()
        return self.loss

    def _step(self, x: Tensor, y: Tensor) -> Tensor:
        self.optimizer.zero_grad(set_to_none=True)
        output = self.networks.output(x, self.networks.factors(self.batch, self.generator))
        loss = (output - y).square().mean((1, 2))
        loss.sum().backward()
        self.optimizer.step()
        return loss.detach()

    def _record(self, x: Tensor, y: Tensor) -> None:
        """Record a step: replayed, it costs one launch in place of some hundred."""
        self.x, self.y, self.taken = x.clone(), y.clone(), self.taken + 1
        self.graph.register_generator_state(self.generator)
        with torch.cuda.graph(self.graph):
            self.loss = self._step(self.x, self.y)

    def save(self, path: Path | None, identity: str, epoch: int, loss: Tensor) -> None:
        """Write weights, moments, losses and the state of the noise after an epoch, whole or not at all."""
        if path is not None:
            arrays = {f"array_{i}": a.detach().cpu().numpy() for i, a in enumerate(self._arrays())}
            arrays |= {"loss": loss.cpu().numpy(), "noise": self.generator.get_state().numpy()}
            with replacing(path) as file:
                np.savez(file, identity=np.array(identity), epoch=epoch, **arrays)

    @torch.no_grad()
    def resume(self, path: Path | None, identity: str, loss: Tensor) -> int:
        """Read what `save` wrote and give the number of epochs done; 0 if there is nothing."""
        if path is None or not path.is_file():
            return 0
        with np.load(path, allow_pickle=False) as found:
            if str(found["identity"]) != identity:
                raise ValueError(f"checkpoint must be of the same networks, samples and settings, got {path.name}")
            for w in self.networks.weights:  # the optimiser makes its moments at its first step
                w.grad = torch.zeros_like(w)
            self.optimizer.step()
            for i, array in enumerate(self._arrays()):
                array.copy_(torch.from_numpy(found[f"array_{i}"]))
            loss.copy_(torch.from_numpy(found["loss"]))
            self.generator.set_state(torch.from_numpy(found["noise"]))
            return int(found["epoch"])

    def _arrays(self) -> list[Tensor]:
        weights = self.networks.weights
        moments = [v for w in weights for _, v in sorted(self.optimizer.state[w].items())]
        return [*weights, *moments]


def _refuse(networks: Networks, x: Tensor, y: Tensor) -> None:
    for name, values, width in (("x", x, networks.shape.inputs), ("y", y, networks.shape.outputs)):
        if values.ndim != 3 or (len(values), values.shape[2]) != (len(networks), width):
            raise ValueError(f"{name} must have shape ({len(networks)}, samples, {width}), got {tuple(values.shape)}")
        if not bool(values.isfinite().all()):
            raise ValueError(f"{name} must be finite everywhere, got nan or infinity")
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"x and y must have one number of samples, got {x.shape[1]} and {y.shape[1]}")
