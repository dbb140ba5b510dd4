"""A message on its way to a service, which may take for ever: it has a while, then it is left behind."""

import threading
from typing import Protocol

IN_TIME = 8.0  # seconds that a service has for a message, however busily it drips
MOST_LEFT = 3  # that a service may hold for ever: each is a thread and a connection


class Service(Protocol):
    name: str

    def send(self, text: str) -> str:
        """Why it was not taken; empty: it was."""


class Delivery(threading.Thread):
    """`why` it was not taken, by now; empty: it was."""

    def __init__(self, service: Service, text: str) -> None:
        super().__init__(name=f"delivery {service.name}", daemon=True)
        self._service, self._text = service, text
        self.why = f"no answer within {IN_TIME:g} s"

    def run(self) -> None:
        self.why = self._service.send(self._text)


class Deliveries:
    """All to one service that were not over in time, by their message."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._left: dict[int, Delivery] = {}

    def send(self, letter_id: int, text: str) -> str:
        """Why it was not taken, up to now; empty: it was."""
        if letter_id in self._left or len(self._left) >= MOST_LEFT:
            return "it does not let go of what it was sent"
        made = Delivery(self._service, text)
        made.start()
        made.join(IN_TIME)
        if made.is_alive():
            self._left[letter_id] = made
        return made.why

    def late(self) -> list[int]:
        """Messages that were taken after all, each told once."""
        over = {letter_id: made for letter_id, made in self._left.items() if not made.is_alive()}
        for letter_id in over:
            del self._left[letter_id]
        return [letter_id for letter_id, made in over.items() if not made.why]
