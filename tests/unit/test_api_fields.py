"""Single fields of raw answers are parsed strictly and sanitised."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.api.fields import MAX_LENGTH, FieldError, as_datetime, as_text, flag, icon

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-03-01 12:00:00", NOON),  # 5.8 and 5.9: no zone, and UTC all the same
        ("2026-03-01T12:00:00+00:00", NOON),  # 5.3 and 5.10
        ("2026-03-01T12:00:00.000000Z", NOON),  # GetGameExtended
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01T14:00:00+02:00", NOON),
        ("2026-03-01T12:00:00.123999Z", NOON + timedelta(milliseconds=123)),
    ],
)
def test_dates_are_utc_in_every_form(value: str, moment: datetime) -> None:
    parsed = as_datetime(value)
    assert (parsed, parsed.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01",  # a day is no moment
        "0000-00-00 00:00:00",  # MySQL's null
        "0001-01-01 00:00:00",  # no day of a zone west of UTC
        "9999-12-31 23:59:59",
        "2026-02-29 12:00:00",
        "2026-03-01 24:00:00",
        "2026-03-01 12:00",
        "2026-03-01 12:00:00 UTC",
        " 2026-03-01 12:00:00",
        "2026-03-01 12:00:00\n",
        "٢٠٢٦-٠٣-٠١ ١٢:٠٠:٠٠",
        "2026-W09-7T12:00:00",
        "0001-01-01T00:00:00+12:00",  # before the first year, in UTC
        "2026-03-01T12:00:00+99:99",
        "now",
        "",
        1772366400,  # Unix seconds are for questions
        None,
        True,
    ],
)
def test_other_dates_are_refused(value: object) -> None:
    with pytest.raises(FieldError):
        as_datetime(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('Tidal "Zero", <b>=cmd()</b> \\ / Señor', 'Tidal "Zero", <b>=cmd()</b> \\ / Señor'),
        ("שלום עולם 🏴‍☠️ 保守", "שלום עולם 🏴‍☠️ 保守"),
        ("a\0b", "a\ufffdb"),
        ("a\ud800b\udfff", "a\ufffdb\ufffd"),  # lone surrogates, which no database takes
        ("\x1b[31mred\x9b0m\x7f", "\ufffd[31mred\ufffd0m\ufffd"),
        ("two\nlines\tand\r\nmore\u2028", "two lines and  more"),
        ("turned \u202eround\u2069", "turned \ufffdround\ufffd"),
        ("  padded ", "padded"),
        ("x" * 1_000_000, "x" * MAX_LENGTH),
        ("", ""),
    ],
)
def test_texts_are_sanitised_and_shortened(value: str, text: str) -> None:
    assert as_text(value) == text


@given(st.text(max_size=600))
def test_a_sanitised_text_is_one_line_that_every_database_takes(value: str) -> None:
    text = as_text(value)
    assert len(text) <= MAX_LENGTH
    assert len(text.splitlines()) <= 1
    assert "\0" not in text
    text.encode()  # no lone surrogates
    assert as_text(text) == text


@pytest.mark.parametrize(
    "value",
    [
        "https://elsewhere.example/a.png",
        "//elsewhere.example/a.png",
        "javascript:alert(1)",
        "/Images/../../etc/passwd",
        "/Images//a.png",
        "/Images/a.png?x=1",
        "Images/a.png",
        "/Images/a\n.png",
        "/" + "a" * 300,
        "",
    ],
)
def test_an_icon_that_is_not_a_path_on_the_site_is_dropped(value: str) -> None:
    assert icon({"ImageIcon": value}, "ImageIcon") == ""


def test_flags_are_booleans_or_0_and_1() -> None:
    assert [flag({"a": value}, "a") for value in (True, False, 1, 0)] == [True, False, True, False]
    for value in (2, -1, "1", "true", None, 1.0):
        with pytest.raises(FieldError, match="a: neither"):
            flag({"a": value}, "a")
