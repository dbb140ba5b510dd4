"""Which targets the next request of the sweep polls."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.core.model.player import Target
from syncer.core.polling.sweep import (
    SweepTarget,
    can_wait,
    choose,
    next_sweep_mark,
    oldest,
    sweep_interval,
    sweep_targets,
    sweeps_due,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86400))
STEP = sweep_interval(10_000, 100, DAY)
GAP_AFTER = 30 * MINUTE


def target(game: int, age: timedelta, rate: float = 1.0, promised: timedelta = DAY) -> SweepTarget:
    return SweepTarget(game, NOW - age, promised, rate)


# When requests are due


def test_a_pass_over_10_000_games_takes_nine_tenths_of_the_promise() -> None:
    assert sweep_interval(10_000, 100, DAY) == timedelta(seconds=777.6)
    assert sweep_interval(2_000, 100, DAY) * 20 == 0.9 * DAY
    assert sweep_interval(40, 100, DAY) == sweep_interval(100, 100, DAY) == 0.9 * DAY
    assert sweep_interval(0, 100, DAY) == 0.9 * DAY


def test_runs_of_a_quarter_of_an_hour_send_the_fractions_of_an_interval_too() -> None:
    mark, sent = NOW, []
    for run in range(1, 97):
        now = NOW + run * 15 * MINUTE
        sent.append(sweeps_due(mark, STEP, now, 101))
        for _ in range(sent[-1]):
            mark = next_sweep_mark(mark, STEP, now, 101)
    assert sum(sent) == DAY // STEP
    assert set(sent) == {1, 2}


def test_a_request_that_failed_stays_pending_and_a_run_sends_three_at_most() -> None:
    assert sweeps_due(NOW, STEP, NOW + 0.99 * STEP, 101) == 0
    assert sweeps_due(NOW, STEP, NOW + 2.5 * STEP, 101) == 2
    mark = next_sweep_mark(NOW, STEP, NOW + 2.5 * STEP, 101)  # one of both was answered
    assert sweeps_due(mark, STEP, NOW + 2.5 * STEP, 101) == 1
    assert sweeps_due(NOW, STEP, NOW + 5 * STEP, 101) == 3
    assert sweeps_due(NOW, STEP, NOW + 9 * STEP, 101, every=4 * STEP) == 4 + 3  # each run takes four


@pytest.mark.parametrize("last_at", [None, NOW + DAY])
def test_without_a_time_that_can_be_right_one_request_is_due_and_counting_begins_now(
    last_at: datetime | None,
) -> None:
    assert sweeps_due(last_at, STEP, NOW, 101) == 1
    assert next_sweep_mark(last_at, STEP, NOW, 101) == NOW


def test_a_month_of_absence_leaves_no_more_pending_than_a_whole_pass() -> None:
    mark = next_sweep_mark(NOW - 30 * DAY, STEP, NOW, 100)
    assert mark == NOW - 99 * STEP


# Which targets


def test_places_go_to_the_games_with_the_highest_rate_by_squared_age() -> None:
    targets = [
        target(1, HOUR, 16.0),
        target(2, 2 * HOUR, 5.0),
        target(3, 3 * HOUR, 1.0),
        target(4, HOUR, 0.5),
    ]
    assert choose(targets, NOW, 2, HOUR, HOUR) == [2, 1]


def test_a_search_polls_those_first_that_were_not_polled_for_longest() -> None:
    targets = [target(1, HOUR, 16.0), target(2, 3 * HOUR, 0.1), target(3, 2 * HOUR, 5.0)]
    assert oldest(targets, 2) == [2, 3]


def test_a_target_close_to_its_promise_goes_first_whatever_its_rate() -> None:
    quiet = [target(1, 0.98 * DAY, 0.001), target(2, 0.975 * DAY, 0.001)]
    lively = [target(game, 0.5 * DAY, 100.0) for game in range(3, 10)]
    assert choose([*lively, *quiet], NOW, 4, HOUR, HOUR)[:2] == [1, 2]
    assert choose([*lively, *quiet], NOW, 1, HOUR, HOUR) == [1]


def test_the_oldest_go_first_as_soon_as_later_requests_could_not_reach_all_of_them() -> None:
    """Two follow before the deadline: they hold 20 of 25 quiet targets, so that 5 places are given now."""
    quiet = [target(game, 0.97 * DAY - 2.5 * HOUR, 0.001) for game in range(25)]
    lively = [target(game, 0.1 * DAY, 100.0) for game in range(100, 200)]
    chosen = choose([*lively, *quiet], NOW, 10, HOUR, HOUR)
    assert chosen[:5] == [0, 1, 2, 3, 4]
    assert all(game >= 100 for game in chosen[5:])


def test_a_shorter_promise_is_an_earlier_deadline() -> None:
    assert choose([target(1, 10 * HOUR), target(2, 6 * HOUR, promised=6 * HOUR)], NOW, 1, HOUR, HOUR) == [2]


def test_a_request_of_the_sweep_is_full_or_holds_all_targets() -> None:
    targets = [target(game, HOUR, float(game)) for game in range(1, 301)]
    assert choose(targets, NOW, 3, STEP, STEP) == [300, 299, 298]
    assert choose(targets[:2], NOW, 3, STEP, STEP) == [2, 1]
    assert choose([], NOW, 100, STEP, STEP) == []


def test_targets_that_a_fast_clock_stamped_in_the_future_take_turns_for_a_tenth_of_the_places() -> None:
    known = [target(game, HOUR) for game in range(100)]
    ahead = {game: -400 * DAY + game * MINUTE for game in range(1000, 1030)}
    polled: set[int] = set()
    for turn in range(6):
        both = [*known, *(target(game, age) for game, age in ahead.items())]
        chosen = [game for game in choose(both, NOW, 50, STEP, STEP) if game in ahead]
        assert len(chosen) == 5
        ahead |= {game: -401 * DAY - turn * MINUTE for game in chosen}
        polled.update(chosen)
    assert polled == set(ahead)
    assert len(choose([target(game, -DAY) for game in range(9)], NOW, 5, STEP, STEP)) == 5


def test_only_healthy_targets_that_were_polled_are_swept_by_the_shorter_promise() -> None:
    known: Any = {"promised_seconds": 3600, "last_seen_at": NOW}
    targets = [
        Target(1, **known),
        Target(2, promised_seconds=7 * 86400, last_seen_at=NOW),
        Target(3, due_at=NOW, failures=1, **known),
        Target(4, removed_at=NOW, **known),
        Target(5),
    ]
    found = sweep_targets(targets, {1: 2.0}, 0.1, DAY)
    assert found == [SweepTarget(1, NOW, HOUR, 2.0), SweepTarget(2, NOW, DAY, 0.1)]


@given(
    st.lists(
        st.tuples(st.floats(0, 3), st.floats(0.001, 9), st.sampled_from([HOUR, DAY])), min_size=1, max_size=60
    ),
    st.integers(1, 20),
    st.integers(60, 86400),
)
def test_a_request_is_full_names_each_target_once_and_misses_no_deadline_that_it_could_keep(
    rows: list[tuple[float, float, timedelta]], size: int, seconds: int
) -> None:
    step = timedelta(seconds=seconds)
    targets = [target(game, age * DAY, rate, promised) for game, (age, rate, promised) in enumerate(rows)]
    chosen = choose(targets, NOW, size, step, step)
    assert len(chosen) == len(set(chosen)) == min(size, len(targets))
    by_deadline = sorted(targets, key=lambda t: t.last_seen_at + 0.97 * t.promised)
    oldest = {t.game_id for t in by_deadline[:size]}
    # What the earliest deadlines first could keep, this choice keeps, too.
    if _missed(targets, oldest, size, step) == 0:
        assert _missed(targets, set(chosen), size, step) == 0


def _missed(targets: list[SweepTarget], chosen: set[int], size: int, step: timedelta) -> int:
    """Return how many of the others miss their deadline, if the earliest deadlines go first from now on."""
    left = sorted(t.last_seen_at + 0.97 * t.promised for t in targets if t.game_id not in chosen)
    return sum(NOW + (n // size + 1) * step > deadline for n, deadline in enumerate(left))


# Simulation


class Simulation:
    """Targets that were all polled at one moment, runs of a quarter of an hour, and faults."""

    def __init__(self, count: int, fault_rate: float) -> None:
        self.random, self.fault_rate = Random(count), fault_rate
        quiet = [0.0001 + 0.01 * self.random.random() for _ in range(count - 20)]
        self.targets = [SweepTarget(game, NOW, DAY, rate) for game, rate in enumerate([2.0] * 20 + quiet)]
        self.polls, self.latest, self.requests = [0] * count, timedelta(0), 0

    def run_for(self, days: float) -> None:
        mark, step = NOW, sweep_interval(len(self.targets), 100, DAY)
        for run in range(1, int(days * 96) + 1):
            now = NOW + run * 15 * MINUTE
            late = [one.game_id for one in self.targets if one.last_seen_at + one.promised <= now]
            for begin in range(0, len(late), 100):
                self.poll(late[begin : begin + 100], now)
            for _ in range(sweeps_due(mark, step, now, len(self.targets) // 100)):
                if self.poll(choose(self.targets, now, 100, step, step), now):
                    mark = next_sweep_mark(mark, step, now, len(self.targets) // 100)

    def poll(self, games: list[int], now: datetime) -> bool:
        self.requests += 1
        if self.random.random() < self.fault_rate:
            return False
        for game in games:
            self.latest = max(self.latest, now - self.targets[game].last_seen_at)
            self.targets[game] = self.targets[game]._replace(last_seen_at=now)
            self.polls[game] += 1
        return True


@pytest.mark.parametrize(("count", "days"), [(2_000, 4), pytest.param(10_000, 1.25, marks=pytest.mark.soak)])
def test_targets_that_were_polled_at_one_moment_spread_out_and_none_is_late(count: int, days: float) -> None:
    simulation = Simulation(count, fault_rate=0.05)
    simulation.run_for(days)
    assert simulation.latest <= DAY + GAP_AFTER
    assert simulation.requests <= days * count / 100 * 1.25
    oldest = NOW + days * DAY - min(one.last_seen_at for one in simulation.targets)
    assert oldest <= DAY + GAP_AFTER


def test_a_game_that_changes_often_is_polled_more_often_than_a_quiet_one() -> None:
    simulation = Simulation(2_000, fault_rate=0.05)
    simulation.run_for(3)
    assert min(simulation.polls[:20]) > 3 * max(simulation.polls[20:])


def test_a_request_waits_as_long_as_later_ones_can_keep_every_promise() -> None:
    quarter, step = 15 * MINUTE, sweep_interval(200, 100, DAY)
    fresh = [target(game, timedelta(0)) for game in range(200)]
    assert can_wait(fresh, NOW, 100, step, quarter)
    # The last hundred needs the second request, which comes 10.8 hours after the next run.
    old = [target(game, 0.97 * DAY - step - 2 * quarter) for game in range(200)]
    assert can_wait(old, NOW, 100, step, quarter)
    older = [target(game, 0.97 * DAY - step) for game in range(200)]
    assert not can_wait(older, NOW, 100, step, quarter)
    assert can_wait(older[:100], NOW, 100, step, quarter)


def test_what_other_requests_have_polled_needs_no_sweep() -> None:
    mark = next_sweep_mark(NOW, STEP, NOW, 101)
    assert mark == NOW + STEP
    assert sweeps_due(mark, STEP, NOW + 1.5 * STEP, 101) == 0
    for _ in range(300):
        mark = next_sweep_mark(mark, STEP, NOW, 101)
    assert mark == NOW + 101 * STEP
