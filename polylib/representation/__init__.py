"""Instruments for the layers of any torch model: activations, spectra, exponents, paths, probes."""

from polylib.representation.activations import stream as stream
from polylib.representation.closed_path import along_the_path as along_the_path
from polylib.representation.closed_path import path_activity as path_activity
from polylib.representation.dissection import dissect as dissect
from polylib.representation.exponent import fit_power_law as fit_power_law
from polylib.representation.layer_spectra import layer_spectra as layer_spectra
from polylib.representation.probe import linear_probe as linear_probe
from polylib.representation.probe import linearly_separable as linearly_separable
from polylib.representation.probe import shuffled_range as shuffled_range
from polylib.representation.projections import distance_correlation as distance_correlation
from polylib.representation.projections import many_projections as many_projections
from polylib.representation.projections import path_statistics as path_statistics
from polylib.representation.projections import random_paths as random_paths
from polylib.representation.ranks import common_ranks as common_ranks
from polylib.representation.spectrum import RunningCovariance as RunningCovariance
from polylib.representation.spectrum import cross_validated_spectrum as cross_validated_spectrum
from polylib.representation.spectrum import eigenspectrum as eigenspectrum
