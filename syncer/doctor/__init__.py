"""Checks of configuration, site, database and polling, each with a hint what to type."""

from .context import CheckContext
from .result import CheckResult, Status
from .runner import CHECKS, LABELS, run_checks

__all__ = ["CHECKS", "LABELS", "CheckContext", "CheckResult", "Status", "run_checks"]
