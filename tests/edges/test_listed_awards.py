"""The awards of a player who lists games: one page of the listing a day, and no further target."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from syncer.core.model.library import AwardKind, PlayedGame
from syncer.core.notifications.model import MessageKind, Recipients
from syncer.store.db.account_tables import awards, unlocks
from syncer.store.db.tables import games, messages, targets
from syncer.store.write.library import LibraryWriter

from .harness import SyncHarness

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FOLLOWED, OTHER = 1, 900
BEATEN = PlayedGame(OTHER, "Elsewhere", 7, "NES", "/9.png", 9, 5, 5, NOON, AwardKind.BEATEN_HARDCORE, NOON)
UNBEATEN = PlayedGame(901, "Begun", 7, "NES", "/8.png", 9, 1, 1, NOON)


def column(home: SyncHarness, query: sa.Select[tuple[object]]) -> list[object]:
    with home.database.reading() as tx:
        return list(tx.scalars(query))


def test_the_listing_gives_awards_and_titles_of_their_games_but_no_targets(home: SyncHarness) -> None:
    before = column(home, sa.select(targets.c.game_id))
    home.writers.library.save_library(home.player, [BEATEN, UNBEATEN], False, home.clock.now())
    assert column(home, sa.select(targets.c.game_id)) == before
    assert column(home, sa.select(awards.c.game_id)) == [OTHER]
    assert column(home, sa.select(games.c.title).where(games.c.id.in_([OTHER, 901]))) == ["Elsewhere"]
    assert home.player.library_synced_at == home.clock.now()


def test_only_awards_of_followed_games_are_reported(home: SyncHarness) -> None:
    library = LibraryWriter(home.database, Recipients(("mail",), frozenset({MessageKind.BEATEN})))
    library.save_library(home.player, [], False, home.clock.now())
    home.clock.pass_by(timedelta(days=1).total_seconds())
    at = home.clock.now()
    now = [replace(BEATEN, award_at=at), replace(BEATEN, game_id=FOLLOWED, title="Mine", award_at=at)]
    library.save_library(home.player, now, False, at)
    assert column(home, sa.select(messages.c.game_id)) == [FOLLOWED]


def test_an_award_that_comes_back_is_no_news(home: SyncHarness) -> None:
    """The site's fault takes an award away for some hours, and then lists it again."""
    library = LibraryWriter(home.database, Recipients(("mail",), frozenset({MessageKind.BEATEN})))
    library.save_library(home.player, [], False, home.clock.now())
    at = home.clock.now()
    game = replace(BEATEN, game_id=FOLLOWED, title="Mine", award_at=at)
    none = replace(game, award_kind=None, award_at=None)
    for listed in (game, none, none, game, game):  # two listings without it: it is gone
        library.save_library(home.player, [listed], False, home.clock.now())
        home.clock.pass_by(60)
    assert column(home, sa.select(messages.c.text)) == ["Tester: beat Mine in hardcore"]


def test_a_beaten_game_names_the_achievement_that_beat_it(home: SyncHarness) -> None:
    library = LibraryWriter(home.database, Recipients(("mail",), frozenset({MessageKind.BEATEN})))
    library.save_library(home.player, [], False, home.clock.now())
    at = home.clock.now()
    unlock: dict[str, object] = {
        "player_id": home.player.id,
        "game_id": FOLLOWED,
        "hardcore": True,
        "points": 5,
    }
    unlock |= {"source": "seen", "first_seen_at": at, "points": 5}
    with home.database.writing() as tx:
        for number, title, moment in ((1, "The end", at), (2, "A later one", at + timedelta(hours=1))):
            values = {"achievement_id": number, "title": title, "unlocked_at": moment}
            tx.execute(unlocks.insert(), unlock | values)
    library.save_library(home.player, [replace(BEATEN, game_id=FOLLOWED, award_at=at)], False, at)
    assert column(home, sa.select(messages.c.text)) == ["Tester: beat Elsewhere in hardcore: The end"]
