"""Rows of the other endpoints become values, or evidence of what they were; nothing else gets in."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.api.client import excerpt
from syncer.api.endpoints.library import read_played
from syncer.api.endpoints.titles import read_console, read_listed
from syncer.api.endpoints.unlocks import read_unlock
from syncer.api.fields import (
    MAX_LENGTH,
    FieldError,
    as_datetime,
    as_text,
    evidence,
    flag,
    icon,
    identity,
    rows,
)
from syncer.core.model.library import AwardKind, ConsoleInfo, GameInfo, PlayedGame, Unlock
from syncer.core.model.progress import MAX_NUMBER, UnparsableEntry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAYED = {
    "GameID": 14402,
    "Title": "~Hack~ Brass/Meridian",
    "ImageIcon": "/Images/085573.png",
    "ConsoleID": 39,
    "ConsoleName": "Saturn",
    "MaxPossible": 33,
    "NumAwarded": 12,
    "NumAwardedHardcore": 7,
    "MostRecentAwardedDate": "2026-03-01T12:00:00+00:00",
    "HighestAwardKind": "beaten-hardcore",
    "HighestAwardDate": "2026-03-01T11:59:59+00:00",
}
UNLOCK = {
    "Date": "2026-03-01 12:00:00",
    "HardcoreMode": 1,
    "AchievementID": 1013,
    "Title": "Brave Compass",
    "Description": "Find the secret compass.",
    "BadgeName": "001013",
    "Points": 5,
    "TrueRatio": "7",
    "Type": None,
    "Author": "Smith",
    "AuthorULID": "01DEM0SM1TH0000000000000AA",
    "GameTitle": "Brass Meridian",
    "GameIcon": "/Images/085573.png",
    "GameID": 14402,
    "ConsoleName": "Saturn",
    "CumulScore": 5,
    "BadgeURL": "/Badge/001013.png",
    "GameURL": "/game/14402",
}
LISTED = {
    "Title": "Brass Meridian",
    "ID": 14402,
    "ConsoleID": 39,
    "ConsoleName": "Saturn",
    "ImageIcon": "/Images/085573.png",
    "NumAchievements": 33,
    "DateModified": None,
}
CONSOLE = {"ID": 39, "Name": "Saturn", "IconURL": "https://x/39.png", "Active": True, "IsGameSystem": True}
READERS: list[tuple[Callable[[Any], object], dict[str, Any], tuple[str, ...]]] = [  # and the fields it needs
    (read_played, PLAYED, tuple(PLAYED)),
    (
        read_unlock,
        UNLOCK,
        (
            *("Date", "HardcoreMode", "AchievementID", "Title", "Points"),
            *("GameTitle", "GameIcon", "GameID", "ConsoleName"),
        ),
    ),
    (read_listed, LISTED, ("Title", "ID", "ConsoleID", "ConsoleName", "ImageIcon")),
    (read_console, CONSOLE, ("ID", "Name", "Active", "IsGameSystem")),
]
NULLABLE = ("MostRecentAwardedDate", "HighestAwardKind", "HighestAwardDate")
NEEDED = [
    pytest.param(read, entry, name, id=f"{read.__name__} {name}")
    for read, entry, names in READERS
    for name in names
]


def test_a_played_game() -> None:
    read = read_played(PLAYED)
    assert read == PlayedGame(
        *(14402, "~Hack~ Brass/Meridian", 39, "Saturn", "/Images/085573.png", 33, 12, 7),
        *(NOON, AwardKind.BEATEN_HARDCORE, NOON - timedelta(seconds=1)),
    )
    assert read.info == GameInfo(14402, "~Hack~ Brass/Meridian", 39, "Saturn", "/Images/085573.png")
    assert not read.award_only


def test_a_row_for_its_award_alone() -> None:
    row = {"MaxPossible": 0, "NumAwarded": 0, "NumAwardedHardcore": 0, "HighestAwardKind": "mastered"}
    assert read_played({**PLAYED, **row}).award_only


def test_dates_and_awards_may_be_null() -> None:
    read = read_played({**PLAYED, **dict.fromkeys(NULLABLE)})
    assert (read.most_recent_awarded_at, read.award_kind, read.award_at) == (None, None, None)


def test_an_unlock_and_what_its_game_is_called() -> None:
    assert read_unlock(UNLOCK) == (
        Unlock(1013, 14402, "Brave Compass", 5, True, NOON),
        GameInfo(14402, "Brass Meridian", None, "Saturn", "/Images/085573.png"),
    )
    assert not read_unlock({**UNLOCK, "HardcoreMode": 0})[0].hardcore


def test_a_listed_game_and_a_console() -> None:
    assert read_listed(LISTED) == GameInfo(14402, "Brass Meridian", 39, "Saturn", "/Images/085573.png")
    assert read_console(CONSOLE) == ConsoleInfo(39, "Saturn", True, True)
    idle = {**CONSOLE, "Active": 0, "IsGameSystem": 1}
    assert read_console(idle) == ConsoleInfo(39, "Saturn", False, True)


@pytest.mark.parametrize(("read", "entry", "name"), NEEDED)
def test_what_is_needed_must_be_there(
    read: Callable[[Any], object], entry: dict[str, Any], name: str
) -> None:
    with pytest.raises(FieldError, match=f"{name} is missing"):
        read({key: value for key, value in entry.items() if key != name})


@pytest.mark.parametrize(("read", "entry", "name"), NEEDED)
def test_what_is_of_another_kind_is_refused(
    read: Callable[[Any], object], entry: dict[str, Any], name: str
) -> None:
    others: list[object] = [None, 1.5, [], {}, True if isinstance(entry[name], str) else "?"]
    for value in others:
        if value is None and name in NULLABLE:
            continue
        with pytest.raises(FieldError, match=name):
            read({**entry, name: value})


@pytest.mark.parametrize("value", [True, -1, MAX_NUMBER + 1, "-1", " 1", "1.0", "٣", "", 12.0, None])
@pytest.mark.parametrize("name", ["MaxPossible", "GameID", "ConsoleID"])
def test_numbers_are_whole_ascii_and_fit_their_column(name: str, value: object) -> None:
    with pytest.raises(FieldError):
        read_played({**PLAYED, name: value})


def test_numbers_may_be_strings_of_digits_and_names_are_not_0() -> None:
    strings = {"GameID": "14402", "NumAwarded": "12", "MaxPossible": "33"}
    assert read_played({**PLAYED, **strings}) == read_played(PLAYED)
    for nothing in (0, "0"):
        with pytest.raises(FieldError, match="names nothing"):
            identity({"ID": nothing}, "ID")


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
def test_moments_are_utc_in_every_form(value: str, moment: datetime) -> None:
    read = as_datetime(value)
    assert (read, read.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01",  # a day is no moment
        "0000-00-00 00:00:00",  # MySQL's null
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
def test_what_is_no_moment_is_refused(value: object) -> None:
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
def test_texts_are_made_harmless_and_short(value: str, text: str) -> None:
    assert as_text(value) == text


@given(st.text(max_size=600))
def test_a_harmless_text_is_one_line_that_every_database_takes_and_stays_as_it_is(value: str) -> None:
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
def test_an_icon_that_is_no_path_on_the_site_is_none(value: str) -> None:
    assert icon({"ImageIcon": value}, "ImageIcon") == ""


def test_flags_are_booleans_or_0_and_1() -> None:
    assert [flag({"a": value}, "a") for value in (True, False, 1, 0)] == [True, False, True, False]
    for value in (2, -1, "1", "true", None, 1.0):
        with pytest.raises(FieldError, match="a: neither"):
            flag({"a": value}, "a")


@pytest.mark.parametrize("mode", [2, "2", -1, True, None])
def test_an_unlock_is_in_hardcore_or_not(mode: object) -> None:
    with pytest.raises(FieldError, match="HardcoreMode"):
        read_unlock({**UNLOCK, "HardcoreMode": mode})


def test_an_award_that_nobody_knows_is_refused() -> None:
    with pytest.raises(FieldError, match="HighestAwardKind"):
        read_played({**PLAYED, "HighestAwardKind": "legendary"})


def test_a_bad_row_is_told_and_its_neighbours_are_read() -> None:
    found, unreadable = rows([LISTED, {**LISTED, "ID": None}, 7], read_listed)
    assert found == (read_listed(LISTED),)
    assert [one.message for one in unreadable] == ["ID: not a number", "not a map of fields"]
    assert '"ID": null' in unreadable[0].raw


def test_evidence_holds_no_description_of_an_achievement() -> None:
    secret = 'Say "Open\\ ", then\nwait'
    (bad,) = rows([{**UNLOCK, "Points": None, "Description": secret}], read_unlock)[1]
    assert '"Description": "…"' in bad.raw
    assert "Open" not in bad.raw
    assert "wait" not in bad.raw
    assert "wait" not in evidence({"Results": [{"Description": secret}]})
    assert excerpt(b'[{"Points":NaN,"Description":"Wait for \\"') == '[{"Points":NaN,"Description":"…"'
    assert '"Title": "Brave Compass"' in bad.raw


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(("read", "entry", "names"), READERS, ids=lambda one: getattr(one, "__name__", ""))
@given(data=st.data())
def test_whatever_the_row_it_is_read_or_told(
    read: Callable[[Any], object], entry: dict[str, Any], names: tuple[str, ...], data: st.DataObject
) -> None:
    junk = data.draw(st.dictionaries(st.sampled_from(names), JSON) | JSON)
    row = {**entry, **junk} if isinstance(junk, dict) else junk
    found, unreadable = rows([row], read)
    assert len(found) + len(unreadable) == 1
    for value in found:
        assert_clean(value)
    for one in unreadable:
        assert isinstance(one, UnparsableEntry)
        assert one.message
        assert len(one.raw.encode()) <= 1024


def assert_clean(value: object) -> None:
    """Each field of a value is what every database takes."""
    if isinstance(value, tuple):
        for part in value:
            assert_clean(part)
    elif is_dataclass(value):
        for part in fields(value):
            assert_clean(getattr(value, part.name))
    elif type(value) is int:
        assert 0 <= value <= MAX_NUMBER
    elif isinstance(value, str):
        assert as_text(value) == value
    elif isinstance(value, datetime):
        assert value.tzinfo is UTC
    else:
        assert value is None or isinstance(value, bool)


def test_the_rows_are_as_documented() -> None:
    sample = '{"GameID":20246,"Title":"~Hack~ Knuckles the Echidna","ImageIcon":"\\/Images\\/074560.png",'
    sample += '"ConsoleID":1,"ConsoleName":"Genesis\\/Mega Drive","MaxPossible":0,"NumAwarded":0,'
    sample += '"NumAwardedHardcore":0,"MostRecentAwardedDate":"2023-10-27T02:52:34+00:00",'
    sample += '"HighestAwardKind":"beaten-hardcore","HighestAwardDate":"2023-10-27T02:52:34+00:00"}'
    read = read_played(json.loads(sample))  # the shape of site-api.md 5.3
    assert (read.icon_path, read.console_name, read.award_only) == (
        "/Images/074560.png",
        "Genesis/Mega Drive",
        True,
    )
