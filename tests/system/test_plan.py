"""plan prints the number of requests that the next run then sends, and sends none itself."""

import contextlib
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
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


@pytest.mark.parametrize("state", STATES)
def test_the_next_run_sends_the_planned_requests(site: Site, state: State) -> None:
    state(site)
    before = len(site.server.requests)
    planned = run_cli(site, "plan", "--json").document
    assert len(site.server.requests) == before
    run_cli(site, "sync")
    assert len(site.server.requests) - before == planned["requests"], planned


@pytest.mark.parametrize("state", [many_games, old_readings(many_games), old_readings(played_games)])
def test_the_next_run_of_the_daemon_sends_the_planned_requests(site: Site, state: State) -> None:
    state(site)
    before = len(site.server.requests)
    planned = run_cli(site, "plan", "--due", "--json").document
    run_cli(site, "sync", "--due")
    assert len(site.server.requests) - before == planned["requests"], planned


def test_a_table_shows_the_requests_of_a_day_and_how_soon_changes_are_seen(site: Site) -> None:
    many_games(site)
    lines = run_cli(site, "plan").out.splitlines()
    assert max(map(len, lines)) <= 80
    words = [line.split() for line in lines]
    assert ["games", "played", "last", "96.0"] in words
    assert ["points", "and", "rank", "24.0"] in words
    assert ["all", "games", "in", "turn", "2.8"] in words
    assert ["a", "revised", "set", "24", "h"] in words


def test_plan_warns_when_the_request_budget_cannot_keep_the_promises(site: Site) -> None:
    path = site.configure(games=str(list(range(1, 1001))), every="1m")
    path.write_text(path.read_text().replace("60000", "5").replace("30000", "1"))
    planned = run_cli(site, "plan", "--json").document
    assert planned["budget_share"] < 1
    path.write_text(path.read_text().replace("[schedule]", '[schedule]\nidle_every = "1m"'))
    planned = run_cli(site, "plan", "--json").document
    assert planned["budget_share"] == pytest.approx((14_400 + 100) / (4 * 1_440), rel=0.02)
    assert "the request budget cannot keep this" in run_cli(site, "plan").out


def test_a_renamed_game_without_unlocks_gets_its_new_title(site: Site) -> None:
    few_outdated_titles(site)
    site.world.catalogue.set_title(5, "Renamed")
    before = len(site.server.requests)
    run_cli(site, "sync")
    assert "Renamed" in run_cli(site, "at", "0s").out
    sent = len(site.server.requests)
    assert "GetGame.php" in " ".join(request.path for request in site.server.requests[before:sent])
    run_cli(site, "sync")
    run_cli(site, "sync")
    assert "GetGame.php" not in " ".join(request.path for request in site.server.requests[sent:])


def test_plan_lists_games_without_achievements_and_creates_no_file(site: Site) -> None:
    path = site.configure(games="[1, 2, 999999]")
    path.write_text(path.read_text().replace("60000", "30").replace("30000", "3"))
    assert "6 requests" in run_cli(site, "plan").out
    assert not (site.folder / "syncer.db").exists()
    assert not (site.folder / "syncer.db-budget").exists()
    run_cli(site, "sync")
    assert run_cli(site, "plan", "--json").document["players"][0]["no_achievements"] == [999999]
    assert "999999: no such game" in run_cli(site, "plan").out
    assert run_cli(site, "plan", "--due", "--json").document["requests"] == 0


def test_plan_estimates_how_long_the_requests_take(site: Site) -> None:
    path = site.configure(games="[1, 2, 3]")
    run_cli(site, "sync")
    set_readings_back(site, "kind = 'probe'")
    site.configure(games=str(list(range(1, 10_001))))
    path.write_text(path.read_text().replace("60000", "30").replace("30000", "3"))
    planned = run_cli(site, "plan", "--json").document
    assert (
        planned["requests"] == 100 + 1 + 1 + 5
    )  # batches, probe, unlocks, titles; the rank was read just now
    assert planned["minutes"] == pytest.approx(104 * 60 / 27 / 60, abs=0.1)
