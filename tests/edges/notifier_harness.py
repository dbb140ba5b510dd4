"""A notification service for tests, and what a delivery worker needs of an App."""

import threading
from dataclasses import dataclass, field
from datetime import UTC
from types import SimpleNamespace
from typing import Any, cast

from syncer.app import App
from syncer.core.clock import SystemClock
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.site_clock import SiteClock
from syncer.run.notifier import DeliveryWorker
from tests.waiting import PATIENCE

from .harness import SyncHarness

real_clock = SystemClock()


@dataclass
class FakeService:
    """Remembers what it accepted. `errors`: why it rejects the next messages. It hangs until `release`."""

    name: str = "one-0001"
    sent: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    called: threading.Event = field(default_factory=threading.Event)

    def send(self, text: str) -> str:
        self.called.set()
        assert self.release.wait(PATIENCE)
        error = self.errors.pop(0) if self.errors else ""
        self.sent += [text] if not error else []
        return error


def working_service(**fields: Any) -> FakeService:
    """Return a service that answers at once."""
    service = FakeService(**fields)
    service.release.set()
    return service


def make_app(home: SyncHarness, *, is_time_known: bool = True) -> App:
    """Return the parts of an App. `is_time_known`: a poll was accepted, so that the clock is believed."""
    config, clock = SimpleNamespace(zone=UTC), SiteClock(home.clock)
    if is_time_known:
        clock.confirm()
    parts = {"clock": clock, "queries": home.queries, "writers": home.writers}
    return cast(App, SimpleNamespace(config=config, **parts))


def make_worker(home: SyncHarness, service: FakeService, **more: Any) -> DeliveryWorker:
    return DeliveryWorker(make_app(home), service, once=True, **more)


def deliver(home: SyncHarness, service: FakeService, *, is_time_known: bool = True) -> None:
    """Deliver what is due, as a process that starts now."""
    DeliveryWorker(make_app(home, is_time_known=is_time_known), service, once=True).run()


def enqueue_two(home: SyncHarness, error: str) -> None:
    """Store a failed run and its recovery: a message each."""
    for outcome in (RunOutcome.FAILED, RunOutcome.OK):
        player = home.writers.players.find_player("Tester", None)
        run = home.writers.runs.open_run(player, "test", home.clock.now())
        text = error if outcome is RunOutcome.FAILED else ""
        report = RunReport("Tester", outcome, 0, run, 4, 4, error=text)
        home.writers.runs.close_run(run, report, home.clock.now())
