"""Days in a row."""

from datetime import date, timedelta

from syncer.core.milestones.streaks import Streak, current_streak, longest_streak

TODAY, DAY = date(2026, 5, 1), timedelta(days=1)


def days(*ago: int) -> list[date]:
    return [TODAY - n * DAY for n in ago]


def test_a_streak_goes_on_while_today_is_not_over() -> None:
    assert current_streak(days(0, 1, 2, 4), TODAY) == Streak(3, includes_today=True)
    assert current_streak(days(1, 2, 4), TODAY) == Streak(2, includes_today=False)
    assert current_streak(days(2, 3), TODAY) == Streak(0, includes_today=False)


def test_a_streak_without_today_is_at_risk() -> None:
    assert current_streak(days(1), TODAY).is_at_risk
    assert not current_streak(days(0), TODAY).is_at_risk
    assert not current_streak([], TODAY).is_at_risk


def test_the_longest_streak_that_reaches_a_day_counts() -> None:
    assert longest_streak(days(0, 1, 4, 5, 6)) == (3, TODAY - 4 * DAY)
    assert longest_streak(days(0, 1, 4, 5, 6), TODAY - DAY) == (2, TODAY)
    assert longest_streak([]) == (0, None)
