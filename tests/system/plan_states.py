"""States of a database and the site, before which a plan is compared with the run that follows."""

import contextlib
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.tables import consoles, game_titles, games

from .simulated_site import Site, run_cli

State = Callable[[Site], object]


def nothing_stored(site: Site) -> None:
    """Leave the site as it is."""


def synced(site: Site) -> None:
    run_cli(site, "sync")


def thousand_games(site: Site) -> None:
    site.configure(games=str(list(range(1, 1001))))


def renamed_player(site: Site) -> None:
    path = site.configure()
    path.write_text(path.read_text().replace("[[players]]", '[[players]]\nusername = "Tester"'))
    run_cli(site, "sync")
    site.world.rename("Tester", "Newest")
    make_profiles_stale(site)
    run_cli(site, "sync")
    make_profiles_stale(site)


def deleted_account(site: Site) -> None:
    site.world.add_account("Moss", "m" * 32)
    path = site.configure()
    path.write_text(path.read_text().replace("[[players]]", '[[players]]\nusername = "Moss"'))
    run_cli(site, "sync")
    site.world.delete_account("Moss")
    make_profiles_stale(site)
    run_cli(site, "sync")


def failing_id(site: Site) -> None:
    """Fail one id, which has a batch of its own from then on."""
    run_cli(site, "sync")
    site.server.fault = "500_with_id:3"
    run_cli(site, "sync")
    site.server.fault = None
    site.forget_waits()


def url_limit(site: Site) -> None:
    """Let the site refuse long URLs, so that batches are smaller from then on."""
    site.configure(games=str(list(range(1, 101))))
    site.server.fault = "414_above:30"
    run_cli(site, "sync")


def untitled_games(site: Site) -> None:
    """Add more games without titles than one run fetches one by one."""
    run_cli(site, "sync")
    site.configure(games=str(list(range(1, 31))))
    run_cli(site, "sync")
    site.configure(games=str(list(range(2, 41))))


def console_lists(site: Site) -> None:
    """Add so many untitled games that the lists of consoles are fetched."""
    site.configure(games=str(list(range(1, 101))))
    run_cli(site, "sync")
    run_cli(site, "sync")


def make_titles_outdated(site: Site) -> None:
    """Set back when titles, and the lists of consoles, were read."""
    database, long_ago = Database(site.url), datetime(2020, 1, 1, tzinfo=UTC)
    with database.writing() as tx:
        tx.execute(game_titles.update().values(first_seen_at=long_ago, last_seen_at=long_ago))
        tx.execute(games.update().values(updated_at=long_ago))
        tx.execute(consoles.update().values(games_listed_at=long_ago))
    database.close()


def few_outdated_titles(site: Site) -> None:
    """Let titles become outdated, so few that no list of a console costs less."""
    site.configure(games="[4, 5]")
    for _ in range(3):
        run_cli(site, "sync")
    make_titles_outdated(site)


def outdated_titles(site: Site) -> None:
    """Let many titles become outdated, and those of some ids that are no games."""
    site.configure(games=str(list(range(1, 101))))
    for _ in range(24):
        run_cli(site, "sync")
    make_titles_outdated(site)


def interrupted_run(site: Site) -> None:
    """Leave a run as if its process had been killed after two of its three batches."""
    site.configure(games=str(list(range(1, 251))))
    run_cli(site, "sync")
    database = Database(site.url)
    with database.writing() as tx:
        tx.execute(sa.text("UPDATE runs SET outcome = 'running', finished_at = NULL"))
        tx.execute(sa.text("UPDATE targets SET promised_seconds = NULL WHERE game_id > 200"))
        tx.execute(sa.text("UPDATE players SET unlocks_synced_until = NULL"))
    database.close()


def played_games(site: Site) -> None:
    site.configure(games='"played"')
    run_cli(site, "sync")


def many_games(site: Site) -> None:
    """Follow more games than one request holds: each run probes, and polls a part of them."""
    site.configure(games=str(list(range(1, 251))))
    for _ in range(2):
        run_cli(site, "sync")
    set_readings_back(site, "kind = 'probe'")  # a probe within a minute is not repeated


def set_readings_back(site: Site, which: str = "true") -> None:
    with contextlib.closing(sqlite3.connect(site.folder / "syncer.db")) as connection, connection:
        connection.execute(f"UPDATE player_jobs SET last_at = '2020-01-01 00:00:00.000' WHERE {which}")  # noqa: S608


def old_readings(follow: State) -> State:
    """Let all that is read now and then be due again."""

    def state(site: Site) -> None:
        follow(site)
        set_readings_back(site)
        with contextlib.closing(sqlite3.connect(site.folder / "syncer.db")) as connection, connection:
            for column in ("profile_checked_at", "library_synced_at"):
                connection.execute(f"UPDATE players SET {column} = '2020-01-01 00:00:00.000'")  # noqa: S608

    state.__name__ = f"old_readings_{follow.__name__}"
    return state


def make_profiles_stale(site: Site) -> None:
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        connection.execute("UPDATE players SET profile_checked_at = '2020-01-01 00:00:00.000'")
    connection.close()


STATES: list[State] = [
    nothing_stored,
    synced,
    thousand_games,
    renamed_player,
    deleted_account,
    failing_id,
    url_limit,
    untitled_games,
    console_lists,
    few_outdated_titles,
    outdated_titles,
    interrupted_run,
    played_games,
    many_games,
    old_readings(played_games),
    old_readings(many_games),
]
