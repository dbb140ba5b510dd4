"""Which year or month a text means, and which are before and after it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from syncer.core.review.period import Period, month_of, parse_period

TODAY = date(2026, 11, 5)


@pytest.mark.parametrize("text", ["2026", "2026-11", "2026-01", "1971", "2025-12"])
def test_a_period_is_read_as_it_is_written(text: str) -> None:
    assert str(parse_period(text, TODAY)) == text


@pytest.mark.parametrize(
    "text", ["", "26", "2026-13", "2026-00", "2026-1", "2026-11-05", "٢٠٢٦", " 2026", "2026\n", "-2026"]
)
def test_another_text_is_no_period_and_the_error_shows_how_one_looks(text: str) -> None:
    with pytest.raises(ValueError, match="is not a year like 2026 or a month like 2026-11"):
        parse_period(text, TODAY)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2027", "2027 has not begun: it lies in the future"),
        ("2026-12", "December 2026 has not begun"),
        ("1970", "1970 is not from 1971 to 2026"),
        ("9999", "9999 is not from 1971 to 2026"),
    ],
)
def test_a_period_that_has_no_days_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_period(text, TODAY)


def test_neighbours_of_a_month_may_be_in_another_year() -> None:
    assert Period(2026, 1).previous == Period(2025, 12)
    assert Period(2025, 12).following == Period(2026, 1)
    assert Period(2026).previous == Period(2025)
    assert Period(2026).following == Period(2027)
    assert month_of(date(2026, 5, 31)) == Period(2026, 5)


def test_a_year_has_twelve_months_and_a_month_none() -> None:
    assert [month.name for month in Period(2026).months][::11] == ["January 2026", "December 2026"]
    assert Period(2026, 5).months == ()
    assert Period(2026).name == "2026"


def test_a_period_begins_and_ends_at_midnight_of_the_zone() -> None:
    begin, end = Period(2026, 3).span(ZoneInfo("Europe/Berlin"))
    assert begin == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert end == datetime(2026, 3, 31, 22, tzinfo=UTC)  # summer time has begun
    assert Period(2024).end == date(2025, 1, 1)
