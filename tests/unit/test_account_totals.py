"""The account's totals: what an answer extends, begins, and when zeros are believed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.account.totals import account_poll, decide_totals
from syncer.core.model.account import (
    AccountDecision,
    AccountPoll,
    Measure,
    NewMeasure,
    OpenMeasure,
    ZeroStreak,
)
from syncer.core.model.player import Player
from syncer.core.model.schedule import DailySchedule, IntervalSchedule, Schedule
from syncer.core.ports import TrackedPlayer
from syncer.core.sync.player_resolver import profile_is_stale

NOW, DAY, HOUR = datetime(2026, 5, 1, 12, tzinfo=UTC), timedelta(days=1), timedelta(hours=1)
MINUTE, MS = timedelta(minutes=1), timedelta(milliseconds=1)
POLL = AccountPoll(run_id=7, promised=DAY, gap_after=30 * MINUTE)
HARD, SOFT, RETRO = Measure.HARDCORE_POINTS, Measure.SOFTCORE_POINTS, Measure.RETRO_POINTS
STORED = [OpenMeasure(1, HARD, 100, NOW, NOW, 86400), OpenMeasure(2, SOFT, 40, NOW, NOW, 86400)]


def decide(
    values: dict[Measure, int | None],
    after: timedelta = DAY,
    streak: ZeroStreak | None = None,
    stored: list[OpenMeasure] = STORED,
) -> AccountDecision:
    return decide_totals(stored, streak, values, POLL, NOW + after)


def test_the_first_answer_begins_a_series_without_a_gap() -> None:
    found = decide({HARD: 0, SOFT: 0}, stored=[])
    assert found.added == (NewMeasure(HARD, 0, NOW + DAY, False), NewMeasure(SOFT, 0, NOW + DAY, False))


def test_only_the_measures_of_the_answer_are_touched() -> None:
    found = decide({SOFT: 41, RETRO: 7})
    assert found.added == (
        NewMeasure(SOFT, 41, NOW + DAY, False, closes=2),
        NewMeasure(RETRO, 7, NOW + DAY, False),
    )
    assert found.extended == {}


@pytest.mark.parametrize(("late_by", "after_gap"), [(30 * MINUTE, False), (30 * MINUTE + MS, True)])
def test_an_equal_answer_extends_the_row_until_it_comes_too_late(late_by: timedelta, after_gap: bool) -> None:
    found = decide({HARD: 100}, DAY + late_by)
    resumed = (NewMeasure(HARD, 100, NOW + DAY + late_by, True, closes=1),)
    assert (found.added, found.extended) == ((resumed, {}) if after_gap else ((), {1: NOW + DAY + late_by}))


@pytest.mark.parametrize(
    ("back", "moment"), [(HOUR, None), (11 * MINUTE, None), (10 * MINUTE, NOW + MS), (timedelta(0), NOW + MS)]
)
def test_an_answer_from_before_the_last_one_is_stamped_just_after_it(
    back: timedelta, moment: datetime | None
) -> None:
    assert decide({HARD: 100}, -back).extended == ({1: moment} if moment else {})
    assert [row.at for row in decide({HARD: 101}, -back).added] == ([moment] if moment else [])


def test_zeros_for_every_sum_are_suspect_if_some_were_not() -> None:
    assert decide({HARD: 0, SOFT: 0, RETRO: 0}) == AccountDecision(is_suspect=True)
    assert not decide({HARD: 0, SOFT: 1}).is_suspect
    zero = [OpenMeasure(1, HARD, 0, NOW, NOW, 86400), OpenMeasure(2, SOFT, 0, NOW, NOW, 86400)]
    assert not decide({HARD: 0, SOFT: 0}, stored=zero).is_suspect
    assert not decide({RETRO: 0}).is_suspect  # no sum at all
    assert decide({HARD: 0}).is_suspect
    assert not decide({SOFT: 0}, stored=[STORED[0], zero[1]]).is_suspect  # that one was zero before


@pytest.mark.parametrize(
    ("polls", "lasted", "accepted"),
    [(2, 6 * HOUR, True), (1, 6 * HOUR, False), (9, 6 * HOUR - MS, False)],
)
def test_zeros_are_accepted_after_six_hours_and_three_answers(
    polls: int, lasted: timedelta, accepted: bool
) -> None:
    found = decide({HARD: 0, SOFT: 0}, DAY, ZeroStreak(5, NOW + DAY - lasted, polls))
    assert found.is_suspect is not accepted
    assert found.confirms == (5 if accepted else None)
    assert [row.value for row in found.added] == ([0, 0] if accepted else [])


def test_another_answer_ends_the_series_of_zeros() -> None:
    found = decide({HARD: 100}, DAY, ZeroStreak(5, NOW, 2))
    assert (found.ends, found.confirms) == (5, None)


SEVEN_HOURS = IntervalSchedule(7 * HOUR)
TWICE_A_DAY = DailySchedule((time(6), time(18)), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("schedule", "promised"),
    [
        (IntervalSchedule(15 * MINUTE), DAY),
        (SEVEN_HOURS, 21 * HOUR),
        (IntervalSchedule(3 * DAY), 3 * DAY),
        (TWICE_A_DAY, 30 * HOUR),
    ],
)
def test_the_next_profile_is_promised_for_the_run_that_is_nearest_to_a_day_later(
    schedule: Schedule, promised: timedelta
) -> None:
    tracked = TrackedPlayer("Tester", None, (1,), schedule, HOUR)
    assert account_poll(tracked, 7, NOW) == AccountPoll(run_id=7, promised=promised, gap_after=HOUR)


@pytest.mark.parametrize(
    ("due", "stale"),
    [(None, False), (NOW + HOUR, False), (NOW, True), (NOW + HOUR + MS, True)],  # the last: of a wrong clock
)
def test_a_suspect_profile_is_read_again_when_it_is_due(due: datetime | None, stale: bool) -> None:
    player = Player(1, "0" * 26, "Tester", "Tester", profile_checked_at=NOW - HOUR, profile_due_at=due)
    assert profile_is_stale(player, SEVEN_HOURS, NOW) is stale
