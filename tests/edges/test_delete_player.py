"""A forgotten player leaves nothing behind; everybody else keeps all."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.store.admin.delete_player import delete_player
from syncer.store.admin.integrity import check
from syncer.store.db.engine import Database
from syncer.store.db.tables import game_titles, history, rejections, runs, unlocks

from .harness import START, SyncHarness
from .web.harness import unlock

LATER = START + timedelta(days=1)


def two_players(url: str) -> SyncHarness:
    """Return Tester, with polls, rejections and another name; then Moss."""
    home = SyncHarness(url)
    home.poll()
    home.source.fault = lambda found: {game: seen for game, seen in found.items() if game != 3}
    home.clock.pass_by(900)
    home.poll()
    home.source.fault = None
    home.world.add_account("Moss", "m" * 32)
    home.name = "Moss"
    home.poll()
    return home


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as tx:
        return {t.name: [tuple(r) for r in tx.execute(sa.select(t))] for t in history.sorted_tables}


def of(player: int, found: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """The rows that name this player."""
    place = {t.name: list(t.c.keys()).index("id" if t.name == "players" else "player_id") for t in TABLES}
    return {name: [row for row in found[name] if row[at] == player] for name, at in place.items()}


TABLES = [t for t in history.sorted_tables if t.name == "players" or "player_id" in t.c]


def test_a_player_is_forgotten_and_the_others_are_not(database_url: str) -> None:
    home = two_players(database_url)
    before = rows(home.database)
    gone = delete_player(home.database, 1)
    after = rows(home.database)
    assert not any(of(1, after).values())
    assert of(2, after) == of(2, before)
    assert after["games"] == before["games"]
    own = {name: len(found) for name, found in of(1, before).items()}
    assert gone == own | {"game_titles": 0, "games": 0}
    assert list(gone)[-3:] == ["players", "game_titles", "games"]
    assert check(home.database) == []
    home.clock.pass_by(900)
    assert home.poll().exit_code == 0
    home.close()


def test_games_without_another_player_go_with_their_titles(database_url: str) -> None:
    """Moss has a game that is followed, one that was, and of two others an unlock and a rejection."""
    home = SyncHarness(database_url, games=(1, 2, 3, 4, 5, 6))
    home.poll()
    home.world.add_account("Moss", "m" * 32)
    home.name = "Moss"
    for home.games in ((1, 2), (2,)):
        home.poll()
    seen = {"first_seen_at": START, "last_seen_at": START}
    with home.database.writing() as tx:
        tx.execute(unlocks.insert().values({**unlock(0), "player_id": 2, "game_id": 3, "title": "A title"}))
        tx.execute(
            rejections.insert().values(player_id=2, game_id=4, reason="x", raw="", poll_count=1, **seen)
        )
        tx.execute(game_titles.insert(), [{"game_id": game, "title": "A title", **seen} for game in (1, 5)])
    gone = delete_player(home.database, 1)
    assert (gone["games"], gone["game_titles"]) == (2, 1)
    after = rows(home.database)
    assert [[row[0] for row in sorted(after[name])] for name in ("games", "game_titles")] == [
        [1, 2, 3, 4],
        [1],
    ]
    assert check(home.database) == []
    home.close()


def test_what_a_run_kept_before_it_knew_whose_it_was_goes_too(database_url: str) -> None:
    home = two_players(database_url)
    with home.database.writing() as tx:
        run = tx.scalar(sa.select(sa.func.min(runs.c.id)))
        seen = {"first_seen_at": START, "last_seen_at": START, "poll_count": 1}
        tx.execute(rejections.insert().values(run_id=run, reason="unparsable", raw="<html>", **seen))
    assert delete_player(home.database, 1)["rejections"] == 2
    assert check(home.database) == []
    home.close()


def test_the_schema_is_as_before(database_url: str) -> None:
    home = two_players(database_url)
    inspector = sa.inspect(home.database.writer)
    before = {t: {i["name"] for i in inspector.get_indexes(t)} for t in history.tables}
    delete_player(home.database, 1)
    inspector.clear_cache()
    assert {t: {i["name"] for i in inspector.get_indexes(t)} for t in history.tables} == before
    home.close()


def test_no_trace_stays_in_the_file(tmp_path: Path) -> None:
    home = two_players(f"sqlite:///{tmp_path / 'syncer.db'}")
    with home.database.reading() as tx:
        ulid = tx.execute(sa.text("SELECT ulid FROM players WHERE id = 1")).scalar_one()
    delete_player(home.database, 1)
    home.close()
    assert ulid.encode() not in (tmp_path / "syncer.db").read_bytes()
    assert b"Tester" not in (tmp_path / "syncer.db").read_bytes()


def test_forgetting_is_all_or_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    home = two_players(database_url)
    before = rows(home.database)

    @sa.event.listens_for(home.database.writer, "before_cursor_execute")
    def on_execute(*said: object) -> None:
        if "DELETE FROM players" in str(said[2]):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        delete_player(home.database, 1)
    assert rows(home.database) == before
    home.close()
