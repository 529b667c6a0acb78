"""Critics of mutual information: all at once against one by one, against a plain PyTorch loop, and against the truth.

    python -m benchmarks.information.estimators                  speed, on the CPU and on a GPU if there is one
    ... estimators ground [ESTIMATOR ...]     error and seconds on known ground, 5,000 samples a task
    ... estimators peer VENV_PYTHON FOLDER [TASK ...]   the samples of chapter 9's known ground for benchmark-mi

The peer needs a venv of its own: pip install benchmark-mi jax==0.4.26 jaxlib==0.4.26 'numpy<2' 'pandas<2' 'pydantic<2'.
FOLDER keeps its samples and its results, of the tasks with these numbers, or of all; remove peer.json to run it again.
What it finds is kept as 09-mine-peer, for the chapter's table.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from benchmarks.row import Row, devices, table
from polylib.information import DEFAULT, PRINTED, estimate, estimate_many, known_ground
from polylib.information.recipe import Phase, Recipe
from polylib.runs import results

STEPS, ROUNDS, SAMPLES, FEW = 50, 3, 5000, 4
WIDTHS = 3, 32
PEER = "benchmark-mi 0.1.3, jax 0.4.26"
FEWER = replace(DEFAULT, phases=(Phase(2000, 128, 5e-3),))  # InfoNCE scores 32 pairs a sample


def seconds(function, device: str) -> float:
    """Of the processor, on which a busy machine changes them little; on a GPU, by the clock."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    start = clock()
    function()
    if device != "cpu":
        torch.cuda.synchronize()
    return clock() - start


def only_steps(hidden: tuple[int, ...], batch: int, device: str) -> Recipe:
    """A recipe that trains and hardly looks."""
    steps = STEPS if device == "cpu" else 10 * STEPS
    phases = (Phase(steps, batch, 1e-4),)
    return replace(PRINTED, hidden=hidden, phases=phases, every=steps)


def plain_loop(x: torch.Tensor, y: torch.Tensor, recipe: Recipe) -> None:
    """One critic as one would write it first: nn.Sequential, autograd, torch.optim, the printed bound."""
    sizes = [x.shape[1] + y.shape[1], *recipe.hidden]
    layers = [m for a, b in pairwise(sizes) for m in (torch.nn.Linear(a, b), torch.nn.ReLU())]
    critic = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], 1)).to(x)
    (phase,) = recipe.phases
    optimizer = torch.optim.Adam(critic.parameters(), lr=phase.learning_rate)
    for _ in range(phase.steps):
        index = torch.randint(len(x), (phase.batch,), device=x.device)
        joint = critic(torch.cat([x[index], y[index]], 1))
        product = critic(torch.cat([x[index], y[index.roll(1)]], 1))
        loss = product.exp().mean().log() - joint.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def rows() -> Iterator[Row]:
    torch.set_num_threads(1)  # small matrices wait for threads longer than they compute
    for device in devices():
        yield from speed(device)


def speed(device: str) -> Iterator[Row]:
    critics = 40 if device == "cpu" else 400
    for hidden, batch in [((16, 16), 64), ((64, 32), 256), ((64, 64, 64), 1024)]:
        generator = torch.Generator(device).manual_seed(0)
        x, y = (torch.randn(critics, SAMPLES, d, generator=generator, device=device) for d in WIDTHS)
        recipe = only_steps(hidden, batch, device)
        groups = {
            "together": (critics, lambda x=x, y=y, r=recipe: estimate_many(x, y, "dv", recipe=r)),
            "alone": (FEW, lambda x=x, y=y, r=recipe: [estimate(x[i], y[i], "dv", recipe=r) for i in range(FEW)]),
            "plain": (FEW, lambda x=x, y=y, r=recipe: [plain_loop(x[i], y[i], r) for i in range(FEW)]),
        }
        rates = {name: [] for name in groups}
        for _ in range(ROUNDS):  # alternating, so that a busy machine slows all
            for name, (count, run) in groups.items():
                rates[name].append(count * recipe.phases[0].steps / seconds(run, device))
        together, alone, plain = (statistics.median(rates[name]) for name in groups)
        work = f"{{}}, {'x'.join(map(str, hidden))}, batch {batch}"
        yield Row(work.format(f"train {critics} critics"), together, plain, "steps/s", "plain PyTorch loop", device)
        yield Row(work.format("train one critic"), alone, plain, "steps/s", "plain PyTorch loop", device)


def ground(estimators: list[str]) -> None:
    print(f"{SAMPLES} samples a task, bits; each entry: error (standard error, seconds)")
    print(f"{'':30s} exact  " + "  ".join(f"{name:^21s}" for name in estimators))
    errors = {name: [] for name in estimators}
    for task in known_ground():
        x, y = task.draw(SAMPLES, np.random.default_rng(0))
        row = []
        for name in estimators:
            found = estimate(x, y, name, recipe=FEWER if name == "infonce" else DEFAULT)
            errors[name].append((abs(found.bits - task.bits), found.seconds))
            row.append(f"{found.bits - task.bits:+.3f} ({found.standard_error:.3f}, {found.seconds:5.1f})")
        print(f"{task.name:30s} {task.bits:.3f}  " + "  ".join(row), flush=True)
    for name, found in errors.items():
        print(f"{name:10s} mean |error| {np.mean(found, 0)[0]:.3f}, mean seconds {np.mean(found, 0)[1]:.1f}")


def peer(python: str, folder: Path, chosen: list[int]) -> None:
    """The peer's estimators, at their defaults, on the samples that the chapter's saved run has of its tasks."""
    tasks, folder = known_ground(), folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    for i in chosen or range(len(tasks)):
        pair = tasks[i].draw(SAMPLES, np.random.default_rng([0, i]))
        np.savez(folder / f"{i:02d}.npz", **{n: v.astype(np.float32) for n, v in zip("xy", pair, strict=True)})
    subprocess.run([python, str(Path(__file__).with_name("benchmark_mi_peer.py")), str(folder)], check=True)
    rows = json.loads((folder / "peer.json").read_text())
    found = {"task": [tasks[int(i)].name for i in rows]}
    for name in next(iter(rows.values())):
        found[name] = [row[name]["bits"] for row in rows.values()]
    seconds = {name: sum(row[name]["seconds"] for row in rows.values()) for name in list(found)[1:]}
    parameters = {"seed": 0, "samples": SAMPLES, "packages": PEER}
    values = {"found": found, "seconds": seconds}
    results.save("09-mine-peer", values, parameters, seconds=sum(seconds.values()))


def main() -> None:
    torch.set_num_threads(1)  # small matrices wait for threads longer than they compute
    if sys.argv[1:2] == ["peer"]:
        peer(sys.argv[2], Path(sys.argv[3]), [int(i) for i in sys.argv[4:]])
    elif sys.argv[1:2] == ["ground"]:
        ground(sys.argv[2:] or ["dv", "mine", "infonce", "nwj", "smile", "ksg", "cca"])
    else:
        print(table(rows()))


if __name__ == "__main__":
    main()
