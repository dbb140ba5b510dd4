"""The clock: moments in UTC, waits, and stops that end them."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from syncer.core.clock import SystemClock, truncate_to_ms
from syncer.core.errors import Cancelled
from tests.fakes import START, FakeClock


def test_a_naive_moment_is_rejected() -> None:
    with pytest.raises(ValueError, match="naive"):
        truncate_to_ms(datetime(2026, 5, 1))  # noqa: DTZ001


def test_a_moment_is_truncated_to_milliseconds_in_utc() -> None:
    berlin = datetime(2026, 5, 1, 14, 0, 0, 999999, tzinfo=timezone(timedelta(hours=2)))
    assert truncate_to_ms(berlin) == START.replace(microsecond=999000)
    assert truncate_to_ms(berlin).tzinfo is UTC


def test_the_system_clock_returns_whole_milliseconds_in_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_wait_takes_its_time_and_a_negative_one_takes_none() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    clock.wait(0.02)
    assert clock.monotonic() - began >= 0.015
    clock.wait(-1)
    assert clock.monotonic() - began < 5


def test_a_stop_from_another_thread_ends_a_wait_at_once() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    timer = threading.Timer(0.05, clock.stop)
    timer.start()
    with pytest.raises(Cancelled):
        clock.wait(30)
    timer.join()
    assert clock.monotonic() - began < 10


@pytest.mark.parametrize("make", [SystemClock, FakeClock])
def test_a_stop_calls_each_handler_even_one_registered_later(
    make: type[SystemClock] | type[FakeClock],
) -> None:
    clock, called = make(), list[str]()
    clock.on_stop(lambda: called.append("early"))
    assert not clock.stopping
    clock.stop()
    clock.on_stop(lambda: called.append("late"))
    assert (clock.stopping, called) == (True, ["early", "late"])
    with pytest.raises(Cancelled):
        clock.wait(60)


def test_waiting_moves_the_fake_clock() -> None:
    clock = FakeClock()
    clock.wait(90)
    assert (clock.now(), clock.monotonic()) == (START + timedelta(seconds=90), 90.0)


def test_a_wait_handler_is_called_in_the_thread_that_waits() -> None:
    clock, waits = SystemClock(), list[tuple[float, str]]()
    clock.on_wait(lambda seconds: waits.append((seconds, threading.current_thread().name)))
    waiter = threading.Thread(target=clock.wait, args=(0.01,), name="waiter")
    waiter.start()
    waiter.join()
    assert waits == [(0.01, "waiter")]
