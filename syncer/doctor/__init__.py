"""Checks of configuration, site, database and polling, each with a hint what to type."""

from .context import CheckContext
from .result import CheckResult, Status
from .runner import CHECKS, run_checks

__all__ = ["CHECKS", "CheckContext", "CheckResult", "Status", "run_checks"]
