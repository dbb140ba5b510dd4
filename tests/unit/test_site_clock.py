"""The time that is recorded: our clock's within ten minutes of the site's, else the site's."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer import BUILD_DATE
from syncer.core.clock import SystemClock
from syncer.core.site_clock import SiteClock, site_clock
from syncer.demo.clock import DemoClock
from tests.fakes import START, FakeClock

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def wall() -> FakeClock:
    return FakeClock()


@pytest.fixture
def clock(wall: FakeClock) -> SiteClock:
    return SiteClock(wall)


def test_the_wall_clock_counts_before_any_answer(wall: FakeClock, clock: SiteClock) -> None:
    wall.moment += HOUR
    assert (clock.now(), clock.offset, clock.is_proven) == (START + HOUR, timedelta(0), False)


@pytest.mark.parametrize("off", [10 * MINUTE, -10 * MINUTE, timedelta(0)])
def test_up_to_ten_minutes_the_wall_clock_counts(clock: SiteClock, off: timedelta) -> None:
    assert clock.observe(START + off, START) == START
    assert (clock.now(), clock.offset, clock.is_proven) == (START, timedelta(0), True)


@pytest.mark.parametrize("off", [10 * MINUTE + SECOND, -HOUR, timedelta(days=5000)])
def test_beyond_ten_minutes_the_sites_time_counts_and_goes_on(
    wall: FakeClock, clock: SiteClock, off: timedelta
) -> None:
    received = START - SECOND
    assert clock.observe(START + off, received) == received + off
    assert (clock.offset, clock.corrections) == (off, off)
    wall.pass_by(900)
    assert clock.now() == START + off + 15 * MINUTE


def test_a_date_before_this_version_was_built_does_not_count(clock: SiteClock) -> None:
    assert clock.observe(BUILD_DATE - SECOND, START) == START
    assert clock.observe(None, START) == START
    assert (clock.now(), clock.is_proven) == (START, False)


@pytest.mark.parametrize("off", [6 * HOUR, -6 * HOUR, timedelta(days=5000)])
def test_one_date_against_all_before_it_changes_nothing(
    wall: FakeClock, clock: SiteClock, off: timedelta
) -> None:
    clock.observe(START, START)
    wall.pass_by(900)
    assert clock.observe(wall.now() + off, wall.now()) == wall.now()
    wall.pass_by(900)
    clock.observe(wall.now(), wall.now())
    assert (clock.now(), clock.corrections) == (wall.now(), timedelta(0))


def test_a_second_date_that_says_the_same_a_minute_later_counts(wall: FakeClock, clock: SiteClock) -> None:
    clock.observe(START, START)
    for seconds in (900, 59):
        wall.pass_by(seconds)
        clock.observe(wall.now() + HOUR, wall.now())
        assert clock.offset == timedelta(0)
    wall.pass_by(1)
    assert clock.observe(wall.now() + HOUR, wall.now()) == wall.now() + HOUR
    assert clock.offset == HOUR


def test_a_date_that_stands_still_never_counts(wall: FakeClock, clock: SiteClock) -> None:
    clock.observe(START, START)
    for _ in range(20):
        wall.pass_by(900)
        clock.observe(START, wall.now())
        assert clock.now() == wall.now()


def test_a_date_decades_ahead_is_none(wall: FakeClock, clock: SiteClock) -> None:
    assert clock.observe(datetime.max.replace(tzinfo=UTC), START) == START
    assert (clock.now(), clock.is_known) == (START, False)
    clock.confirm()
    assert (clock.is_known, clock.is_proven) == (True, False)


def test_the_whole_seconds_and_the_delay_of_a_date_do_not_move_the_time(
    wall: FakeClock, clock: SiteClock
) -> None:
    clock.observe(START - HOUR, START)
    wall.pass_by(60.9)
    now = clock.now()
    for date in (now - 0.9 * SECOND, now - 3 * SECOND):
        clock.observe(date, wall.now(), 2.0)
        assert clock.now() == now
    clock.observe(now - 4 * SECOND, wall.now(), 2.0)
    assert clock.now() == now - 4 * SECOND


@pytest.mark.parametrize("step", [3 * MINUTE, -3 * MINUTE, timedelta(days=-20000), timedelta(days=5000)])
def test_a_step_of_the_wall_clock_is_noticed_once_a_poll_was_accepted(
    wall: FakeClock, clock: SiteClock, step: timedelta
) -> None:
    clock.confirm()
    wall.moment += step
    wall.pass_by(5)
    assert (clock.now(), clock.offset, clock.is_proven) == (START + 5 * SECOND, -step, False)


def test_a_small_adjustment_is_no_step_and_adds_up_to_none(wall: FakeClock, clock: SiteClock) -> None:
    clock.confirm()
    for _ in range(10):
        wall.moment += MINUTE
        assert clock.now() == wall.now()


def test_the_time_by_which_a_poll_was_rejected_is_given_up_for_the_wall_clock(
    wall: FakeClock, clock: SiteClock
) -> None:
    clock.confirm()
    wall.moment += HOUR
    clock.distrust()
    assert (clock.now(), clock.corrections) == (START + HOUR, HOUR)


def test_a_confirmed_time_does_not_replace_the_sites(wall: FakeClock, clock: SiteClock) -> None:
    clock.observe(START + HOUR, START)
    clock.confirm()
    assert (clock.now(), clock.is_proven) == (START + HOUR, True)


def test_all_parts_of_a_process_share_one_clock(wall: FakeClock, clock: SiteClock) -> None:
    assert site_clock(clock) is clock
    assert isinstance(site_clock(wall), SiteClock)


def test_waits_and_stops_are_those_of_the_machine(wall: FakeClock, clock: SiteClock) -> None:
    stopped: list[str] = []
    clock.on_stop(lambda: stopped.append("stopped"))
    clock.wait(3)
    wall.stop()
    assert (wall.waits, stopped, clock.monotonic(), clock.steady()) == ([3], ["stopped"], 3, 3)


def test_the_steady_clock_goes_on_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    assert clock.steady() > 0
    monkeypatch.setattr("syncer.core.clock.STEADY", None)
    assert abs(clock.steady() - clock.monotonic()) < 1


def test_a_wait_that_the_demo_skips_is_no_step() -> None:
    demo = DemoClock(timedelta(days=1))
    clock = SiteClock(demo)
    clock.confirm()
    demo.wait(3600)
    assert abs(clock.now() - demo.now()) < SECOND
    assert clock.offset == timedelta(0)
