"""Long runs: results with their provenance, sweeps over settings, files that are written whole or not at all."""

from polylib.runs import results as results
from polylib.runs.sweep import sweep as sweep
