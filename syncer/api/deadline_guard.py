"""A deadline for a whole request, enforced by a watchdog thread.

The timeout of a socket limits each read, not the request. A server that sends one byte before each timeout
ends (the pattern of the slowloris attack, and of an overloaded proxy) keeps a client waiting without limit,
in the headers as well as in the body. So a watchdog thread, one for all requests of the process, shuts the
socket down when the time is over, or when the process is asked to stop. shutdown() wakes a read that blocks
in another thread; close() does not. The reader then sees an end of data, which http.client takes for the end
of the headers: a connection that is shut down there looks like status 200 without a body. An answer is
therefore worthless once `expired` is true, and the caller must check that first (site-api.md section 13, 16).
"""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator

from syncer.core.clock import SystemClock


class Watchdog:
    """A thread that calls each guard whose deadline has passed. It begins with the first request."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._deadlines: dict[DeadlineGuard, float] = {}  # on the monotonic clock
        self._changed = threading.Condition()
        self._wakes_at: float | None = None
        self._thread: threading.Thread | None = None

    def add(self, guard: "DeadlineGuard", seconds: float) -> None:
        """Call the guard after so many seconds, unless it is removed before."""
        with self._changed:
            deadline = self._deadlines[guard] = self._clock.monotonic() + seconds
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                thread.start()  # may fail: then the next request tries it again
                self._thread = thread
            elif self._wakes_at is None or deadline < self._wakes_at:
                self._changed.notify()

    def remove(self, guard: "DeadlineGuard") -> None:
        """Call the guard no more. One that is being called now was called when this returns."""
        with self._changed:
            self._deadlines.pop(guard, None)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = self._clock.monotonic()
                for guard in [guard for guard, deadline in self._deadlines.items() if deadline <= now]:
                    del self._deadlines[guard]
                    guard.expire()
                self._wakes_at = min(self._deadlines.values(), default=None)
                self._changed.wait(None if self._wakes_at is None else self._wakes_at - now)


WATCHDOG = Watchdog()


class DeadlineGuard:
    """Shuts the watched socket down at the deadline, or when the process stops. For one request at a time."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self.late = False
        self.stopped = False

    @property
    def expired(self) -> bool:
        return self.late or self.stopped

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Limit what runs within to so many seconds, counted from now."""
        self.late = False
        try:
            WATCHDOG.add(self, seconds)
            yield
        finally:
            WATCHDOG.remove(self)
            self.release()

    def watch(self, connection: socket.socket) -> None:
        """Watch this socket instead of the last one.

        A duplicate is kept, since wrapping in TLS takes the descriptor away from the original.
        """
        self.release()
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))  # SSLSocket.dup refuses
        if self.expired:
            self._shutdown()

    def release(self) -> None:
        watched, self._socket = self._socket, None
        if watched is not None:
            watched.close()

    def stop(self) -> None:
        """End the current request and every later one; safe in a signal handler, as it takes no lock."""
        self.stopped = True
        self._shutdown()

    def expire(self) -> None:
        """End the current request: its time is over."""
        self.late = True
        self._shutdown()

    def _shutdown(self) -> None:
        watched = self._socket
        if watched is not None:
            with contextlib.suppress(OSError):
                watched.shutdown(socket.SHUT_RDWR)
