"""games = "played": every game followed and titled, every unlock stored exactly once."""

import os
import signal
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.demo.request_log import ReceivedRequest
from syncer.demo.world import World
from syncer.store.db.engine import Database
from syncer.store.db.tables import players, snapshots

from .simulated_site import Site, a_site, run_cli

clock = SystemClock()


def populate(site: Site, games: int, unlocks_each: int, rng: Random) -> None:
    """Played over three years: big sets and small ones, casual and hardcore, some at one second."""
    now = clock.now().replace(microsecond=0)
    for game in range(100, 100 + games):
        size = 4 if game % 10 == 0 else unlocks_each + 2  # small sets are in no listing (site-api.md 5.3)
        site.world.add_game(f'~Hack~ Ga\'me "{game}"', [5] * size, game_id=game)
        moment = now - timedelta(minutes=rng.randrange(60, 3 * 525_600))
        site.world.earn("Tester", game, min(size, unlocks_each), moment, hardcore=game % 2 == 0)


@pytest.fixture
def played(each_site: Site) -> Site:
    populate(each_site, 40, 8, Random(1))
    configure(each_site)
    return each_site


def configure(site: Site) -> None:
    path = site.configure()
    path.write_text(path.read_text().replace("games = [1, 2, 3, 4]", 'games = "played"'))


def ask(site: Site, query: str) -> list[Any]:
    database = Database(site.url)
    with database.reading() as tx:
        found = [tuple(row) for row in tx.execute(sa.text(query)).all()]
    database.close()
    return found


def truth(site: Site) -> set[tuple[int, bool, str]]:
    """Each unlock once, as the site shows it."""
    account = site.world.resolve("Tester")
    assert account
    rows = site.world.unlock_table.of(account)
    return {
        (achievement.id, unlock.hardcore_at is not None, f"{unlock.shown_at:%Y-%m-%d %H:%M:%S}")
        for _, achievement, unlock in rows
    }


def stored(site: Site) -> list[tuple[int, bool, str]]:
    found = ask(site, "SELECT achievement_id, hardcore, unlocked_at FROM unlocks WHERE gone_at IS NULL")
    return [(a, bool(h), str(at)[:19]) for a, h, at in found]


def test_one_sync_follows_titles_and_stores_everything_once(played: Site) -> None:
    run_cli(played, "db", "upgrade")
    said = run_cli(played, "sync", "--json")
    assert said.code == 0, said.err
    assert sorted(stored(played)) == sorted(truth(played))
    run_cli(played, "sync")  # games that only their unlocks told of are looked at now
    followed = ask(played, "SELECT count(*), count(g.title) FROM targets t JOIN games g ON g.id = t.game_id")
    assert followed == [(43, 43)]
    assert ask(played, "SELECT count(*) FROM snapshots WHERE is_open") == [(43,)]
    assert "~Hack~ Ga'me" in run_cli(played, "at", "0s").out
    before = stored(played)
    assert run_cli(played, "sync").code == 0
    assert sorted(stored(played)) == sorted(before)


def test_a_later_unlock_is_stored_with_its_own_moment_and_a_better_one_beside_it(played: Site) -> None:
    run_cli(played, "db", "upgrade")
    run_cli(played, "sync")
    world = played.world
    moment = clock.now().replace(microsecond=0) - timedelta(seconds=2)
    casual = world.unlock_table.softcore_only("Tester", 101)
    world.unlock("Tester", 101, casual[0], moment, hardcore=True)
    run_cli(played, "sync")
    rows = ask(played, "SELECT achievement_id, hardcore, gone_at FROM unlocks")
    kept = sorted((bool(h), gone) for achievement, h, gone in rows if achievement == casual[0])
    assert kept == [(False, None), (True, None)]


def test_a_site_without_these_endpoints_spoils_no_look(site: Site) -> None:
    """Listed games beside "played": what cannot be learned is told, the games are looked at."""
    path = site.configure(games='["played", 1, 2]')
    assert path
    site.server.choose_fault(lambda asked: None if "GetUserPro" in asked.path else "404")
    said = run_cli(site, "sync")
    assert (said.code, "2 of 2 games polled" in said.out) == (0, True), said.out + said.err
    assert "were not read" in said.err


@pytest.mark.parametrize("how", [pytest.param(signal.SIGINT, marks=pytest.mark.soak), signal.SIGKILL])
def test_an_interrupt_loses_and_doubles_nothing(site: Site, how: signal.Signals) -> None:
    populate(site, 150, 12, Random(2))
    configure(site)
    rng = Random(int(how))
    for _ in range(3):
        child = site.start("sync")
        clock.wait(rng.uniform(0.4, 1.6))
        os.kill(child.pid, how)
        child.communicate(timeout=20)
    assert run_cli(site, "sync").code == 0
    assert sorted(stored(site)) == sorted(truth(site))
    assert "passed every check" in run_cli(site, "db", "check").out
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        (cursor,) = connection.execute("SELECT unlocks_synced_until FROM players").fetchone()
    connection.close()
    assert cursor


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_after_an_interrupt_nothing_is_asked_that_is_stored(site: Site, how: signal.Signals) -> None:
    """Cut short at its n-th request, each time; what was answered before that is stored."""
    populate(site, 250, 8, Random(6))
    configure(site)
    cut_short_at(site, how, 4)  # profile, listing, 100 games
    cut_short_at(site, how, 3)  # 100 games, 28 games
    cut_short_at(site, how, 3)  # two answers of unlocks
    said = run_cli(site, "sync")
    assert (said.code, "seen by the run that was cut short" in said.err) == (0, True), said.err
    answered = [asked for asked in site.server.requests if asked.status == 200]
    ids = [game for asked in answered for game in asked.ids]
    assert len(ids) == len(set(ids)) == 3 + 250
    begins = [int(parse_qs(a.query)["f"][0]) for a in answered if "EarnedBetween" in a.path]
    assert (begins, len(begins)) == (sorted(set(begins)), len(truth(site)) // 500 + 1)
    assert sum("Completion" in asked.path for asked in answered) == 1
    assert sorted(stored(site)) == sorted(truth(site))
    run_cli(site, "sync")  # and that one asks about all again
    assert len({game for asked in site.server.requests[-4:] for game in asked.ids}) == 253


def cut_short_at(site: Site, how: signal.Signals, number: int) -> None:
    """The next `sync` ends while it waits for the answer to its n-th request."""
    last = len(site.server.requests) + number
    children: list[int] = []

    def strike(asked: ReceivedRequest) -> str | None:
        if asked.number < last:
            return None
        os.kill(children[0], how)
        return "hang"

    site.server.choose_fault(strike)
    child = site.start("sync")
    children.append(child.pid)
    child.communicate(timeout=20)
    site.server.choose_fault(None)
    assert len(site.server.requests) == last


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_two_thousand_games_and_thirty_thousand_unlocks(tmp_path: Path) -> None:
    with a_site(tmp_path, f"sqlite:///{tmp_path / 'syncer.db'}") as site:
        populate(site, 2000, 15, Random(3))
        configure(site)
        planned = run_cli(site, "plan", "--ask", "--json").document
        before = len(site.server.requests)
        assert run_cli(site, "sync").code == 0
        assert len(site.server.requests) - before == pytest.approx(planned["requests"], rel=0.1)
        assert sorted(stored(site)) == sorted(truth(site))
        assert len(stored(site)) > 27_000
        run_cli(site, "sync")
        assert ask(site, "SELECT count(*) FROM snapshots WHERE is_open") == [(2003,)]
        asked = len(site.server.requests)
        run_cli(site, "sync")
        assert len(site.server.requests) - asked <= 23


def test_a_reset_marks_its_unlocks_as_gone_and_keeps_them(played: Site) -> None:
    run_cli(played, "db", "upgrade")
    run_cli(played, "sync")
    had = len(stored(played))
    played.world.reset_game("Tester", 105)
    run_cli(played, "sync")
    gone = ask(played, "SELECT game_id FROM unlocks WHERE gone_at IS NOT NULL")
    assert {game for (game,) in gone} == {105}
    assert len(stored(played)) == had - len(gone)
    assert sorted(stored(played)) == sorted(truth(played))
    asked = len(played.server.requests)
    run_cli(played, "sync")
    assert len(played.server.requests) - asked <= 2  # it is not read again and again


def test_a_small_set_is_looked_at_in_the_run_that_learns_of_it(played: Site) -> None:
    run_cli(played, "db", "upgrade")
    assert run_cli(played, "sync", "--json").document["runs"][0]["targets_seen"] == 43


def test_what_was_played_is_no_typing_error(site: Site) -> None:
    """Sets that were demoted, one of them mastered: only its award is left. A typed id is asked about."""
    populate(site, 12, 8, Random(4))
    site.world.earn("Tester", 105, 10, clock.now() - timedelta(hours=1), hardcore=True)
    configure(site)
    for game in (103, 105):
        for achievement in site.world.unlock_table.locked("Tester", game) + earned(site, game):
            site.world.catalogue.demote(game, achievement)
    assert run_cli(site, "sync").code == 0
    assert 105 in run_cli(site, "plan", "--json").document["players"][0]["no_achievements"]
    assert finding(site, "targets")["status"] == "ok", finding(site, "targets")
    assert finding(site, "configuration")["what"] == "1 player, all played games"
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace('games = "played"', 'games = ["played", 999999]'))
    assert run_cli(site, "sync").code == 0
    assert finding(site, "targets")["what"] == "no achievements in game 999999 of Tester"


def earned(site: Site, game: int) -> list[int]:
    account = site.world.resolve("Tester")
    assert account
    return [achievement.id for its, achievement, _ in site.world.unlock_table.of(account) if its.id == game]


def test_a_game_can_be_named_by_a_part_of_its_title(played: Site) -> None:
    run_cli(played, "db", "upgrade")
    run_cli(played, "sync")
    assert run_cli(played, "history", '"117"', "--json").document["game_id"] == 117
    several = run_cli(played, "history", "~hack~")
    assert (several.code, "several titles" in several.err) == (2, True)
    assert run_cli(played, "history", "no such title").code == 2


def test_a_missing_unlock_is_reported_as_inconsistent(site: Site) -> None:
    populate(site, 20, 8, Random(4))
    configure(site)
    run_cli(site, "sync")
    checks = {c["name"]: c for c in run_cli(site, "doctor", "--json").document["checks"]}
    assert checks["consistency"]["status"] == "ok", checks["consistency"]
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        connection.execute(
            "DELETE FROM unlocks WHERE rowid = (SELECT max(rowid) FROM unlocks WHERE game_id = 111)"
        )
    connection.close()
    checks = {c["name"]: c for c in run_cli(site, "doctor", "--json").document["checks"]}
    assert checks["consistency"]["status"] == "warn"
    assert "game 111 has 7 unlocks, but a count of 8" in checks["consistency"]["what"]


def test_totals_that_differ_from_the_profile_are_reported(each_site: Site) -> None:
    """Also where the profile was asked before the first look, and while something is earned."""
    populate(each_site, 20, 8, Random(4))
    configure(each_site)
    run_cli(each_site, "db", "upgrade")
    run_cli(each_site, "sync")
    each_site.world.earn("Tester", 111, 1, clock.now() - timedelta(seconds=1), hardcore=True)
    run_cli(each_site, "sync")
    assert consistency(each_site)["status"] == "ok", consistency(each_site)
    database, now = Database(each_site.url), clock.now()
    with database.writing() as tx:  # as if the profile had been read between two looks, some hours ago
        tx.execute(players.update().values(profile_checked_at=now - timedelta(hours=3)))
        old = snapshots.update().where(snapshots.c.verdict == "new")
        tx.execute(old.values(first_seen_at=now - timedelta(hours=5)))
    database.close()
    assert consistency(each_site)["status"] == "ok", consistency(each_site)
    change(each_site, "UPDATE players SET total_points = total_points + 300")
    assert "hardcore points in all, but the profile had" in consistency(each_site)["what"]
    assert "a small set" in consistency(each_site)["what"]
    change(each_site, "UPDATE players SET total_points = total_points - 300, total_softcore_points = 1")
    assert " points in all, but the profile had 1 at" in consistency(each_site)["what"]
    change(each_site, "UPDATE players SET total_points = NULL")
    assert consistency(each_site)["status"] == "ok"


def test_unlocks_follow_what_the_site_takes_back_and_gives_anew(each_site: Site) -> None:
    """Whatever an unlock's window does not show is found by the counts, and the game is read again."""
    site, world, ago = each_site, each_site.world, clock.now().replace(microsecond=0) - timedelta(days=100)
    for game_id in (700, 701):
        world.add_game(f"Game {game_id}", [5, 10, 25, 50, 5, 5, 5], game_id=game_id)
        world.earn("Tester", game_id, 4, ago, hardcore=game_id == 700)
    configure(site)
    run_cli(site, "db", "upgrade")
    run_cli(site, "sync")
    assert told(site) == true(site)
    first, second = sorted(a.id for a in world.catalogue.games[700].promoted())[:2]
    for change_it in (
        lambda: world.reset_game("Tester", 701),  # the newest window would be empty
        lambda: world.earn("Tester", 701, 2, ago + timedelta(days=1)),  # earned anew, long ago
        lambda: casual_now(world, first, ago),
        lambda: world.catalogue.set_points(700, second, 100),
        lambda: world.catalogue.demote(700, second),
        lambda: world.catalogue.promote(700, second),
        lambda: world.earn("Tester", 700, 1, ago - timedelta(days=3)),  # by hand, with a past date
    ):
        change_it()
        run_cli(site, "sync")
        assert told(site) == true(site)
    assert consistency(site)["status"] == "ok", consistency(site)
    asked = len(site.server.requests)
    run_cli(site, "sync")
    assert len(site.server.requests) - asked == 2


def casual_now(world: World, achievement: int, at: datetime) -> None:
    """The hardcore unlock was taken back, the casual one stays."""
    world.revoke("Tester", 700, achievement)
    world.unlock("Tester", 700, achievement, at)


def told(site: Site) -> set[tuple[Any, ...]]:
    """As stored: an achievement's casual row counts for nothing beside its hardcore one."""
    rows = ask(
        site,
        "SELECT achievement_id, game_id, max(CASE WHEN hardcore THEN 1 ELSE 0 END), max(points), "
        "max(CASE WHEN hardcore THEN unlocked_at END), max(unlocked_at) "
        "FROM unlocks WHERE gone_at IS NULL GROUP BY achievement_id, game_id",
    )
    return {(a, g, h, points, str(hard or any_)[:19]) for a, g, h, points, hard, any_ in rows}


def true(site: Site) -> set[tuple[Any, ...]]:
    account = site.world.resolve("Tester")
    assert account
    return {
        (a.id, game.id, int(u.hardcore_at is not None), a.points, f"{u.shown_at:%Y-%m-%d %H:%M:%S}")
        for game, a, u in site.world.unlock_table.of(account)
        if a.promoted
    }


def consistency(site: Site) -> Any:
    return finding(site, "consistency")


def finding(site: Site, name: str) -> Any:
    checks = run_cli(site, "doctor", "--json").document["checks"]
    return next(check for check in checks if check["name"] == name)


def change(site: Site, statement: str) -> None:
    database = Database(site.url)
    with database.writing() as tx:
        tx.execute(sa.text(statement))
    database.close()


def test_the_plan_counts_what_is_learned_once_it_is_known(site: Site) -> None:
    populate(site, 30, 8, Random(5))
    configure(site)
    assert "how many: syncer plan --ask" in run_cli(site, "plan").out
    assert site.server.requests == []
    said = run_cli(site, "plan", "--ask")
    assert ("27 of 27 games" in said.out, "1 request sent for this" in said.out) == (True, True), said.out
    planned, before = run_cli(site, "plan", "--ask", "--json").document["requests"], len(site.server.requests)
    run_cli(site, "sync")
    assert len(site.server.requests) - before == planned + 1  # and the small sets that no listing tells
    for _ in range(2):
        planned, before = run_cli(site, "plan", "--json").document["requests"], len(site.server.requests)
        run_cli(site, "sync")
        assert len(site.server.requests) - before == planned
