"""Rows of games, consoles and unlocks become values or evidence."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.api.endpoints.library import parse_played_game
from syncer.api.endpoints.recently_played import parse_recent_game
from syncer.api.endpoints.titles import parse_console, parse_listed_game
from syncer.api.endpoints.unlocks import parse_unlock
from syncer.api.excerpt import evidence, excerpt
from syncer.api.fields import (
    FieldError,
    as_text,
    identity,
    rows,
)
from syncer.core.formats.ra_json import FIELDS
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
RECENT = {
    "GameID": 14402,
    "ConsoleID": 39,
    "ConsoleName": "Saturn",
    "Title": "Brass Meridian",
    "ImageIcon": "/Images/085573.png",
    "LastPlayed": "2026-03-01 12:00:00",
    "AchievementsTotal": 33,
    "NumPossibleAchievements": 33,
    "PossibleScore": 400,
    "NumAchieved": 12,
    "ScoreAchieved": 95,
    "NumAchievedHardcore": 7,
    "ScoreAchievedHardcore": 60,
}
LISTED = {
    "Title": "Brass Meridian",
    "ID": 14402,
    "ConsoleID": 39,
    "ConsoleName": "Saturn",
    "ImageIcon": "/Images/085573.png",
    "NumAchievements": 33,
    "Points": 410,
    "DateModified": None,
}
CONSOLE = {"ID": 39, "Name": "Saturn", "IconURL": "https://x/39.png", "Active": True, "IsGameSystem": True}
PARSERS: list[tuple[Callable[[Any], object], dict[str, Any], tuple[str, ...]]] = [  # and their identities
    (parse_played_game, PLAYED, ("GameID",)),
    (parse_unlock, UNLOCK, ("Date", "HardcoreMode", "AchievementID", "GameID")),
    (parse_recent_game, RECENT, ("GameID", *FIELDS)),
    (parse_listed_game, LISTED, ("ID",)),
    (parse_console, CONSOLE, ("ID",)),
]
NULLABLE = ("MostRecentAwardedDate", "HighestAwardKind", "HighestAwardDate")
NEEDED = [
    pytest.param(parse, entry, name, id=f"{parse.__name__} {name}")
    for parse, entry, names in PARSERS
    for name in names
]


def test_a_played_game_is_parsed() -> None:
    parsed = parse_played_game(PLAYED)
    assert parsed == PlayedGame(
        *(14402, "~Hack~ Brass/Meridian", 39, "Saturn", "/Images/085573.png", 33, 12, 7),
        *(NOON, AwardKind.BEATEN_HARDCORE, NOON - timedelta(seconds=1)),
    )
    assert parsed.info == GameInfo(14402, "~Hack~ Brass/Meridian", 39, "Saturn", "/Images/085573.png")
    assert not parsed.award_only


def test_a_row_of_an_award_alone_is_marked() -> None:
    row = {"MaxPossible": 0, "NumAwarded": 0, "NumAwardedHardcore": 0, "HighestAwardKind": "mastered"}
    assert parse_played_game({**PLAYED, **row}).award_only


def test_dates_and_awards_may_be_null() -> None:
    parsed = parse_played_game({**PLAYED, **dict.fromkeys(NULLABLE)})
    assert (parsed.most_recent_awarded_at, parsed.award_kind, parsed.award_at) == (None, None, None)


def test_an_unlock_and_its_games_title_are_parsed() -> None:
    assert parse_unlock(UNLOCK) == (
        Unlock(1013, 14402, "Brave Compass", 5, True, NOON),
        GameInfo(14402, "Brass Meridian", None, "Saturn", "/Images/085573.png"),
    )
    assert not parse_unlock({**UNLOCK, "HardcoreMode": 0})[0].hardcore


def test_a_listed_game_and_a_console_are_parsed() -> None:
    listed = GameInfo(14402, "Brass Meridian", 39, "Saturn", "/Images/085573.png", 33, 410)
    assert parse_listed_game(LISTED) == listed
    assert parse_console(CONSOLE) == ConsoleInfo(39, "Saturn", True, True)
    idle = {**CONSOLE, "Active": 0, "IsGameSystem": 1}
    assert parse_console(idle) == ConsoleInfo(39, "Saturn", False, True)


@pytest.mark.parametrize(("parse", "entry", "name"), NEEDED)
def test_a_missing_field_is_named(parse: Callable[[Any], object], entry: dict[str, Any], name: str) -> None:
    with pytest.raises(FieldError, match=f"{name} is missing"):
        parse({key: value for key, value in entry.items() if key != name})


@pytest.mark.parametrize(("parse", "entry", "name"), NEEDED)
def test_a_field_of_another_kind_is_refused(
    parse: Callable[[Any], object], entry: dict[str, Any], name: str
) -> None:
    others: list[object] = [None, 1.5, [], {}, True if isinstance(entry[name], str) else "?"]
    for value in others:
        with pytest.raises(FieldError, match=name):
            parse({**entry, name: value})


@pytest.mark.parametrize("value", [True, -1, MAX_NUMBER + 1, "-1", " 1", "1.0", "٣", "", 12.0, None])
def test_numbers_are_whole_ascii_and_fit_their_column(value: object) -> None:
    with pytest.raises(FieldError):
        parse_played_game({**PLAYED, "GameID": value})
    parsed = parse_played_game({**PLAYED, "MaxPossible": value, "ConsoleID": value})
    assert (parsed.max_possible, parsed.console_id, parsed.num_awarded) == (None, None, 12)


def test_numbers_may_be_strings_of_digits_and_ids_are_not_0() -> None:
    strings = {"GameID": "14402", "NumAwarded": "12", "MaxPossible": "33"}
    assert parse_played_game({**PLAYED, **strings}) == parse_played_game(PLAYED)
    for nothing in (0, "0"):
        with pytest.raises(FieldError, match="not an id"):
            identity({"ID": nothing}, "ID")


@pytest.mark.parametrize("mode", [2, "2", -1, True, None])
def test_an_unknown_hardcore_mode_is_refused(mode: object) -> None:
    with pytest.raises(FieldError, match="HardcoreMode"):
        parse_unlock({**UNLOCK, "HardcoreMode": mode})


def test_a_bad_row_becomes_evidence_and_the_others_are_parsed() -> None:
    found, unreadable = rows([LISTED, {**LISTED, "ID": None}, 7], parse_listed_game)
    assert found == (parse_listed_game(LISTED),)
    assert [one.message for one in unreadable] == ["ID: not a number", "not a map of fields"]
    assert '"ID": null' in unreadable[0].raw


def test_evidence_holds_no_description_of_an_achievement() -> None:
    secret = 'Say "Open\\ ", then\nwait'
    (bad,) = rows([{**UNLOCK, "Date": None, "Description": secret}], parse_unlock)[1]
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


@pytest.mark.parametrize(("parse", "entry", "names"), PARSERS, ids=lambda one: getattr(one, "__name__", ""))
@given(data=st.data())
def test_any_row_is_parsed_or_kept_as_evidence(
    parse: Callable[[Any], object], entry: dict[str, Any], names: tuple[str, ...], data: st.DataObject
) -> None:
    junk = data.draw(st.dictionaries(st.sampled_from(tuple(entry)), JSON) | JSON)
    row = {**entry, **junk} if isinstance(junk, dict) else junk
    found, unreadable = rows([row], parse)
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


def test_the_documented_sample_is_parsed() -> None:
    sample = '{"GameID":20246,"Title":"~Hack~ Knuckles the Echidna","ImageIcon":"\\/Images\\/074560.png",'
    sample += '"ConsoleID":1,"ConsoleName":"Genesis\\/Mega Drive","MaxPossible":0,"NumAwarded":0,'
    sample += '"NumAwardedHardcore":0,"MostRecentAwardedDate":"2023-10-27T02:52:34+00:00",'
    sample += '"HighestAwardKind":"beaten-hardcore","HighestAwardDate":"2023-10-27T02:52:34+00:00"}'
    parsed = parse_played_game(json.loads(sample))  # the shape of site-api.md 5.3
    assert (parsed.icon_path, parsed.console_name, parsed.award_only) == (
        "/Images/074560.png",
        "Genesis/Mega Drive",
        True,
    )
