"""Games that leave a list of ids, and are played."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.core.backfill.windows import is_library_due
from syncer.core.model.library import GameInfo
from syncer.core.model.progress import GameId

from .harness import SyncHarness

HOUR = timedelta(hours=1)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url, games=(1, 2))
    made.poll()
    yield made
    made.close()


def follow(home: SyncHarness, *ids: GameId) -> list[GameId]:
    infos = [GameInfo(game, f"Game {game}", 7, "NES", "") for game in ids]
    return sorted(home.writers.players.follow(home.player, infos, home.clock.now()))


def active(home: SyncHarness, *games: GameId, played: bool) -> list[GameId]:
    tracked = replace(home.syncer.tracked, games=games, played=played)
    found = home.writers.players.reconcile(home.player, tracked, home.clock.now())
    return sorted(target.game_id for target in found)


def test_a_configured_game_is_followed_again_when_it_turns_out_to_be_played(home: SyncHarness) -> None:
    assert active(home, played=True) == []
    home.clock.pass_by(60)
    assert follow(home, 1) == [1]
    (target,) = home.writers.players.targets_of(home.player, [1])
    assert (target.source, target.due_at) == ("played", home.clock.now())
    assert active(home, played=True) == [1]


def test_a_configured_game_that_was_played_stays_when_it_leaves_the_list(home: SyncHarness) -> None:
    assert active(home, 1, 2, played=True) == [1, 2]
    assert follow(home, 2, 3) == [2, 3]
    (target,) = home.writers.players.targets_of(home.player, [2])
    assert target.due_at is None
    assert active(home, played=True) == [2, 3]


def test_a_listing_that_was_read_for_awards_only_is_read_again_for_its_games(home: SyncHarness) -> None:
    now = home.clock.now()
    tracked = replace(home.syncer.tracked, unlocks=True)
    player = replace(home.player, library_synced_at=now - HOUR)
    assert not is_library_due(tracked, player, now)
    assert is_library_due(replace(tracked, played=True), player, now)
    assert not is_library_due(replace(tracked, played=True), player, now - HOUR / 2)
    whole = replace(player, listing_whole_at=now - HOUR)
    assert not is_library_due(replace(tracked, played=True), whole, now)
    assert not is_library_due(replace(tracked, unlocks=False), player, now)
