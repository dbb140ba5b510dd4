"""The account's totals: what an answer extends, begins, and when zeros are believed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.account.totals import account_poll, decide_rank, decide_totals, rank_poll, reads_rank
from syncer.core.model.account import (
    AccountDecision,
    AccountPoll,
    Measure,
    NewMeasure,
    OpenMeasure,
    RankAndScore,
    ZeroStreak,
)
from syncer.core.model.mass_drop import AccountSums
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
        (SEVEN_HOURS, 0.55 * SEVEN_HOURS.interval + DAY),  # after a run that came just too early
        (IntervalSchedule(3 * DAY), 3.5 * DAY),
        (TWICE_A_DAY, 30 * HOUR),
    ],
)
def test_the_next_profile_is_promised_for_a_run_about_a_day_later(
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


RANK = Measure.RANK
RANKED = [*STORED, OpenMeasure(3, RANK, 4711, NOW, NOW, 3600)]


def rank(
    hardcore: int,
    softcore: int,
    place: int | None,
    proof: tuple[int, int] | None = None,
    streak: ZeroStreak | None = None,
    *,
    is_known: bool = True,
) -> AccountDecision:
    sums = AccountSums(hardcore, softcore)
    answer = RankAndScore(sums, place, is_known)
    return decide_rank(RANKED, streak, answer, AccountSums(*proof) if proof else sums, POLL, NOW + HOUR)


def test_rank_and_sums_each_extend_or_change_their_own_row() -> None:
    found = rank(110, 40, 4700)
    assert found.extended == {2: NOW + HOUR}
    assert [(new.measure, new.value, new.closes) for new in found.added] == [(HARD, 110, 1), (RANK, 4700, 3)]


def test_no_rank_is_a_value_and_one_that_cannot_be_read_is_not() -> None:
    assert [(new.measure, new.value) for new in rank(100, 40, None).added] == [(RANK, None)]
    found = rank(100, 40, None, is_known=False)
    assert (found.added, set(found.extended)) == ((), {1, 2})


def test_zeros_that_another_answer_confirms_are_suspect_with_their_rank() -> None:
    assert rank(0, 0, 80_000, (0, 0)) == AccountDecision(is_suspect=True)
    stands = ZeroStreak(5, NOW - 6 * HOUR, 2)
    assert [new.value for new in rank(0, 0, None, (0, 0), stands).added] == [0, 0, None]


def test_zeros_that_another_answer_contradicts_are_never_confirmed_and_its_points_count() -> None:
    found = rank(0, 0, 80_000, (105, 40), ZeroStreak(5, NOW - 9 * HOUR, 9))
    assert (found.is_suspect, found.confirms, found.ends) == (True, None, 5)
    assert [(new.measure, new.value) for new in found.added] == [(HARD, 105)]
    assert found.extended == {2: NOW + HOUR}  # and the rank keeps its row


def test_an_account_without_points_has_zeros_and_a_rank() -> None:
    zero = [OpenMeasure(1, HARD, 0, NOW, NOW, 86400), OpenMeasure(2, SOFT, 0, NOW, NOW, 86400)]
    answer = RankAndScore(AccountSums(0, 0), None)
    found = decide_rank(zero, None, answer, AccountSums(0, 0), POLL, NOW + HOUR)
    assert (found.is_suspect, [new.measure for new in found.added]) == (False, [RANK])


@pytest.mark.parametrize("rank_wanted", [False, True])
def test_the_sums_are_promised_in_an_hour_where_the_rank_is_read(rank_wanted: bool) -> None:
    schedule = IntervalSchedule(15 * MINUTE)
    tracked = TrackedPlayer("Tester", None, (1,), schedule, HOUR, rank=rank_wanted)
    profile = account_poll(tracked, 7, NOW)
    assert profile.promised_for(HARD) == profile.promised_for(SOFT) == (HOUR if rank_wanted else DAY)
    assert profile.promised_for(RETRO) == DAY
    assert rank_poll(tracked, 7, NOW).promised_for(RANK) == HOUR


def test_the_rank_is_not_read_at_times_of_the_day() -> None:
    for schedule, reads in ((SEVEN_HOURS, True), (TWICE_A_DAY, False)):
        assert reads_rank(TrackedPlayer("Tester", None, (1,), schedule, HOUR, rank=True)) is reads
        assert not reads_rank(TrackedPlayer("Tester", None, (1,), schedule, HOUR))
