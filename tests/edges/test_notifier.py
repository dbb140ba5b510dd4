"""Delivery of messages: order, retries, what is logged, and what happens when a mark is lost."""

import logging
from datetime import timedelta

import pytest

from syncer.core.errors import StoreBusy

from .harness import SyncHarness
from .notifier_harness import deliver, enqueue_two, make_worker, working_service
from .outbox_harness import polled_with_a_service

FAILED, RECOVERED = "Tester: failed: no such host.", "Tester: works again: 4 of 4 games polled"


home = pytest.fixture(polled_with_a_service)


def test_messages_are_delivered_once_and_in_order(home: SyncHarness) -> None:
    enqueue_two(home, "no such host")
    service = working_service()
    deliver(home, service)
    deliver(home, service)
    assert service.sent == [FAILED, RECOVERED]


def test_a_message_that_is_late_states_when_it_was_written(home: SyncHarness) -> None:
    enqueue_two(home, "no such host")
    home.clock.pass_by(3600)
    service = working_service()
    deliver(home, service)
    assert service.sent[0].splitlines()[1] == "(of 2026-05-01 12:00)"


def test_a_failing_service_is_logged_once_and_retried(
    home: SyncHarness, caplog: pytest.LogCaptureFixture
) -> None:
    enqueue_two(home, "no such host")
    service = working_service(errors=["it answered 500", "it answered 500"])
    worker = make_worker(home, service)
    with caplog.at_level(logging.INFO, "syncer"):
        worker.run()
        assert len(service.errors) == 1  # the service may be down: the second message is not tried at once
        worker.run()  # now it is, while the first one is backing off
        assert service.sent == []
        home.clock.pass_by(60)
        worker.run()
    assert len(service.sent) == 2
    assert [record.message for record in caplog.records if record.name == "syncer"] == [
        "one-0001 does not accept messages: it answered 500; they are kept and retried",
        "one-0001 accepts messages again",
    ]


def test_a_message_that_is_given_up_is_logged(home: SyncHarness, caplog: pytest.LogCaptureFixture) -> None:
    enqueue_two(home, "no such host")
    service = working_service(errors=["it answered 410"] * 60)
    worker = make_worker(home, service)
    while service.errors:
        worker.run()
        home.clock.pass_by(3600)
    assert sum("was given up" in record.message for record in caplog.records) == 2
    (row,) = home.queries.outbox.undelivered(home.clock.now() - timedelta(days=7), home.clock.now())
    assert (row["given_up"], row["waiting"], row["error"]) == (2, 0, "it answered 410")


def lock_outbox(home: SyncHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(message_id: int, at: object) -> None:
        raise StoreBusy("locked")

    monkeypatch.setattr(home.writers.outbox, "mark_delivered", busy)


def test_a_worker_that_cannot_mark_a_message_marks_it_later_and_sends_it_once(
    home: SyncHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue_two(home, "no such host")
    service = working_service()
    worker = make_worker(home, service)
    with monkeypatch.context() as locked:
        lock_outbox(home, locked)
        worker.run()
        worker.run()
        assert service.sent == [FAILED]
    worker.run()
    worker.run()
    assert service.sent == [FAILED, RECOVERED]
    assert all(row["delivered_at"] for row in home.queries.outbox.messages(9))


def test_a_process_that_ends_before_the_mark_delivers_the_message_again(
    home: SyncHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: the next process cannot know that the service has accepted the message."""
    enqueue_two(home, "no such host")
    service = working_service()
    with monkeypatch.context() as killed:
        lock_outbox(home, killed)
        deliver(home, service)
    assert service.sent == [FAILED]
    deliver(home, service)
    assert service.sent == [FAILED, FAILED, RECOVERED]
    deliver(home, service)
    assert len(service.sent) == 3
    assert [row["attempts"] for row in home.queries.outbox.messages(9)] == [1, 1]


def test_no_message_expires_by_a_clock_that_the_site_has_not_confirmed_yet(home: SyncHarness) -> None:
    enqueue_two(home, "no such host")
    home.clock.pass_by(timedelta(days=5000).total_seconds())
    service = working_service()
    deliver(home, service, is_time_known=False)
    assert [text.partition("\n")[0] for text in service.sent] == [FAILED, RECOVERED]


def test_expired_messages_are_collapsed_before_delivery(home: SyncHarness) -> None:
    enqueue_two(home, "no such host")
    home.clock.pass_by(timedelta(days=8).total_seconds())
    service = working_service()
    deliver(home, service)
    assert service.sent == ["2 messages of 2026-05-01 could not be delivered (1 failing, 1 recovered)"]
