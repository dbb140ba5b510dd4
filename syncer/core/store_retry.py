"""Retry a write to the store."""

from collections.abc import Callable
from typing import TypeVar

from syncer.core.clock import Clock
from syncer.core.errors import StoreDamaged, StoreError, StoreRefused

STORE_WAITS = (0.5, 2.0, 5.0)  # seconds between attempts to store what cannot be asked for again


Result = TypeVar("Result")


def persist(clock: Clock, call: Callable[[], Result]) -> Result:
    """What was seen is never lost for a passing fault of the database. Raises the last StoreError."""
    for wait in STORE_WAITS:
        try:
            return call()
        except (StoreDamaged, StoreRefused):
            raise
        except StoreError:
            clock.wait(wait)
    return call()
