"""The peer's side of estimators.py, beside this: for the Python of a venv that holds benchmark-mi, not for the book's.

benchmark_mi_peer.py dump FOLDER [TASK ...]   5,000 samples of each task, with the exact value
benchmark_mi_peer.py estimate FOLDER          every neural estimator on them, to FOLDER/peer.json

Seconds are those of the processor, compilation included, so that a busy machine changes them little.
"""

import json
import math
import sys
import time
from pathlib import Path

import bmi
import numpy as np

NEURAL = {
    "MINE": bmi.estimators.MINEEstimator,
    "InfoNCE": bmi.estimators.InfoNCEEstimator,
    "NWJ": bmi.estimators.NWJEstimator,
    "Donsker-Varadhan": bmi.estimators.DonskerVaradhanEstimator,
}
TASKS = (
    "1v1-normal-0.75",
    "1v1-additive-0.1",
    "half_cube-1v1-normal-0.75",
    "multinormal-dense-5-5-0.5",
    "multinormal-dense-25-25-0.5",
    "multinormal-sparse-5-5-2-2.0",
    "student-identity-3-3-2",
    "student-identity-1-1-1",
    "spiral-multinormal-sparse-3-3-2-2.0",
    "swissroll_x-normal_cdf-1v1-normal-0.75",
)


def dump(folder: Path, names: list[str]) -> None:
    for name in names or TASKS:
        task = bmi.benchmark.BENCHMARK_TASKS[name]
        x, y = task.sample(5000, 0)
        bits = task.mutual_information / math.log(2)
        np.savez(folder / f"{name}.npz", x=np.asarray(x, np.float32), y=np.asarray(y, np.float32), bits=bits)


def estimate(folder: Path) -> None:
    found = {}
    for path in sorted(folder.glob("*.npz")):
        data = np.load(path)
        found[path.stem] = {}
        for name, estimator in NEURAL.items():
            start = time.process_time()
            nats = float(estimator(verbose=False).estimate(data["x"], data["y"]))
            found[path.stem][name] = {"bits": nats / math.log(2), "seconds": time.process_time() - start}
    (folder / "peer.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    if sys.argv[1] == "dump":
        dump(Path(sys.argv[2]), sys.argv[3:])
    else:
        estimate(Path(sys.argv[2]))
