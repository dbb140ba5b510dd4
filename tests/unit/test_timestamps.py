"""Times as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from syncer.core.formats.timestamps import parse_timestamp

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "end_of_day", "expected"),
    [
        ("3d", True, "2026-04-28T12:00Z"),
        ("2w", True, "2026-04-17T12:00Z"),
        ("2026-04-01", True, "2026-04-01T21:59:59.999Z"),  # the end of that day in Berlin
        ("20260401", True, "2026-04-01T21:59:59.999Z"),
        ("2026-W14-3", True, "2026-04-01T21:59:59.999Z"),
        ("2026W143", True, "2026-04-01T21:59:59.999Z"),
        ("20260401", False, "2026-03-31T22:00Z"),
        ("2026-04-01", False, "2026-03-31T22:00Z"),  # its start
        ("2026-05-01", True, "2026-05-01T12:00Z"),  # today: now
        ("2026-04-01T12:00", True, "2026-04-01T10:00Z"),  # without a zone: the player's
        ("2026-04-01T12:00Z", True, "2026-04-01T12:00Z"),
        ("now", True, "2026-05-01T12:00Z"),
        ("Now", False, "2026-05-01T12:00Z"),
        ("today", True, "2026-05-01T12:00Z"),
        ("today", False, "2026-04-30T22:00Z"),
        ("yesterday", True, "2026-04-30T21:59:59.999Z"),
        ("yesterday", False, "2026-04-29T22:00Z"),
    ],
)
def test_a_time_is_parsed(text: str, end_of_day: bool, expected: str) -> None:
    assert parse_timestamp(text, BERLIN, NOW, end_of_day=end_of_day) == datetime.fromisoformat(expected)


def test_a_repeated_hour_before_midnight_belongs_to_its_day() -> None:
    later, cairo = datetime(2027, 1, 1, tzinfo=UTC), ZoneInfo("Africa/Cairo")
    found = parse_timestamp("2026-10-29", cairo, later, end_of_day=True)
    assert found == datetime.fromisoformat("2026-10-29T21:59:59.999Z")


@pytest.mark.parametrize("text", ["2026-05-02", "2026-05-01T15:00", "soon", "", "-3d"])
def test_no_time_and_the_future_are_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"future|not a time"):
        parse_timestamp(text, BERLIN, NOW, end_of_day=True)
