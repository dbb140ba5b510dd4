"""Carrying messages: each once, whatever the service or the database does meanwhile."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from syncer.app import App
from syncer.core.clock import SystemClock
from syncer.core.errors import StoreBusy
from syncer.core.events import RunEnded
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.notifications.model import SELECTABLE_KINDS, Recipients
from syncer.run import delivery
from syncer.run.notifier import DeliveryWorker, Notifier
from syncer.store.write.writers import Writers

from .harness import SyncHarness

real = SystemClock()


@dataclass
class FakeService:
    """Remembers what it was sent. `faults`: why the next ones are not taken. `gate`: closed, it hangs."""

    name: str = "one-0001"
    sent: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    limiter: threading.Event = field(default_factory=threading.Event)
    hanging: threading.Event = field(default_factory=threading.Event)

    def send(self, text: str) -> str:
        self.hanging.set()
        assert self.limiter.wait(20)
        fault = self.faults.pop(0) if self.faults else ""
        self.sent += [text] if not fault else []
        return fault


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SyncHarness]:
    made = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    made.writers = Writers.for_database(made.database, Recipients(("one-0001",), frozenset(SELECTABLE_KINDS)))
    made.poll()
    yield made
    made.close()


def an_app(home: SyncHarness) -> App:
    """What a courier needs of one."""
    config = SimpleNamespace(zone=UTC)
    parts = {"clock": home.clock, "queries": home.queries, "writers": home.writers, "config": config}
    return cast(App, SimpleNamespace(**parts))


def fail(home: SyncHarness, why: str) -> None:
    """Each writes a message, and so does the recovery after it."""
    for outcome in (RunOutcome.FAILED, RunOutcome.OK):
        player = home.writers.players.find_player("Tester", None)
        run = home.writers.runs.open_run(player, "test", home.clock.now())
        error = why if outcome is RunOutcome.FAILED else ""
        report = RunReport("Tester", outcome, 0, run, 4, 4, error=error)
        home.writers.runs.close_run(run, report, home.clock.now())


def opened(**more: Any) -> FakeService:
    service = FakeService(**more)
    service.limiter.set()
    return service


def go(home: SyncHarness, service: FakeService, courier: DeliveryWorker | None = None) -> DeliveryWorker:
    """One pass."""
    courier = courier or DeliveryWorker(an_app(home), service, once=True)
    courier.run()
    return courier


def until(true: Callable[[], object]) -> None:
    end = real.monotonic() + 20
    while not true():
        assert real.monotonic() < end, "it did not happen in time"
        real.wait(0.01)


def test_all_that_waits_is_carried_once_in_order(home: SyncHarness) -> None:
    fail(home, "no such host")
    service = opened()
    go(home, service)
    go(home, service)
    assert service.sent == [
        "Tester: failed: no such host.",
        "Tester: works again: 4 of 4 games polled",
    ]


def test_a_late_message_says_when_it_was_written(home: SyncHarness) -> None:
    fail(home, "no such host")
    home.clock.pass_by(3600)
    service = opened()
    go(home, service)
    assert service.sent[0].splitlines()[1] == "(of 2026-05-01 12:00)"


def test_a_service_that_fails_is_complained_of_once_and_tried_again(
    home: SyncHarness, caplog: pytest.LogCaptureFixture
) -> None:
    fail(home, "no such host")
    service = opened(faults=["it answered 500", "it answered 500"])
    with caplog.at_level(logging.INFO, "syncer"):
        courier = go(home, service)
        assert len(service.faults) == 1  # it may be down: the second message is not tried at once
        go(home, service, courier)  # but it is the next, while the first one rests
        assert service.sent == []
        home.clock.pass_by(60)
        go(home, service, courier)
    assert len(service.sent) == 2
    said = [record.message for record in caplog.records if record.name == "syncer"]
    assert said == [
        "one-0001 does not take messages: it answered 500; they are kept and tried again",
        "one-0001 takes messages again",
    ]


def test_a_message_that_is_given_up_is_told_in_the_log(
    home: SyncHarness, caplog: pytest.LogCaptureFixture
) -> None:
    fail(home, "no such host")
    service = opened(faults=["it answered 410"] * 60)
    courier = DeliveryWorker(an_app(home), service, once=True)
    while service.faults:
        go(home, service, courier)
        home.clock.pass_by(3600)
    assert sum("was given up" in record.message for record in caplog.records) == 2
    (row,) = home.queries.outbox.undelivered(home.clock.now() - timedelta(days=7), home.clock.now())
    assert (row["given_up"], row["waiting"], row["error"]) == (2, 0, "it answered 410")


def test_a_mark_that_cannot_be_written_is_written_later_and_nothing_sent_twice(home: SyncHarness) -> None:
    fail(home, "no such host")
    service, delivered = opened(), home.writers.outbox.mark_delivered

    def busy(message_id: int, at: object) -> None:
        raise StoreBusy("locked")

    home.writers.outbox.mark_delivered = busy  # type: ignore[method-assign]
    courier = go(home, service)
    go(home, service, courier)
    assert len(service.sent) == 1
    home.writers.outbox.mark_delivered = delivered  # type: ignore[method-assign]
    go(home, service, courier)
    go(home, service, courier)
    assert len(service.sent) == 2
    assert all(row["delivered_at"] for row in home.queries.outbox.messages(9))


def test_what_is_too_old_is_summed_up_before_it_is_carried(home: SyncHarness) -> None:
    fail(home, "no such host")
    home.clock.pass_by(timedelta(days=8).total_seconds())
    service = opened()
    go(home, service)
    assert service.sent == ["2 messages of 2026-05-01 could not be delivered (1 failing, 1 recovered)"]


def test_a_hanging_service_delays_no_other_and_no_end_and_is_not_served_twice(home: SyncHarness) -> None:
    names = ("one-0001", "two-0002")
    home.writers = Writers.for_database(home.database, Recipients(names, frozenset(SELECTABLE_KINDS)))
    hanging, other = FakeService(names[0]), opened(name=names[1])
    app, couriers = an_app(home), Notifier()
    couriers.follow(app, [hanging, other])
    fail(home, "no such host")
    couriers.listen(RunEnded(RunReport("Tester", RunOutcome.OK, 0)))
    until(lambda: len(other.sent) == 2 and hanging.hanging.is_set())
    couriers.follow(app, [hanging, other])  # as after SIGHUP
    couriers.follow(app, [hanging])  # and the other one is configured no more
    until(lambda: f"courier {names[1]}" not in {thread.name for thread in threading.enumerate()})
    fail(home, "again")
    couriers.listen(RunEnded(RunReport("Tester", RunOutcome.OK, 0)))
    began = real.monotonic()
    couriers.end()
    couriers.join(0.1)
    assert real.monotonic() - began < 10  # it hangs for twenty
    hanging.limiter.set()
    until(lambda: len(hanging.sent) == 1)
    assert len(other.sent) == 2
    assert [row["service"] for row in home.queries.outbox.messages(99) if row["next_attempt_at"]].count(
        names[1]
    ) == 2


def test_a_service_that_holds_a_message_for_ever_fails_and_gets_the_others(
    home: SyncHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SEND_TIMEOUT", 0.1)
    fail(home, "no such host")
    service = FakeService()
    courier = go(home, service)
    first = home.queries.outbox.messages(9)[-1]
    assert (first["attempts"], first["error"]) == (1, "no answer within 0.1 s")
    held, service.limiter = service.limiter, threading.Event()
    service.limiter.set()
    go(home, service, courier)
    assert service.sent == ["Tester: works again: 4 of 4 games polled"]
    home.clock.pass_by(60)
    go(home, service, courier)  # it holds the first one still: a second copy would arrive, too
    assert len(service.sent) == 1
    held.set()
    until(lambda: len(service.sent) == 2 and not courier._deliveries._left[1].is_alive())
    go(home, service, courier)
    assert all(row["delivered_at"] for row in home.queries.outbox.messages(9))
    assert len(service.sent) == 2


def test_a_service_that_holds_everything_gets_three(
    home: SyncHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SEND_TIMEOUT", 0.02)
    for _ in range(3):
        fail(home, "no such host")
    service = FakeService()
    courier = DeliveryWorker(an_app(home), service, once=True)
    for _ in range(6):
        go(home, service, courier)
    assert len(courier._deliveries._left) == delivery.MAX_HUNG_SENDS
    assert [row["attempts"] for row in home.queries.outbox.messages(9)] == [1] * 6
    service.limiter.set()
