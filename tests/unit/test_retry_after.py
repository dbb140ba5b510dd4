"""Retry-After headers: seconds to wait, or None."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.api.retry_after import http_date, seconds_to_wait

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),  # the usual form
        (" 7 ", 7.0),  # padded
        ("1.5", 1.5),  # not in the standard, seen in the wild
        ("999999", 999999.0),  # absurd, but a number: the request budget caps it
        ("0", None),  # never sleep 0
        ("0.0", None),
        ("-5", None),
        ("soon", None),
        ("1m0s", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("٣", None),  # a digit, but no ASCII one
        ("5, 7", None),  # two headers, folded
        ("", None),
        (None, None),  # no header at all
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30.0),  # the old form of RFC 850
        ("Sun Mar  1 12:00:30 2026", 30.0),  # asctime: no zone means UTC
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30.0),  # another zone
        ("Sun, 01 Mar 2026 11:59:59 GMT", None),  # past
        ("Sun, 01 Mar 2026 12:00:00 GMT", None),  # now
        ("Fri, 31 Dec 9999 23:59:59 -1400", None),  # after the last moment of datetime
        ("Mon, 99999999999999999999 Jan 2026 00:00:00 GMT", None),  # beyond a machine number
    ],
)
def test_seconds_to_wait(text: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(text, NOW) == seconds


def test_a_date_counts_from_the_given_moment() -> None:
    theirs = NOW + timedelta(hours=5)
    assert seconds_to_wait(format_datetime(theirs + timedelta(seconds=90), usegmt=True), theirs) == 90.0


def test_a_date_is_always_aware_and_in_utc() -> None:
    assert http_date("Sun, 01 Mar 2026 13:00:00 +0100") == NOW
    assert http_date("Sun Mar  1 12:00:00 2026") == NOW


@given(
    st.one_of(
        st.text(), st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,25} Jan [0-9]{1,6} [0-9:]{0,9} [+-]?[0-9]{0,6}")
    )
)
def test_any_header_gives_none_or_more_than_0_seconds(text: str) -> None:
    seconds = seconds_to_wait(text, NOW)
    assert seconds is None or seconds > 0
