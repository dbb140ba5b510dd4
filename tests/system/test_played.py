"""games = "played": the library is followed and titled, and every unlock is stored once."""

from datetime import timedelta
from random import Random

from .played_games import (
    check_named,
    clock,
    configure,
    played,
    populate,
    query,
    stored,
    truth,
)
from .simulated_site import Site, run_cli

__all__ = ["played"]  # a fixture, requested by its name


def test_one_sync_follows_all_games_and_stores_each_unlock_once(played: Site) -> None:
    played.prepare_database()
    result = run_cli(played, "sync", "--json")
    assert result.code == 0, result.err
    assert sorted(stored(played)) == sorted(truth(played))
    run_cli(played, "sync")  # polls the games that are not in the listing
    followed = query(
        played, "SELECT count(*), count(g.title) FROM targets t JOIN games g ON g.id = t.game_id"
    )
    assert followed == [(43, 43)]
    assert query(played, "SELECT count(*) FROM snapshots WHERE is_open") == [(43,)]
    assert "~Hack~ Ga'me" in run_cli(played, "at", "0s").out
    before = stored(played)
    assert run_cli(played, "sync").code == 0
    assert sorted(stored(played)) == sorted(before)


def test_a_later_hardcore_unlock_is_stored_in_addition_to_the_softcore_one(played: Site) -> None:
    played.prepare_database()
    run_cli(played, "sync")
    world = played.world
    moment = clock.now().replace(microsecond=0) - timedelta(seconds=2)
    softcore = world.unlock_table.softcore_only("Tester", 101)
    world.unlock("Tester", 101, softcore[0], moment, hardcore=True)
    run_cli(played, "sync")
    rows = query(played, "SELECT achievement_id, hardcore, gone_at FROM unlocks")
    kept = sorted((bool(h), gone) for achievement, h, gone in rows if achievement == softcore[0])
    assert kept == [(False, None), (True, None)]


def test_a_site_without_the_backfill_endpoints_is_polled_all_the_same(site: Site) -> None:
    """Listed games and "played": the failures are reported, the listed games are polled.

    The run is partial: a probe that cannot be read finds no game that was played.
    """
    path = site.configure(games='["played", 1, 2]')
    assert path
    site.server.choose_fault(lambda request: None if "GetUserPro" in request.path else "404")
    result = run_cli(site, "sync")
    assert (result.code, "partial: 2 of 2 games polled" in result.out) == (3, True), result.out + result.err
    for what in ("the played games", "the games played last", "rank and points", "the unlocks", "titles"):
        assert f"{what} were not read" in result.err


def test_a_small_set_is_polled_in_the_run_that_finds_it(played: Site) -> None:
    played.prepare_database()
    run = run_cli(played, "sync", "--json").document["runs"][0]
    # The probe, the list of all played games and a batch poll a game in one run: it counts once.
    assert (run["targets_asked"], run["targets_seen"], run["snapshots_added"]) == (43, 43, 43)
    assert query(played, "SELECT targets_asked, targets_seen, snapshots_added FROM runs") == [(43, 43, 43)]


def test_a_game_can_be_given_by_a_part_of_its_title(played: Site) -> None:
    played.prepare_database()
    run_cli(played, "sync")
    assert run_cli(played, "history", '"117"', "--json").document["game_id"] == 117
    several = run_cli(played, "history", "~hack~")
    assert (several.code, "several titles" in several.err) == (2, True)
    assert run_cli(played, "history", "no such title").code == 2


def test_a_reset_marks_unlocks_as_gone_and_keeps_the_rows(played: Site) -> None:
    played.prepare_database()
    run_cli(played, "sync")
    had = len(stored(played))
    played.world.reset_game("Tester", 105)
    run_cli(played, "sync")
    gone = query(played, "SELECT game_id FROM unlocks WHERE gone_at IS NOT NULL")
    assert {game for (game,) in gone} == {105}
    assert len(stored(played)) == had - len(gone)
    assert sorted(stored(played)) == sorted(truth(played))
    requests = len(played.server.requests)
    run_cli(played, "sync")
    assert len(played.server.requests) - requests <= 2  # it is read once


def earned(site: Site, game: int) -> list[int]:
    account = site.world.resolve("Tester")
    assert account
    return [achievement.id for its, achievement, _ in site.world.unlock_table.of(account) if its.id == game]


def test_a_played_game_without_a_set_is_no_finding_but_a_mistyped_id_is(site: Site) -> None:
    """Two sets were demoted, one of them mastered, of which only the award is left."""
    populate(site, 12, 8, Random(4))
    site.world.earn("Tester", 105, 10, clock.now() - timedelta(hours=1), hardcore=True)
    configure(site)
    for game in (103, 105):
        for achievement in site.world.unlock_table.locked("Tester", game) + earned(site, game):
            site.world.catalogue.demote(game, achievement)
    assert run_cli(site, "sync").code == 0
    assert 105 in run_cli(site, "plan", "--json").document["players"][0]["no_achievements"]
    assert check_named(site, "targets")["status"] == "ok", check_named(site, "targets")
    assert check_named(site, "configuration")["what"] == "1 player, all played games"
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace('games = "played"', 'games = ["played", 999999]'))
    assert run_cli(site, "sync").code == 0
    assert check_named(site, "targets")["what"] == "no achievements in game 999999 of Tester"
