"""games = "played": unlocks, numbers, profile and plan agree, or doctor reports the mismatch."""

import sqlite3
from datetime import datetime, timedelta
from random import Random
from typing import Any

from syncer.demo.world import World
from syncer.store.db.account_tables import account_snapshots
from syncer.store.db.engine import Database
from syncer.store.db.tables import snapshots

from .played_games import (
    clock,
    configure,
    consistency_check,
    execute,
    populate,
    query,
)
from .simulated_site import Site, run_cli

TOTAL = "UPDATE account_snapshots SET value = {} WHERE measure = '{}_points'"


def test_doctor_finds_a_deleted_unlock(site: Site) -> None:
    populate(site, 20, 8, Random(4))
    configure(site)
    run_cli(site, "sync")
    assert consistency_check(site)["status"] == "ok", consistency_check(site)
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        connection.execute(
            "DELETE FROM unlocks WHERE rowid = (SELECT max(rowid) FROM unlocks WHERE game_id = 111)"
        )
    connection.close()
    check = consistency_check(site)
    assert check["status"] == "warn"
    assert "game 111 has 7 unlocks, but a count of 8" in check["what"]


def test_doctor_compares_the_points_of_the_games_with_the_profile(each_site: Site) -> None:
    """Also if the profile was requested before the first poll, or while an achievement is unlocked."""
    populate(each_site, 20, 8, Random(4))
    configure(each_site)
    each_site.prepare_database()
    run_cli(each_site, "sync")
    each_site.world.earn("Tester", 111, 1, clock.now() - timedelta(seconds=1), hardcore=True)
    run_cli(each_site, "sync")
    assert consistency_check(each_site)["status"] == "ok", consistency_check(each_site)
    database, now = Database(each_site.url), clock.now()
    with database.writing() as tx:  # as if the profile had been read between two polls
        earlier = now - timedelta(hours=3)
        tx.execute(account_snapshots.update().values(first_seen_at=earlier, last_seen_at=earlier))
        old = snapshots.update().where(snapshots.c.verdict == "new")
        tx.execute(old.values(first_seen_at=now - timedelta(hours=5)))
    database.close()
    assert consistency_check(each_site)["status"] == "ok", consistency_check(each_site)
    execute(each_site, TOTAL.format("value + 300", "hardcore"))
    assert "hardcore points in all, but the profile had" in consistency_check(each_site)["what"]
    assert "a small set" in consistency_check(each_site)["what"]
    execute(each_site, TOTAL.format("value - 300", "hardcore"))
    execute(each_site, TOTAL.format("1", "softcore"))
    assert "softcore points in all, but the profile had 1 at" in consistency_check(each_site)["what"]
    execute(each_site, TOTAL.format("NULL", "hardcore"))
    assert consistency_check(each_site)["status"] == "ok"


def test_unlocks_follow_resets_demotions_and_manual_unlocks(each_site: Site) -> None:
    """The counts find what a window of unlocks does not show; then the game is read again."""
    site, world, ago = each_site, each_site.world, clock.now().replace(microsecond=0) - timedelta(days=100)
    for game_id in (700, 701):
        world.add_game(f"Game {game_id}", [5, 10, 25, 50, 5, 5, 5], game_id=game_id)
        world.earn("Tester", game_id, 4, ago, hardcore=game_id == 700)
    configure(site)
    site.prepare_database()
    run_cli(site, "sync")
    assert stored_progress(site) == site_progress(site)
    first, second = sorted(a.id for a in world.catalogue.games[700].promoted())[:2]
    for modify in (
        lambda: world.reset_game("Tester", 701),  # leaves the newest window empty
        lambda: world.earn("Tester", 701, 2, ago + timedelta(days=1)),  # unlocked again, with an old date
        lambda: replace_by_softcore(world, first, ago),
        lambda: world.catalogue.set_points(700, second, 100),
        lambda: world.catalogue.demote(700, second),
        lambda: world.catalogue.promote(700, second),
        lambda: world.earn("Tester", 700, 1, ago - timedelta(days=3)),  # by a moderator, with a past date
    ):
        modify()
        run_cli(site, "sync")
        assert stored_progress(site) == site_progress(site)
    assert consistency_check(site)["status"] == "ok", consistency_check(site)
    requests = len(site.server.requests)
    run_cli(site, "sync")
    sent = [request.path for request in site.server.requests[requests:] if "Recently" not in request.path]
    assert (len(sent), "GetUserProgress" in sent[0]) == (1, True)  # nothing changed: no unlocks are read


def replace_by_softcore(world: World, achievement: int, at: datetime) -> None:
    """Revoke the hardcore unlock and leave the one in softcore."""
    world.revoke("Tester", 700, achievement)
    world.unlock("Tester", 700, achievement, at)


def stored_progress(site: Site) -> set[tuple[Any, ...]]:
    """Return what is stored; of an achievement in both modes only the row in hardcore."""
    rows = query(
        site,
        "SELECT achievement_id, game_id, max(CASE WHEN hardcore THEN 1 ELSE 0 END), max(points), "
        "max(CASE WHEN hardcore THEN unlocked_at END), max(unlocked_at) "
        "FROM unlocks WHERE gone_at IS NULL GROUP BY achievement_id, game_id",
    )
    return {(a, g, h, points, str(hard or any_)[:19]) for a, g, h, points, hard, any_ in rows}


def site_progress(site: Site) -> set[tuple[Any, ...]]:
    account = site.world.resolve("Tester")
    assert account
    return {
        (a.id, game.id, int(u.hardcore_at is not None), a.points, f"{u.shown_at:%Y-%m-%d %H:%M:%S}")
        for game, a, u in site.world.unlock_table.of(account)
        if a.promoted
    }


def test_the_plan_counts_the_backfill_requests(site: Site) -> None:
    populate(site, 30, 8, Random(5))
    configure(site)
    assert "how many: syncer plan --ask" in run_cli(site, "plan").out
    assert site.server.requests == []
    result = run_cli(site, "plan", "--ask")
    assert ("27 of 27 games" in result.out, "1 request sent for this" in result.out) == (True, True), (
        result.out
    )
    planned, before = run_cli(site, "plan", "--ask", "--json").document["requests"], len(site.server.requests)
    run_cli(site, "sync")
    assert len(site.server.requests) - before == planned
    # The list of all played games has named the small sets, which are in no listing.
    assert query(site, "SELECT count(*) FROM targets") == [(33,)]
    for _ in range(3):  # the third one probes again
        planned, before = run_cli(site, "plan", "--json").document["requests"], len(site.server.requests)
        run_cli(site, "sync")
        assert len(site.server.requests) - before == planned


DIFFERENCE = """
    INSERT INTO consistency_checks
        (player_id, subject, first_checked_at, last_checked_at, check_count, matches,
         site_hardcore, site_softcore, ours_hardcore, ours_softcore, residual_hardcore, residual_softcore)
    VALUES (1, 'unlocks', '{} 12:00:00.000', '{} 12:00:00.000', 2, {}, 100, 50, 1100, 50, {}, {})"""


def test_doctor_reports_unlocks_that_differ_from_the_profile_for_long(each_site: Site) -> None:
    populate(each_site, 5, 8, Random(6))
    configure(each_site)
    each_site.prepare_database()
    run_cli(each_site, "sync")
    execute(each_site, DIFFERENCE.format("2026-05-01", "2026-05-02", "false", "NULL", "NULL"))
    assert consistency_check(each_site)["status"] == "ok"
    execute(each_site, DIFFERENCE.format("2026-05-03", "2026-05-09", "false", "NULL", "NULL"))
    assert (
        "have 1,100 hardcore and 50 softcore points, but the profile had 100 and 50"
        in (consistency_check(each_site)["what"])
    )
    execute(each_site, DIFFERENCE.format("2026-05-09", "2026-05-19", "false", -1000, 0))
    assert consistency_check(each_site)["status"] == "ok"  # reading all unlocks has left just this


def test_points_that_a_search_did_not_explain_are_shown_by_status_and_doctor(each_site: Site) -> None:
    populate(each_site, 5, 8, Random(6))
    configure(each_site)
    each_site.prepare_database()
    run_cli(each_site, "sync")
    execute(each_site, "DELETE FROM consistency_checks")
    execute(each_site, "DELETE FROM player_jobs WHERE kind = 'search'")
    assert "  check " not in run_cli(each_site, "status").out
    of_snapshots = DIFFERENCE.replace("'unlocks'", "'snapshots'")
    execute(each_site, of_snapshots.format("2026-05-01", "2026-05-02", "false", "NULL", "NULL"))
    text = " ".join(run_cli(each_site, "status").out.split())
    assert "1,000 hardcore more than the account's a search follows" in text  # two lines
    assert consistency_check(each_site)["status"] == "ok"
    execute(each_site, of_snapshots.format("2026-05-03", "2026-05-03", "false", -1000, 0))
    searched = "INSERT INTO player_jobs (player_id, kind, last_at, pending) VALUES (1, 'search', '{}', 0)"
    execute(each_site, searched.format("2026-05-02 12:00:00.000"))
    status = run_cli(each_site, "status").out
    assert "a search did not explain it" in status
    assert "never equal" in status
    check = consistency_check(each_site)
    assert (check["status"], "a search did not explain it (2026-05-03 12:00 UTC)" in check["what"]) == (
        *("warn",),
        True,
    )
