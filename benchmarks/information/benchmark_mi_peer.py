"""The peer's side of estimators.py, beside this: for the Python of a venv that holds benchmark-mi, not for the book's.

benchmark_mi_peer.py FOLDER   every neural estimator, at its defaults, on each FOLDER/TASK.npz, to FOLDER/peer.json

What peer.json has already is not run again. Seconds are those of the processor, compilation included, so that a busy
machine changes them little.
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


def estimate(folder: Path) -> None:
    kept = folder / "peer.json"
    found = json.loads(kept.read_text()) if kept.is_file() else {}
    for path in sorted(folder.glob("*.npz")):
        data, row = np.load(path), found.setdefault(path.stem, {})
        for name, estimator in NEURAL.items():
            if name not in row:
                start = time.process_time()
                nats = float(estimator(verbose=False).estimate(data["x"], data["y"]))
                row[name] = {"bits": nats / math.log(2), "seconds": time.process_time() - start}
                kept.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    estimate(Path(sys.argv[1]))
