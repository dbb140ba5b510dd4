"""Delivery of the outbox's messages: a thread per service, so that a slow one delays nothing else.

The pattern is the transactional outbox (syncer/core/notifications/model.py).
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeAlias

from syncer.app import App
from syncer.core.errors import Cancelled, StoreError
from syncer.core.events import Event, RunEnded
from syncer.core.notifications.model import OutboxMessage
from syncer.core.store_retry import with_retries

from .delivery import Service, TimedSender

logger = logging.getLogger("syncer")
POLL_INTERVAL = 30.0  # seconds between two reads of the outbox, where no run announces messages
DATED_AFTER = timedelta(minutes=10)  # a message that is delivered later states when it was written
MayDeliver: TypeAlias = Callable[[], bool]


def always() -> bool:
    """Return True: for a command that holds the writer lock until it ends."""
    return True


class DeliveryWorker(threading.Thread):
    """Delivers the messages of one service, oldest first, each until it is accepted or given up.

    A daemon thread: one that hangs with its service does not keep the process from ending.
    """

    def __init__(
        self, app: App, service: Service, *, once: bool = False, may_deliver: MayDeliver = always
    ) -> None:
        super().__init__(name=f"notifier {service.name}", daemon=True)
        self.app, self._service, self._once, self._may_deliver = app, service, once, may_deliver
        self._sender = TimedSender(service, self._mark_accepted)
        self._unmarked: dict[int, datetime] = {}  # accepted, but not yet marked as delivered
        self._failing = False
        self.wake, self.stopping = threading.Event(), threading.Event()

    def run(self) -> None:
        """Deliver what is due whenever a run ends, and every POLL_INTERVAL."""
        while not self.stopping.is_set():
            self.wake.clear()
            self._deliver_due()
            if self._once:
                return
            self.wake.wait(POLL_INTERVAL)

    def stop(self) -> None:
        """Deliver no further message."""
        self.stopping.set()
        self.wake.set()

    def _deliver_due(self) -> None:
        try:
            self._flush_acknowledged()
            while not self.stopping.is_set() and self._may_deliver() and (message := self._next()):
                if not self._deliver(message):
                    return  # the service may be down: the other messages are tried later
        except (StoreError, Cancelled):
            return  # the runs report a failing database; the messages stay stored
        except Exception:
            logger.exception("internal error", extra={"facts": {"event": "internal_error"}})

    def _flush_acknowledged(self) -> None:
        """Mark what was accepted while it could not be marked; then collapse what has expired."""
        app, now, name = self.app, self.app.clock.now(), self._service.name
        for message_id, at in list(self._unmarked.items()):
            self._mark_delivered(message_id, at)
        # Not by a clock that may be wrong: what it lets expire is lost.
        if app.clock.is_known and app.queries.outbox.has_expired(name, now):
            app.writers.outbox.prune_messages(name, now)

    def _next(self) -> OutboxMessage | None:
        return self.app.queries.outbox.next_message(self._service.name, self.app.clock.now())

    def _deliver(self, message: OutboxMessage) -> bool:
        error = self._sender.send(message.id, self._text(message))
        if error:
            at = self.app.clock.now()
            retry_at = self.app.writers.outbox.mark_failed(message.id, message.attempts + 1, error, at)
            self._log_failure(error, given_up=retry_at is None)
            return False
        self._log_recovery()
        return message.id not in self._unmarked

    def _mark_accepted(self, message_id: int) -> None:
        """Mark a message in the thread of its send; what cannot be marked now is marked first next time."""
        at = self._unmarked[message_id] = self.app.clock.now()
        with suppress(StoreError, Cancelled):
            self._mark_delivered(message_id, at)

    def _mark_delivered(self, message_id: int, at: datetime) -> None:
        # With retries: a message that is not marked when the process ends is delivered a second time.
        with_retries(self.app.clock, lambda: self.app.writers.outbox.mark_delivered(message_id, at))
        self._unmarked.pop(message_id, None)

    def _text(self, message: OutboxMessage) -> str:
        if self.app.clock.now() - message.created_at <= DATED_AFTER:
            return message.text
        return f"{message.text}\n(of {message.created_at.astimezone(self.app.config.zone):%Y-%m-%d %H:%M})"

    def _log_failure(self, error: str, *, given_up: bool) -> None:
        """Log the first failure of a service until it recovers, and each message that is given up."""
        name = self._service.name
        if given_up:
            text = f"a message to {name} was given up after a day: {error}"
            logger.error(text, extra={"facts": {"event": "message_given_up", "service": name}})
        elif not self._failing:
            text = f"{name} does not accept messages: {error}; they are kept and retried"
            logger.warning(text, extra={"facts": {"event": "service_failed", "service": name}})
        self._failing = True

    def _log_recovery(self) -> None:
        if self._failing:
            name = self._service.name
            text = f"{name} accepts messages again"
            logger.info(text, extra={"facts": {"event": "service_recovered", "service": name}})
        self._failing = False


class Notifier:
    """The delivery workers of all services. `may_deliver`: whether this process is the one that delivers."""

    def __init__(self, may_deliver: MayDeliver = always) -> None:
        self._workers: dict[str, DeliveryWorker] = {}
        self._may_deliver = may_deliver

    def follow(self, app: App, services: Sequence[Service]) -> None:
        """Deliver to these services and to no others. Raises StoreError."""
        names = [service.name for service in services]
        app.writers.outbox.cancel_other_services(names, app.clock.now())
        for name in self._workers.keys() - set(names):
            self._workers.pop(name).stop()
        for service in services:
            if service.name in self._workers:
                # Kept: a second worker could deliver the message that the first one is sending.
                self._workers[service.name].app = app
            else:
                self._workers[service.name] = DeliveryWorker(app, service, may_deliver=self._may_deliver)
                self._workers[service.name].start()

    def listen(self, event: Event) -> None:
        """Wake the workers after a run, which may have enqueued messages."""
        if isinstance(event, RunEnded):
            for worker in tuple(self._workers.values()):
                worker.wake.set()

    def stop(self) -> None:
        """Deliver no further message."""
        for worker in self._workers.values():
            worker.stop()

    def join(self, timeout: float) -> None:
        """Wait at most so many seconds for the sends in progress."""
        _join_all(tuple(self._workers.values()), timeout)


def deliver(app: App, services: Sequence[Service], timeout: float) -> None:
    """Deliver once what is due, for a command that ends. What takes longer than `timeout` stays stored."""
    workers = [DeliveryWorker(app, service, once=True) for service in services]
    for worker in workers:
        worker.start()
    _join_all(workers, timeout)
    for worker in workers:
        worker.stop()


def _join_all(workers: Sequence[DeliveryWorker], timeout: float) -> None:
    """Wait for all workers, together at most so many seconds."""

    def join() -> None:
        for worker in workers:
            worker.join()

    thread = threading.Thread(target=join, daemon=True)
    thread.start()
    thread.join(timeout)
