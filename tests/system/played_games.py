"""Played games on a simulated site, and what is stored about them."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.store.db.engine import Database

from .simulated_site import Site, run_cli

clock = SystemClock()


def populate(site: Site, games: int, unlocks_each: int, rng: Random) -> None:
    """Add games played over three years: large and small sets, in softcore and hardcore."""
    now = clock.now().replace(microsecond=0)
    for game in range(100, 100 + games):
        size = 4 if game % 10 == 0 else unlocks_each + 2  # small sets are in no listing (site-api.md 5.3)
        site.world.add_game(f'~Hack~ Ga\'me "{game}"', [5] * size, game_id=game)
        moment = now - timedelta(minutes=rng.randrange(60, 3 * 525_600))
        site.world.earn("Tester", game, min(size, unlocks_each), moment, hardcore=game % 2 == 0)


def configure(site: Site) -> None:
    path = site.configure()
    path.write_text(path.read_text().replace("games = [1, 2, 3, 4]", 'games = "played"'))


def query(site: Site, statement: str) -> list[Any]:
    database = Database(site.url)
    with database.reading() as tx:
        found = [tuple(row) for row in tx.execute(sa.text(statement)).all()]
    database.close()
    return found


def truth(site: Site) -> set[tuple[int, bool, str]]:
    """Return each unlock as the site shows it."""
    account = site.world.resolve("Tester")
    assert account
    rows = site.world.unlock_table.of(account)
    return {
        (achievement.id, unlock.hardcore_at is not None, f"{unlock.shown_at:%Y-%m-%d %H:%M:%S}")
        for _, achievement, unlock in rows
    }


def stored(site: Site) -> list[tuple[int, bool, str]]:
    found = query(site, "SELECT achievement_id, hardcore, unlocked_at FROM unlocks WHERE gone_at IS NULL")
    return [(a, bool(h), str(at)[:19]) for a, h, at in found]


def check_named(site: Site, name: str) -> Any:
    checks = run_cli(site, "doctor", "--json").document["checks"]
    return next(check for check in checks if check["name"] == name)


def consistency_check(site: Site) -> Any:
    return check_named(site, "consistency")


def execute(site: Site, statement: str) -> None:
    database = Database(site.url)
    with database.writing() as tx:
        tx.execute(sa.text(statement))
    database.close()


@pytest.fixture
def played(each_site: Site) -> Site:
    populate(each_site, 40, 8, Random(1))
    configure(each_site)
    return each_site
