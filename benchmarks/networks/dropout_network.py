"""Networks of figure 1, trained all at once, against one by one, and against a plain PyTorch loop, on the same work.

python -m benchmarks.networks.dropout_network        on the CPU and on a GPU if there is one
"""

import copy
import time
from collections.abc import Iterator

import torch

from benchmarks.row import Row, devices, table
from polylib.networks.dropout_network import Networks, Shape, networks
from polylib.networks.dropout_training import Run

SHAPE, BATCH, COUNT = Shape(), 100, 30


def steps_a_second(step, steps: int, device: str) -> float:
    """After five steps that are not counted."""
    for _ in range(5):
        step()
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    if device == "cuda":
        torch.cuda.synchronize()
    return steps / (time.perf_counter() - start)


def ours(nets: Networks, x: torch.Tensor, steps: int, device: str) -> float:
    run = Run(nets, BATCH, 1e-3)
    run.generator.manual_seed(0)
    return steps_a_second(lambda: run.step(x, x), steps, device)


def plain(x: torch.Tensor, steps: int, device: str) -> float:
    """One network as one would write it first; PyTorch's dropout rescales, so the factor is undone behind it."""
    layers, width = [], SHAPE.inputs
    for i in range(SHAPE.depth):
        layers += [torch.nn.Linear(width, SHAPE.width), torch.nn.Tanh()]
        width = SHAPE.width
        if (i + 1) % SHAPE.per_group == 0:
            layers += [torch.nn.Dropout(0.2), Scale(0.8)]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(width, SHAPE.outputs)).to(x)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x[0]), x[0]).backward()
        optimizer.step()

    return steps_a_second(step, steps, device)


class Scale(torch.nn.Module):
    """Multiplication by a constant."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.factor


def rows() -> Iterator[Row]:
    torch.set_num_threads(1)
    for device in devices():
        x = 2 * torch.rand(COUNT, BATCH, SHAPE.inputs, device=device) - 1
        nets = networks(SHAPE, COUNT, device=device)
        steps = 500 if device == "cuda" else 40
        together = ours(copy.deepcopy(nets), x, steps, device) * COUNT
        work = f"train {COUNT} networks of {SHAPE.depth} layers, batch {BATCH}"
        alone = ours(copy.deepcopy(nets.take(slice(0, 1))), x[:1], steps, device)
        yield Row(work, together, alone, "steps/s", "one by one", device)
        yield Row(work, together, plain(x, steps, device), "steps/s", "plain PyTorch loop", device)


if __name__ == "__main__":
    print(table(rows()))
