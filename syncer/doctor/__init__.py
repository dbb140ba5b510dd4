"""Examine: is all well, and if not, what to type."""

from .examine import CHECKS, examine
from .finding import Finding, Status
from .patient import Patient

__all__ = ["CHECKS", "Finding", "Patient", "Status", "examine"]
