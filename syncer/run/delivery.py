"""Sending one message with a timeout: a service that hangs is abandoned with its thread."""

import threading
from collections.abc import Callable
from typing import Protocol

SEND_TIMEOUT = 8.0  # seconds for one message, also for a service that answers byte by byte
MAX_HUNG_SENDS = 3  # per service: each is a thread and a connection


class Service(Protocol):
    """A notification service."""

    name: str

    def send(self, text: str) -> str:
        """Send a message; return an empty text, or why the service did not accept it."""


class SendThread(threading.Thread):
    """A send in progress. `error` is empty once the service has accepted the message."""

    def __init__(self, service: Service, text: str, mark: Callable[[], None]) -> None:
        super().__init__(name=f"delivery {service.name}", daemon=True)
        self._service, self._text, self._mark = service, text, mark
        self.answered = threading.Event()
        self.error = f"no answer within {SEND_TIMEOUT:g} s"

    def run(self) -> None:
        """Send the message, and mark it at once if it was accepted, however late."""
        self.error = self._service.send(self._text)
        self.answered.set()
        # Here, without a change of thread: a process that is killed before the mark delivers it again.
        if not self.error:
            self._mark()


class TimedSender:
    """Sends the messages of one service. Remembers the sends that timed out and may still succeed.

    `mark` is called with each message that was accepted, in the thread of its send.
    """

    def __init__(self, service: Service, mark: Callable[[int], None]) -> None:
        self._service, self._mark = service, mark
        self._hung: dict[int, SendThread] = {}  # by message

    def send(self, message_id: int, text: str) -> str:
        """Send a message; return an empty text, or why it was not accepted within SEND_TIMEOUT."""
        # A message that hangs is not sent again meanwhile: the service may still accept the first copy.
        self._hung = {message: thread for message, thread in self._hung.items() if thread.is_alive()}
        if message_id in self._hung or len(self._hung) >= MAX_HUNG_SENDS:
            return "earlier sends have not ended yet"
        thread = SendThread(self._service, text, lambda: self._mark(message_id))
        thread.start()
        if thread.answered.wait(SEND_TIMEOUT):
            thread.join()  # it writes the mark
        else:
            self._hung[message_id] = thread
        return thread.error
