"""Messages by the calendar: what is due when, and the texts."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.milestones.streaks import Streak
from syncer.core.model.library import AwardKind
from syncer.core.notifications.digests import (
    Considered,
    Due,
    find_due,
    record_messages,
    review_message,
    streak_message,
)
from syncer.core.notifications.model import DEFAULT_KINDS, SELECTABLE_KINDS
from syncer.core.review.model import PeriodSums, Reached, Tally
from syncer.core.review.period import month_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2026, 6, 1, 0, tzinfo=UTC)  # also the first day of a month
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
YESTERDAY, LAST_WEEK, MAY = date(2026, 5, 31), date(2026, 5, 25), date(2026, 5, 1)
NEVER = Considered()
ALL = Due(False, YESTERDAY, LAST_WEEK, MAY)


def due(
    now: datetime,
    *,
    considered: Considered = NEVER,
    since: datetime = LONG_AGO,
    until: datetime | None = None,
) -> Due:
    return find_due(now, UTC, 20, considered, since, until or now)


def test_what_is_over_is_due_once_all_of_its_unlocks_are_read() -> None:
    now = MONDAY + HOUR
    assert due(now) == ALL
    assert due(now, until=MONDAY - timedelta(seconds=1)) == Due()
    again = Considered(now, now, now)
    assert due(now + HOUR, considered=again) == Due()
    assert due(now + DAY, considered=again) == Due(False, date(2026, 6, 1))
    assert due(now + 7 * DAY, considered=again).week == date(2026, 6, 1)
    assert due(now + 31 * DAY, considered=again).month == date(2026, 6, 1)


def test_a_period_that_began_before_the_recording_is_left_out() -> None:
    now = MONDAY + HOUR
    assert due(now, since=MONDAY - DAY) == Due(False, YESTERDAY)
    assert due(now, since=MONDAY - DAY + HOUR) == Due()
    assert due(now, since=MONDAY - 7 * DAY) == Due(False, YESTERDAY, LAST_WEEK)


def test_a_streak_is_considered_once_a_day_from_its_hour_on() -> None:
    assert not due(MONDAY + 19 * HOUR).streak
    evening = MONDAY + 20 * HOUR
    assert due(evening).streak
    assert not due(evening + HOUR, considered=Considered(evening)).streak
    assert due(evening + DAY, considered=Considered(evening)).streak


def test_days_are_those_of_the_zone() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    found = find_due(MONDAY - 8 * HOUR, tokyo, 1, Considered(), LONG_AGO, MONDAY - 8 * HOUR)
    assert (found.streak, found.day) == (True, YESTERDAY)  # there it is one o'clock of Monday


def test_a_streak_of_one_day_is_no_message_and_neither_is_one_of_today() -> None:
    message = streak_message("Heron", Streak(12, includes_today=False))
    assert message
    assert message.text == "Heron: the streak of 12 days ends tonight if nothing is unlocked"
    assert streak_message("Heron", Streak(1, includes_today=False)) is None
    assert streak_message("Heron", Streak(12, includes_today=True)) is None


def texts(points: dict[date, int], found: Due) -> list[str]:
    return [message.text for message in record_messages("Heron", points, found)]


def test_the_best_day_so_far_names_the_one_before() -> None:
    points = {YESTERDAY - n * DAY: 100 for n in range(1, 8)} | {YESTERDAY: 101}
    day = Due(day=YESTERDAY)
    assert texts(points, day) == ["Heron: 2026-05-31 was the best day so far: 101 points (100 on 2026-05-30)"]
    assert texts(points | {YESTERDAY: 100}, day) == []  # only equal
    assert texts({**points, YESTERDAY - 7 * DAY: 300}, day) == []
    assert (
        texts({day: n for day, n in points.items() if day != YESTERDAY - 3 * DAY}, day) == []
    )  # too few days
    assert texts(points, Due()) == []
    assert texts({}, day) == []


def test_the_best_week_begins_on_a_monday() -> None:
    points = {LAST_WEEK - n * 7 * DAY: 50 for n in range(1, 5)} | {LAST_WEEK: 30, LAST_WEEK + 6 * DAY: 21}
    assert texts(points, Due(week=LAST_WEEK)) == [
        "Heron: the week of 2026-05-25 was the best week so far: 51 points (50 on 2026-05-18)"
    ]


def reached_game(game_id: int, title: str | None, kind: AwardKind) -> Reached:
    return Reached(game_id, title, None, kind, MONDAY, is_exact=True, has_page=True)


def test_a_review_counts_a_month_and_names_what_was_reached() -> None:
    reached = [reached_game(n, f"Game {n}", AwardKind.MASTERED) for n in range(1, 8)]
    reached.append(reached_game(8, None, AwardKind.BEATEN_SOFTCORE))
    days = {date(2026, 5, 3): Tally(10, 1100), date(2026, 5, 9): Tally(2, 10)}
    message = review_message("Heron", month_of(MAY), PeriodSums(days, reached))
    assert message
    assert message.text.splitlines() == [
        "Heron: May 2026: 12 achievements, 1,110 points, on 2 days; most on 2026-05-03: 1,100 points",
        "mastered: Game 1, Game 2, Game 3, Game 4, Game 5, 2 more",
        "beaten (softcore): game 8",
    ]
    assert review_message("Heron", month_of(MAY), PeriodSums()) is None


@pytest.mark.parametrize("kind", ["streak", "record", "review"])
def test_the_kinds_by_choice_are_not_sent_unasked(kind: str) -> None:
    assert kind in SELECTABLE_KINDS
    assert kind not in DEFAULT_KINDS


def test_a_day_that_was_read_late_is_considered_with_the_next_one() -> None:
    last = Considered(record=MONDAY - 6 * HOUR)
    assert due(MONDAY + HOUR, considered=last) == ALL
    assert due(MONDAY + DAY + HOUR, considered=last).missed == YESTERDAY
    assert due(MONDAY + DAY + HOUR).missed is None


def test_a_streak_is_not_considered_where_unlocks_are_not_read_any_more() -> None:
    evening = MONDAY + 20 * HOUR
    assert due(evening, until=MONDAY - DAY).streak
    assert not due(evening, until=MONDAY - DAY - HOUR).streak
