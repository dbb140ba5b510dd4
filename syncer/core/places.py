"""How many runs work at once. A run that waits leaves its place to another.

A run waits most of its time: for a slot of its key's request budget, and for the site. So there may be
hundreds of runs, each in its own thread, while a few places are enough for those that compute and write.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Places:
    """A number of places for runs. `waiting`: the names of the threads, or jobs, that wait for one."""

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)
        self.waiting: set[str] = set()

    def take(self) -> None:
        """Wait for a free place and take it; a thread may do it for another."""
        self._free.acquire()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Work at a place that was taken; `left_place` leaves it for a while."""
        token = _place.set(self)
        try:
            yield
        finally:
            _place.reset(token)
            self._free.release()

    @contextmanager
    def left(self) -> Iterator[None]:
        """Leave the place, and take one again at the end."""
        name = threading.current_thread().name
        self._free.release()
        try:
            yield
        finally:
            self.waiting.add(name)
            self._free.acquire()
            self.waiting.discard(name)


_place: ContextVar[Places | None] = ContextVar("place", default=None)


@contextmanager
def left_place() -> Iterator[None]:
    """Leave the place of this thread's run while it waits. A thread without one just goes on.

    No lock that another run needs may be held at the end of it: those that hold the places may wait for that
    lock. So whoever waits with a lock leaves the place before it takes the lock; within, this does nothing.
    """
    place = _place.get()
    if place is None:
        yield
        return
    token = _place.set(None)
    try:
        with place.left():
            yield
    finally:
        _place.reset(token)
