"""Checked derivations: the formula that a reader sees is the object that was checked. This room imports no other."""

from polylib.derivation.derivation import LEDGER_MIME as LEDGER_MIME
from polylib.derivation.derivation import Derivation as Derivation
from polylib.derivation.notation import h2 as h2
from polylib.derivation.notation import log2 as log2
from polylib.derivation.notation import named as named
from polylib.derivation.vocabulary import DerivationError as DerivationError
