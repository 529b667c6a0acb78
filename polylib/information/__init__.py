"""Mutual information: estimated from samples, bounded by decoders, counted exactly where a network is small."""

from polylib.information import recipe as recipe
from polylib.information.benchmark import known_ground as known_ground
from polylib.information.dependence import blocks as blocks
from polylib.information.estimators import DEFAULT as DEFAULT
from polylib.information.estimators import PRINTED as PRINTED
from polylib.information.estimators import estimate as estimate
from polylib.information.estimators import estimate_many as estimate_many
from polylib.information.layers import critic_curves as critic_curves
from polylib.information.layers import decoder_curves as decoder_curves
from polylib.information.mask_enumeration import exact_information as exact_information
from polylib.information.mask_enumeration import reader as reader
from polylib.information.result import Estimate as Estimate
