"""Examine: is all well, and if not, what to type."""

from .context import Patient
from .result import Finding, Status
from .runner import CHECKS, examine

__all__ = ["CHECKS", "Finding", "Patient", "Status", "examine"]
