"""Services that do not answer: they delay no other service, no run and no shutdown."""

import threading

import pytest

from syncer.core.events import RunEnded
from syncer.core.model.run import RunOutcome, RunReport
from syncer.run import delivery
from syncer.run.notifier import Notifier
from tests.waiting import wait_until

from .harness import SyncHarness
from .notifier_harness import (
    FakeService,
    enqueue_two,
    make_app,
    make_worker,
    real_clock,
    working_service,
)
from .outbox_harness import polled_with_a_service, set_services

RUN_ENDED = RunEnded(RunReport("Tester", RunOutcome.OK, 0))


home = pytest.fixture(polled_with_a_service)


def test_a_hanging_service_delays_no_other_and_no_shutdown_and_has_one_worker(home: SyncHarness) -> None:
    names = ("one-0001", "two-0002")
    set_services(home, *names)
    hanging, other = FakeService(names[0]), working_service(name=names[1])
    notifier, app = Notifier(), make_app(home)
    notifier.follow(app, [hanging, other])
    enqueue_two(home, "no such host")
    notifier.listen(RUN_ENDED)
    wait_until(lambda: len(other.sent) == 2 and hanging.called.is_set())
    notifier.follow(app, [hanging, other])  # a reload
    notifier.follow(app, [hanging])  # and one without the other service
    wait_until(lambda: f"notifier {names[1]}" not in {thread.name for thread in threading.enumerate()})
    enqueue_two(home, "again")
    notifier.listen(RUN_ENDED)
    started = real_clock.monotonic()
    notifier.stop()
    notifier.join(0.1)
    assert real_clock.monotonic() - started < 10  # the service hangs for twenty
    hanging.release.set()
    wait_until(lambda: len(hanging.sent) == 1)
    assert len(other.sent) == 2
    waiting = [row["service"] for row in home.queries.outbox.messages(99) if row["next_attempt_at"]]
    assert waiting.count(names[1]) == 2


def test_a_message_that_hangs_is_not_sent_twice_and_does_not_block_the_others(
    home: SyncHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SEND_TIMEOUT", 0.1)
    enqueue_two(home, "no such host")
    service = FakeService()
    worker = make_worker(home, service)
    worker.run()
    first = home.queries.outbox.messages(9)[-1]
    assert (first["attempts"], first["error"]) == (1, "no answer within 0.1 s")
    held, service.release = service.release, threading.Event()
    service.release.set()
    worker.run()
    assert service.sent == ["Tester: works again: 4 of 4 games polled"]
    home.clock.pass_by(60)
    worker.run()  # the service still holds the first message: it could accept both copies
    assert len(service.sent) == 1
    held.set()
    # Marked by its own send: what waited for the next delivery would be sent again after a kill -9.
    wait_until(lambda: all(row["delivered_at"] for row in home.queries.outbox.messages(9)))
    worker.run()
    assert len(service.sent) == 2


def test_a_service_can_hold_three_messages_at_most(
    home: SyncHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SEND_TIMEOUT", 0.02)
    for _ in range(3):
        enqueue_two(home, "no such host")
    service = FakeService()
    worker = make_worker(home, service)
    for _ in range(6):
        worker.run()
    assert len(worker._sender._hung) == delivery.MAX_HUNG_SENDS
    assert [row["attempts"] for row in home.queries.outbox.messages(9)] == [1] * 6
    service.release.set()
