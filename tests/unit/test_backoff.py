"""The exponential backoff of the backfill."""

from datetime import timedelta

import pytest

from syncer.core.backfill.backoff import MAX_BACKOFF, Backoff
from tests.fakes import START

INTERVAL = timedelta(minutes=15)
MILLISECOND = timedelta(milliseconds=1)


def after_failures(count: int) -> Backoff:
    backoff = Backoff()
    for _ in range(count):
        backoff.record_failure("titles", START, INTERVAL)
    return backoff


@pytest.mark.parametrize(
    ("failures", "pause"),
    [
        (1, 0.5 * INTERVAL),  # the next run tries again
        (2, 1.5 * INTERVAL),
        (3, 3.5 * INTERVAL),
        (4, 7.5 * INTERVAL),
        (6, MAX_BACKOFF),
        (5000, MAX_BACKOFF),  # no overflow
    ],
)
def test_each_pause_is_twice_as_long_up_to_the_cap(failures: int, pause: timedelta) -> None:
    backoff = after_failures(failures)
    assert backoff.failure_count("titles") == failures
    assert backoff.is_active("titles", START)
    assert backoff.is_active("titles", START + pause - MILLISECOND)
    assert not backoff.is_active("titles", START + pause)


def test_another_item_is_not_affected() -> None:
    backoff = after_failures(3)
    assert not backoff.is_active("unlocks", START)
    assert backoff.failure_count("unlocks") == 0


def test_after_a_success_the_pauses_begin_again() -> None:
    backoff = after_failures(4)
    backoff.reset("titles")
    assert not backoff.is_active("titles", START)
    backoff.record_failure("titles", START, INTERVAL)
    assert not backoff.is_active("titles", START + 0.5 * INTERVAL)


def test_a_deferral_is_a_pause_but_no_failure() -> None:
    backoff = Backoff()
    backoff.defer_until("titles", START + INTERVAL)
    assert backoff.is_active("titles", START + INTERVAL - MILLISECOND)
    assert backoff.failure_count("titles") == 0


def test_a_pause_that_was_computed_with_a_wrong_clock_is_ignored() -> None:
    backoff = after_failures(40)
    assert backoff.is_active("titles", START)
    assert not backoff.is_active("titles", START - timedelta(days=1))
