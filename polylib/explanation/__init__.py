"""Can words predict what a direction does? Explain records, simulate others from the words alone, compare.

The pipeline of Bills et al. (OpenAI, 2023, "Language models can explain neurons in language models", which has no DOI),
on any open network. What fails is counted and listed, what succeeds is kept, and every result says what it cost.
"""

from polylib.explanation import pipeline as pipeline
from polylib.explanation import predictors as predictors
from polylib.explanation import rules as rules
from polylib.explanation import stretches as stretches
from polylib.explanation import yes_or_no as yes_or_no
from polylib.explanation.best_records import best_of_directions as best_of_directions
from polylib.explanation.best_records import flattery as flattery
from polylib.explanation.digit_simulator import AllAtOnce as AllAtOnce
from polylib.explanation.digit_simulator import TokenByToken as TokenByToken
from polylib.explanation.explainers import Pairs as Pairs
from polylib.explanation.explainers import TokenTable as TokenTable
from polylib.explanation.few_shots import EXAMPLES as EXAMPLES
from polylib.explanation.hearing import Subject as Subject
from polylib.explanation.hearing import hearing as hearing
from polylib.explanation.kept import KeptSimulator as KeptSimulator
from polylib.explanation.kinds import KINDS as KINDS
from polylib.explanation.kinds import Kinds as Kinds
from polylib.explanation.own_direction import explain_direction as explain_direction
from polylib.explanation.own_direction import table_scores as table_scores
from polylib.explanation.records import Explanation as Explanation
from polylib.explanation.records import Split as Split
from polylib.explanation.records import levels as levels
from polylib.explanation.run import explain_and_score as explain_and_score
from polylib.explanation.run import score as score
from polylib.explanation.scores import Score as Score
from polylib.explanation.scores import mean_score as mean_score
from polylib.explanation.selection import record_windows as record_windows
from polylib.explanation.selection import select as select
from polylib.explanation.shaded_text import ShadedText as ShadedText
from polylib.explanation.simulators import Json as Json
from polylib.explanation.simulators import Lookup as Lookup
from polylib.explanation.simulators import Oracle as Oracle
