"""Unlocks that are read again: what is stored and what is removed, on both databases."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from syncer.core.model.library import GameInfo, GameUnlocks, SourcedUnlock, Unlock, UnlockPage, Window
from syncer.core.model.player import Player
from syncer.core.model.progress import UnparsableEntry
from syncer.store.db.tables import unlocks

from .harness import START, SyncHarness

FACTS = GameInfo(1, "Game 1", 7, "NES", "")
DAY = timedelta(days=1)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    """Three unlocks in game 1, the first one in hardcore; all are stored."""
    made = SyncHarness(database_url)
    made.world.earn("Tester", 1, 1, START - 9 * DAY, hardcore=True)
    made.world.earn("Tester", 1, 2, START - 8 * DAY)
    made.poll()
    store_all(made)
    yield made
    made.close()


def store_all(home: SyncHarness) -> None:
    now = home.clock.now()
    covered = Window(START - 90 * DAY, now, None)
    page = UnlockPage(rows(home))
    home.writers.library.save_unlocks(player(home), page, sourced(page.rows), covered, False, now)


def sourced(rows: Sequence[Unlock]) -> list[SourcedUnlock]:
    return [SourcedUnlock(row, "backfill") for row in rows]


def player(home: SyncHarness) -> Player:
    found = home.writers.players.find_player("Tester", None)
    assert found
    return found


def rows(home: SyncHarness) -> tuple[Unlock, ...]:
    shown = [(game, a, one) for game, a, one in home.world.unlock_table.of(home.account) if a.promoted]
    return tuple(
        Unlock(a.id, game.id, a.title, a.points, one.hardcore_at is not None, one.shown_at)
        for game, a, one in shown
    )


def stored(home: SyncHarness) -> set[tuple[int, bool]]:
    query = sa.select(unlocks.c.achievement_id, unlocks.c.hardcore).where(unlocks.c.gone_at.is_(None))
    with home.database.reading() as tx:
        return {(row.achievement_id, row.hardcore) for row in tx.execute(query)}


def read(home: SyncHarness, answer: GameUnlocks | None) -> bool:
    return home.writers.library.save_game_unlocks(
        player(home), 1, answer, sourced(answer.rows if answer else ()), home.clock.now()
    )


@pytest.mark.parametrize("unparsable", [False, True])
def test_an_unlock_missing_from_a_window_is_removed_unless_an_entry_is_unparsable(
    home: SyncHarness, unparsable: bool
) -> None:
    before, (first, *others) = stored(home), rows(home)
    entries = (UnparsableEntry("no date", "{}"),) if unparsable else ()
    page, now = UnlockPage(tuple(others), entries), home.clock.now()
    window = Window(START - 90 * DAY, now, None)
    home.writers.library.save_unlocks(player(home), page, sourced(others), window, False, now)
    missing = {(first.achievement_id, True)}
    assert stored(home) == (before if unparsable else before - missing)


def test_unlocks_are_stored_only_if_they_agree_with_the_numbers(home: SyncHarness) -> None:
    before, all_ = stored(home), rows(home)
    other = tuple(Unlock(900 + n, 1, "Of another player", 5, False, START - DAY) for n in range(5))
    for wrong in (other, all_[:2], (), (*all_, other[0])):
        assert not read(home, GameUnlocks(FACTS, wrong))
        assert stored(home) == before
    assert not read(home, None)  # the game shows achievements: it was not deleted
    assert home.differing() == []


def test_a_missing_unlock_is_removed_once_the_numbers_agree(home: SyncHarness) -> None:
    revoked = rows(home)[1]
    home.world.revoke("Tester", 1, revoked.achievement_id)
    assert not read(home, GameUnlocks(FACTS, rows(home)))
    home.clock.pass_by(900)
    home.poll()
    assert home.differing() == [1]
    assert read(home, GameUnlocks(FACTS, rows(home)))
    assert (revoked.achievement_id, False) not in stored(home)
    assert home.differing() == []


def test_the_unlocks_of_a_deleted_game_are_removed(home: SyncHarness) -> None:
    home.world.catalogue.delete_game(1)
    home.live(timedelta(hours=2))
    assert home.kinds(1)[-1] == "gone"
    assert home.differing() == [1]
    assert read(home, None)
    assert stored(home) == set()


def test_an_unlock_dated_in_the_future_does_not_hide_a_mismatch(home: SyncHarness) -> None:
    wrong = {"unlocked_at": START + 4000 * DAY, "points": 999}
    with home.database.writing() as tx:
        first = unlocks.c.achievement_id == rows(home)[0].achievement_id
        tx.execute(unlocks.update().where(first).values(**wrong))
    assert home.differing() == [1]
    assert read(home, GameUnlocks(FACTS, rows(home)))
    home.clock.pass_by(900)
    assert home.differing() == []


def test_unlocks_that_only_the_numbers_show_are_missing(home: SyncHarness) -> None:
    assert home.writers.library.missing_unlock_count(player(home)) == 0
    home.world.earn("Tester", 2, 3, home.clock.now())
    home.clock.pass_by(900)
    home.poll()
    assert home.writers.library.missing_unlock_count(player(home)) == 3
