"""Simulations kept on disk: a long run that was killed goes on where it was, and nothing is simulated twice."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from polylib.completions.cache import kept
from polylib.explanation.records import Explanation, Simulation
from polylib.explanation.simulators import Simulator


class KeptSimulator:
    """A simulator that asks another one at most once for the same words and tokens.

    For simulators that read the text of an explanation and not its table. What is asked for is known by the simulator's
    name, its `prompt` (a digest of the task and the examples, if it has one), the words and the tokens; a file each,
    see `polylib.completions.cache.kept`. A kept simulation has the seconds that it once took.
    """

    def __init__(self, simulator: Simulator, folder: str | Path) -> None:
        self.name = simulator.name
        self.prompt: str = getattr(simulator, "prompt", "")
        self._simulator, self._folder = simulator, Path(folder)

    def simulate(self, explanation: Explanation, tokens: Sequence[str]) -> Simulation:
        """The kept simulation, else a new one, which is then kept."""
        text = list(tokens)
        request = {"simulator": self.name, "prompt": self.prompt, "text": explanation.text, "tokens": text}

        def decoded(answer: dict) -> Simulation:
            mass = None if answer["mass"] is None else np.array(answer["mass"])
            found = Simulation(**answer | {"expected": np.array(answer["expected"]), "mass": mass})
            if found.expected.shape != (len(text),):
                raise ValueError(f"answer must have {len(text)} levels, got {found.expected.shape}")
            return found

        return kept(self._folder, request, lambda: self._simulator.simulate(explanation, text), _encoded, decoded)


def _encoded(made: Simulation) -> dict:
    arrays = {"expected": made.expected.tolist(), "mass": None if made.mass is None else made.mass.tolist()}
    return asdict(made) | arrays
