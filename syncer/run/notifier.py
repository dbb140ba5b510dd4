"""Carrying messages to services: a thread for each, so that none waits for another, and no run for any."""

import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from syncer.app import App
from syncer.core.errors import Cancelled, StoreError
from syncer.core.events import Event, RunEnded
from syncer.core.notifications.model import OutboxMessage
from syncer.core.store_retry import with_retries

from .delivery import Service, TimedSender

logger = logging.getLogger("syncer")
MIN_POLL_INTERVAL = 30.0  # seconds between two looks at what waits, where nothing is announced
DATED_AFTER = timedelta(minutes=10)  # later than that, a message says when it was written


class DeliveryWorker(threading.Thread):
    """Takes one service's messages there, oldest first, each until it is taken or given up.

    A daemon's thread in both senses: one that hangs with its service is left behind at the end.
    """

    def __init__(self, app: App, service: Service, *, once: bool = False) -> None:
        super().__init__(name=f"courier {service.name}", daemon=True)
        self.app, self._service, self._once = app, service, once
        self._deliveries = TimedSender(service)
        self._sent: dict[int, datetime] = {}  # taken, but the database could not be told yet
        self._silent = False
        self.wanted, self.over = threading.Event(), threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            self.wanted.clear()
            self._go()
            if self._once:
                return
            self.wanted.wait(MIN_POLL_INTERVAL)

    def end(self) -> None:
        self.over.set()
        self.wanted.set()

    def _go(self) -> None:
        try:
            self._flush_acknowledged()
            while not self.over.is_set() and (letter := self._next()):
                if not self._deliver(letter):
                    return  # the service may be down: the others try again later
        except (StoreError, Cancelled):
            return  # the runs tell it; what waits is safe
        except Exception:
            logger.exception("a bug", extra={"facts": {"event": "bug"}})

    def _flush_acknowledged(self) -> None:
        app, now, name = self.app, self.app.clock.now(), self._service.name
        self._sent |= dict.fromkeys(self._deliveries.late(), now)
        for letter_id, at in list(self._sent.items()):
            self._mark(letter_id, at)
        if app.queries.outbox.has_expired(name, now):
            app.writers.outbox.collapse_expired(name, now)

    def _next(self) -> OutboxMessage | None:
        return self.app.queries.outbox.next_message(self._service.name, self.app.clock.now())

    def _deliver(self, letter: OutboxMessage) -> bool:
        why = self._deliveries.send(letter.id, self._text(letter))
        at = self.app.clock.now()
        if why:
            again = self.app.writers.outbox.mark_failed(letter.id, letter.attempts + 1, why, at)
            self._log_failure(why, given_up=again is None)
            return False
        self._sent[letter.id] = at
        self._mark(letter.id, at)
        self._log_recovery()
        return True

    def _mark(self, letter_id: int, at: datetime) -> None:
        """At once, and patiently: whoever is killed before will send it again."""
        with_retries(self.app.clock, lambda: self.app.writers.outbox.mark_delivered(letter_id, at))
        self._sent.pop(letter_id, None)

    def _text(self, letter: OutboxMessage) -> str:
        if self.app.clock.now() - letter.created_at <= DATED_AFTER:
            return letter.text
        return f"{letter.text}\n(of {letter.created_at.astimezone(self.app.config.zone):%Y-%m-%d %H:%M})"

    def _log_failure(self, why: str, *, given_up: bool) -> None:
        """Once while it lasts; what is given up is told each time."""
        name = self._service.name
        if given_up:
            text = f"a message to {name} was given up after a day: {why}"
            logger.error(text, extra={"facts": {"event": "message_given_up", "service": name}})
        elif not self._silent:
            text = f"{name} does not take messages: {why}; they are kept and tried again"
            logger.warning(text, extra={"facts": {"event": "service_failed", "service": name}})
        self._silent = True

    def _log_recovery(self) -> None:
        if self._silent:
            name = self._service.name
            text = f"{name} takes messages again"
            logger.info(text, extra={"facts": {"event": "service_recovered", "service": name}})
        self._silent = False


class Notifier:
    """All that there are."""

    def __init__(self) -> None:
        self._out: dict[str, DeliveryWorker] = {}

    def follow(self, app: App, services: Sequence[Service]) -> None:
        """Serve these services and no others. Raises StoreError."""
        names = [service.name for service in services]
        app.writers.outbox.cancel_other_services(names, app.clock.now())
        for name in self._out.keys() - set(names):
            self._out.pop(name).end()
        for service in services:
            if service.name in self._out:  # it may be on its way: a second one would carry the same message
                self._out[service.name].app = app
            else:
                self._out[service.name] = DeliveryWorker(app, service)
                self._out[service.name].start()

    def listen(self, event: Event) -> None:
        """A run may have written messages."""
        if isinstance(event, RunEnded):
            for courier in tuple(self._out.values()):
                courier.wanted.set()

    def end(self) -> None:
        """They take up nothing more."""
        for courier in self._out.values():
            courier.end()

    def join(self, patience: float) -> None:
        join(tuple(self._out.values()), patience)


def deliver(app: App, services: Sequence[Service], patience: float) -> None:
    """What waits, once, for a command that ends: what a slow service has not taken by then stays."""
    couriers = [DeliveryWorker(app, service, once=True) for service in services]
    for courier in couriers:
        courier.start()
    join(couriers, patience)
    for courier in couriers:
        courier.end()


def join(couriers: Sequence[DeliveryWorker], patience: float) -> None:
    """All together no longer than that."""

    def wait() -> None:
        for courier in couriers:
            courier.join()

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    waiting.join(patience)
