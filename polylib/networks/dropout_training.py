"""Training of many dropout networks in step, by Adam on squared errors; a killed run goes on from its last epoch."""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from polylib import validate
from polylib.networks.dropout_network import Networks
from polylib.runs.checkpoint import Checkpoint, digest, fill, moments


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
    checkpoint of another run; RuntimeError if another process is at the checkpoint; FloatingPointError with the epoch
    where a loss, a weight or a moment of Adam stops being finite: the checkpoint before stays as it was.
    """
    _refuse(networks, x, y)
    epochs, batch = validate.integer("epochs", epochs), validate.integer("batch", batch)
    learning_rate = validate.scalar("learning_rate", validate.positive("learning_rate", learning_rate))
    share = validate.scalar("validation", validate.probability("validation", validation))
    n_train = round(x.shape[1] * (1 - share))
    if not batch <= n_train < x.shape[1]:
        raise ValueError(f"x must have samples for a batch of {batch} and to validate, got {x.shape[1]} samples")
    validate.integer("seed", seed, 0)
    chosen = {"epochs": epochs, "batch": batch, "learning_rate": learning_rate, "n_train": n_train, "seed": seed}
    kept = Checkpoint(checkpoint, chosen | _starting_from(networks, x, y) if checkpoint else {})
    run = Run(networks, batch, learning_rate)
    loss = x.new_zeros(epochs, len(networks))
    steps = n_train // batch
    with kept.locked(), tqdm(total=epochs * steps, disable=not progress, desc="training") as bar:
        first = run.resume(kept, loss)
        bar.update(first * steps)
        for epoch in range(first, epochs):
            run.generator.manual_seed(seed * 100_000 + epoch)
            order = torch.rand(len(networks), n_train, generator=run.generator, device=x.device).argsort(1)
            for rows in order[:, : steps * batch].split(batch, 1):
                rows = rows[..., None]
                loss[epoch] += run.step(x.take_along_dim(rows, 1), y.take_along_dim(rows, 1)) / steps
                bar.update()
            _refuse_broken("a loss, a weight or a moment", [loss, *run.tensors().values()], epoch, learning_rate)
            run.save(kept, epoch + 1, loss)
    for w in networks.weights:
        w.requires_grad_(False).grad = None
    output = networks.output(x[:, n_train:], networks.factors(x.shape[1] - n_train, run.generator))
    error = (output - y[:, n_train:]).square().mean(1)
    _refuse_broken("the validation error", [error], epochs - 1, learning_rate)
    return Training(loss, error)


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

    def save(self, kept: Checkpoint, epoch: int, loss: Tensor) -> None:
        """Keep weights, moments, losses and the state of the noise after an epoch."""
        kept.save(epoch, self.tensors() | {"loss": loss, "noise": self.generator.get_state()})

    def resume(self, kept: Checkpoint, loss: Tensor) -> int:
        """Take over what `save` kept and give the number of epochs done; 0 if there is nothing."""
        if (state := kept.load()) is None:
            return 0
        found, facts = state
        fill(self.tensors() | {"loss": loss}, found)
        self.generator.set_state(found["noise"])
        return facts["step"]

    def tensors(self) -> dict[str, Tensor]:
        """Weights and moments, by name; no copies."""
        return {f"weight.{i}": w for i, w in enumerate(self.networks.weights)} | moments(self.optimizer)


def _starting_from(networks: Networks, x: Tensor, y: Tensor) -> dict[str, object]:
    """What decides the numbers of a training besides its settings."""
    tensors = {"weights": networks.weights, "rate": [networks.rate], "x": [x], "y": [y]}
    return asdict(networks.shape) | {"noise": networks.noise} | {n: digest(*t) for n, t in tensors.items()}


def _refuse_broken(what: str, tensors: list[Tensor], epoch: int, learning_rate: float) -> None:
    if not all(bool(t.isfinite().all()) for t in tensors):
        raise FloatingPointError(
            f"{what} is no longer finite after epoch {epoch}: try a learning_rate below {learning_rate:g}"
        )


def _refuse(networks: Networks, x: Tensor, y: Tensor) -> None:
    for name, values, width in (("x", x, networks.shape.inputs), ("y", y, networks.shape.outputs)):
        if values.ndim != 3 or (len(values), values.shape[2]) != (len(networks), width):
            raise ValueError(f"{name} must have shape ({len(networks)}, samples, {width}), got {tuple(values.shape)}")
        validate.finite(name, values)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"x and y must have one number of samples, got {x.shape[1]} and {y.shape[1]}")
