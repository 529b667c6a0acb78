"""What was measured in a training, in memory and as CSV."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polylib import validate
from polylib.runs.whole_file import replacing


@dataclass(frozen=True)
class History:
    """What was measured in a training."""

    rows: list[dict[str, float]]
    """one an epoch: epoch, step, seconds; for the batches of the epoch, as they were trained, and for the test images,
    without dropout, elbo, bce, kl in nats (train_..., test_...) and bits per dimension (train_bits, test_bits);
    test_floor, the entropy of the test images' pixels in nats; active_units of the code"""
    losses: NDArray[np.float64]
    """negative bound in nats for each image, of every batch so far"""

    def column(self, name: str) -> NDArray[np.float64]:
        """One measure over the epochs. Raises ValueError for a name that is no measure, with those there are."""
        if self.rows:
            validate.one_of("name", name, self.rows[0])
        return np.array([row[name] for row in self.rows])

    def write(self, folder: Path) -> None:
        """history.csv, a row an epoch, and losses.csv, a row a batch, whole or not at all."""
        steps = [{"step": i + 1, "elbo": float(loss)} for i, loss in enumerate(self.losses)]
        for name, rows in {"history": self.rows, "losses": steps}.items():
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]) if rows else ["step"], lineterminator="\n")
            writer.writeheader()
            writer.writerows({k: f"{v:.17g}" for k, v in row.items()} for row in rows)
            with replacing(folder / f"{name}.csv") as file:
                file.write(text.getvalue().encode())
