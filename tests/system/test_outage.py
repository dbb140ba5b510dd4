"""Thirty days away: one run repairs the moments, the second one finds nothing to do."""

import sqlite3
from collections import Counter
from datetime import timedelta
from random import Random

from syncer.core.clock import SystemClock

from .simulated_site import Site, run_cli
from .test_played import ask, configure, truth

clock = SystemClock()


def test_thirty_days_off_with_unlocks_in_one_second_at_the_cut(site: Site) -> None:
    """As after an absence: the player was known thirty days ago, and nothing was asked since."""
    rng, now = Random(9), clock.now().replace(microsecond=0)
    for game in range(200, 230):
        site.world.add_game(f"Game {game}", [5] * 100, game_id=game)
    configure(site)
    run_cli(site, "sync")
    ask_as_writer(site, now - timedelta(days=30))
    moments = sorted(now - timedelta(minutes=rng.randrange(10, 43_000)) for _ in range(29))
    crowded = moments[12]
    for game, moment in zip(range(200, 229), moments, strict=True):
        for step in range(100):
            at = crowded if game in (210, 211, 212, 213) else moment + timedelta(seconds=step)
            site.world.unlock("Tester", game, locked(site, game)[0], min(at, now - timedelta(seconds=5)))
    assert run_cli(site, "sync").code == 0
    found = ask(
        site, "SELECT achievement_id, hardcore, unlocked_at, source FROM unlocks WHERE game_id >= 200"
    )
    expected = [row for row in truth(site) if row[0] in {a for a, *_ in found}]
    assert len(found) == 2900 == len(expected)
    assert Counter(str(at)[:10] for _, _, at, _ in found) == Counter(at[:10] for _, _, at in expected)
    assert {source for *_, source in found} == {"repaired"}
    before = ask(site, "SELECT count(*) FROM unlocks")
    run_cli(site, "sync")
    assert ask(site, "SELECT count(*) FROM unlocks") == before


def locked(site: Site, game: int) -> list[int]:
    return site.world.unlock_table.locked("Tester", game)


def ask_as_writer(site: Site, moment: object) -> None:
    """The database as it would have been left then."""
    text = f"{moment:%Y-%m-%d %H:%M:%S}.000"
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        connection.execute("UPDATE players SET unlocks_synced_until = ?, added_at = ?", (text, text))
    connection.close()
