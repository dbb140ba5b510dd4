"""Migration 0009 marks events and hubs, and leaves them out of the sums of views: there and back."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from tests.fixtures.thaw import downgrade, stored, thawed, upgrade

from .test_migration_0006 import LATER, everything

CONSOLES: dict[
    int, tuple[int | None, str | None, bool]
] = {  # by game: id and name, and whether it is an event
    1: (101, "Events", True),
    2: (None, "Hubs", True),
    3: (7, "Events", False),  # the id decides
    4: (None, None, False),  # not known yet: a game
}
VIEWS = ("first_unlocks", "daily_progress", "player_totals")


@pytest.fixture
def before(empty_database_url: str, tmp_path: Path) -> Database:
    database = thawed("0008", empty_database_url, tmp_path)
    with database.writer.begin() as tx:
        for game, (console, name, _) in CONSOLES.items():
            values = {"game": game, "console": console, "name": name}
            text = "UPDATE games SET console_id = :console, console_name = :name WHERE id = :game"
            assert tx.execute(sa.text(text), values).rowcount == 1
    return database


def shown(database: Database) -> dict[str, Any]:
    with database.reading() as tx:
        return {view: everything(tx, view) for view in VIEWS}


def test_games_are_marked_by_the_id_of_their_console_else_by_its_name(before: Database) -> None:
    upgrade_schema(before, LATER)
    after = stored(before)
    marked = {row["id"]: bool(row["is_event"]) for row in after["games"] if row["id"] in CONSOLES}
    assert marked == {game: event for game, (_, _, event) in CONSOLES.items()}
    assert {bool(row["is_game_system"]) for row in after["consoles"]} == {True}
    assert check(before) == []
    before.close()


def test_sums_count_the_other_games_only(before: Database) -> None:
    upgrade_schema(before, LATER)
    rows = stored(before)
    games = {row["id"] for row in rows["games"] if not row["is_event"]}
    with before.reading() as tx:
        totals = {row.player_id: row for row in tx.execute(sa.text("SELECT * FROM player_totals"))}
        counted = set(tx.scalars(sa.text("SELECT game_id FROM first_unlocks")))
    for player, total in totals.items():
        mine = [row for row in rows["snapshots"] if row["player_id"] == player and row["is_open"]]
        scores = [row["score_achieved"] for row in mine if row["game_id"] in games]
        assert (total.games, total.score_achieved) == (len(scores), sum(scores))
    assert any(row["gone_at"] is None for row in rows["unlocks"])  # of an event
    assert counted <= games
    before.close()


def test_the_way_back_gives_the_views_and_the_rows_of_before(before: Database) -> None:
    rows, views = stored(before), shown(before)
    upgrade(before, "0009")
    with before.writer.begin() as tx:
        hubs = "INSERT INTO consoles (id, name, is_game_system) VALUES (100, 'Hubs', false)"
        tx.execute(sa.text(hubs))
    assert shown(before) != views
    downgrade(before, "0008")
    assert (stored(before), shown(before)) == (rows, views)
    upgrade(before, "0009")
    assert shown(before) != views
    before.close()


def test_a_view_of_the_user_comes_through(before: Database) -> None:
    with before.writer.begin() as tx:
        tx.execute(sa.text("CREATE VIEW mine AS SELECT achievement_id, points FROM first_unlocks"))
        assert everything(tx, "mine")
    upgrade_schema(before, LATER)
    with before.reading() as tx:
        assert len(everything(tx, "mine")) == len(everything(tx, "first_unlocks"))
    before.close()
