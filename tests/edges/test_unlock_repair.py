"""What is stored of a game that is read again, and when all unlocks are: on both databases."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from syncer.core.model.library import GameInfo, GameUnlocks, SourcedUnlock, Unlock, UnlockPage, Window
from syncer.core.model.player import Player, Profile
from syncer.store.db.tables import unlocks

from .harness import START, SyncHarness

FACTS = GameInfo(1, "Game 1", 7, "NES", "")
DAY = timedelta(days=1)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    """Three unlocks in game 1, the first of them in hardcore; all told."""
    made = SyncHarness(database_url)
    made.world.earn("Tester", 1, 1, START - 9 * DAY, hardcore=True)
    made.world.earn("Tester", 1, 2, START - 8 * DAY)
    made.poll()
    tell_all(made)
    yield made
    made.close()


def tell_all(home: SyncHarness) -> None:
    now = home.clock.now()
    covered = Window(START - 90 * DAY, now, None)
    page = UnlockPage(rows(home))
    home.writers.library.save_unlocks(player(home), page, sourced(page.rows), covered, None, now)


def sourced(rows: Sequence[Unlock]) -> list[SourcedUnlock]:
    return [SourcedUnlock(row, "backfill") for row in rows]


def player(home: SyncHarness) -> Player:
    found = home.writers.players.find_player("Tester", None)
    assert found
    return found


def rows(home: SyncHarness) -> tuple[Unlock, ...]:
    told = [(game, a, one) for game, a, one in home.world.unlock_table.of(home.account) if a.promoted]
    return tuple(
        Unlock(a.id, game.id, a.title, a.points, one.hardcore_at is not None, one.shown_at)
        for game, a, one in told
    )


def stored(home: SyncHarness) -> set[tuple[int, bool]]:
    query = sa.select(unlocks.c.achievement_id, unlocks.c.hardcore).where(unlocks.c.gone_at.is_(None))
    with home.database.reading() as tx:
        return {(row.achievement_id, row.hardcore) for row in tx.execute(query)}


def read(home: SyncHarness, answer: GameUnlocks | None) -> bool:
    return home.writers.library.save_game_unlocks(
        player(home), 1, answer, sourced(answer.rows if answer else ()), home.clock.now()
    )


def test_only_what_agrees_with_the_looks_is_stored(home: SyncHarness) -> None:
    before, all_ = stored(home), rows(home)
    foreign = tuple(Unlock(900 + n, 1, "Another's", 5, False, START - DAY) for n in range(5))
    for wrong in (foreign, all_[:2], (), (*all_, foreign[0])):
        assert not read(home, GameUnlocks(FACTS, wrong))
        assert stored(home) == before
    assert not read(home, None)  # the game shows achievements: it was not deleted
    assert home.writers.library.mismatched_games(player(home), home.clock.now()) == []


def test_what_is_told_no_more_is_gone_once_the_looks_say_so(home: SyncHarness) -> None:
    lost = rows(home)[1]
    home.world.revoke("Tester", 1, lost.achievement_id)
    assert not read(home, GameUnlocks(FACTS, rows(home)))
    home.clock.pass_by(900)
    home.poll()
    assert home.writers.library.mismatched_games(player(home), home.clock.now()) == [1]
    assert read(home, GameUnlocks(FACTS, rows(home)))
    assert (lost.achievement_id, False) not in stored(home)
    assert home.writers.library.mismatched_games(player(home), home.clock.now()) == []


def test_a_deleted_game_takes_its_unlocks_along(home: SyncHarness) -> None:
    home.world.catalogue.delete_game(1)
    home.live(timedelta(hours=2))
    assert home.kinds(1)[-1] == "gone"
    assert home.writers.library.mismatched_games(player(home), home.clock.now()) == [1]
    assert read(home, None)
    assert stored(home) == set()


def test_a_row_of_the_future_hides_no_difference(home: SyncHarness) -> None:
    wrong = {"unlocked_at": START + 4000 * DAY, "points": 999}
    with home.database.writing() as tx:
        first = unlocks.c.achievement_id == rows(home)[0].achievement_id
        tx.execute(unlocks.update().where(first).values(**wrong))
    assert home.writers.library.mismatched_games(player(home), home.clock.now()) == [1]
    assert read(home, GameUnlocks(FACTS, rows(home)))
    home.clock.pass_by(900)
    assert home.writers.library.mismatched_games(player(home), home.clock.now()) == []


def test_a_profile_that_tells_of_more_has_all_read_again_once_a_week(home: SyncHarness) -> None:
    them = player(home)
    points = sum(row.points for row in rows(home))
    for told, lacks in ((points, False), (points + 1, True)):
        home.writers.players.save_profile(them, Profile(them.ulid, "Tester", None, told, 0), home.clock.now())
        assert not home.writers.library.profile_exceeds_unlocks(
            them, home.clock.now() + timedelta(minutes=50)
        )  # counted late
        assert (
            home.writers.library.profile_exceeds_unlocks(them, home.clock.now() + timedelta(minutes=70))
            is lacks
        )
    home.writers.library.restart_unlock_sync(them, home.clock.now())
    assert player(home).unlocks_synced_until is None
    tell_all(home)
    now = home.clock.now()
    assert not home.writers.library.profile_exceeds_unlocks(them, now + DAY)
    assert home.writers.library.profile_exceeds_unlocks(them, now + 8 * DAY)


def test_what_counts_show_and_nobody_told_is_owed(home: SyncHarness) -> None:
    assert home.writers.library.missing_unlock_count(player(home)) == 0
    home.world.earn("Tester", 2, 3, home.clock.now())
    home.clock.pass_by(900)
    home.poll()
    assert home.writers.library.missing_unlock_count(player(home)) == 3
