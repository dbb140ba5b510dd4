"""What the store makes of decorations that could not be read: it keeps what it has."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.model.library import (
    AwardKind,
    GameInfo,
    GameUnlocks,
    PlayedGame,
    SourcedUnlock,
    Unlock,
    UnlockPage,
    Window,
)
from syncer.core.model.progress import UnparsableEntry
from syncer.store.db.account_tables import awards
from syncer.store.db.tables import games, unlocks

from .harness import SyncHarness

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MASTERED = PlayedGame(1, "One", 7, "NES", "/1.png", 9, 9, 9, NOON, AwardKind.MASTERED, NOON)


def row(home: SyncHarness, query: sa.Select[Any]) -> tuple[Any, ...]:
    with home.database.reading() as tx:
        return tuple(tx.execute(query).one())


def listed_awards(home: SyncHarness, played: PlayedGame) -> list[tuple[Any, ...]]:
    """Store a listing of one game; return the awards of the game that are not gone."""
    home.writers.library.save_library(home.player, [played], True, home.clock.now())
    query = sa.select(awards.c.kind, awards.c.awarded_at).where(
        awards.c.game_id == 1, awards.c.gone_at.is_(None)
    )
    with home.database.reading() as tx:
        return [tuple(row) for row in tx.execute(query.order_by(awards.c.awarded_at))]


def test_an_award_that_cannot_be_read_stays_and_an_unknown_kind_is_stored(home: SyncHarness) -> None:
    mastered, legendary = ("mastered", NOON), ("legendary", NOON + DAY)
    assert listed_awards(home, MASTERED) == [mastered]
    assert listed_awards(home, replace(MASTERED, award_at=None)) == [mastered]
    for _ in range(3):
        unread = replace(MASTERED, award_kind=None, award_at=None, is_award_known=False)
        assert listed_awards(home, unread) == [mastered]
    unknown = replace(MASTERED, award_kind="legendary", award_at=NOON + DAY)
    assert listed_awards(home, unknown) == [mastered, legendary]
    assert listed_awards(home, replace(unknown, award_at=None)) == [mastered, legendary]
    for _ in range(2):  # two complete listings without an award
        home.clock.pass_by(DAY.total_seconds())
        left = listed_awards(home, replace(MASTERED, award_kind=None, award_at=None))
    assert left == []


def test_titles_consoles_and_icons_that_cannot_be_read_stay(home: SyncHarness) -> None:
    query = sa.select(games.c.title, games.c.console_id, games.c.console_name, games.c.icon_path)
    query = query.where(games.c.id == 1)
    listed_awards(home, MASTERED)
    listed_awards(home, replace(MASTERED, title="", console_id=None, console_name="", icon_path=""))
    assert row(home, query) == ("One", 7, "NES", "/1.png")


def never_requested(home: SyncHarness) -> set[int]:
    titles = home.writers.titles.outdated_titles(home.player, home.clock.now())
    return {title.game_id for title in titles if title.read_at is None}


def test_a_game_without_a_title_in_a_listing_is_asked_for_its_title(home: SyncHarness) -> None:
    listed_awards(home, replace(MASTERED, game_id=77, title=""))
    assert 77 in never_requested(home)
    home.writers.titles.save_titles([GameInfo(77, "", 7, "NES", "")], [77], home.clock.now())
    assert 77 not in never_requested(home)


def save_unlock(home: SyncHarness, unlock: Unlock) -> tuple[Any, ...]:
    page = UnlockPage((unlock,), games=(GameInfo(1, "", None, "", ""),))
    sourced, window = [SourcedUnlock(unlock, "seen")], Window(NOON - DAY, NOON + DAY, None)
    home.writers.library.save_unlocks(home.player, page, sourced, window, False, home.clock.now())
    mine = unlocks.c.achievement_id == unlock.achievement_id
    return row(
        home,
        sa.select(unlocks.c.title, unlocks.c.points, unlocks.c.unlocked_at).where(
            mine, unlocks.c.gone_at.is_(None)
        ),
    )


def test_title_and_points_of_an_unlock_that_cannot_be_read_stay(home: SyncHarness) -> None:
    unlock = Unlock(7, 1, "Brave", 5, True, NOON)
    assert save_unlock(home, unlock) == ("Brave", 5, NOON)
    assert save_unlock(home, replace(unlock, title="", points=None)) == ("Brave", 5, NOON)
    later = replace(unlock, title="", points=None, unlocked_at=NOON + timedelta(hours=1))
    assert save_unlock(home, later) == ("Brave", 5, NOON + timedelta(hours=1))
    assert save_unlock(home, replace(unlock, achievement_id=8, title="", points=None)) == ("", 0, NOON)


def test_unlocks_of_a_game_are_stored_beside_one_that_cannot_be_read(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 3, home.clock.now(), hardcore=True)
    home.clock.pass_by(900)
    home.poll()
    rows = tuple(Unlock(n, 1, f"A {n}", 5, True, NOON) for n in (901, 902))
    sourced = [SourcedUnlock(one, "repaired") for one in rows]
    answer = GameUnlocks(GameInfo(1, "One", 7, "NES", ""), rows, None, (UnparsableEntry("odd", "{}"),))
    before = row(home, sa.select(sa.func.count()).select_from(unlocks).where(unlocks.c.gone_at.is_(None)))
    save = home.writers.library.save_game_unlocks
    assert not save(home.player, 1, answer, sourced, home.clock.now())  # it is requested again
    after = row(home, sa.select(sa.func.count()).select_from(unlocks).where(unlocks.c.gone_at.is_(None)))
    assert after[0] == before[0] + 2  # nothing is gone
