"""Hours of play on the page of a game and on the calendar."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.store.db.account_tables import play_sessions
from syncer.store.db.tables import players
from tests.edges.harness import START, SyncHarness

from .harness import context_of, record_day, served
from .parsed_page import read

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SyncHarness]:
    made = record_day(f"sqlite:///{tmp_path / 'syncer.db'}")
    yield made
    made.close()


def session(begin: datetime, game_id: int = 1, **more: Any) -> dict[str, Any]:
    """Return a session of an hour; its begin is known to within 10 minutes."""
    times = {"started_after": begin, "started_before": begin + 10 * MINUTE, "ended_at": begin + 70 * MINUTE}
    return {"player_id": 1, "game_id": game_id, **times, "is_open": False, "after_gap": False, **more}


def play(home: SyncHarness, *sessions: dict[str, Any]) -> None:
    with home.database.writing() as tx:
        tx.execute(play_sessions.insert(), list(sessions))


def test_a_game_without_sessions_shows_nothing_about_play(home: SyncHarness) -> None:
    with served(context_of(home)) as client:
        assert "Play sessions" not in read(client, "/games/1").text
        assert "Played" not in read(client, "/calendar").text


def test_the_sessions_of_a_game_have_their_range_and_their_state(home: SyncHarness) -> None:
    play(home, session(START), session(START + 3 * HOUR, is_open=True, after_gap=True))
    play(home, session(START, game_id=2))
    with served(context_of(home)) as client:
        text = read(client, "/games/1").text
    assert text.count("1.1 h ± 0.2") == 2
    assert "2.2 h ± 0.3" in text
    assert "in recorded sessions" in text
    assert text.count("may go on") == 1
    assert text.count("may go on after a gap") == 1


def test_the_number_of_the_site_wins_and_later_sessions_are_added(home: SyncHarness) -> None:
    play(home, session(START))
    library = home.writers.library
    library.save_playtime(home.player, 1, 36_000, START + 2 * HOUR)
    with served(context_of(home)) as client:
        assert "10.0 h by RetroAchievements, 1 May 2026" in flat(read(client, "/games/1").text)
        play(home, session(START + 3 * HOUR))
        text = flat(read(client, "/games/1").text)
    assert "11.1 h ± 0.2 by RetroAchievements, 1 May 2026 , and sessions since" in text


def flat(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_calendar_has_the_hours_of_days_months_and_the_year(home: SyncHarness) -> None:
    first = datetime.combine(date(2026, 4, 3), START.timetz())
    play(home, session(START - 2 * DAY), session(first), session(START - 2 * DAY + 3 * HOUR))
    with served(context_of(home)) as client:
        page = read(client, "/calendar")
    text = flat(page.text)
    assert "3.3 h ± 0.4" in text  # of the year
    assert "2.2 h ± 0.3 played" in text
    assert "3 : 1.1 h ± 0.2 played" in text
    assert "Underlined" in text


def test_hours_are_shown_without_unlocks_too(home: SyncHarness) -> None:
    with home.database.writing() as tx:
        tx.execute(players.update().values(unlocks_synced_until=None))
        tx.exec_driver_sql("DELETE FROM unlocks")
    play(home, session(START - 2 * DAY))
    with served(context_of(home)) as client:
        text = flat(read(client, "/calendar").text)
    assert "29 : 1.1 h ± 0.2 played" in text
    assert "Longest streak" not in text
