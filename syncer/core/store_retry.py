"""Retry a write to the store."""

from collections.abc import Callable
from typing import TypeVar

from syncer.core.clock import Clock
from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreError

RETRY_DELAYS = (0.5, 2.0, 5.0)  # seconds between attempts to store what cannot be asked for again


Result = TypeVar("Result")


def with_retries(clock: Clock, call: Callable[[], Result]) -> Result:
    """What was seen is never lost for a passing fault of the database. Raises the last StoreError."""
    for wait in RETRY_DELAYS:
        try:
            return call()
        except (DatabaseCorrupt, DatabaseIncompatible):
            raise
        except StoreError:
            clock.wait(wait)
    return call()
