"""Can words predict what a direction does? Explain records, simulate others from the words alone, compare.

The pipeline of Bills et al. (OpenAI, 2023, "Language models can explain neurons in language models", which has no DOI),
on any open network. What fails is counted and listed, what succeeds is kept, and every result says what it cost. The
parts stand in modules of their own, and their names here.
"""

from polylib.calibration import Calibration
from polylib.digit_simulator import AllAtOnce, TokenByToken
from polylib.explainers import Pairs, TokenTable
from polylib.explanation_nulls import exchanged, shuffled_table
from polylib.explanation_records import ActivationRecord, Explanation, Simulation, Split, levels
from polylib.explanation_run import Failure, Result, both_ends, explain_and_score, score
from polylib.explanation_scores import MeanScore, Score, Undefined, correlation, mean_score
from polylib.record_selection import record_windows, select, select_even_odd
from polylib.simulators import Contrast, Json, Lookup, Oracle

__all__ = [
    "ActivationRecord",
    "AllAtOnce",
    "Calibration",
    "Contrast",
    "Explanation",
    "Failure",
    "Json",
    "Lookup",
    "MeanScore",
    "Oracle",
    "Pairs",
    "Result",
    "Score",
    "Simulation",
    "Split",
    "TokenByToken",
    "TokenTable",
    "Undefined",
    "both_ends",
    "correlation",
    "exchanged",
    "explain_and_score",
    "levels",
    "mean_score",
    "record_windows",
    "score",
    "select",
    "select_even_odd",
    "shuffled_table",
]
