"""Simulations kept on disk: a long run that was killed goes on where it was, and nothing is simulated twice."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np

from polylib.explanation_records import Explanation, Simulation
from polylib.simulators import Simulator
from polylib.whole_file import replacing


class Kept:
    """A simulator that asks another one at most once for the same words and tokens.

    For simulators that read the text of an explanation and not its table. One JSON file a simulation, named by the
    SHA-256 of the request that it holds: the simulator's name, its `prompt` (a digest of the task and the examples, if
    it has one), the words and the tokens. A damaged one is named in a warning and made again. Failures are not kept.
    """

    def __init__(self, simulator: Simulator, folder: str | Path) -> None:
        self.name = simulator.name
        self.prompt: str = getattr(simulator, "prompt", "")
        self._simulator, self._folder = simulator, Path(folder)

    def simulate(self, explanation: Explanation, tokens: Sequence[str]) -> Simulation:
        """The kept simulation, with the seconds that it once took; else a new one, which is then kept."""
        asked = {"simulator": self.name, "prompt": self.prompt}
        request = asked | {"text": explanation.text, "tokens": list(tokens)}
        path = self._folder / f"{sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()}.json"
        found = _read(path, request)
        if found is None:
            found = self._simulator.simulate(explanation, tokens)
            arrays = {"expected": found.expected.tolist(), "mass": None if found.mass is None else found.mass.tolist()}
            with replacing(path) as file:
                file.write(json.dumps({"request": request, "simulation": asdict(found) | arrays}).encode())
        return found


def _read(path: Path, request: dict) -> Simulation | None:
    try:
        record = json.loads(path.read_bytes())
        if record["request"] == request:
            kept = record["simulation"]
            mass = None if kept["mass"] is None else np.array(kept["mass"])
            found = Simulation(**kept | {"expected": np.array(kept["expected"]), "mass": mass})
            if found.expected.shape == (len(request["tokens"]),):
                return found
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError, RecursionError):
        pass  # no JSON, or another kind of it
    warnings.warn(f"{path.name} is damaged: it is made again and replaced", stacklevel=3)
    return None
