"""A player who is configured by the new name before the site has confirmed it, and one who is not polled."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from syncer.store.db.tables import players, targets

from .harness import SyncHarness


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url, games=(1, 2))
    made.poll()
    yield made
    made.close()


def followed(home: SyncHarness) -> int:
    with home.database.reading() as tx:
        found = tx.scalar(sa.select(sa.func.count()).where(targets.c.removed_at.is_(None)))
    assert found is not None
    return found


def keep(home: SyncHarness, username: str) -> None:
    tracked = replace(home.syncer.tracked, username=username)
    home.writers.players.deactivate_other_players([tracked], home.clock.now())


def test_a_player_is_known_by_the_name_that_the_site_gave_last(home: SyncHarness) -> None:
    with home.database.writing() as tx:
        tx.execute(players.update().values(username="Renamed"))
    keep(home, "renamed")
    assert followed(home) == 2
    keep(home, "Somebody")
    assert followed(home) == 0


def test_a_name_that_now_belongs_to_another_player_keeps_only_that_one(home: SyncHarness) -> None:
    other = {"ulid": "0" * 26, "username": "Other", "config_name": "Renamed", "added_at": home.clock.now()}
    with home.database.writing() as tx:
        tx.execute(players.update().values(username="Renamed"))
        tx.execute(players.insert(), other)
    keep(home, "Renamed")
    assert followed(home) == 0


def test_a_player_without_games_is_abandoned_only_where_there_were_some(home: SyncHarness) -> None:
    is_abandoned, player = home.queries.health.is_abandoned, home.player.id
    assert not is_abandoned(player)
    keep(home, "Somebody")
    assert is_abandoned(player)
    with home.database.writing() as tx:
        tx.execute(targets.delete())
    assert not is_abandoned(player)
