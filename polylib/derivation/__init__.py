"""Checked derivations: the formula that a reader sees is the object that was checked. This room imports no other."""

from polylib.derivation.derivation import LEDGER_MIME as LEDGER_MIME
from polylib.derivation.derivation import Derivation as Derivation
from polylib.derivation.explore_controls import Choice as Choice
from polylib.derivation.explore_controls import Slider as Slider
from polylib.derivation.explore_figure import explore as explore
from polylib.derivation.explore_marks import Area as Area
from polylib.derivation.explore_marks import Bars as Bars
from polylib.derivation.explore_marks import Boxes as Boxes
from polylib.derivation.explore_marks import Dot as Dot
from polylib.derivation.explore_marks import Kept as Kept
from polylib.derivation.explore_marks import Level as Level
from polylib.derivation.explore_marks import Line as Line
from polylib.derivation.explore_text import explore_text as explore_text
from polylib.derivation.notation import h2 as h2
from polylib.derivation.notation import log2 as log2
from polylib.derivation.notation import named as named
from polylib.derivation.vocabulary import DerivationError as DerivationError
