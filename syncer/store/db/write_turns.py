"""Let the threads of this process write to a file of SQLite one after the other.

SQLite lets a thread that finds the file locked sleep and try again, in no order: of many threads, one may
find it locked each time until its timeout ends. Other programs are still waited for by SQLite.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.core.errors import StoreBusy

MAX_WAIT = 60.0  # seconds


class WriteTurns:
    """The turns of one file, or none where the database has writers of its own (`name` empty)."""

    def __init__(self, name: str = "") -> None:
        # A thread that writes within its own transaction gets SQLite's error, as before, and no deadlock.
        self._name, self._lock = name, threading.RLock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for this thread's turn. Raises StoreBusy where another one does not end."""
        if not self._name:
            yield
            return
        if not self._lock.acquire(timeout=MAX_WAIT):
            raise StoreBusy(f"another thread has been writing to {self._name} for {MAX_WAIT:.0f} s")
        try:
            yield
        finally:
            self._lock.release()
