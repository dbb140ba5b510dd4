"""`syncer games`, `syncer unlocks` and the first lines of `syncer status`, in the words of players."""

import contextlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.cli.commands.games import shown_columns
from syncer.cli.commands.unlocks import cut_text, day_line
from syncer.core.clock import SystemClock
from syncer.store.db.account_tables import play_sessions, playtime
from syncer.store.db.engine import Database
from syncer.store.db.tables import games, snapshots
from tests.terminal import run_on_terminal

from .simulated_site import Site, run_cli

HOME = Path(__file__).parents[2]


@pytest.fixture
def synced(site: Site) -> Site:
    """A player with softcore unlocks in three games, one of them in hardcore then, and a mastery."""
    site.earn(1, 2)
    first = site.world.unlock_table.softcore_only("Tester", 2)[0]
    run_cli(site, "sync")
    now = SystemClock().now()
    site.world.unlock("Tester", 2, first, now, hardcore=True)
    site.world.earn("Tester", 4, 4, now, hardcore=True)
    run_cli(site, "sync")
    return site


def found(site: Site, *words: str) -> list[int]:
    return [game["game_id"] for game in run_cli(site, "games", *words, "--json").document["games"]]


def test_games_are_filtered_by_state_and_console_and_sorted(synced: Site) -> None:
    assert found(synced, "--sort", "title") == [1, 2, 3, 4]
    assert found(synced, "--sort", "state") == [4, 1, 2, 3]
    assert found(synced, "--sort", "percent")[-2:] == [2, 3]
    assert found(synced, "--state", "mastered") == [4]
    assert found(synced, "--state", "completed") == [1]
    assert found(synced, "--console", "nës", "--state", "in-progress", "--sort", "title") == [2, 3]
    assert found(synced, "--console", "Saturn") == []
    nothing = run_cli(synced, "games", "--console", "Saturn").out
    assert nothing == "No game like that is followed. To list all games: syncer games\n"
    assert "did you mean mastered?" in run_cli(synced, "games", "--state", "masterd").err
    assert "4 games: 1 mastered, 1 completed, 2 in progress" in run_cli(synced, "games").out


def test_games_are_found_by_title_console_and_id(synced: Site) -> None:
    with contextlib.closing(Database(synced.url)) as database, database.writing() as tx:
        tx.execute(sa.update(games).where(games.c.id == 3).values(title="Señor Topo"))
    assert found(synced, "senor tOPO") == [3]
    assert found(synced, "4") == found(synced, "https://retroachievements.org/game/4") == [4]
    assert found(synced, "nës", "--sort", "title", "--state", "in-progress") == [2, 3]
    assert found(synced, "chess") == []
    assert "To list all games: syncer games" in run_cli(synced, "games", "chess").out


@pytest.mark.parametrize("words", [("history", " "), ("unlocks", "--game", "")])
def test_an_empty_title_means_no_game(synced: Site, words: tuple[str, ...]) -> None:
    result = run_cli(synced, *words)
    assert result.code == 2
    assert "GAME is empty. To list all games: syncer games" in result.err


def test_status_begins_with_points_sets_and_streak(synced: Site) -> None:
    lines = [" ".join(line.split()) for line in run_cli(synced, "status").out.splitlines()]
    account = run_cli(synced, "status", "--json").document["players"][0]["account"]
    hardcore, softcore = account["hardcore_points"], account["softcore_points"]
    assert softcore > 0
    assert f"points {hardcore:,} in hardcore, {softcore:,} in softcore" in lines[1]
    assert lines[2].startswith("sets 1 mastered, 1 completed, 0 beaten")
    assert lines[3].startswith("streak ")
    today = run_cli(synced, "status", "--json").document["players"][0]
    counts = f"{today['unlocks_today']} achievements, {today['points_today']} points"
    assert lines[4].startswith(f"today {counts}; ")


def test_changes_are_filtered_by_kind_and_award(synced: Site) -> None:
    def games(*words: str) -> list[int]:
        return [row["game_id"] for row in run_cli(synced, "changes", *words, "--json").document["changes"]]

    assert sorted(games()) == [2, 4]
    assert games("--kind", "mastered") == [4]
    assert games("--kind", "hardcore_upgrade") == [2]
    assert games("--kind", "beaten") == []
    assert "No change of the kind reset since" in run_cli(synced, "changes", "--kind", "reset").out
    none = ("changes", "--kind", "completed", "--since")
    within, beyond = run_cli(synced, *none, "0s").out, run_cli(synced, *none, "5w").out
    assert "For a longer time: syncer changes --since 4w. All games in this state: syncer games" in within
    assert "since the first poll, 20" in beyond
    assert "longer" not in beyond
    assert "What was unlocked before: syncer unlocks --since 4w. All games" in beyond
    assert beyond.endswith(". All games in this state: syncer games --state completed\n")
    assert "did you mean mastered?" in run_cli(synced, "changes", "--kind", "master").err


def test_a_day_counts_an_achievement_once(synced: Site) -> None:
    command = [sys.executable, "-m", "syncer", "unlocks"]
    text = run_on_terminal(command, 100, {**synced.env, "PAGER": ""}, cwd=HOME)
    assert "softcore before" in text
    days = [line for line in text.splitlines() if "achievements," in line]
    counted = sum(int(line.split(": ")[1].split()[0]) for line in days)
    documents = run_cli(synced, "unlocks", "--json").document["unlocks"]
    assert (counted, len(documents)) == (12, 13)
    assert [unlock["is_upgrade"] for unlock in documents].count(True) == 1


def test_in_a_pipe_each_unlock_has_its_date(synced: Site) -> None:
    header, *lines = run_cli(synced, "unlocks", "--game", "Game 4").out.splitlines()
    assert header.split() == ["at", "player", "achievement", "game", "points", "mode"]
    assert len(lines) == 4
    assert all(line.startswith("20") for line in lines)
    assert "No unlock since" in run_cli(synced, "unlocks", "--since", "0s").out
    assert "No unlock of this game" in run_cli(synced, "unlocks", "--game", "5").out


def test_no_streak_is_told_where_unlocks_are_not_read(synced: Site) -> None:
    assert run_cli(synced, "status", "--json").document["players"][0]["streak"]["days"] is not None
    synced.configure(games="[1, 2, 3, 4]\nunlocks = false")
    player = run_cli(synced, "status", "--json").document["players"][0]
    assert (player["streak"]["days"], player["unlocks_today"], player["points_today"]) == (None, None, None)
    assert "nothing was unlocked" not in run_cli(synced, "status").out


def test_a_day_that_is_cut_says_so() -> None:
    day, hour = datetime(2026, 5, 1, tzinfo=UTC), timedelta(hours=14, minutes=30)
    assert cut_text(day.date(), UTC, None, None) == ""
    assert cut_text(day.date(), UTC, day, day + timedelta(days=1)) == ""
    assert cut_text(day.date(), UTC, day + hour, None) == ", since 14:30"
    assert cut_text(day.date(), UTC, day - hour, day + hour) == ", until 14:30"
    assert day_line(day.date(), [], ", since 14:30").startswith("2026-05-01, Friday, since 14:30: 0 ach")


def unlock(username: str, points: int, **more: bool) -> dict[str, Any]:
    return {"username": username, "points": points, "is_upgrade": False, "is_event": False, **more}


def test_a_day_of_several_players_has_the_sums_of_each() -> None:
    rows = [unlock("Ann", 5), unlock("Ben", 10), unlock("Ann", 25, is_upgrade=True), unlock("Ben", 1)]
    day = datetime(2026, 5, 1, tzinfo=UTC).date()
    begin, ann = "2026-05-01, Friday: Ben 2 achievements, 11 points", "Ann 1 achievement, 5 points"
    assert day_line(day, rows, named=True) == f"{begin}; {ann}"
    assert day_line(day, rows) == "2026-05-01, Friday: 3 achievements, 16 points"
    more = [unlock(name, 1) for name in ("Cid", "Dan", "Eve")]
    assert day_line(day, rows + more, named=True).endswith("; Cid 1 achievement, 1 point; and 2 more players")


@pytest.mark.parametrize("sort", ["points", "console", "last", "percent", "played"])
def test_the_column_sorted_by_is_never_left_out(sort: str) -> None:
    rows = [{"played_seconds_most": 1}]
    columns, others = shown_columns(rows, sort), shown_columns(rows, "title")
    assert columns.pop(sort).drop_order == 0
    assert others.pop(sort).drop_order > 0
    assert columns == others


def test_games_show_how_long_they_were_played(synced: Site) -> None:
    with contextlib.closing(Database(synced.url)) as database, database.writing() as tx:
        tx.execute(play_sessions.delete())
        tx.execute(playtime.delete())
    assert "played" not in run_cli(synced, "games").out.splitlines()[0]
    game = run_cli(synced, "games", "--json").document["games"][0]
    assert (game["played_seconds_least"], game["played_seconds_most"]) == (None, None)
    now = SystemClock().now()
    begin, end = {"started_after": now - timedelta(hours=3)}, {"ended_at": now - timedelta(hours=1)}
    with contextlib.closing(Database(synced.url)) as database, database.writing() as tx:
        row = {"player_id": 1, "game_id": 2, **begin, "started_before": now - timedelta(hours=2), **end}
        tx.execute(play_sessions.insert().values(**row, is_open=False, after_gap=False))
    header, first, *_ = run_cli(synced, "games", "--sort", "played").out.splitlines()
    assert header.endswith("played")
    assert "Game 2" in first
    assert first.endswith("1.5 h ± 0.6")
    game = run_cli(synced, "games", "--sort", "played", "--json").document["games"][0]
    assert (game["game_id"], game["played_seconds_least"], game["played_seconds_most"]) == (2, 3600, 7380)


def test_no_more_than_everything_is_unlocked(synced: Site) -> None:
    """The site may count 21 of 20 while it counts again."""
    with contextlib.closing(Database(synced.url)) as database, database.writing() as tx:
        tx.execute(snapshots.update().where(snapshots.c.game_id == 4).values(num_achieved=5))
    games = run_cli(synced, "games", "--json").document["games"]
    assert [game["percent"] for game in games if game["game_id"] == 4] == [100]
