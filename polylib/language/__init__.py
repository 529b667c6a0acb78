"""Language models: texts, residual streams, and what directions in them do from token to token."""

from polylib.language import activation_records as activation_records
from polylib.language import passages as passages
from polylib.language import readings as readings
from polylib.language import slow_directions as slow_directions
from polylib.language import trajectory as trajectory
from polylib.language import twins as twins
from polylib.language.by_layer import least_energies as least_energies
from polylib.language.by_layer import relative_energies as relative_energies
from polylib.language.collecting import Each as Each
from polylib.language.collecting import collect as collect
from polylib.language.models import load as load
from polylib.language.own_model import as_language as as_language
from polylib.language.own_texts import cut_into_parts as cut_into_parts
from polylib.language.own_texts import read_texts as read_texts
from polylib.language.residual_stream import residual_stream as residual_stream
from polylib.language.slow_directions import PathMoments as PathMoments
from polylib.language.slow_directions import minimum_energy_direction as minimum_energy_direction
from polylib.language.smoothness import LayerEnergies as LayerEnergies
from polylib.language.survey import survey as survey
from polylib.language.twins import untrained as untrained
