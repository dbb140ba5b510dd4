"""What `plan` says is what the next run does, and nothing is sent for it."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from syncer.store.db.engine import Database
from tests.faulty_site import FaultyServer

from .simulated_site import Site, run_cli


def many(site: Site) -> None:
    site.configure(games=str(list(range(1, 1001))))


def renamed(site: Site) -> None:
    path = site.configure()
    path.write_text(path.read_text().replace("[[players]]", '[[players]]\nusername = "Tester"'))
    run_cli(site, "sync")
    site.world.rename("Tester", "Newest")
    make_stale(site)
    run_cli(site, "sync")
    make_stale(site)


def gone(site: Site) -> None:
    site.world.add_account("Moss", "m" * 32)
    path = site.configure()
    path.write_text(path.read_text().replace("[[players]]", '[[players]]\nusername = "Moss"'))
    run_cli(site, "sync")
    site.world.delete_account("Moss")
    make_stale(site)
    run_cli(site, "sync")


def failing(site: Site) -> None:
    """One id that the site cannot answer: it travels alone from then on."""
    run_cli(site, "sync")
    site.server.fault = "500_with_id:3"
    run_cli(site, "sync")
    site.server.fault = None
    site.forget_waits()


def shortened(site: Site) -> None:
    site.configure(games=str(list(range(1, 101))))
    site.server.fault = "414_above:30"
    run_cli(site, "sync")


def unnamed(site: Site) -> None:
    """More games than any run names one by one, and some of them new."""
    run_cli(site, "sync")
    site.configure(games=str(list(range(1, 31))))
    run_cli(site, "sync")
    site.configure(games=str(list(range(2, 41))))


def by_console(site: Site) -> None:
    site.configure(games=str(list(range(1, 101))))
    run_cli(site, "sync")
    run_cli(site, "sync")


def cut_short(site: Site) -> None:
    """The run was killed after two of its three batches."""
    site.configure(games=str(list(range(1, 251))))
    run_cli(site, "sync")
    database = Database(site.url)
    with database.writing() as tx:
        tx.execute(sa.text("UPDATE runs SET outcome = 'running', finished_at = NULL"))
        tx.execute(sa.text("UPDATE targets SET expected_at = NULL, due_at = added_at WHERE game_id > 200"))
        tx.execute(sa.text("UPDATE players SET unlocks_synced_until = NULL"))
    database.close()


def make_stale(site: Site) -> None:
    import sqlite3

    with sqlite3.connect(site.folder / "syncer.db") as connection:
        connection.execute("UPDATE players SET profile_checked_at = '2020-01-01 00:00:00.000'")
    connection.close()


def requests_of(server: FaultyServer) -> int:
    return len(server.requests)


STORIES: list[Callable[[Site], object]] = [
    lambda site: None,  # nothing is stored yet
    lambda site: run_cli(site, "sync"),  # everybody is known
    many,
    renamed,
    gone,
    failing,
    shortened,
    unnamed,
    by_console,
    cut_short,
]


@pytest.mark.parametrize("story", STORIES)
def test_the_next_run_asks_what_was_planned(site: Site, story: Callable[[Site], object]) -> None:
    story(site)
    before = requests_of(site.server)
    planned = run_cli(site, "plan", "--json").document
    assert requests_of(site.server) == before
    run_cli(site, "sync")
    assert requests_of(site.server) - before == planned["requests"], planned


def test_it_names_what_shows_no_achievements_and_how_long_it_takes(site: Site) -> None:
    path = site.configure(games="[1, 2, 999999]")
    path.write_text(path.read_text().replace("60000", "30").replace("30000", "3"))
    said = run_cli(site, "plan")
    assert "3 requests" in said.out
    assert not (site.folder / "syncer.db").exists()
    assert not (site.folder / "syncer.db-budget").exists()
    run_cli(site, "sync")
    assert run_cli(site, "plan", "--json").document["players"][0]["no_achievements"] == [999999]
    assert "999999: no such game" in run_cli(site, "plan").out
    assert run_cli(site, "plan", "--due", "--json").document["requests"] == 0
    site.configure(games=str(list(range(1, 10_001))))
    text = path.read_text().replace("60000", "30").replace("30000", "3")
    path.write_text(text)
    many_requests = run_cli(site, "plan", "--json").document
    assert many_requests["requests"] == 100 + 1 + 5  # and those for unlocks and titles
    assert many_requests["minutes"] == pytest.approx(103 * 60 / 27 / 60, abs=0.1)
