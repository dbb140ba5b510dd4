"""Each console has one id and one name, though lists of unlocks send the name alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.model.library import (
    ConsoleInfo,
    GameInfo,
    PlayedGame,
    SourcedUnlock,
    Unlock,
    UnlockPage,
    Window,
)
from syncer.store.db.tables import games
from tests.sql_doc import queries

from .harness import START, SyncHarness

DAY = timedelta(days=1)
PLAYED = PlayedGame(1, "One", 7, "NES/Famicom", "/1.png", 9, 9, 9)


def list_games(home: SyncHarness, *played: PlayedGame) -> None:
    home.writers.library.save_library(home.player, played, True, home.clock.now())


def list_unlocks(home: SyncHarness, consoles: dict[int, str]) -> None:
    """Store one unlock in each of these games, as a list of unlocks names them."""
    rows = tuple(Unlock(10 * game, game, "Brave", 5, True, START) for game in consoles)
    infos = tuple(GameInfo(game, f"Game {game}", None, name, "") for game, name in consoles.items())
    sourced, window = [SourcedUnlock(row, "seen") for row in rows], Window(START - DAY, START + DAY, None)
    page = UnlockPage(rows, games=infos)
    home.writers.library.save_unlocks(home.player, page, sourced, window, False, home.clock.now())


def stored(home: SyncHarness, *ids: int) -> list[tuple[int | None, str | None]]:
    query = sa.select(games.c.console_id, games.c.console_name).where(games.c.id.in_(ids))
    with home.database.reading() as tx:
        return [(row.console_id, row.console_name) for row in tx.execute(query.order_by(games.c.id))]


def per_console(home: SyncHarness) -> list[tuple[Any, ...]]:
    dialect = "sqlite" if home.database.path else "postgresql"
    sql = queries()["unlocks_per_console"].sql[dialect]
    with home.database.reading() as tx:
        return [tuple(row) for row in tx.execute(sa.text(sql), {"player": home.tracked.id})]


def test_a_console_known_by_name_gets_the_id_that_other_games_have(home: SyncHarness) -> None:
    list_games(home, PLAYED)
    list_unlocks(home, {1: "NES/Famicom", 90: "NES/Famicom", 91: "Mega Drive"})
    assert stored(home, 1, 90, 91) == [(7, "NES/Famicom"), (7, "NES/Famicom"), (None, "Mega Drive")]


def test_games_that_were_stored_first_get_the_id_as_soon_as_it_is_known(home: SyncHarness) -> None:
    list_unlocks(home, {90: "NES/Famicom", 91: "Mega Drive"})
    assert stored(home, 90, 91) == [(None, "NES/Famicom"), (None, "Mega Drive")]
    list_games(home, PLAYED)
    assert stored(home, 90, 91) == [(7, "NES/Famicom"), (None, "Mega Drive")]


def test_the_list_of_consoles_names_ids_too(home: SyncHarness) -> None:
    consoles = [ConsoleInfo(1, "Mega Drive", True, True), ConsoleInfo(101, "Events", True, False)]
    home.writers.titles.save_consoles(consoles)
    list_unlocks(home, {91: "Mega Drive", 92: "Events", 93: "Hubs", 94: ""})
    assert stored(home, 91, 92, 93, 94) == [(1, "Mega Drive"), (101, "Events"), (100, "Hubs"), (None, None)]


def test_a_renamed_console_has_its_new_name_in_all_of_its_games(home: SyncHarness) -> None:
    list_games(home, PLAYED)
    list_unlocks(home, {90: "NES/Famicom"})
    list_games(home, replace(PLAYED, game_id=2, console_name="Family Computer"))
    assert stored(home, 1, 2, 90) == [(7, "Family Computer")] * 3


def test_filling_the_id_moves_no_moment_of_a_game_without_a_title(home: SyncHarness) -> None:
    list_unlocks(home, {90: "NES/Famicom", 91: "NES/Famicom"})
    with home.database.writing() as tx:
        tx.execute(games.update().where(games.c.id == 90).values(title=None, updated_at=None))
    home.clock.pass_by(60)
    list_games(home, PLAYED)
    with home.database.reading() as tx:
        moments = dict(tx.execute(sa.select(games.c.id, games.c.updated_at).where(games.c.id > 1)).all())
    assert (moments[90], moments[91]) == (None, home.clock.now())
    assert stored(home, 90) == [(7, "NES/Famicom")]


def test_unlocks_per_console_lists_each_console_once(home: SyncHarness) -> None:
    list_games(home, PLAYED)
    list_unlocks(home, {1: "NES/Famicom", 90: "NES/Famicom", 91: "Mega Drive"})
    once = [("NES/Famicom", 2, 10, 2), ("Mega Drive", 1, 5, 1)]
    assert per_console(home) == once
    with home.database.writing() as tx:  # as a version stored it that did not fill the ids
        tx.execute(games.update().where(games.c.id == 90).values(console_id=None))
    assert per_console(home) == once


def test_the_moment_of_a_changed_console_is_as_wide_as_any_other(home: SyncHarness) -> None:
    home.clock.pass_by(0.25)
    list_unlocks(home, {90: "NES/Famicom"})
    home.clock.pass_by(0.25)
    list_games(home, PLAYED)
    query = sa.select(games.c.updated_at).where(games.c.id == 90)
    with home.database.reading() as tx:
        assert tx.scalar(query) == home.clock.now()
        if home.database.path:
            assert tx.scalar(sa.text("SELECT max(length(updated_at)) FROM games")) == 23
