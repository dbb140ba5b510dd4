"""How many runs work at once. A run that waits leaves its place to another.

A run waits most of its time: for a slot of its key's request budget, and for the site. So there may be
hundreds of runs, each in its own thread, while a few places are enough for those that compute and write.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Places:
    """A number of places for runs."""

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

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
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()


_place: ContextVar[Places | None] = ContextVar("place", default=None)


@contextmanager
def left_place() -> Iterator[None]:
    """Leave the place of this thread's run while it waits. A thread without one just goes on."""
    place = _place.get()
    if place is None:
        yield
        return
    with place.left():
        yield
