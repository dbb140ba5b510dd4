"""The request budget of a key that processes share whose clocks differ by minutes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from syncer.core.clock import SystemClock
from syncer.core.ratelimit.budget import RateLimits, next_slot_at, on_retry_after, reserve_slot
from syncer.store.db.engine import Database
from syncer.store.request_budget import SqlBudgetStore

LIMITS = RateLimits(30, 3)
APART = timedelta(minutes=10)


def shifted(by: timedelta) -> Callable[[], datetime]:
    return lambda: SystemClock().now() + by


def test_processes_with_clocks_apart_share_one_budget(migrated_postgres_url: str) -> None:
    database = Database(migrated_postgres_url, queue_schema="any")
    offsets = [-APART, APART, timedelta(0), -APART, APART, timedelta(0)]
    slots = []
    for offset in offsets:
        now = shifted(offset)
        before, _ = SqlBudgetStore(database, "key", now).apply(reserve_slot(LIMITS))
        slots.append(next_slot_at(before, now(), LIMITS) - offset)
    waits = [slot - slots[0] for slot in slots]
    spacing = LIMITS.spacing
    # The burst leaves at once, and then one after the other: as if one process had sent them all.
    expected = [timedelta(0)] * LIMITS.burst + [
        n * spacing for n in range(1, len(offsets) - LIMITS.burst + 1)
    ]
    for wait, wanted in zip(waits, expected, strict=True):
        assert abs(wait - wanted) < timedelta(seconds=1)
    database.close()


def test_a_wait_holds_for_a_process_whose_clock_is_ahead(migrated_postgres_url: str) -> None:
    database = Database(migrated_postgres_url, queue_schema="any")
    SqlBudgetStore(database, "key", shifted(timedelta(0))).apply(on_retry_after(120.0, Random(1)))
    ahead = shifted(APART)
    until = SqlBudgetStore(database, "key", ahead).read().not_before
    assert until is not None
    assert timedelta(seconds=100) < until - ahead() <= timedelta(seconds=121)
    database.close()
