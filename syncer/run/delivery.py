"""Sending one message with a timeout: a service that hangs is abandoned with its thread."""

import threading
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

    def __init__(self, service: Service, text: str) -> None:
        super().__init__(name=f"delivery {service.name}", daemon=True)
        self._service, self._text = service, text
        self.error = f"no answer within {SEND_TIMEOUT:g} s"

    def run(self) -> None:
        """Send the message."""
        self.error = self._service.send(self._text)


class TimedSender:
    """Sends the messages of one service. Remembers the sends that timed out and may still succeed."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._hung: dict[int, SendThread] = {}  # by message

    def send(self, message_id: int, text: str) -> str:
        """Send a message; return an empty text, or why it was not accepted within SEND_TIMEOUT."""
        # A message that hangs is not sent again meanwhile: the service may still accept the first copy.
        if message_id in self._hung or len(self._hung) >= MAX_HUNG_SENDS:
            return "earlier sends have not ended yet"
        thread = SendThread(self._service, text)
        thread.start()
        thread.join(SEND_TIMEOUT)
        if thread.is_alive():
            self._hung[message_id] = thread
        return thread.error

    def accepted_late(self) -> list[int]:
        """Return the messages that were accepted after their timeout, each once."""
        ended = {message_id: thread for message_id, thread in self._hung.items() if not thread.is_alive()}
        for message_id in ended:
            del self._hung[message_id]
        return [message_id for message_id, thread in ended.items() if not thread.error]
