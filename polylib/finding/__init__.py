"""Checked findings: a sentence about what was measured is an object with its evidence, and computes its own verdict."""

from polylib.finding.finding import FINDING_MIME as FINDING_MIME
from polylib.finding.finding import Finding as Finding
from polylib.finding.replicates import FindingError as FindingError
