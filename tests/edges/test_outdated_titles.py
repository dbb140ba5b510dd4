"""When a title counts as read, on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from syncer.core.model.library import GameInfo, PlayedGame, SourcedUnlock, Unlock, UnlockPage, Window
from syncer.store.db.tables import game_titles, games, targets

from .harness import START, SyncHarness

DAY = timedelta(days=1)
NES = "NES"


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    """Three followed games, whose titles were read at START, and a later moment."""
    made = SyncHarness(database_url, games=(1, 2, 3))
    made.poll()
    save(made, 1, 2, 3)
    made.clock.pass_by(40 * 86_400)
    yield made
    made.close()


def info(game: int, title: str = "") -> GameInfo:
    return GameInfo(game, title or f"Game {game}", 7, NES, "")


def save(home: SyncHarness, *ids: int, title: str = "") -> None:
    home.writers.titles.save_titles([info(game, title) for game in ids], [], home.clock.now())


def outdated(home: SyncHarness) -> dict[int, datetime | None]:
    before = home.clock.now() - DAY
    found = home.writers.titles.outdated_titles(home.player, before)
    planned = home.queries.games.outdated_titles(home.player.id, before)
    assert planned == [title for title in found if title.read_at]
    assert all(title.console_id == 7 for title in planned)
    return {title.game_id: title.read_at for title in found}


def test_a_title_is_outdated_when_no_answer_has_shown_it_since(home: SyncHarness) -> None:
    assert outdated(home).keys() == {1, 2, 3}
    save(home, 1)
    save(home, 2, title="Renamed")
    assert outdated(home).keys() == {3}


def test_the_listing_and_an_unlock_show_titles(home: SyncHarness) -> None:
    now = home.clock.now()
    row = PlayedGame(1, "Game 1", 7, NES, "", 9, 1, 1)
    home.writers.library.save_library(home.player, [row], True, now)
    unlock = Unlock(9, 2, "Brave", 5, True, START)
    page, window = UnlockPage((unlock,), games=(info(2),)), Window(START - DAY, START + DAY, None)
    home.writers.library.save_unlocks(home.player, page, [SourcedUnlock(unlock, "seen")], window, False, now)
    assert outdated(home).keys() == {3}


def test_an_answer_without_a_title_shows_none(home: SyncHarness) -> None:
    row = PlayedGame(1, "", 7, NES, "", 9, 1, 1)
    home.writers.library.save_library(home.player, [row], True, home.clock.now())
    assert 1 in outdated(home)


def test_what_was_requested_in_vain_is_not_requested_again_at_once(home: SyncHarness) -> None:
    home.writers.titles.save_titles([], [1], home.clock.now())
    assert outdated(home).keys() == {2, 3}
    home.clock.pass_by(2 * 86_400)
    assert list(outdated(home)) == [2, 3, 1]  # the one that was read longest ago first


def test_what_was_never_requested_comes_first(home: SyncHarness) -> None:
    home.games = (1, 2, 3, 5)
    home.poll()
    assert next(iter(outdated(home).items())) == (5, None)
    home.writers.titles.save_titles([], [5], home.clock.now())
    assert 5 not in outdated(home)


def test_a_title_without_its_row_gets_one_and_is_not_requested_twice(home: SyncHarness) -> None:
    with home.database.writing() as tx:
        tx.execute(game_titles.delete())
        tx.execute(games.update().values(updated_at=START))
    assert outdated(home).keys() == {1, 2, 3}
    save(home, 1, 2)
    assert outdated(home).keys() == {3}
    with home.database.reading() as tx:
        assert len(tx.execute(sa.select(game_titles)).all()) == 2


def test_a_game_that_is_not_followed_any_more_is_left_out(home: SyncHarness) -> None:
    with home.database.writing() as tx:
        tx.execute(targets.update().where(targets.c.game_id == 1).values(removed_at=START))
    assert outdated(home).keys() == {2, 3}


def test_the_list_of_a_console_shows_the_titles_of_all_its_games(home: SyncHarness) -> None:
    home.writers.titles.save_console_games(7, [info(1), info(2, "Renamed"), info(99)], home.clock.now())
    assert outdated(home).keys() == {3}
    with home.database.reading() as tx:
        titles = [row.title for row in tx.execute(sa.select(games).where(games.c.id < 3).order_by("id"))]
    assert titles == ["Game 1", "Renamed"]
