"""A message on its way to a service, which may take for ever: it has a while, then it is left behind."""

import threading
from typing import Protocol

SEND_TIMEOUT = 8.0  # seconds that a service has for a message, however busily it drips
MAX_HUNG_SENDS = 3  # that a service may hold for ever: each is a thread and a connection


class Service(Protocol):
    name: str

    def send(self, text: str) -> str:
        """Why it was not taken; empty: it was."""


class SendThread(threading.Thread):
    """`why` it was not taken, by now; empty: it was."""

    def __init__(self, service: Service, text: str) -> None:
        super().__init__(name=f"delivery {service.name}", daemon=True)
        self._service, self._text = service, text
        self.message = f"no answer within {SEND_TIMEOUT:g} s"

    def run(self) -> None:
        self.message = self._service.send(self._text)


class TimedSender:
    """All to one service that were not over in time, by their message."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._left: dict[int, SendThread] = {}

    def send(self, letter_id: int, text: str) -> str:
        """Why it was not taken, up to now; empty: it was."""
        if letter_id in self._left or len(self._left) >= MAX_HUNG_SENDS:
            return "it does not let go of what it was sent"
        made = SendThread(self._service, text)
        made.start()
        made.join(SEND_TIMEOUT)
        if made.is_alive():
            self._left[letter_id] = made
        return made.message

    def late(self) -> list[int]:
        """Messages that were taken after all, each told once."""
        over = {letter_id: made for letter_id, made in self._left.items() if not made.is_alive()}
        for letter_id in over:
            del self._left[letter_id]
        return [letter_id for letter_id, made in over.items() if not made.message]
