"""Retry a write to the store."""

from collections.abc import Callable
from typing import TypeVar

from syncer.core.clock import Clock
from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreError

RETRY_DELAYS = (0.5, 2.0, 5.0)  # seconds between attempts

Result = TypeVar("Result")


def with_retries(clock: Clock, call: Callable[[], Result]) -> Result:
    """Call until it succeeds, four times at most. Raises the last StoreError.

    An answer of the site cannot be fetched a second time: its numbers may have changed by then. So a
    database that is locked or away for a moment must not lose it.
    """
    for delay in RETRY_DELAYS:
        try:
            return call()
        # Waiting repairs neither a damaged file nor a wrong schema.
        except (DatabaseCorrupt, DatabaseIncompatible):
            raise
        except StoreError:
            clock.wait(delay)
    return call()
