"""The outbox: delivery marks, retries, expiry and cancellation, on both databases."""

from dataclasses import replace
from datetime import timedelta

from syncer.core.notifications.model import (
    MAX_ATTEMPTS,
    MAX_QUEUED,
    MessageKind,
)
from syncer.store.db.tables import messages

from .harness import SyncHarness
from .outbox_harness import (
    enqueue_failures,
    home,
    set_services,
    shared_postgres_url,
)

__all__ = ["home", "shared_postgres_url"]  # fixtures, requested by their names


def test_a_failed_message_is_retried_with_backoff_and_finally_given_up(home: SyncHarness) -> None:
    home.poll()
    enqueue_failures(home, 1)
    attempts, started = 0, home.clock.now()
    while message := home.queries.outbox.next_message("one-0001", home.clock.now()):
        attempts += 1
        assert message.attempts == attempts - 1
        retry_at = home.writers.outbox.mark_failed(message.id, attempts, "it answered 500", home.clock.now())
        if retry_at is None:
            break
        assert home.queries.outbox.next_message("one-0001", retry_at - timedelta(seconds=1)) is None
        home.clock.pass_by((retry_at - home.clock.now()).total_seconds())
    assert attempts == MAX_ATTEMPTS
    assert home.clock.now() - started > timedelta(hours=20)
    (row,) = home.queries.outbox.messages(10)
    assert (row["delivered_at"], row["given_up_at"], row["error"]) == (
        None,
        home.clock.now(),
        "it answered 500",
    )
    (counts,) = home.queries.outbox.undelivered(started, started)
    assert (counts["given_up"], counts["waiting"]) == (1, 0)


def test_the_oldest_message_comes_first_and_a_delivered_one_does_not_come_back(home: SyncHarness) -> None:
    home.poll()
    enqueue_failures(home, 2)
    now, delivered = home.clock.now(), []
    while message := home.queries.outbox.next_message("one-0001", now):
        delivered.append(message.kind)
        home.writers.outbox.mark_delivered(message.id, now)
        home.writers.outbox.mark_failed(message.id, 1, "too late to matter", now)
    assert delivered == [MessageKind.FAILING, MessageKind.RECOVERED]
    assert {row["error"] for row in home.queries.outbox.messages(10)} == {None}


def test_a_message_that_is_marked_as_delivered_twice_counts_once(home: SyncHarness) -> None:
    """The database may lose the answer to a commit: then the mark is written again."""
    home.poll()
    enqueue_failures(home, 1)
    now = home.clock.now()
    message = home.queries.outbox.next_message("one-0001", now)
    assert message
    for at in (now, now + timedelta(minutes=1)):
        home.writers.outbox.mark_delivered(message.id, at)
    (row,) = home.queries.outbox.messages(10)
    assert (row["delivered_at"], row["attempts"]) == (now, 1)


def test_a_message_that_was_given_up_is_not_marked_as_delivered(home: SyncHarness) -> None:
    home.poll()
    enqueue_failures(home, 1)
    now = home.clock.now()
    message = home.queries.outbox.next_message("one-0001", now)
    assert message
    home.writers.outbox.cancel_other_services([], now)
    home.writers.outbox.mark_delivered(message.id, now)
    (row,) = home.queries.outbox.messages(10)
    assert (row["delivered_at"], row["given_up_at"]) == (None, now)


def test_a_retry_time_that_a_wrong_clock_wrote_is_ignored(home: SyncHarness) -> None:
    home.poll()
    enqueue_failures(home, 1)
    message = home.queries.outbox.next_message("one-0001", home.clock.now())
    assert message
    home.writers.outbox.mark_failed(message.id, 1, "x", home.clock.now() + timedelta(days=400))
    assert home.queries.outbox.next_message("one-0001", home.clock.now()) == replace(message, attempts=1)


def test_messages_older_than_a_week_are_collapsed_into_one(home: SyncHarness) -> None:
    home.poll()
    enqueue_failures(home, 4)
    home.clock.pass_by(timedelta(days=6).total_seconds())
    enqueue_failures(home, 1)
    now = home.clock.now() + timedelta(days=2)
    assert not home.queries.outbox.has_expired("one-0001", home.clock.now())
    assert home.queries.outbox.has_expired("one-0001", now)
    home.writers.outbox.prune_messages("one-0001", now)
    assert not home.queries.outbox.has_expired("one-0001", now)
    waiting = [row for row in home.queries.outbox.messages(10) if row["next_attempt_at"]]
    assert [row["kind"] for row in waiting] == ["missed", "failing"]
    assert waiting[0]["text"].startswith("4 messages of 2026-05-01 could not be delivered (2 failing, 2 rec")


def test_a_full_queue_is_collapsed_and_old_messages_are_deleted(home: SyncHarness) -> None:
    home.poll()
    now = home.clock.now()
    row = {"service": "one-0001", "kind": "unlocks", "text": "x", "created_at": now, "attempts": 0}
    with home.database.writing() as tx:
        tx.execute(messages.insert(), [{**row, "next_attempt_at": now}] * (MAX_QUEUED + 1))
        tx.execute(messages.insert(), [{**row, "service": "two-0002", "next_attempt_at": now}])
    assert home.queries.outbox.has_expired("one-0001", now)
    home.writers.outbox.prune_messages("one-0001", now)
    waiting = [r["service"] for r in home.queries.outbox.messages(2 * MAX_QUEUED) if r["next_attempt_at"]]
    assert (waiting.count("one-0001"), waiting.count("two-0002")) == (MAX_QUEUED // 2 + 1, 1)
    much_later = now + timedelta(days=91)
    home.writers.outbox.prune_messages("one-0001", much_later)
    home.writers.outbox.prune_messages("one-0001", much_later)
    kept = home.queries.outbox.messages(2 * MAX_QUEUED)
    assert {r["kind"] for r in kept if r["service"] == "one-0001"} == {"missed"}


def test_messages_for_a_service_that_left_the_configuration_are_cancelled(home: SyncHarness) -> None:
    set_services(home, "one-0001", "two-0002")
    home.poll()
    enqueue_failures(home, 1)
    home.writers.outbox.cancel_other_services(["two-0002"], home.clock.now())
    assert home.queries.outbox.next_message("one-0001", home.clock.now()) is None
    assert home.queries.outbox.next_message("two-0002", home.clock.now())
