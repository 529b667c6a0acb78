"""What is fixed before a critic is trained: its size, its steps, its samples, when it stops and how it is read."""

from dataclasses import dataclass
from typing import Literal

from polylib import validate


@dataclass(frozen=True)
class Phase:
    """Steps of Adam with one batch size and one learning rate."""

    steps: int
    batch: int
    learning_rate: float


@dataclass(frozen=True)
class Recipe:
    """How a critic is built, trained, stopped and read: all of it is fixed before the first sample is seen.

    Raises ValueError for counts below 1, shares that leave nothing to train on, or an unknown scale.
    """

    hidden: tuple[int, ...] = (64, 32)
    """units of the hidden layers"""
    phases: tuple[Phase, ...] = (Phase(4000, 512, 5e-3),)
    negatives: int | None = None
    """pairs of the product for each joint pair of a batch; by default 1, and 31 for InfoNCE"""
    weight_decay: float = 0.3
    ema_rate: float = 0.05
    """weight of the newest batch in the partition term of "mine" """
    tau: float = 5.0
    """log density ratios beyond which "smile" clips, in nats"""
    test: float = 0.2
    """share of the samples that only the reported value sees"""
    validation: float = 0.2
    """share that only the stopping rule sees"""
    folds: int = 5
    """critics of an estimate, each tested on another share of the samples; their values are averaged"""
    every: int = 50
    """steps between two looks at the validation samples"""
    smooth: int = 3
    """looks that the stopping rule averages"""
    patience: int | None = 10
    """looks without a better average before a critic stops; None: the last weights of the last phase are read"""
    shifts: int = 16
    """held-out pairs of the product for each joint pair"""
    capped: bool = True
    """count the joint pairs among the pairs of the product, so that no value exceeds its ceiling"""
    scale: Literal["normal scores", "standard"] = "normal scores"
    """every column is brought to a normal shape by its ranks, which leaves the information unchanged, or only to
    mean 0 and variance 1"""

    def __post_init__(self) -> None:
        whole = {"every": self.every, "smooth": self.smooth, "shifts": self.shifts, "folds": self.folds}
        for i, phase in enumerate(self.phases):
            whole |= {f"phases[{i}].steps": phase.steps, f"phases[{i}].batch - 1": phase.batch - 1}
            validate.positive(f"phases[{i}].learning_rate", phase.learning_rate)
        whole |= {f"hidden[{i}]": units for i, units in enumerate(self.hidden)}
        whole |= {k: getattr(self, k) for k in ("negatives", "patience") if getattr(self, k) is not None}
        for name, value in whole.items():
            validate.integer(name, value)
        for name in ("test", "validation", "tau"):
            validate.positive(name, getattr(self, name))
        if not self.hidden or not self.phases:
            raise ValueError(f"hidden and phases must not be empty, got {self.hidden} and {self.phases}")
        if self.test + self.validation >= 1 or self.folds * self.test > 1 + 1e-9:
            raise ValueError(
                f"test + validation must be below 1 and folds * test at most 1, "
                f"got test {self.test}, validation {self.validation}, folds {self.folds}"
            )
        validate.one_of("scale", self.scale, ("normal scores", "standard"))
        if not 0 < self.ema_rate < 1:
            raise ValueError(f"ema_rate must be in (0, 1), got {self.ema_rate}")

    def candidates(self, estimator: str) -> int:
        """Pairs that share an x in a batch, the joint one among them."""
        return 1 + (self.negatives or (31 if estimator == "infonce" else 1))
