"""A gap of thirty days: one run repairs the unlocks, the next one finds nothing to do."""

import sqlite3
from collections import Counter
from datetime import timedelta
from random import Random

from .played_games import clock, configure, query, truth
from .simulated_site import Site, run_cli


def test_unlocks_of_thirty_days_are_repaired_also_many_in_one_second(site: Site) -> None:
    """The player is known since thirty days ago, and nothing was requested since."""
    rng, now = Random(9), clock.now().replace(microsecond=0)
    for game in range(200, 230):
        site.world.add_game(f"Game {game}", [5] * 100, game_id=game)
    configure(site)
    run_cli(site, "sync")
    set_synced_until(site, now - timedelta(days=30))
    times = sorted(now - timedelta(minutes=rng.randrange(10, 43_000)) for _ in range(29))
    shared = times[12]
    for game, moment in zip(range(200, 229), times, strict=True):
        for step in range(100):
            at = shared if game in (210, 211, 212, 213) else moment + timedelta(seconds=step)
            site.world.unlock("Tester", game, locked(site, game)[0], min(at, now - timedelta(seconds=5)))
    assert run_cli(site, "sync").code == 0
    found = query(
        site, "SELECT achievement_id, hardcore, unlocked_at, source FROM unlocks WHERE game_id >= 200"
    )
    expected = [row for row in truth(site) if row[0] in {a for a, *_ in found}]
    assert len(found) == 2900 == len(expected)
    assert Counter(str(at)[:10] for _, _, at, _ in found) == Counter(at[:10] for _, _, at in expected)
    assert {source for *_, source in found} == {"repaired"}
    before = query(site, "SELECT count(*) FROM unlocks")
    run_cli(site, "sync")
    assert query(site, "SELECT count(*) FROM unlocks") == before


def locked(site: Site, game: int) -> list[int]:
    return site.world.unlock_table.locked("Tester", game)


def set_synced_until(site: Site, moment: object) -> None:
    text = f"{moment:%Y-%m-%d %H:%M:%S}.000"
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        connection.execute("UPDATE players SET unlocks_synced_until = ?, added_at = ?", (text, text))
    connection.close()
