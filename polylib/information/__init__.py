"""Mutual information: estimated from samples, bounded by decoders, counted exactly where a network is small."""

from polylib.information import recipe as recipe
from polylib.information.benchmark import coverage as coverage
from polylib.information.benchmark import estimates as estimates
from polylib.information.benchmark import known_ground as known_ground
from polylib.information.bit_runs import Sending as Sending
from polylib.information.bit_runs import output_bits as output_bits
from polylib.information.dependence import blocks as blocks
from polylib.information.estimators import DEFAULT as DEFAULT
from polylib.information.estimators import PRINTED as PRINTED
from polylib.information.estimators import estimate as estimate
from polylib.information.estimators import estimate_many as estimate_many
from polylib.information.figure_runs import PRINTED_CURVES as PRINTED_CURVES
from polylib.information.figure_runs import Setting as Setting
from polylib.information.figure_runs import figure_curves as figure_curves
from polylib.information.figure_runs import pooled as pooled
from polylib.information.floor import decoder_floor as decoder_floor
from polylib.information.mask_enumeration import exact_information as exact_information
from polylib.information.mask_enumeration import reader as reader
from polylib.information.own_arrays import between as between
from polylib.information.result import Estimate as Estimate
