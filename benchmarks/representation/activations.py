"""Dissection of layers, side by side with the plain way, same work in one run.

Streaming covariance and its eigenvalues against sklearn's IncrementalPCA on the same batches, the smallest from which
it finds all components, with the peak memory of each in a process of its own. Then 1,000 random projections of 14
layers, their energies and the correlation of their distances with the input's: ours, against drawing, projecting and
measuring one after another, as a script would.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from scipy.spatial.distance import pdist
from sklearn.decomposition import IncrementalPCA
from threadpoolctl import threadpool_limits

from benchmarks.row import Row, table
from polylib.images import dot_frames
from polylib.representation import RunningCovariance, path_statistics
from polylib.theory.energy import path_energy, random_projection

SAMPLES = 20_480
CHANNELS = [64] * 3 + [128] * 2 + [256] * 2 + [512] * 2
POSITIONS = {
    "channels only": 0,
    "channels x positions at 32 pixels": 1,
    "the same at 64 pixels": 2,
    "the same at 224 pixels, as in print": 7,
}
TIMES, PROJECTIONS, ONE_BY_ONE = 64, 1_000, 20


def batches(units: int):
    rng, scale = np.random.default_rng(0), np.arange(1, units + 1) ** -0.5
    for _ in range(SAMPLES // units):
        yield (rng.standard_normal((units, units)) * scale).astype(np.float32)


def streamed(units: int) -> np.ndarray:
    running = RunningCovariance()
    for x in batches(units):
        running.add(torch.from_numpy(x))
    return torch.linalg.eigh(running.covariance)[0].flip(0).numpy()


def incremental(units: int) -> np.ndarray:
    pca = IncrementalPCA()
    for x in batches(units):
        pca.partial_fit(x)
    return pca.explained_variance_


def no_work(units: int) -> np.ndarray:
    for _ in batches(units):
        pass
    return np.zeros(1)


def measured(function: Callable, units: int) -> tuple[float, float, np.ndarray]:
    """Seconds, peak memory in MB, and the result, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (function, units))


def _measure(function: Callable, units: int) -> tuple[float, float, np.ndarray]:
    torch.set_num_threads(1)
    with threadpool_limits(1):
        start = time.perf_counter()
        result = function(units)
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, result


def one_after_another(layers: dict[str, torch.Tensor], given: np.ndarray, n: int) -> np.ndarray:
    rng, found = np.random.default_rng(0), []
    for x in layers.values():
        x = x.numpy()
        for _ in range(n):
            z = x @ random_projection(x.shape[1], 3, rng=rng)
            closed = np.vstack([z, z[:1]])
            found.append((path_energy(closed) / len(z), np.corrcoef(pdist(z), given)[0, 1]))
    return np.array(found)


def bare(layers: int) -> float:
    """Wall time of the draws of all projections, of the products and roots of their distances, and no more."""
    rng, root, given = np.random.default_rng(0), torch.zeros(TIMES, TIMES).double(), torch.zeros(TIMES**2, 2).double()
    start = time.perf_counter()
    for _ in range(layers):
        paths = root @ torch.from_numpy(rng.standard_normal((TIMES, 3 * PROJECTIONS)))
        paths = paths.unflatten(1, (PROJECTIONS, 3)).movedim(1, 0).contiguous()
        for few in paths.split(64):
            (few @ few.mT).abs_().sqrt_().flatten(1) @ given
    return time.perf_counter() - start


def projections(name: str, widths: list[int]) -> Row:
    generator = torch.Generator().manual_seed(0)
    frames = dot_frames(TIMES, 32, dtype=torch.float64).flatten(1)
    apart = torch.cdist(frames, frames).numpy()
    layers = {}
    for i, m in enumerate(widths):
        parts = [min(50_000, m - start) for start in range(0, m, 50_000)]  # all weights at once would fill memory
        drawn = (torch.randn(frames.shape[1], n, generator=generator, dtype=torch.float64) for n in parts)
        layers[str(i)] = torch.cat([(frames @ weights).relu() for weights in drawn], 1)
    path_statistics(layers, 8, distances=apart, rng=np.random.default_rng(0))
    start = time.perf_counter()
    ours = path_statistics(layers, PROJECTIONS, distances=apart, rng=np.random.default_rng(0))
    mine = time.perf_counter() - start
    start = time.perf_counter()
    peer = one_after_another(layers, apart[np.triu_indices(TIMES, 1)], ONE_BY_ONE)
    theirs = (time.perf_counter() - start) * PROJECTIONS / ONE_BY_ONE
    assert abs(ours.correlation.mean() - peer[:, 1].mean()) < 0.05
    work = f"{PROJECTIONS:,} projections of 14 layers, {TIMES} times, {name}"
    return Row(work, mine, theirs, "s", "one after another", bare=bare(len(layers)))


def rows() -> Iterator[Row]:
    """Seconds and memory of the covariances are less those that drawing the samples takes."""
    for units in (256, 512, 1024):
        idle, base, _ = measured(no_work, units)
        mine, memory, ours = measured(streamed, units)
        theirs, _, peer = measured(incremental, units)
        assert np.allclose(ours[: units // 4], peer[: units // 4], rtol=0.01)
        work = f"covariance and its eigenvalues, {units} units, {SAMPLES:,} samples"
        against = "IncrementalPCA of scikit-learn"
        yield Row(work, mine - idle, theirs - idle, "s", against, megabytes=max(memory - base, 0))
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for name, scale in POSITIONS.items():
            places = [1] * 9 if not scale else [scale**2 * p for p in (256, 64, 64, 16, 16, 4, 4, 1, 1)]
            yield projections(name, [c * p for c, p in zip(CHANNELS, places, strict=True)] + [512] + [1024] * 4)


if __name__ == "__main__":
    print(table(rows()))
